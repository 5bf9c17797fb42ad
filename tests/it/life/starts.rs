//! Whether a play begins.

use serde_json::{Value, json};

use crate::support::{Gateway, Page, wait_for};

#[test]
fn any_present_page_starts_the_play() {
    let gateway = Gateway::start();
    let (mut leads, mut other) = (gateway.page(), gateway.page());
    gateway.test_alert();
    leads.expect("play");
    let seen = other.expect("play");
    assert_eq!(seen["leader"], false);
    other.ack("started", &seen);
    let noted = other.expect("noted");
    assert_eq!(
        noted,
        json!({
            "type": "noted", "alert_id": seen["alert"]["id"], "lease": seen["lease"],
            "started": true, "finished": false,
        })
    );
    let playing = gateway.queue()["playing"].clone();
    assert!(playing["started"].is_string(), "{playing}");
    assert_eq!((&playing["lease"], &playing["leader"]), (&seen["lease"], &json!(leads.id())));
}

#[test]
fn what_nobody_begins_goes_back_and_the_leader_is_asked() {
    let gateway = Gateway::start();
    let (mut deaf, mut other) = (gateway.page(), gateway.page());
    let alert = gateway.test_alert();
    let play = deaf.expect("play");
    other.expect("play");
    // The leader is passed over at once, and another leads.
    let again = other.expect("play");
    assert_eq!((&again["alert"]["id"], &again["leader"]), (&json!(alert), &json!(true)));
    assert_eq!(again["showing"], 1, "going back to the queue keeps the showing");
    assert_ne!(again["lease"], play["lease"]);
    let frames = deaf.so_far();
    assert!(frames.contains(&json!({ "type": "ping" })), "{frames:?}");
    let given = frames.iter().find(|frame| frame["type"] == "play").unwrap();
    assert_eq!(given["leader"], false);
    other.show(&again);
    assert_eq!(gateway.alert(&alert)["state"], "shown");
}

#[test]
fn who_is_passed_over_leads_again_after_any_frame() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    let alert = gateway.test_alert();
    let play = page.expect("play");
    page.expect("ping");
    let queue = gateway.queue();
    assert_eq!((&queue["length"], &queue["playing"]), (&json!(1), &Value::Null));
    assert_eq!(gateway.alert(&alert)["state"], "queued");
    page.send(&json!({ "type": "pong" }));
    let again = page.expect("play");
    assert_eq!((&again["alert"]["id"], &again["showing"]), (&json!(alert), &json!(1)));
    assert_ne!(again["lease"], play["lease"]);
    page.ack("started", &play);
    assert_eq!(page.expect("error")["code"], "stale_lease");
    page.show(&again);
}

#[test]
fn a_late_start_takes_it_back_out_of_the_queue() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    let alert = gateway.test_alert();
    let play = page.expect("play");
    page.expect("ping");
    page.ack("started", &play);
    assert_eq!(page.expect("noted")["lease"], play["lease"]);
    let queue = gateway.queue();
    assert_eq!((&queue["length"], &queue["playing"]["lease"]), (&json!(0), &play["lease"]));
    page.show(&play);
    assert_eq!(gateway.alert(&alert)["state"], "shown");
}

#[test]
fn who_went_before_the_start_costs_nothing() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    let alert = gateway.test_alert();
    let play = page.expect("play");
    drop(page);
    let mut back = gateway.page();
    let again = back.expect("play");
    assert_eq!((&again["alert"]["id"], &again["showing"]), (&json!(alert), &json!(1)));
    assert_ne!(again["lease"], play["lease"]);
    back.show(&again);
    assert_eq!(gateway.alert(&alert)["state"], "shown");
}

#[test]
fn what_fails_three_times_is_missed() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    let alert = gateway.test_alert();
    for _ in 0..3 {
        let play = page.expect("play");
        assert_eq!((&play["alert"]["id"], &play["showing"]), (&json!(alert), &json!(1)));
        page.ack("failed", &play);
    }
    let missed = gateway.wait_for_state(&alert, "missed");
    assert_eq!(missed["reason"], "never_started");
    page.show_next(&gateway);
}

#[test]
fn what_fails_after_its_start_is_interrupted() {
    let gateway = Gateway::start();
    let (mut page, mut other) = (gateway.page(), gateway.page());
    let alert = gateway.test_alert();
    let (play, seen) = (page.expect("play"), other.expect("play"));
    page.ack("started", &play);
    other.ack("failed", &seen);
    other.expect("noted");
    assert_eq!(gateway.alert(&alert)["state"], "playing", "another's failure is only recorded");
    page.ack("failed", &play);
    let interrupted = gateway.wait_for_state(&alert, "interrupted");
    assert_eq!(interrupted["reason"], "failed");
}

#[test]
fn a_test_nobody_sees_expires_after_30_s() {
    let gateway = Gateway::start();
    assert_eq!(gateway.operate("pause").status, 200);
    let _present: Page = gateway.page();
    let alert = gateway.test_alert();
    let missed = wait_for("its end", || {
        Some(gateway.alert(&alert)).filter(|alert| alert["state"] == "missed")
    });
    assert_eq!(missed["reason"], "test_expired");
    let tray = gateway.get("/api/v1/streamers/me/alerts?missed=true").json();
    assert_eq!(tray["data"], json!([]), "tests never enter the tray");
}
