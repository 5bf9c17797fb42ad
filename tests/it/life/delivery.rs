//! Who gets a play.

use serde_json::{Value, json};

use crate::support::{Gateway, Page};

/// The plays among the frames a page got so far, as alert ids.
fn plays(page: &mut Page) -> Vec<Value> {
    let frames = page.so_far().into_iter().filter(|frame| frame["type"] == "play");
    frames.map(|play| play["alert"]["id"].clone()).collect()
}

#[test]
fn an_alert_goes_to_all_overlays_of_its_streamer_and_to_no_other() {
    let gateway = Gateway::start();
    gateway.add_streamer("mika");
    let second = gateway.add_overlay("me", "second", "alerts");
    let mut ours = [gateway.page(), gateway.page(), Page::welcomed(&gateway, &second)];
    let mut theirs = Page::welcomed(&gateway, &gateway.overlay_key("mika", "main"));
    let our_alert = gateway.test_alert();
    let their_alert = gateway.test_alert_for("mika");
    for page in &mut ours {
        assert_eq!(page.expect("play")["alert"]["id"], our_alert);
    }
    assert_eq!(theirs.expect("play")["alert"]["id"], their_alert);
    for page in &mut ours {
        assert_eq!(plays(page), Vec::<Value>::new());
    }
    assert_eq!(plays(&mut theirs), Vec::<Value>::new());
}

#[test]
fn one_play_has_one_lease_and_one_leader() {
    let gateway = Gateway::start();
    let mut pages = [gateway.page(), gateway.page(), gateway.page()];
    gateway.test_alert();
    let plays = pages.each_mut().map(|page| page.expect("play"));
    assert!(plays.iter().all(|play| play["lease"] == plays[0]["lease"]));
    assert_eq!(plays.iter().filter(|play| play["leader"] == true).count(), 1);
    for play in plays {
        assert_eq!((&play["showing"], &play["muted"]), (&json!(1), &json!(false)));
        assert_eq!(play["duration_ms"], 6000);
        let left = play["expires_in_ms"].as_u64().unwrap();
        assert!((1..=5000).contains(&left), "{left}");
    }
}

#[test]
fn a_preview_sees_it_and_what_it_answers_is_ignored() {
    let gateway = Gateway::start();
    let (mut preview, mut silent, mut page) =
        (gateway.preview(), gateway.preview(), gateway.page());
    let alert = gateway.test_alert();
    let seen = preview.expect("play");
    assert_eq!((&seen["leader"], &seen["muted"]), (&json!(false), &json!(true)));
    preview.ack("started", &seen);
    preview.ack("finished", &seen);
    preview.ack("failed", &seen);
    assert_eq!(preview.so_far(), Vec::<Value>::new());
    assert_eq!(gateway.alert(&alert)["state"], "playing");
    assert_eq!(gateway.queue()["playing"]["started"], Value::Null);
    let play = page.expect("play");
    assert_eq!(play["leader"], true);
    page.show(&play);
    silent.expect("play");
    assert_eq!(silent.expect("stop")["reason"], "settled");
    assert_eq!(gateway.alert(&alert)["proof"]["connection"], page.id());
}

#[test]
fn previews_and_other_kinds_are_nobody() {
    let gateway = Gateway::start();
    let mut pages = vec![gateway.preview()];
    for kind in ["goal", "latest", "qr"] {
        let key = gateway.add_overlay("me", kind, kind);
        pages.push(Page::welcomed(&gateway, &key));
    }
    let made = gateway.post("/api/v1/streamers/me/test-alerts", &json!({})).json();
    assert_eq!(made["connections"], 0);
    for page in &mut pages {
        let queue = page.expect("queue");
        assert_eq!((&queue["length"], &queue["waiting"]), (&json!(1), &json!("present")));
    }
    let mut page = gateway.page();
    let play = page.expect("play");
    assert_eq!(play["alert"]["id"], made["alert_id"]);
    assert_eq!(pages[0].expect("play")["lease"], play["lease"]);
    for other in &mut pages[1..] {
        assert_eq!(plays(other), Vec::<Value>::new());
    }
}

#[test]
fn who_is_welcomed_later_does_not_get_it() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    gateway.test_alert();
    let play = page.expect("play");
    let mut late = gateway.page();
    assert_eq!(plays(&mut late), Vec::<Value>::new());
    page.show(&play);
    let next = gateway.test_alert();
    assert_eq!(late.expect("play")["alert"]["id"], next);
}

#[test]
fn waiting_alerts_play_one_after_the_other_in_their_order() {
    let gateway = Gateway::start();
    let alerts: Vec<String> = (0..4).map(|_| gateway.test_alert()).collect();
    gateway.wait_for_length(4);
    let mut page = gateway.page();
    for alert in alerts {
        let play = page.expect("play");
        assert_eq!(play["alert"]["id"], alert);
        assert_eq!(plays(&mut page), Vec::<Value>::new(), "two play at once");
        page.show(&play);
    }
    assert_eq!(plays(&mut page), Vec::<Value>::new());
}

#[test]
fn the_alert_on_the_wire_has_the_promised_form() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    let test = json!({
        "amount": { "minor": 2599, "currency": "eur" }, "name": "mika", "message": "hi",
        "items": [{ "name": "Hoodie", "quantity": 2 }],
    });
    gateway.post("/api/v1/streamers/me/test-alerts", &test);
    let mut alert = page.expect("play")["alert"].clone();
    let id = alert["id"].take();
    assert!(id.as_str().unwrap().starts_with("al_"), "{id}");
    assert_eq!(alert["created"].take().as_str().unwrap().len(), 24);
    let expected = json!({
        "id": null, "kind": "sale", "test": true, "replay": false, "created": null,
        "buyer": { "name": "mika", "anonymous": false, "first_time": true, "order_count": 1 },
        "amount": { "minor": 2599, "currency": "EUR", "decimal": "25.99", "text": "€25.99" },
        "items": [{ "name": "Hoodie", "variant": null, "quantity": 2, "image": null }],
        "message": { "text": "hi" }, "state": "playing", "reason": null, "refunded": false,
    });
    assert_eq!(alert, expected);
}
