//! What each fixture says. Hostile objects are in `odd`.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::ExposeSecret;

use super::*;

mod odd;

fn settings() -> SaleSettings {
    SaleSettings {
        renewals: false,
        payment_intents: false,
        nickname_field: "nickname".into(),
        message_field: "message".into(),
    }
}

fn renewals() -> SaleSettings {
    SaleSettings { renewals: true, ..settings() }
}

fn payment_intents() -> SaleSettings {
    SaleSettings { payment_intents: true, ..settings() }
}

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/stripe");

fn fixture(name: &str) -> Envelope {
    let body = std::fs::read(format!("{FIXTURES}/{name}.json")).unwrap();
    Envelope::read_trusted(&body).unwrap()
}

fn event(event_type: &str, object: &Value) -> Envelope {
    let event = serde_json::json!({"id": "evt_1", "type": event_type, "data": {"object": object}});
    Envelope::read_trusted(event.to_string().as_bytes()).unwrap()
}

/// One line that says all of what happened that a table can hold.
fn told(what: &What) -> String {
    let text = |amount: Option<Money>| amount.map_or("-".into(), Money::text);
    match what {
        What::Sale(sale) => {
            let name = sale.name.as_deref().unwrap_or("Someone");
            let items = sale.items.iter().map(|item| {
                let variant = item.variant.as_ref().map_or(String::new(), |v| format!(" ({v})"));
                format!(" {}x {}{variant}", item.quantity, item.name)
            });
            let message = sale.message.as_ref().map_or(String::new(), |m| format!(" {m:?}"));
            let items: String = items.collect();
            format!("{:?} {} by {name}{message}{items}", sale.kind, text(sale.amount))
        }
        What::Refund(refund) => format!(
            "Refund {} {} total {} full {:?} {:?}",
            refund.key,
            text(refund.amount),
            text(refund.refunded_total),
            refund.full,
            refund.status
        ),
        What::Dispute(d) => format!("Dispute {} {} {:?}", d.key, text(d.amount), d.outcome),
        other => format!("{other:?}"),
    }
}

