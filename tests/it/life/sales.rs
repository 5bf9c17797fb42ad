//! Real sales: once each, in whatever order Stripe tells of them, and what a refund does.

use std::{collections::BTreeSet, thread};

use serde_json::{Value, json};

use crate::support::{Gateway, checkout, unix_now, wait_for};

pub(crate) const SECRET: &str = "whsec_of_the_tests_1";
const PATH: &str = "/webhooks/stripe/me";

/// Delivers an event; what the gateway made of it.
#[track_caller]
pub(crate) fn deliver(gateway: &Gateway, event: &Value) -> String {
    let answer = gateway.deliver(PATH, event.to_string().as_bytes(), SECRET);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["result"].as_str().unwrap().to_owned()
}

/// All of a charge goes back, or a part of it.
pub(crate) fn refund(n: u32, minor: i64) -> Value {
    json!({
        "id": format!("evt_refund_{n}_{minor}"), "object": "event", "livemode": true,
        "created": unix_now(), "type": "charge.refunded",
        "data": { "object": {
            "id": format!("ch_{n}"), "object": "charge", "currency": "eur",
            "payment_intent": format!("pi_{n:024}"), "amount": 2599, "amount_refunded": minor,
            "refunded": minor == 2599,
        } },
    })
}

/// The five events of a subscription's first payment.
fn subscription(n: usize) -> [Value; 5] {
    let event = |kind: &str, object: Value| {
        json!({
            "id": format!("evt_{n}_{kind}"), "object": "event", "livemode": true,
            "created": unix_now(), "type": kind, "data": { "object": object },
        })
    };
    let (intent, invoice) = (format!("pi_s{n}"), format!("in_s{n}"));
    [
        event(
            "checkout.session.completed",
            json!({
                "id": format!("cs_live_s{n}"), "object": "checkout.session", "mode": "subscription",
                "payment_status": "paid", "amount_total": 500, "currency": "eur", "invoice": invoice,
                "subscription": format!("sub_s{n}"),
            }),
        ),
        event(
            "invoice.paid",
            json!({
                "id": invoice, "object": "invoice", "billing_reason": "subscription_create",
                "amount_paid": 500, "currency": "eur", "subscription": format!("sub_s{n}"),
            }),
        ),
        event(
            "invoice_payment.paid",
            json!({
                "id": format!("inpay_s{n}"), "object": "invoice_payment", "invoice": invoice,
                "amount_paid": 500, "currency": "eur",
                "payment": { "type": "payment_intent", "payment_intent": intent },
            }),
        ),
        event(
            "payment_intent.succeeded",
            json!({
                "id": intent, "object": "payment_intent", "amount_received": 500, "currency": "eur",
                "latest_charge": format!("ch_s{n}"),
            }),
        ),
        event(
            "charge.succeeded",
            json!({
                "id": format!("ch_s{n}"), "object": "charge", "amount": 500, "currency": "eur",
                "payment_intent": intent,
            }),
        ),
    ]
}

/// All orders of five things.
fn orders() -> Vec<Vec<usize>> {
    let mut orders = vec![vec![]];
    for thing in 0..5 {
        let longer = |order: &Vec<usize>| {
            (0..=order.len()).map(|at| [&order[..at], &[thing], &order[at..]].concat()).collect()
        };
        orders = orders.iter().flat_map(|order| -> Vec<Vec<usize>> { longer(order) }).collect();
    }
    orders
}

