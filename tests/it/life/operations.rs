//! What people do to the queue, as the API answers it and as pages are told.

use serde_json::{Value, json};

use crate::support::{Gateway, Page};

/// The next queue frame.
#[track_caller]
fn queue(page: &mut Page) -> Value {
    page.expect("queue")
}

#[test]
fn pause_lets_the_play_end_and_begins_nothing() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    gateway.test_alert();
    let play = page.expect("play");
    assert_eq!(gateway.operate("pause").json()["paused"], true);
    assert_eq!(queue(&mut page)["paused"], true);
    let waits = gateway.test_alert();
    page.show(&play);
    assert_eq!(gateway.queue()["playing"], Value::Null);
    let resumed = gateway.operate("resume").json();
    assert_eq!((&resumed["paused"], &resumed["waiting"]), (&json!(false), &Value::Null));
    assert_eq!(page.expect("play")["alert"]["id"], waits);
}

#[test]
fn mute_is_told_at_once_and_to_the_next_play() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    gateway.test_alert();
    let play = page.expect("play");
    assert_eq!(gateway.operate("mute").json()["muted"], true);
    assert_eq!(queue(&mut page)["muted"], true);
    assert_eq!(gateway.page().welcome["queue"]["muted"], true, "also who comes later");
    page.show(&play);
    gateway.test_alert();
    let play = page.expect("play");
    assert_eq!(play["muted"], true);
    assert_eq!(gateway.operate("unmute").json()["muted"], false);
    assert_eq!(queue(&mut page)["muted"], false);
}

#[test]
fn skip_takes_what_plays_or_what_is_named() {
    let gateway = Gateway::start();
    let nothing = gateway.operate("skip");
    assert_eq!((nothing.status, &*nothing.code()), (409, "nothing_plays"));
    let mut page = gateway.page();
    let (first, second, third) = (gateway.test_alert(), gateway.test_alert(), gateway.test_alert());
    let play = page.expect("play");
    gateway.wait_for_length(2);
    let named = json!({ "alert_id": second });
    for _ in 0..2 {
        let skipped = gateway.post("/api/v1/streamers/me/queue/skip", &named);
        assert_eq!((skipped.status, &skipped.json()["state"]), (200, &json!("skipped")));
    }
    let skipped = gateway.operate("skip").json();
    assert_eq!((&skipped["id"], &skipped["reason"]), (&json!(first), &json!("skipped")));
    assert_eq!(
        page.expect("stop"),
        json!({
            "type": "stop", "alert_id": first, "lease": play["lease"], "reason": "skipped",
        })
    );
    let play = page.expect("play");
    assert_eq!(play["alert"]["id"], third);
    page.show(&play);
    // Of one that has ended: its state, and no change.
    let path = "/api/v1/streamers/me/queue/skip";
    let ended = gateway.post(path, &json!({ "alert_id": third }));
    assert_eq!((ended.status, &ended.json()["state"]), (200, &json!("shown")));
}

#[test]
fn clear_ends_what_waits_and_not_what_plays() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    let plays = gateway.test_alert();
    let play = page.expect("play");
    let waits = [gateway.test_alert(), gateway.test_alert()];
    gateway.wait_for_length(2);
    assert_eq!(gateway.operate("clear").json()["length"], 0);
    for id in &waits {
        let cleared = gateway.alert(id);
        assert_eq!((&cleared["state"], &cleared["reason"]), (&json!("skipped"), &json!("cleared")));
    }
    page.show(&play);
    assert_eq!(gateway.alert(&plays)["state"], "shown");
    page.show_next(&gateway);
}

