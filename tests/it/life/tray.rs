//! The make-good tray: what nobody saw, or not to its end, is one request away.

use serde_json::{Value, json};

use super::sales::{SECRET, deliver, refund};
use crate::support::{Answer, Gateway, checkout, unix_now, wait_for};

fn tray(gateway: &Gateway) -> Vec<Value> {
    let tray = gateway.get("/api/v1/streamers/me/alerts?missed=true").json();
    tray["data"].as_array().unwrap().clone()
}

fn replay_missed(gateway: &Gateway, body: &Value) -> Answer {
    gateway.post("/api/v1/streamers/me/alerts/replay", body)
}

/// Sales that are told hours late, one of which is refunded since, and a test; the ids of the others,
/// oldest first.
fn missed(gateway: &Gateway) -> Vec<String> {
    let late = |n: u32| json!(unix_now() - 2 * 3600 + i64::from(n));
    for n in 1..=4 {
        let mut event = checkout(n);
        event["created"] = late(n);
        deliver(gateway, &event);
        wait_for("the next in the tray", || (tray(gateway).len() == n as usize).then_some(()));
    }
    deliver(gateway, &refund(2, 2599));
    let mut test = checkout(9);
    (test["created"], test["livemode"]) = (late(9), json!(false));
    deliver(gateway, &test);
    wait_for("what became of it", || {
        let alerts = gateway.alerts();
        (alerts.len() == 5 && alerts.iter().any(|alert| alert["refunded"] == true)).then_some(())
    });
    let all = tray(gateway).into_iter().rev().filter(|alert| alert["refunded"] == false);
    all.map(|alert| alert["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn all_that_was_missed_is_replayed_at_once_each_alone_and_the_oldest_first() {
    let gateway = Gateway::with_secret(SECRET);
    let missed = missed(&gateway);
    assert_eq!(missed.len(), 3);
    assert_eq!(replay_missed(&gateway, &json!({ "missed": true })).json()["replayed"], 3);
    let again = replay_missed(&gateway, &json!({ "missed": true }));
    assert_eq!((again.status, again.json()["replayed"].clone()), (200, json!(0)), "harmless");
    let mut page = gateway.page();
    for id in &missed {
        let play = page.expect("play");
        assert_eq!((&play["alert"]["id"], &play["alert"]["replay"]), (&json!(id), &json!(true)));
        page.show(&play);
        assert_eq!(gateway.alert(id)["state"], "shown");
    }
    assert_eq!(tray(&gateway).len(), 1, "what was refunded stays, and is not played");
    assert!(page.so_far().iter().all(|frame| frame["type"] != "play"));
}

#[test]
fn of_a_long_tray_the_newest_are_replayed() {
    let gateway = Gateway::with_secret(SECRET);
    let missed = missed(&gateway);
    let some = replay_missed(&gateway, &json!({ "missed": true, "limit": 2 }));
    assert_eq!(some.json()["replayed"], 2);
    let waits = |id: &String| gateway.alert(id)["replay_waiting"] == true;
    assert_eq!(missed.iter().map(waits).collect::<Vec<_>>(), [false, true, true]);
}

#[test]
fn what_is_meant_must_be_said() {
    let gateway = Gateway::start();
    let said = [json!({ "missed": false }), json!({ "missed": true, "limit": 1001 })];
    assert_eq!(said.map(|body| replay_missed(&gateway, &body).status), [400, 400]);
}
