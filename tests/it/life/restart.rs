//! A gateway that dies and comes back.

use serde_json::json;

use crate::support::{Gateway, Page};

#[test]
fn what_was_drawn_through_a_crash_was_shown_once() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    let alert = gateway.test_alert();
    let play = page.expect("play");
    page.ack("started", &play);
    page.expect("noted");
    let waits = gateway.test_alert();
    gateway.wait_for_length(1);
    let gateway = gateway.kill_and_restart();
    assert_eq!(page.close_code(), 1006);
    let acks = json!({ "acks": [{
        "alert_id": alert, "lease": play["lease"], "started": true, "finished": true,
    }] });
    let mut back = Page::hello(&gateway, &gateway.overlay_key("me", "main"), acks);
    let next = back.expect("play");
    assert_eq!(next["alert"]["id"], waits, "the first one is not played again");
    let shown = gateway.alert(&alert);
    assert_eq!((&shown["state"], &shown["proof"]["by"]), (&json!("shown"), &json!("finished")));
}

#[test]
fn what_is_still_drawn_may_be_finished_on_a_new_socket() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    let alert = gateway.test_alert();
    let play = page.expect("play");
    page.ack("started", &play);
    let gateway = gateway.kill_and_restart();
    let acks = json!({ "acks": [{
        "alert_id": alert, "lease": play["lease"], "started": true, "finished": false,
    }] });
    let mut back = Page::hello(&gateway, &gateway.overlay_key("me", "main"), acks);
    assert_eq!(back.expect("noted")["finished"], false);
    assert_eq!(gateway.alert(&alert)["state"], "playing");
    back.show(&play);
    assert_eq!(gateway.alert(&alert)["state"], "shown");
}

#[test]
fn what_nobody_had_begun_is_played_again() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    let alert = gateway.test_alert();
    let play = page.expect("play");
    let gateway = gateway.kill_and_restart();
    let mut back = gateway.page();
    let again = back.expect("play");
    assert_eq!((&again["alert"]["id"], &again["showing"]), (&json!(alert), &json!(1)));
    assert_ne!(again["lease"], play["lease"]);
    back.show(&again);
}