#[rustfmt::skip]
const READINGS: [(&str, &str, &str); 31] = [
    ("2014-06-17_charge.succeeded", "Join", "charge:ch_14a"),
    ("2014-06-17_charge.refunded", "Refund ch_14a - total $5.00 full Some(false) Holds", "charge:ch_14a"),
    ("2016-07-06_charge.dispute.created", "Dispute dp_16a $15.00 Opened", "charge:ch_14a"),
    ("2016-07-06_charge.dispute.closed", "Dispute dp_16a $15.00 Lost", "charge:ch_14a"),
    ("2017-08-15_invoice.payment_succeeded", "Join", "invoice:in_17a charge:ch_17a"),
    ("2018-11-08_charge.refund.updated", "Refund re_18a £7.00 total - full None Reversed", "charge:ch_18a"),
    ("2019-05-16_checkout.session.completed", "Sale $25.99 by Someone 2x Mug 1x Sticker", "session:cs_live_19a payment_intent:pi_19a"),
    ("2020-08-27_checkout.session.completed_unpaid", "Join", "session:cs_live_20a payment_intent:pi_20a"),
    ("2020-08-27_checkout.session.async_payment_succeeded", "Tip €42.00 by Zoë \"for the team\"", "session:cs_live_20a payment_intent:pi_20a"),
    ("2020-08-27_payment_intent.succeeded", "Join", "payment_intent:pi_20c charge:ch_20c"),
    ("2022-11-15_checkout.session.completed_setup", "Ignored(SetupMode)", "session:cs_live_22a"),
    ("2022-11-15_checkout.session.completed_coupon", "Ignored(NothingToPay)", "session:cs_live_22b"),
    ("2023-10-16_checkout.session.completed_payment_link", "Sale €25.99 by mika \"love the stream\" 1x Hoodie (L)", "session:cs_test_23a payment_intent:pi_23a"),
    ("2024-04-10_purchase_1_charge.succeeded", "Join", "charge:ch_24a payment_intent:pi_24a"),
    ("2024-04-10_purchase_2_payment_intent.succeeded", "Join", "payment_intent:pi_24a charge:ch_24a"),
    ("2024-04-10_purchase_3_invoice.paid", "Join", "invoice:in_24a payment_intent:pi_24a charge:ch_24a"),
    ("2024-04-10_purchase_4_invoice.payment_succeeded", "Join", "invoice:in_24a payment_intent:pi_24a charge:ch_24a"),
    ("2024-04-10_purchase_5_checkout.session.completed", "Subscription $5.00 by sam", "session:cs_live_24a invoice:in_24a"),
    ("2024-04-10_renewal_invoice.paid", "Ignored(RenewalsOff)", "invoice:in_24b payment_intent:pi_24b charge:ch_24b"),
    ("2025-04-30.basil_purchase_1_payment_intent.succeeded", "Join", "payment_intent:pi_25a charge:py_25a"),
    ("2025-04-30.basil_purchase_2_invoice_payment.paid", "Join", "invoice:in_25a payment_intent:pi_25a"),
    ("2025-04-30.basil_purchase_3_invoice.paid", "Join", "invoice:in_25a"),
    ("2025-04-30.basil_purchase_4_checkout.session.completed", "Subscription ¥1,200 by Someone", "session:cs_live_25a invoice:in_25a"),
    ("2025-04-30.basil_renewal_invoice.paid", "Ignored(RenewalsOff)", "invoice:in_25b payment_intent:pi_25b"),
    ("2025-04-30.basil_refund.created", "Refund re_25a ¥1,200 total - full None Holds", "charge:py_25a payment_intent:pi_25a"),
    ("2026-09-30.endive_checkout.session.completed_connect", "Sale ISK 500 by Someone", "session:cs_live_26a payment_intent:pi_26a charge:ch_26a invoice:in_26a"),
    ("2026-09-30.endive_refund.failed", "Refund re_26a ISK 500 total - full None Reversed", "charge:ch_26a payment_intent:pi_26a"),
    ("2026-09-30.endive_charge.refunded", "Refund ch_26a - total ISK 500 full Some(true) Holds", "charge:ch_26a payment_intent:pi_26a"),
    ("2026-09-30.endive_charge.dispute.closed", "Dispute du_26a ISK 500 Won", "charge:ch_26a payment_intent:pi_26a"),
    ("v2_thin", "Ignored(ThinEvent)", ""),
    ("dashboard_sample", "Sale $20.00 by Someone", ""),
];

#[test]
fn every_fixture_reads_as_the_table_says() {
    for (name, what, ids) in READINGS {
        let reading = read(&fixture(name), &settings());
        let found: Vec<_> = reading.ids.iter().map(ToString::to_string).collect();
        assert_eq!((told(&reading.what).as_str(), found.join(" ").as_str()), (what, ids), "{name}");
    }
    let files = std::fs::read_dir(FIXTURES).unwrap();
    let files: BTreeSet<_> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    let listed = READINGS.iter().map(|(name, ..)| format!("{name}.json")).collect();
    assert_eq!(files, listed, "every file is in the table");
}

#[test]
fn no_legal_name_address_or_e_mail_comes_out() {
    for (name, ..) in READINGS {
        for settings in [renewals(), payment_intents()] {
            let reading = format!("{:?}", read(&fixture(name), &settings));
            let private = ["Legal", "Hidden", "example.com", "Example.com"];
            assert!(private.iter().all(|text| !reading.contains(text)), "{name}: {reading}");
        }
    }
}

#[test]
fn the_events_of_one_purchase_join_to_one_set() {
    for purchase in ["2024-04-10_purchase_", "2025-04-30.basil_purchase_"] {
        let mut sets: Vec<BTreeSet<PurchaseId>> = Vec::new();
        let mut sales = 0;
        for (name, ..) in READINGS.iter().filter(|(name, ..)| name.starts_with(purchase)) {
            let reading = read(&fixture(name), &renewals());
            sales += usize::from(matches!(reading.what, What::Sale(_)));
            let mut set: BTreeSet<_> = reading.ids.into_iter().collect();
            let (same, other) = sets.into_iter().partition(|known| !known.is_disjoint(&set));
            set.extend(Vec::into_iter(same).flatten());
            sets = other;
            sets.push(set);
        }
        assert_eq!((sets.len(), sales), (1, 1), "{purchase}: one set, one sale");
        assert_eq!(sets[0].len(), 4, "session, payment intent, invoice and charge");
    }
}

