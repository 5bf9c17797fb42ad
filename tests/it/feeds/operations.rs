//! Operations that come in by the feed: the API's, with its rights.

use serde_json::{Value, json};

use super::{key, log, types};
use crate::support::{Gateway, Page, checkout};

const SECRET: &str = "whsec_of_the_tests_1";

/// A feed of somebody with this role, from now on.
fn feed_of(gateway: &Gateway, role: &str) -> Page {
    let bearer = format!("Bearer {}", key(gateway, role).1);
    Page::open(gateway, "/ws/feed", &[("authorization", &bearer)])
}

/// The answer to a frame.
#[track_caller]
fn ask(feed: &mut Page, frame: Value) -> Value {
    let of = frame["type"].clone();
    feed.send(&frame);
    let answer = answer(feed);
    if answer["type"] == "result" {
        assert_eq!(answer["of"], of, "{answer}");
    }
    answer
}

/// The next frame that is no entry.
#[track_caller]
fn answer(feed: &mut Page) -> Value {
    loop {
        let frame = feed.next().unwrap_or_else(|code| panic!("closed {code} before the answer"));
        if frame.get("type").is_some() {
            return frame;
        }
        assert_eq!(frame["event"]["source"], "Tillbell", "{frame}");
    }
}

#[test]
fn every_operation_has_one_answer_with_the_clients_own_mark() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    let mut feed = feed_of(&gateway, "moderator");
    let (first, second) = (gateway.test_alert(), gateway.test_alert());
    let play = page.expect("play");
    gateway.wait_for_length(1);
    let skipped = ask(&mut feed, json!({ "type": "skip", "id": 1 }));
    assert_eq!((&skipped["type"], &skipped["id"]), (&json!("result"), &json!(1)));
    let alert = &skipped["alert"];
    assert_eq!((&alert["id"], &alert["state"]), (&json!(first), &json!("skipped")));
    assert_eq!(alert["amount"], Value::Null, "a moderator sees no amounts");
    assert_eq!(page.expect("stop")["lease"], play["lease"]);
    // The second one is on its way: a skip that means the first again leaves it alone.
    let again = ask(&mut feed, json!({ "type": "skip", "alert_id": first, "id": "b" }));
    assert_eq!((&again["id"], &again["alert"]["state"]), (&json!("b"), &json!("skipped")));
    let play = page.expect("play");
    assert_eq!(play["alert"]["id"], second);
    page.show(&play);
    let replayed = ask(&mut feed, json!({ "type": "replay", "alert_id": second }));
    assert_eq!(replayed["alert"]["showing"], 2);
    assert!(replayed.get("id").is_none(), "{replayed}");
    for (operation, flag, set) in [
        ("pause", "paused", true),
        ("mute", "muted", true),
        ("unmute", "muted", false),
        ("panic", "panic", true),
        ("resume", "paused", false),
        ("clear", "panic", false),
    ] {
        let done = ask(&mut feed, json!({ "type": operation }));
        assert_eq!(done["queue"][flag], set, "{operation}: {done}");
    }
    page.expect("play");
    assert_eq!(page.expect("stop")["reason"], "panic");
}

#[test]
fn verdicts_are_the_apis() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    gateway.test_alert();
    let play = page.expect("play");
    let alert = play["alert"]["id"].clone();
    let mut feed = feed_of(&gateway, "owner");
    for frame in [
        json!({ "type": "approve", "alert_id": alert, "as": "full" }),
        json!({ "type": "reject", "alert_id": alert }),
    ] {
        assert_eq!(ask(&mut feed, frame)["code"], "alert_not_held");
    }
    let early = json!({ "type": "replay", "alert_id": alert });
    assert_eq!(ask(&mut feed, early)["code"], "alert_not_ended");
    page.show(&play);
    assert_eq!(ask(&mut feed, json!({ "type": "skip" }))["code"], "nothing_plays");
    let nobodys = json!({ "type": "skip", "alert_id": "al_00000000000000000000000000000000" });
    assert_eq!(ask(&mut feed, nobodys)["code"], "not_found");
}

#[test]
fn the_same_button_at_the_same_time_has_one_effect() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    let mut moderators: Vec<Page> = (0..4).map(|_| feed_of(&gateway, "moderator")).collect();
    let (first, second) = (gateway.test_alert(), gateway.test_alert());
    page.expect("play");
    gateway.wait_for_length(1);
    for frame in [json!({ "type": "pause" }), json!({ "type": "skip", "alert_id": first })] {
        moderators.iter_mut().for_each(|moderator| moderator.send(&frame));
        for moderator in &mut moderators {
            assert_eq!(answer(moderator)["type"], "result");
        }
    }
    let log = log(&gateway, "");
    let entries = log["data"].as_array().unwrap();
    let count = |of: &str| types(entries).iter().filter(|kind| **kind == of).count();
    assert_eq!((count("QueueChanged"), count("AlertSkipped")), (1, 1));
    assert_eq!(gateway.alert(&second)["state"], "queued");
}

