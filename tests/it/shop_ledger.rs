//! The gateway's totals against the fake Stripe's own ledger, to the minor unit: hundreds of mixed
//! purchases with refunds, disputes, delays, lost and doubled deliveries, and an outage in the middle.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use crate::support::{FakeStripe, Gateway, Setup, wait_for};

/// Two of two decimals, two of none, one of three.
const CURRENCIES: [&str; 5] = ["usd", "eur", "jpy", "krw", "kwd"];

const PURCHASES: u64 = 200;

/// The gateway is down from this purchase on …
const DOWN: u64 = 80;

/// … until before this one.
const UP: u64 = 120;

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) % bound
    }

    fn often(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// One purchase with what may happen to it later.
fn purchase(stripe: &FakeStripe, dice: &mut Dice, number: u64) {
    let currency = CURRENCIES[usize::try_from(number % 5).unwrap()];
    let amount = (100 + dice.below(90_000) * 10).to_string();
    let mut more = vec![
        ("line_items[0][price_data][currency]", currency),
        ("line_items[0][price_data][unit_amount]", &*amount),
    ];
    let subscription = dice.often(15);
    if subscription {
        more.push(("mode", "subscription"));
        more.push(("line_items[0][price_data][recurring][interval]", "month"));
    }
    let session = stripe.open_session(None, &more);
    let pay =
        |how: &str| stripe.control(&format!("sessions/{session}/pay"), &json!({ "how": how }));
    if dice.often(5) {
        stripe.decline(&session);
        return;
    }
    if !subscription && dice.often(20) {
        pay("later");
        let succeeded = dice.often(70);
        stripe.control(&format!("sessions/{session}/settle"), &json!({ "succeeded": succeeded }));
        if !succeeded {
            return;
        }
    } else {
        let paid = pay("card");
        if subscription && dice.often(50) {
            let id = paid["subscription"].as_str().unwrap().to_owned();
            stripe.control(&format!("subscriptions/{id}/renew"), &json!({}));
        }
    }
    afterwards(stripe, dice, &session, amount.parse().unwrap());
}

/// Refunds and disputes.
fn afterwards(stripe: &FakeStripe, dice: &mut Dice, session: &str, amount: u64) {
    if dice.often(30) {
        let part = (amount / (2 + dice.below(3)) / 10 * 10).max(10);
        let whole = dice.often(40);
        let given = if whole {
            json!({ "session": session })
        } else {
            json!({ "session": session, "amount": part })
        };
        let refund = stripe.control("refunds", &given);
        if dice.often(25) {
            let id = refund["id"].as_str().unwrap();
            stripe.control(&format!("refunds/{id}/fail"), &json!({}));
        } else if whole {
            return;
        }
    }
    if dice.often(15) {
        let dispute = stripe.control("disputes", &json!({ "session": session }));
        let id = dispute["id"].as_str().unwrap();
        stripe.control(&format!("disputes/{id}/close"), &json!({ "won": dice.often(50) }));
    }
}

/// What is left, by currency, as the ledger and as the gateway see it.
fn left(stripe: &FakeStripe) -> BTreeMap<String, i64> {
    let ledger = stripe.shows("ledger");
    let currencies = ledger["currencies"].as_object().unwrap();
    let net = |sums: &Value| sums["net"].as_i64().unwrap();
    currencies.iter().map(|(name, sums)| (name.to_uppercase(), net(sums))).collect()
}

fn totals(gateway: &Gateway) -> BTreeMap<String, i64> {
    let totals = gateway.get("/api/v1/streamers/me/totals").json();
    let rows = totals["data"].as_array().unwrap();
    let text = |row: &Value| row["currency"].as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(row), row["amount"]["minor"].as_i64().unwrap())).collect()
}

#[test]
fn totals_equal_the_ledger_after_outage_refunds_disputes_and_lost_deliveries() {
    let mut stripe = FakeStripe::start();
    // Only live sales are counted.
    stripe.key = stripe.key.replace("_test_", "_live_");
    let mut gateway = Gateway::start_with(stripe.setup());
    gateway.admin("PATCH", "/api/v1/streamers/me", Some(&json!({ "renewals": true })));
    let url = gateway.url("/webhooks/stripe/me");
    let endpoint =
        stripe.post(None, "webhook_endpoints", &[("url", &url), ("enabled_events[0]", "*")]);
    let secret = json!({ "secret": endpoint["secret"] });
    assert_eq!(gateway.post("/api/v1/streamers/me/secrets", &secret).status, 201);
    stripe.control("retries", &json!({ "first_ms": 100, "attempts": 12 }));
    let troubles =
        json!({ "deliveries": { "duplicate": true, "reorder_ms": 300, "delay_ms": 20 } });
    stripe.control("faults", &troubles);

    let mut dice = Dice(5);
    for number in 0..PURCHASES {
        match number {
            DOWN => gateway.kill(),
            UP => {
                let setup = Setup {
                    data: Some(Arc::clone(&gateway.data)),
                    port: Some(gateway.port),
                    ..stripe.setup()
                };
                gateway = Gateway::start_with(setup);
            }
            // Stripe says it delivered these, and nobody has seen them.
            150 => drop(stripe.control("faults", &json!({ "deliveries": { "drop": 20 } }))),
            _ => {}
        }
        purchase(&stripe, &mut dice, number);
    }
    let ledger = left(&stripe);
    assert_eq!(ledger.len(), CURRENCIES.len(), "{ledger:?}");
    let reconciled = gateway.post("/api/v1/reconcile", &json!({ "since": "1h" }));
    assert_eq!(reconciled.status, 202, "{reconciled:?}");
    wait_for("the totals to be the ledger's", || (totals(&gateway) == ledger).then_some(()));
    let orders = |totals: Value| -> i64 {
        let rows = totals["data"].as_array().unwrap().clone();
        rows.iter().map(|row| row["orders"].as_i64().unwrap()).sum()
    };
    assert!(orders(gateway.get("/api/v1/streamers/me/totals").json()) > 100);
}