#[test]
fn of_a_thousand_deliveries_at_once_one_is_new_and_plays() {
    let gateway = Gateway::with_secret(SECRET);
    let mut page = gateway.page();
    let event = checkout(1);
    let results: Vec<String> = thread::scope(|scope| {
        let fifty = || (0..50).map(|_| deliver(&gateway, &event)).collect::<Vec<_>>();
        let all: Vec<_> = (0..20).map(|_| scope.spawn(fifty)).collect();
        all.into_iter().flat_map(|fifty| fifty.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|result| *result == "accepted").count(), 1);
    assert_eq!(results.iter().filter(|result| *result == "duplicate").count(), 999);
    let play = page.expect("play");
    page.show(&play);
    assert_eq!(gateway.alerts().len(), 1);
    assert!(page.so_far().iter().all(|frame| frame["type"] != "play"));
}

#[test]
fn five_events_of_one_subscription_are_one_alert_in_any_order() {
    let gateway = Gateway::with_secret(SECRET);
    let orders = orders();
    assert_eq!(orders.iter().collect::<BTreeSet<_>>().len(), 120);
    for (n, order) in orders.iter().enumerate() {
        let events = subscription(n);
        for at in order {
            assert_eq!(deliver(&gateway, &events[*at]), "accepted", "{order:?}");
        }
    }
    gateway.wait_for_length(120);
    let alerts = gateway.alerts();
    assert_eq!(alerts.len(), 120);
    assert!(alerts.iter().all(|alert| alert["kind"] == "subscription"));
    wait_for("every event's outcome", || {
        (gateway.get("/api/v1/status").json()["unsettled"] == 0).then_some(())
    });
    assert_eq!(gateway.alerts().len(), 120);
}

#[test]
fn a_refund_before_the_play_ends_it() {
    let gateway = Gateway::with_secret(SECRET);
    deliver(&gateway, &checkout(1));
    gateway.wait_for_length(1);
    deliver(&gateway, &refund(1, 2599));
    // A refund that comes first meets its sale later.
    deliver(&gateway, &refund(2, 2599));
    deliver(&gateway, &checkout(2));
    // A partial one stops nothing.
    deliver(&gateway, &refund(3, 100));
    deliver(&gateway, &checkout(3));
    wait_for("three alerts, one waiting", || {
        (gateway.alerts().len() == 3 && gateway.queue()["length"] == 1).then_some(())
    });
    let mut page = gateway.page();
    let play = page.expect("play");
    page.show(&play);
    assert!(page.so_far().iter().all(|frame| frame["type"] != "play"));
    for alert in gateway.alerts() {
        let told = (&alert["state"], &alert["reason"], &alert["refunded"]);
        if alert["id"] == play["alert"]["id"] {
            assert_eq!(told, (&json!("shown"), &json!("finished"), &json!(false)));
        } else {
            assert_eq!(told, (&json!("skipped"), &json!("refunded"), &json!(true)));
            let refused = gateway.replay(alert["id"].as_str().unwrap());
            assert_eq!((refused.status, &*refused.code()), (409, "alert_refunded"));
        }
    }
}

#[test]
fn a_refund_while_it_plays_stops_it() {
    let gateway = Gateway::with_secret(SECRET);
    let mut page = gateway.page();
    deliver(&gateway, &checkout(1));
    let play = page.expect("play");
    page.ack("started", &play);
    deliver(&gateway, &refund(1, 2599));
    assert_eq!(page.expect("stop")["reason"], "refunded");
    let alert = gateway.alert(play["alert"]["id"].as_str().unwrap());
    assert_eq!((&alert["state"], &alert["reason"]), (&json!("skipped"), &json!("refunded")));
}

#[test]
fn a_refund_after_it_was_shown_is_a_flag() {
    let gateway = Gateway::with_secret(SECRET);
    let mut page = gateway.page();
    deliver(&gateway, &checkout(1));
    let play = page.expect("play");
    page.show(&play);
    deliver(&gateway, &refund(1, 2599));
    let id = play["alert"]["id"].as_str().unwrap();
    let alert =
        wait_for("the flag", || Some(gateway.alert(id)).filter(|alert| alert["refunded"] == true));
    assert_eq!(alert["state"], "shown");
}

#[test]
fn what_comes_too_late_goes_to_the_tray() {
    let gateway = Gateway::with_secret(SECRET);
    let mut event = checkout(1);
    event["created"] = json!(unix_now() - 2 * 3600);
    deliver(&gateway, &event);
    let tray = wait_for("the tray", || {
        let tray = gateway.get("/api/v1/streamers/me/alerts?missed=true").json();
        tray["data"].get(0).cloned()
    });
    assert_eq!((&tray["state"], &tray["reason"]), (&json!("missed"), &json!("too_late")));
    // One click away.
    let mut page = gateway.page();
    assert_eq!(gateway.replay(tray["id"].as_str().unwrap()).status, 200);
    let play = page.expect("play");
    page.show(&play);
    assert_eq!(gateway.alert(tray["id"].as_str().unwrap())["state"], "shown");
}

#[test]
fn what_comes_late_is_told_on_one_card() {
    let gateway = Gateway::with_secret(SECRET);
    for n in 1..=4 {
        let mut event = checkout(n);
        event["created"] = json!(unix_now() - 600);
        deliver(&gateway, &event);
    }
    wait_for("the queue", || Some(gateway.queue()).filter(|queue| queue["length"] == 4));
    let mut page = gateway.page();
    let play = page.expect("play");
    let id = play["alert"]["id"].as_str().unwrap();
    assert_eq!(
        (&play["alert"]["kind"], &play["alert"]["amount"]["minor"]),
        (&json!("digest"), &json!(10396))
    );
    let members = play["alert"]["members"].as_array().unwrap();
    assert!(members.len() == 4 && members.iter().all(|member| member["state"] == "playing"));
    page.show(&play);
    let digest = gateway.alert(id);
    assert_eq!((&digest["state"], &digest["event"]), (&json!("shown"), &Value::Null));
    assert!(digest["members"].as_array().unwrap().iter().all(|member| member["state"] == "shown"));
    assert_eq!(gateway.alerts().len(), 5, "four sales and their card");
    let story = gateway.get(&format!("/api/v1/why/{id}")).json();
    assert_eq!(
        (&story["outcome"], story["members"].as_array().map(Vec::len)),
        (&json!("shown"), Some(4))
    );
    let again = gateway.replay(id);
    assert_eq!((again.status, again.code()), (409, "alert_has_members".into()));
    assert_eq!(gateway.replay(members[0]["id"].as_str().unwrap()).status, 200);
    assert_eq!(page.expect("play")["alert"]["replay"], true, "each is replayed alone");
}

#[test]
fn test_mode_is_recorded_but_not_shown_if_so_set() {
    let gateway = Gateway::with_secret(SECRET);
    gateway.set(&json!({ "show_test": false }));
    let mut event = checkout(1);
    event["livemode"] = json!(false);
    deliver(&gateway, &event);
    let silent = wait_for("the alert", || gateway.alerts().pop());
    assert_eq!((&silent["state"], &silent["test"]), (&json!("silent"), &json!(true)));
}

#[test]
fn a_test_event_plays_with_its_badge_and_counts_for_nothing() {
    let gateway = Gateway::with_secret(SECRET);
    let mut page = gateway.page();
    let mut event = checkout(1);
    event["livemode"] = json!(false);
    deliver(&gateway, &event);
    let play = page.expect("play");
    assert_eq!(play["alert"]["test"], true);
    page.show(&play);
    let get = |path: &str| gateway.get(&format!("/api/v1/streamers/me/{path}")).json();
    let alert = &get("alerts")["data"][0];
    assert_eq!((&alert["state"], &alert["test"]), (&json!("shown"), &json!(true)));
    assert_eq!(get("totals")["data"], json!([]));
    // One that nobody draws to its end is not made good either.
    event["id"] = json!("evt_of_another");
    event["data"]["object"]["id"] = json!("cs_test_of_another");
    event["data"]["object"]["payment_intent"] = json!(null);
    deliver(&gateway, &event);
    let play = page.expect("play");
    page.ack("started", &play);
    page.ack("failed", &play);
    gateway.wait_for_state(play["alert"]["id"].as_str().unwrap(), "interrupted");
    assert_eq!(get("alerts?missed=true")["data"], json!([]));
}
