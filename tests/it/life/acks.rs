//! Acknowledgements that come late, twice, or for nothing.

use serde_json::{Value, json};

use crate::support::{Gateway, Page};

/// The frame that tells a page to forget an acknowledgement.
#[track_caller]
fn assert_stale(page: &mut Page, alert: &Value, lease: &Value) {
    let error = page.expect("error");
    assert_eq!(error["code"], "stale_lease");
    assert_eq!((&error["alert_id"], &error["lease"]), (alert, lease));
}

#[test]
fn an_older_lease_changes_nothing() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    gateway.test_alert();
    let old = page.expect("play");
    page.show(&old);
    let alert = gateway.test_alert();
    let play = page.expect("play");
    for kind in ["started", "finished", "failed"] {
        page.ack(kind, &old);
        assert_stale(&mut page, &old["alert"]["id"], &old["lease"]);
    }
    assert_eq!(gateway.queue()["playing"]["started"], Value::Null);
    page.show(&play);
    assert_eq!(gateway.alert(&alert)["state"], "shown");
}

#[test]
fn a_lease_that_never_was_is_stale_too() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    gateway.test_alert();
    let play = page.expect("play");
    let (alert, lease) = (&play["alert"]["id"], &play["lease"]);
    for (alert, lease) in [(alert, &json!("nonsense")), (&json!("al_x"), lease)] {
        page.send(&json!({ "type": "started", "alert_id": alert, "lease": lease }));
        assert_stale(&mut page, alert, lease);
    }
    page.show(&play);
}

#[test]
fn saying_it_twice_is_noted_twice_and_counts_once() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    let alert = gateway.test_alert();
    let play = page.expect("play");
    page.show(&play);
    let before = gateway.queue()["position"].clone();
    page.show(&play);
    assert_eq!(gateway.alert(&alert)["state"], "shown");
    assert_eq!(gateway.queue()["position"], before, "nothing was logged");
}

#[test]
fn what_a_person_ended_stays_ended() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    let alert = gateway.test_alert();
    let play = page.expect("play");
    page.ack("started", &play);
    assert_eq!(gateway.operate("skip").status, 200);
    assert_eq!(page.expect("stop")["reason"], "skipped");
    page.show(&play);
    let skipped = gateway.alert(&alert);
    assert_eq!((&skipped["state"], &skipped["reason"]), (&json!("skipped"), &json!("skipped")));
    assert!(skipped["proof"]["finished"].is_string(), "kept beside its proof: {skipped}");
}

#[test]
fn a_page_that_was_away_for_a_moment_is_stopped_too() {
    let gateway = Gateway::start();
    for (operation, reason) in [("skip", "skipped"), ("panic", "panic")] {
        let mut page = gateway.page();
        gateway.test_alert();
        let play = page.expect("play");
        page.ack("started", &play);
        page.expect("noted");
        drop(page);
        let kept = json!({
            "alert_id": play["alert"]["id"], "lease": play["lease"], "started": true,
        });
        let mut back =
            Page::hello(&gateway, &gateway.overlay_key("me", "main"), json!({ "acks": [kept] }));
        assert_eq!(gateway.operate(operation).status, 200);
        let stop = back.expect("stop");
        assert_eq!((&stop["lease"], &stop["reason"]), (&play["lease"], &json!(reason)));
    }
    // And if it was pressed while the page was away: as it comes.
    gateway.operate("resume");
    let mut page = gateway.page();
    let alert = gateway.test_alert();
    let play = page.expect("play");
    page.ack("started", &play);
    page.expect("noted");
    drop(page);
    gateway.operate("skip");
    let kept = json!({ "alert_id": alert, "lease": play["lease"], "started": true });
    let mut back =
        Page::hello(&gateway, &gateway.overlay_key("me", "main"), json!({ "acks": [kept] }));
    assert_eq!(back.expect("stop")["reason"], "skipped");
}

#[test]
fn kept_acks_are_applied_before_the_welcome() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    let alert = gateway.test_alert();
    let play = page.expect("play");
    let waits = gateway.test_alert();
    gateway.wait_for_length(1);
    drop(page);
    let known = json!({ "alert_id": alert, "lease": play["lease"] });
    let unknown = json!({ "alert_id": alert, "lease": "nonsense", "started": true });
    let mut finished = known;
    (finished["started"], finished["finished"]) = (json!(true), json!(true));
    let mut back = Page::with_key(&gateway, &gateway.overlay_key("me", "main"));
    back.send(&json!({ "type": "hello", "mode": "live", "acks": [unknown, finished] }));
    let mut answers = Vec::new();
    let play = loop {
        let frame = back.next().unwrap();
        match frame["type"].as_str().unwrap() {
            "welcome" => assert_eq!(gateway.alert(&alert)["state"], "shown", "applied before it"),
            "play" => break frame,
            "queue" => {}
            _ => answers.push(frame),
        }
    };
    assert_eq!(play["alert"]["id"], waits);
    assert_eq!((answers.len(), &answers[0]["lease"]), (2, &json!("nonsense")), "{answers:?}");
    assert_eq!((&answers[1]["type"], &answers[1]["finished"]), (&json!("noted"), &json!(true)));
}

#[test]
fn a_hello_with_more_than_64_acks_is_taken_by_its_newest() {
    let gateway = Gateway::start();
    let ack = |n: usize| json!({ "alert_id": "al_x", "lease": format!("n{n}"), "started": true });
    let acks: Vec<Value> = (0..70).map(ack).collect();
    let mut page = Page::with_key(&gateway, &gateway.overlay_key("me", "main"));
    page.send(&json!({ "type": "hello", "mode": "live", "acks": acks }));
    let mut frames = page.so_far();
    frames.retain(|frame| frame["code"] == "stale_lease");
    assert_eq!((frames.len(), &frames[0]["lease"]), (64, &json!("n6")));
}
