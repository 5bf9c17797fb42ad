//! How sockets end: by what they did, by an operator, with the node.

use serde_json::{Value, json};
use tungstenite::Message;

use super::assert_farewell;
use crate::support::{Gateway, Page};

#[test]
fn what_is_no_frame_is_closed() {
    let gateway = Gateway::start();
    for text in ["", "{", "null", "7", "[]", "{\"type\":7}", "{}"] {
        let mut page = gateway.page();
        page.send_text(text);
        assert_farewell(&mut page, 4501, "protocol_error");
    }
    let mut page = gateway.page();
    page.send_message(Message::binary(&b"{\"type\":\"pong\"}"[..]));
    assert_farewell(&mut page, 4501, "protocol_error");
}

#[test]
fn an_unknown_type_is_answered_and_the_connection_lives() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    for kind in ["of_tomorrow", "welcome", "play"] {
        page.send(&json!({ "type": kind, "secret": "s3cret" }));
        let error = page.expect("error");
        assert_eq!(error["code"], "unknown_type");
        assert!(error["detail"].is_string() && !error.to_string().contains("s3cret"), "{error}");
    }
    page.send(&json!({ "type": "started", "alert_id": 7 }));
    assert_eq!(page.expect("error")["code"], "bad_frame");
    page.show_next(&gateway);
}

#[test]
fn messages_over_16_kib_are_refused() {
    let gateway = Gateway::start();
    let padded = |length: usize| {
        let empty = json!({ "type": "state", "pad": "" }).to_string().len();
        json!({ "type": "state", "pad": "x".repeat(length - empty) }).to_string()
    };
    let mut page = gateway.page();
    page.send_text(&padded(16 * 1024));
    assert_eq!(page.so_far(), Vec::<Value>::new());
    page.send_text(&padded(16 * 1024 + 1));
    assert_farewell(&mut page, 4502, "frame_too_large");
}

#[test]
fn a_hundred_frames_are_allowed_and_one_more_is_not() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    for _ in 0..200 {
        page.send(&json!({ "type": "pong" }));
    }
    for n in 0..99 {
        page.send(&json!({ "type": "state", "active": n % 2 == 0 }));
    }
    // The hundredth.
    assert_eq!(page.so_far(), Vec::<Value>::new());
    page.send(&json!({ "type": "state", "active": true }));
    assert_farewell(&mut page, 4005, "rate_limited");
}

#[test]
fn an_operator_may_close_one_connection() {
    let gateway = Gateway::start();
    let (mut page, mut other) = (gateway.page(), gateway.page());
    let path = format!("/api/v1/connections/{}", page.id());
    assert_eq!(gateway.admin("DELETE", &path, None).status, 204);
    assert_farewell(&mut page, 4004, "disconnected");
    assert_eq!(other.so_far(), Vec::<Value>::new());
}

#[test]
fn a_stopping_gateway_says_farewell_and_exits_0() {
    let mut gateway = Gateway::start();
    let mut welcomed = gateway.page();
    let mut greeting = Page::with_key(&gateway, &gateway.overlay_key("me", "main"));
    gateway.terminate();
    assert_farewell(&mut welcomed, 4000, "restarting");
    assert_farewell(&mut greeting, 4000, "restarting");
    assert!(gateway.ended().success());
}

#[test]
fn what_plays_may_end_while_the_gateway_stops() {
    let mut gateway = Gateway::start();
    let goal = gateway.add_overlay("me", "goal", "goal");
    let (mut page, mut idle) = (gateway.page(), Page::welcomed(&gateway, &goal));
    let shown = gateway.test_alert();
    let play = page.expect("play");
    page.ack("started", &play);
    let waits = gateway.test_alert();
    gateway.wait_for_length(1);
    gateway.terminate();
    assert_farewell(&mut idle, 4000, "restarting");
    page.ack("finished", &play);
    // The next one is left to the next process.
    let bye = page.expect("bye");
    assert_eq!((&bye["code"], page.close_code()), (&json!(4000), 4000));
    assert!(gateway.ended().success());
    let gateway = gateway.kill_and_restart();
    assert_eq!(gateway.alert(&shown)["state"], "shown");
    assert_eq!(gateway.alert(&waits)["state"], "queued");
}
