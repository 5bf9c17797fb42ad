use serde_json::{Value, json};

use super::*;
use crate::stripe::event::Envelope;
use crate::stripe::sale::{IdKind, SaleSettings, read};

fn asked(event: &Value) -> Vec<Lookup> {
    let settings = SaleSettings {
        renewals: true,
        payment_intents: false,
        nickname_field: "nickname".into(),
        message_field: "message".into(),
    };
    let envelope = Envelope::read_trusted(event.to_string().as_bytes()).unwrap();
    lookups(&read(&envelope, &settings))
}

fn session(fields: &Value) -> Value {
    let mut object = json!({"object": "checkout.session", "id": "cs_1", "payment_status": "paid"});
    object.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({"id": "evt_1", "type": "checkout.session.completed", "data": {"object": object}})
}

fn known(kind: IdKind, id: &str) -> Lookup {
    Lookup::Known(PurchaseId::new(kind, id))
}

#[test]
fn all_rules_in_the_order_of_the_contract() {
    let asked = asked(&session(&json!({"payment_intent": "pi_1", "subscription": "sub_1",
        "metadata": {"streamer": "mika"}, "client_reference_id": "kenji"})));
    let mika = Lookup::Metadata("mika".parse().unwrap());
    let kenji = Lookup::ClientReference("kenji".parse().unwrap());
    let (session, intent) = (known(IdKind::Session, "cs_1"), known(IdKind::PaymentIntent, "pi_1"));
    let subscription = Lookup::Subscription("sub_1".into());
    assert_eq!(asked, [session, intent, subscription, mika, kenji, Lookup::Default]);
}

#[test]
fn an_account_is_the_last_word() {
    let mut event = session(&json!({"metadata": {"streamer": "mika"}}));
    event["account"] = json!("acct_1");
    assert_eq!(asked(&event), [Lookup::Account("acct_1".into())]);
}

#[test]
fn with_a_payment_link_the_reference_is_the_buyers_and_counts_for_nothing() {
    let asked = asked(&session(&json!({"payment_link": "plink_1", "client_reference_id": "mika"})));
    let link = Lookup::PaymentLink("plink_1".into());
    assert_eq!(asked, [known(IdKind::Session, "cs_1"), link, Lookup::Default]);
}

#[test]
fn what_is_no_streamer_id_is_not_asked_for() {
    let asked = asked(&session(
        &json!({"metadata": {"streamer": "../me"}, "client_reference_id": "Order 7"}),
    ));
    assert_eq!(asked, [known(IdKind::Session, "cs_1"), Lookup::Default]);
}

#[test]
fn only_what_begins_a_sale_goes_to_the_default() {
    let charge = known(IdKind::Charge, "ch_1");
    for (event_type, object) in [
        ("charge.succeeded", json!({"object": "charge", "id": "ch_1"})),
        ("charge.refunded", json!({"object": "charge", "id": "ch_1"})),
        ("charge.dispute.created", json!({"object": "dispute", "id": "dp_1", "charge": "ch_1"})),
        ("refund.failed", json!({"object": "refund", "id": "re_1", "charge": "ch_1"})),
    ] {
        let event = json!({"id": "evt_1", "type": event_type, "data": {"object": object}});
        assert_eq!(asked(&event), std::slice::from_ref(&charge), "{event_type}");
    }
    let unpaid = session(&json!({"payment_status": "unpaid"}));
    assert_eq!(asked(&unpaid), [known(IdKind::Session, "cs_1")]);
}

#[test]
fn a_dashboard_sample_has_no_ids_to_ask_for() {
    let mut event = session(&json!({}));
    event["id"] = json!("evt_00000000000000");
    assert_eq!(asked(&event), [Lookup::Default]);
}