#[test]
fn renewals_are_sales_only_when_switched_on() {
    for (name, want) in [
        ("2024-04-10_renewal_invoice.paid", "Renewal $5.00 by sam"),
        ("2025-04-30.basil_renewal_invoice.paid", "Renewal ¥1,200 by Someone"),
        ("2024-04-10_purchase_3_invoice.paid", "Join"),
    ] {
        assert_eq!(told(&read(&fixture(name), &renewals()).what), want, "{name}");
    }
}

#[test]
fn payment_intents_and_checkout_exclude_each_other() {
    for (name, want) in [
        ("2020-08-27_payment_intent.succeeded", "Tip $12.50 by pip"),
        ("2023-10-16_checkout.session.completed_payment_link", "Join"),
        ("2020-08-27_checkout.session.async_payment_succeeded", "Join"),
        ("2014-06-17_charge.succeeded", "Join"),
    ] {
        assert_eq!(told(&read(&fixture(name), &payment_intents()).what), want, "{name}");
    }
}

#[test]
fn invoices_that_are_no_renewal() {
    let invoice = |reason: &str, paid: i64| {
        let object = serde_json::json!({"object": "invoice", "id": "in_1", "billing_reason": reason,
            "amount_paid": paid, "currency": "usd"});
        told(&read(&event("invoice.paid", &object), &renewals()).what)
    };
    assert_eq!(invoice("subscription_cycle", 100), "Renewal $1.00 by Someone");
    assert_eq!(invoice("subscription_cycle", 0), "Ignored(NothingToPay)");
    for other in ["manual", "subscription_update", "quote_accept", "subscription_threshold"] {
        assert_eq!(invoice(other, 100), "Ignored(OtherInvoice)", "{other}");
    }
}

#[test]
fn the_buyer_key_is_the_customer_else_the_e_mail() {
    let key = |name: &str| {
        let key = read(&fixture(name), &settings()).buyer_key;
        key.map(|key| key.expose_secret().to_owned())
    };
    assert_eq!(key("2024-04-10_purchase_5_checkout.session.completed").as_deref(), Some("cus_24a"));
    assert_eq!(key("2019-05-16_checkout.session.completed").as_deref(), Some("fan@example.com"));
    assert_eq!(key("2020-08-27_payment_intent.succeeded").as_deref(), Some("tipper@example.com"));
    assert_eq!(key("2025-04-30.basil_refund.created"), None);
}

#[test]
fn routing_facts_from_wherever_the_version_has_them() {
    let facts = |name: &str| read(&fixture(name), &settings()).routing;
    let link = facts("2023-10-16_checkout.session.completed_payment_link");
    assert_eq!(link.payment_link.as_deref(), Some("plink_23a"));
    assert_eq!(link.client_reference_id.as_deref(), Some("someone-else"));
    for (name, streamer, subscription) in [
        ("2024-04-10_purchase_3_invoice.paid", "mika", "sub_24a"),
        ("2024-04-10_purchase_5_checkout.session.completed", "mika", "sub_24a"),
        ("2025-04-30.basil_renewal_invoice.paid", "kenji", "sub_25a"),
    ] {
        let facts = facts(name);
        assert_eq!(facts.metadata_streamer.as_deref(), Some(streamer), "{name}");
        assert_eq!(facts.subscription.as_deref(), Some(subscription), "{name}");
    }
    let connect = facts("2026-09-30.endive_checkout.session.completed_connect");
    assert_eq!(connect.account.as_deref(), Some("acct_26a"));
}

#[test]
fn purchase_ids_print_and_read_back() {
    for text in ["session:cs_1", "payment_intent:pi_1", "invoice:in_1", "charge:ch_1"] {
        let id: PurchaseId = text.parse().unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{text}\""));
        let as_key = BTreeMap::from([(id.clone(), 1)]);
        let stored = serde_json::to_string(&as_key).unwrap();
        assert_eq!(serde_json::from_str::<BTreeMap<PurchaseId, i32>>(&stored).unwrap(), as_key);
    }
    for bad in ["", "cs_1", "session:", "customer:cus_1", "Session:cs_1"] {
        assert_eq!(bad.parse::<PurchaseId>(), Err(PurchaseIdError), "{bad}");
    }
}
