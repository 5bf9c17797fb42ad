//! The key, the origin, the hello and the welcome.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::assert_farewell;
use crate::support::{Gateway, Page, wait_for};

fn hello() -> Value {
    json!({ "type": "hello", "client": "test", "version": "1", "mode": "live" })
}

#[test]
fn a_key_may_come_in_three_ways() {
    let gateway = Gateway::start();
    let key = gateway.overlay_key("me", "main");
    let mut listed = Page::with_key(&gateway, &key);
    listed.send(&hello());
    listed.expect("welcome");
    let bearer = format!("Bearer {key}");
    let mut carried = Page::open(&gateway, "/ws/overlay", &[("authorization", &bearer)]);
    carried.send(&hello());
    carried.expect("welcome");
    let mut said = Page::open(&gateway, "/ws/overlay", &[]);
    said.send(&json!({ "type": "auth", "key": key }));
    said.send(&hello());
    said.expect("welcome");
}

#[test]
fn the_selected_subprotocol_is_the_one_without_the_key() {
    let gateway = Gateway::start();
    let page = Page::with_key(&gateway, &gateway.overlay_key("me", "main"));
    assert_eq!(page.response.headers()["sec-websocket-protocol"], "tillbell.v1");
    // A browser fails a socket that selects what it did not offer.
    let page = Page::open(&gateway, "/ws/overlay", &[]);
    assert!(!page.response.headers().contains_key("sec-websocket-protocol"));
}

#[test]
fn a_key_in_the_query_is_no_key() {
    let gateway = Gateway::start();
    let key = gateway.overlay_key("me", "main");
    for path in [format!("/ws/overlay?key={key}"), format!("/ws/overlay?k={key}")] {
        let mut page = Page::open(&gateway, &path, &[]);
        page.send(&hello());
        assert_farewell(&mut page, 4500, "unauthorized");
        assert!(!gateway.log().contains(&key), "a key is in the log");
    }
}

#[test]
fn bad_keys_are_accepted_and_then_closed() {
    let gateway = Gateway::start();
    let key = gateway.overlay_key("me", "main");
    let last = if key.ends_with('A') { 'B' } else { 'A' };
    let forged = format!("{}{last}", &key[..key.len() - 1]);
    let feed = gateway.post("/api/v1/streamers/me/keys", &json!({ "role": "feed" })).json();
    let feed = feed["key"].as_str().unwrap().to_owned();
    for bad in ["", "ovk.", "ovk.nonsense", &forged, &feed, &gateway.admin_token()] {
        let bearer = format!("Bearer {bad}");
        let mut page = Page::open(&gateway, "/ws/overlay", &[("authorization", &bearer)]);
        assert_eq!(page.response.status(), 101);
        page.send(&hello());
        assert_farewell(&mut page, 4500, "unauthorized");
    }
}

#[test]
fn a_rotated_key_closes_who_holds_it_and_opens_nothing() {
    let gateway = Gateway::start();
    let old = gateway.overlay_key("me", "main");
    let mut page = gateway.page();
    let other = gateway.add_overlay("me", "second", "alerts");
    let mut stays = Page::welcomed(&gateway, &other);
    assert_eq!(gateway.post("/api/v1/streamers/me/overlays/main/rotate", &json!({})).status, 200);
    assert_farewell(&mut page, 4500, "unauthorized");
    let mut again = Page::with_key(&gateway, &old);
    again.send(&hello());
    assert_farewell(&mut again, 4500, "unauthorized");
    assert_eq!(stays.so_far(), Vec::<Value>::new());
    gateway.page();
}

#[test]
fn a_removed_overlay_is_named() {
    let gateway = Gateway::start();
    let key = gateway.add_overlay("me", "second", "alerts");
    let mut page = Page::welcomed(&gateway, &key);
    let removed = gateway.admin("DELETE", "/api/v1/streamers/me/overlays/second", None);
    assert_eq!(removed.status, 204);
    assert_farewell(&mut page, 4503, "overlay_removed");
    let mut again = Page::with_key(&gateway, &key);
    again.send(&hello());
    assert_farewell(&mut again, 4503, "overlay_removed");
}

#[test]
fn local_and_own_origins_pass_and_foreign_ones_do_not() {
    let gateway = Gateway::start();
    let protocols = format!("tillbell.v1, tillbell.key.{}", gateway.overlay_key("me", "main"));
    let open = |origin: &str| {
        let headers = [("sec-websocket-protocol", &*protocols), ("origin", origin)];
        let mut page = Page::open(&gateway, "/ws/overlay", &headers);
        page.send(&hello());
        page
    };
    for local in ["null", "file://", "http://absolute", &gateway.url("")] {
        open(local).expect("welcome");
    }
    let others = ["https://example.test", "http://127.0.0.1:1", "http://absolute.example.test"];
    for foreign in others {
        assert_farewell(&mut open(foreign), 4504, "origin_refused");
    }
}

