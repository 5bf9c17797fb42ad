//! How a play ends when nobody says that it has finished.

use serde_json::json;

use crate::support::{Gateway, Page};

/// A gateway whose alerts are as short as they may be: 3 s, and 3 s of grace.
fn short() -> Gateway {
    let gateway = Gateway::start();
    gateway.set(&json!({ "duration": "3s" }));
    gateway
}

/// A page that began to draw and went away; the alert, and the page's play.
fn begun_and_gone(gateway: &Gateway) -> (String, serde_json::Value) {
    let mut page = gateway.page();
    let alert = gateway.test_alert();
    let play = page.expect("play");
    assert_eq!(play["duration_ms"], 3000);
    page.ack("started", &play);
    page.expect("noted");
    (alert, play)
}

fn kept(play: &serde_json::Value, more: &serde_json::Value) -> serde_json::Value {
    let mut ack = json!({ "alert_id": play["alert"]["id"], "lease": play["lease"] });
    for (name, value) in more.as_object().unwrap() {
        ack[name] = value.clone();
    }
    json!({ "acks": [ack] })
}

#[test]
fn a_start_alone_is_proof_while_the_page_is_there() {
    let gateway = short();
    let mut page = gateway.page();
    let alert = gateway.test_alert();
    let play = page.expect("play");
    page.ack("started", &play);
    let shown = gateway.wait_for_state(&alert, "shown");
    assert_eq!(shown["proof"]["by"], "started");
    assert_eq!(
        page.expect("stop"),
        json!({
            "type": "stop", "alert_id": alert, "lease": play["lease"], "reason": "settled",
        })
    );
}

#[test]
fn nobody_left_is_interrupted_and_a_late_end_still_counts() {
    let gateway = short();
    let (alert, play) = begun_and_gone(&gateway);
    let interrupted = gateway.wait_for_state(&alert, "interrupted");
    assert_eq!(interrupted["reason"], "overlay_gone");
    let acks = kept(&play, &json!({ "started": true, "finished": true }));
    let mut back = Page::hello(&gateway, &gateway.overlay_key("me", "main"), acks);
    assert_eq!(back.expect("noted")["finished"], true);
    assert_eq!(gateway.alert(&alert)["state"], "shown");
    assert!(back.so_far().iter().all(|frame| frame["type"] != "play"), "never shown by itself");
}

#[test]
fn who_comes_back_drawing_vouches_for_it() {
    let gateway = short();
    let (alert, play) = begun_and_gone(&gateway);
    let acks = kept(&play, &json!({ "started": true, "finished": false }));
    let _back = Page::hello(&gateway, &gateway.overlay_key("me", "main"), acks);
    let shown = gateway.wait_for_state(&alert, "shown");
    assert_eq!(shown["proof"]["by"], "started");
}

#[test]
fn who_lost_the_drawing_does_not() {
    let gateway = short();
    let (alert, play) = begun_and_gone(&gateway);
    let acks = kept(&play, &json!({ "started": true, "finished": false, "lost": true }));
    let mut back = Page::hello(&gateway, &gateway.overlay_key("me", "main"), acks);
    let noted = back.expect("noted");
    assert_eq!(noted["finished"], true, "there is nothing the page could finish");
    let interrupted = gateway.wait_for_state(&alert, "interrupted");
    assert_eq!(interrupted["reason"], "overlay_gone");
}