#[test]
fn panic_stops_everything_and_resume_brings_nothing_back() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    let ids = [gateway.test_alert(), gateway.test_alert()];
    page.expect("play");
    gateway.wait_for_length(1);
    let state = gateway.operate("panic").json();
    for name in ["paused", "muted", "panic"] {
        assert_eq!(state[name], true, "{state}");
    }
    assert_eq!(page.expect("stop")["reason"], "panic");
    assert_eq!(queue(&mut page)["panic"], true);
    for id in &ids {
        let skipped = gateway.alert(id);
        assert_eq!((&skipped["state"], &skipped["reason"]), (&json!("skipped"), &json!("panic")));
    }
    let new = gateway.test_alert();
    assert_eq!(queue(&mut page)["waiting"], "paused");
    let state = gateway.operate("resume").json();
    let [paused, panic, muted] = ["paused", "panic", "muted"].map(|name| state[name] == true);
    assert_eq!((paused, panic, muted), (false, false, true), "unmute is its own act");
    assert_eq!(queue(&mut page)["panic"], false, "told before the play, so that its name is shown");
    let play = page.expect("play");
    assert_eq!((&play["alert"]["id"], &play["muted"]), (&json!(new), &json!(true)));
}

#[test]
fn panic_is_told_to_every_kind_of_overlay_and_to_who_comes_while_it_is_on() {
    let gateway = Gateway::start();
    let kinds = ["goal", "latest", "qr"];
    let keys = kinds.map(|kind| gateway.add_overlay("me", kind, kind));
    let mut early: Vec<Page> = keys.iter().map(|key| Page::welcomed(&gateway, key)).collect();
    let mut page = gateway.page();
    gateway.test_alert();
    page.expect("play");
    gateway.operate("panic");
    let late: Vec<Page> = keys.iter().map(|key| Page::welcomed(&gateway, key)).collect();
    assert!(late.iter().all(|page| page.welcome["queue"]["panic"] == true));
    gateway.test_alert();
    for page in &mut early {
        let told: Vec<Value> = page.so_far();
        assert!(
            told.iter().all(|frame| frame["type"] == "queue" || frame["type"] == "board"),
            "nobody's name: {told:?}"
        );
        assert!(told.iter().any(|frame| frame["panic"] == true), "{told:?}");
    }
    gateway.operate("resume");
    for page in &mut early {
        while page.expect("queue")["panic"] == true {}
    }
}

#[test]
fn a_repeated_request_changes_nothing() {
    let gateway = Gateway::start();
    for operation in ["pause", "mute", "clear", "panic", "unmute", "resume"] {
        assert_eq!(gateway.operate(operation).status, 200);
        let once = gateway.queue();
        assert_eq!(gateway.operate(operation).json(), once, "{operation}");
    }
    assert_eq!(gateway.operate("of_tomorrow").status, 404);
}

#[test]
fn a_replay_is_another_showing() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    let alert = gateway.test_alert();
    let play = page.expect("play");
    let code = |alert: &str| {
        let refused = gateway.replay(alert);
        assert_eq!(refused.status, 409);
        refused.code()
    };
    assert_eq!(code(&alert), "alert_not_ended");
    page.show(&play);
    gateway.operate("pause");
    let waiting = gateway.replay(&alert).json();
    let told = (&waiting["state"], &waiting["replay_waiting"], &waiting["showing"]);
    assert_eq!(told, (&json!("shown"), &json!(true), &json!(2)));
    assert_eq!(code(&alert), "replay_waiting");
    gateway.operate("resume");
    let again = page.expect("play");
    assert_eq!((&again["alert"]["id"], &again["showing"]), (&json!(alert), &json!(2)));
    assert_eq!(again["alert"]["replay"], true);
    assert_eq!(gateway.alert(&alert)["state"], "shown", "it keeps its state");
    page.show(&again);
    let unknown = gateway.replay("al_00000000000000000000000000000000");
    assert_eq!(unknown.status, 404);
}

#[test]
fn a_skipped_replay_leaves_the_alert_shown() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    let alert = gateway.test_alert();
    let play = page.expect("play");
    page.show(&play);
    gateway.replay(&alert);
    page.expect("play");
    gateway.operate("skip");
    assert_eq!(page.expect("stop")["reason"], "skipped");
    assert_eq!(gateway.alert(&alert)["state"], "shown");
}