#[test]
fn the_welcome_says_all_that_a_page_needs() {
    let gateway = Gateway::start();
    let page = gateway.page();
    let welcome = page.welcome.as_object().unwrap();
    let names: BTreeSet<&str> = welcome.keys().map(String::as_str).collect();
    let promised = [
        "type",
        "protocol",
        "connection_id",
        "node",
        "streamer",
        "overlay",
        "build",
        "now",
        "heartbeat_ms",
        "queue",
        "settings",
    ];
    assert_eq!(names, promised.into());
    assert_eq!(welcome["protocol"], 1);
    assert!(page.id().starts_with("con_"));
    assert!(welcome["node"].as_str().unwrap().starts_with("nod_"));
    assert_eq!(welcome["streamer"], json!({ "id": "me", "name": "me" }));
    let overlay = &welcome["overlay"];
    assert!(overlay["id"].as_str().unwrap().starts_with("ovl_"));
    assert_eq!((&overlay["name"], &overlay["kind"]), (&json!("main"), &json!("alerts")));
    let queue = json!({
        "paused": false, "muted": false, "panic": false, "length": 0, "waiting": null,
    });
    assert_eq!(welcome["queue"], queue);
    assert!((22_500..=27_500).contains(&welcome["heartbeat_ms"].as_u64().unwrap()));
    let now = welcome["now"].as_str().unwrap();
    assert!(now.len() == 24 && now.ends_with('Z') && now.as_bytes()[19] == b'.', "{now}");
    assert_eq!(welcome["settings"]["duration_ms"], 6000);
}

#[test]
fn who_is_welcomed_is_registered() {
    let gateway = Gateway::start();
    let key = gateway.overlay_key("me", "main");
    let mut page = Page::hello(&gateway, &key, json!({ "obs": "32.2.2", "muted": true }));
    let path = format!("/api/v1/connections/{}", page.id());
    let row = gateway.get(&path).json();
    let said = [("client", json!("test 1")), ("obs", json!("32.2.2")), ("muted", json!(true))];
    for (name, value) in said {
        assert_eq!(row[name], value, "{row}");
    }
    assert_eq!((&row["active"], &row["mode"]), (&Value::Null, &json!("live")));
    page.send(&json!({ "type": "state", "active": false, "visible": true }));
    wait_for("what OBS said", || {
        let row = gateway.get(&path).json();
        (row["active"] == false && row["visible"] == true).then_some(())
    });
    drop(page);
    wait_for("its leaving", || (gateway.get(&path).status == 404).then_some(()));
}

#[test]
fn the_registry_learns_each_time_that_a_page_was_heard() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    let path = format!("/api/v1/connections/{}", page.id());
    let seen = || gateway.get(&path).json()["last_seen"].as_str().unwrap().to_owned();
    let welcomed = seen();
    // Often, since the first may come within the millisecond of the welcome.
    let first = wait_for("that it was heard", || {
        page.send(&json!({ "type": "pong" }));
        Some(seen()).filter(|seen| *seen > welcomed)
    });
    page.send(&json!({ "type": "pong" }));
    wait_for("that it was heard again", || (seen() > first).then_some(()));
}

#[test]
fn what_breaks_the_greeting_is_closed() {
    let gateway = Gateway::start();
    let key = gateway.overlay_key("me", "main");
    let before_hello = [
        json!({ "type": "pong" }),
        json!({ "type": "state", "active": true }),
        json!({ "type": "of_tomorrow" }),
        json!({ "type": "hello", "mode": "neither" }),
        json!({ "hello": true }),
        json!([1]),
    ];
    for frame in before_hello {
        let mut page = Page::with_key(&gateway, &key);
        page.send(&frame);
        assert_farewell(&mut page, 4501, "protocol_error");
    }
    let mut twice = gateway.page();
    twice.send(&hello());
    assert_farewell(&mut twice, 4501, "protocol_error");
    let mut late_key = gateway.page();
    late_key.send(&json!({ "type": "auth", "key": key }));
    assert_farewell(&mut late_key, 4501, "protocol_error");
}

#[test]
fn who_says_no_hello_is_closed_after_5_s() {
    let gateway = Gateway::start();
    let mut silent = Page::with_key(&gateway, &gateway.overlay_key("me", "main"));
    let mut keyless = Page::open(&gateway, "/ws/overlay", &[]);
    assert_farewell(&mut silent, 4501, "protocol_error");
    assert_farewell(&mut keyless, 4501, "protocol_error");
}

#[test]
fn unknown_members_are_passed_over() {
    let gateway = Gateway::start();
    let key = gateway.overlay_key("me", "main");
    let mut page = Page::hello(&gateway, &key, json!({ "of_tomorrow": { "deep": [1] } }));
    page.send(&json!({ "type": "state", "active": true, "weather": "rain" }));
    assert_eq!(page.so_far(), Vec::<Value>::new());
}
