//! Events that name no streamer and come before their sale meet it, in any order.

use std::thread;

use serde_json::{Value, json};

use super::{SECRET, SHARED, alerts, deliver, settled, shop, shop_of_three, why};
use crate::support::{Gateway, RedisServer, Setup, checkout, wait_for};

fn event(id: &str, kind: &str, object: &Value) -> Value {
    json!({
        "id": format!("evt_{id}_{kind}"), "object": "event", "livemode": true, "type": kind,
        "data": { "object": object },
    })
}

/// The events of a purchase that is refunded and disputed. Only the first names the streamer, and only
/// the second ties the money that goes back to it.
fn purchase(n: u32, streamer: &str) -> [Value; 5] {
    let mut sale = checkout(n);
    sale["data"]["object"]["metadata"]["streamer"] = json!(streamer);
    let (intent, charge) = (&sale["data"]["object"]["payment_intent"], format!("ch_{n}"));
    let id = n.to_string();
    let paid = json!({
        "id": intent, "object": "payment_intent", "amount_received": 2599, "currency": "eur",
        "latest_charge": charge,
    });
    let refunded = json!({
        "id": charge, "object": "charge", "amount": 2599, "amount_refunded": 2599,
        "refunded": true, "currency": "eur",
    });
    let refund = json!({
        "id": format!("re_{n}"), "object": "refund", "amount": 2599, "currency": "eur",
        "charge": charge, "status": "succeeded",
    });
    let dispute = json!({
        "id": format!("dp_{n}"), "object": "dispute", "amount": 2599, "currency": "eur",
        "charge": charge, "status": "needs_response",
    });
    [
        event(&id, "payment_intent.succeeded", &paid),
        event(&id, "charge.refunded", &refunded),
        event(&id, "refund.created", &refund),
        event(&id, "charge.dispute.created", &dispute),
        sale,
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

fn whose(n: usize) -> &'static str {
    ["mika", "rosa"][n % 2]
}

/// Sells one purchase for each order to two streamers by turns, over nodes by turns, one event after
/// the other or all at once.
fn every_order_ends_the_same(nodes: &[Gateway], at_once: bool) {
    let orders = orders();
    assert_eq!(orders.len(), 120);
    let mut all: Vec<(String, &str)> = Vec::new();
    for (n, order) in orders.iter().enumerate() {
        let events = purchase(u32::try_from(n).unwrap(), whose(n));
        let give = |(turn, at): (usize, &usize)| deliver(&nodes[turn % nodes.len()], &events[*at]);
        if at_once {
            thread::scope(|scope| {
                order.iter().enumerate().for_each(|one| drop(scope.spawn(move || give(one))));
            });
        } else {
            order.iter().enumerate().for_each(give);
        }
        all.extend(events.iter().map(|e| (e["id"].as_str().unwrap().to_owned(), whose(n))));
    }
    assert_ended(&nodes[0], all);
}

/// Looks whether each event came to where it belongs, and whether each sale met its refund.
fn assert_ended(node: &Gateway, all: Vec<(String, &str)>) {
    for (event, streamer) in all {
        wait_for("the event's streamer", || {
            let why = why(node, &event);
            let outcome = why["outcome"].as_str().unwrap();
            let done = !outcome.starts_with("waits") && !outcome.starts_with("not settled");
            done.then(|| assert_eq!(why["streamer"], streamer, "{why}"))
        });
    }
    for streamer in ["mika", "rosa"] {
        let alerts = alerts(node, streamer);
        assert_eq!(alerts.len(), 60);
        for alert in alerts {
            let told = (&alert["state"], &alert["reason"], &alert["refunded"]);
            assert_eq!(told, (&json!("skipped"), &json!("refunded"), &json!(true)), "{alert}");
        }
    }
    assert!(alerts(node, "me").is_empty());
    assert_eq!(node.get("/api/v1/dead-letters").json()["data"], json!([]));
}

#[test]
fn every_order_ends_the_same_on_one_node() {
    every_order_ends_the_same(&[shop_of_three()], false);
}

#[test]
fn events_at_once_end_the_same_on_one_node() {
    every_order_ends_the_same(&[shop_of_three()], true);
}

/// Two nodes that share a Redis, which goes with it.
fn two_nodes() -> (RedisServer, [Gateway; 2]) {
    let redis = RedisServer::start();
    let setup = Setup { redis: Some(redis.url()), ..Setup::default() };
    let first = shop(setup.clone());
    (redis, [first, Gateway::start_with(setup)])
}

#[test]
fn every_order_ends_the_same_on_two_nodes() {
    let (_redis, nodes) = two_nodes();
    every_order_ends_the_same(&nodes, false);
}

#[test]
fn events_at_once_end_the_same_on_two_nodes() {
    let (_redis, nodes) = two_nodes();
    every_order_ends_the_same(&nodes, true);
}

#[test]
fn why_tells_that_an_event_waits_also_after_a_crash() {
    let gateway = shop_of_three();
    let [paid, refunded, _, _, sale] = purchase(1, "mika");
    for early in [&refunded, &paid] {
        deliver(&gateway, early);
        let why = settled(&gateway, early["id"].as_str().unwrap());
        assert!(why["outcome"].as_str().unwrap().starts_with("waits for its sale"), "{why}");
        assert_eq!(why["streamer"], Value::Null);
    }
    let gateway = gateway.kill_and_restart();
    let again = gateway.deliver(SHARED, refunded.to_string().as_bytes(), SECRET);
    assert_eq!(again.json()["result"], "duplicate");
    deliver(&gateway, &sale);
    wait_for("the refund", || {
        let alert = alerts(&gateway, "mika").pop()?;
        (alert["refunded"] == true).then_some(())
    });
    assert_eq!(why(&gateway, refunded["id"].as_str().unwrap())["streamer"], "mika");
}