#[test]
fn who_asks_may_what_the_api_lets_them() {
    let gateway = Gateway::with_secret(SECRET);
    let mut page = gateway.page();
    let body = checkout(1).to_string();
    gateway.deliver("/webhooks/stripe/me", body.as_bytes(), SECRET);
    let play = page.expect("play");
    page.show(&play);
    let alert = &play["alert"]["id"];
    let operate = json!({ "type": "skip", "alert_id": alert });
    let judge = json!({ "type": "approve", "alert_id": alert, "as": "full" });
    let said = |role: &str, frame: &Value| ask(&mut feed_of(&gateway, role), frame.clone());
    for role in ["viewer", "feed"] {
        for frame in [&operate, &judge, &json!({ "type": "panic" })] {
            assert_eq!(said(role, frame)["code"], "forbidden", "{role} {frame}");
        }
    }
    assert_eq!(said("action", &judge)["code"], "forbidden");
    let replay = json!({ "type": "replay", "alert_id": alert });
    assert_eq!(said("action", &replay)["code"], "forbidden");
    let told = said("action", &operate)["alert"].clone();
    assert_eq!(told, json!({ "id": alert, "state": "shown" }), "not what was bought");
    assert_eq!(said("owner", &operate)["alert"]["amount"]["minor"], 2599);
    assert_eq!(gateway.queue()["panic"], false);
}

#[test]
fn an_action_key_operates_and_hears_nothing_else() {
    let gateway = Gateway::start();
    let (id, secret) = key(&gateway, "action");
    let bearer = format!("Bearer {secret}");
    let mut button = Page::open(&gateway, "/ws/feed?after=0", &[("authorization", &bearer)]);
    let _page = gateway.page();
    button.send(&json!({ "type": "mute" }));
    button.send(&json!({ "type": "unmute" }));
    let muted = ["mute", "unmute"].map(|_| button.next().unwrap()["queue"]["muted"].clone());
    assert_eq!(muted, [true, false], "in the order of the frames, and no entry between them");
    let path = format!("/api/v1/streamers/me/keys/{id}");
    assert_eq!(gateway.admin("DELETE", &path, None).status, 204);
    button.send(&json!({ "type": "panic" }));
    assert_eq!(button.close_code(), 4500);
    assert_eq!(gateway.queue()["panic"], false);
}

#[test]
fn what_is_no_operation_is_answered_and_the_feed_lives() {
    let gateway = Gateway::start();
    let mut feed = feed_of(&gateway, "moderator");
    let unknown = ask(&mut feed, json!({ "type": "of_tomorrow", "id": 7 }));
    assert_eq!((&unknown["code"], &unknown["id"]), (&json!("unknown_type"), &json!(7)));
    for bad in [
        json!({ "type": "replay", "id": 8 }),
        json!({ "type": "skip", "alert_id": "al_1", "id": 8 }),
        json!({ "type": "approve", "alert_id": "al_00000000000000000000000000000000", "id": 8 }),
    ] {
        let refused = ask(&mut feed, bad);
        assert_eq!((&refused["code"], &refused["id"]), (&json!("bad_frame"), &json!(8)));
    }
    for text in ["", "pause", "[]", "{}", "{\"type\":1}"] {
        feed.send_text(text);
        assert_eq!(answer(&mut feed)["code"], "bad_frame", "{text}");
    }
    feed.send_message(tungstenite::Message::binary("pause"));
    assert_eq!(answer(&mut feed)["code"], "bad_frame");
    assert_eq!(ask(&mut feed, json!({ "type": "pause" }))["queue"]["paused"], true);
}

#[test]
fn a_feed_that_floods_is_closed() {
    let gateway = Gateway::start();
    let mut feed = feed_of(&gateway, "feed");
    for _ in 0..101 {
        feed.send(&json!({ "type": "pause" }));
    }
    assert_eq!(feed.close_code(), 4005);
    let mut feed = feed_of(&gateway, "moderator");
    feed.send(&json!({ "type": "pause", "id": "x".repeat(16 * 1024) }));
    assert_eq!(feed.close_code(), 4502);
    assert_eq!(gateway.queue()["paused"], false);
}
