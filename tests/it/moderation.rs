//! What buyers write, from Stripe's event to pages and feeds: replaced, hidden, held, stripped.

use serde_json::{Value, json};

use crate::support::{Answer, Gateway, Page, checkout, wait_for};

const SECRET: &str = "whsec_of_the_tests_1";
const ME: &str = "/api/v1/streamers/me";

/// A gateway whose streamer has these lists.
fn moderated(lists: &Value) -> Gateway {
    let gateway = Gateway::with_secret(SECRET);
    let set = set(&gateway, lists);
    assert_eq!(set.status, 200, "{set:?}");
    gateway
}

fn set(gateway: &Gateway, lists: &Value) -> Answer {
    gateway.admin("PATCH", ME, Some(&json!({ "moderation": lists })))
}

/// Delivers a sale to `me` of a buyer who wrote this.
fn sell(gateway: &Gateway, n: u32, name: &str, message: &str) {
    let mut body = checkout(n);
    body["data"]["object"]["custom_fields"][0]["text"]["value"] = name.into();
    body["data"]["object"]["custom_fields"][1]["text"]["value"] = message.into();
    let answer = gateway.deliver("/webhooks/stripe/me", body.to_string().as_bytes(), SECRET);
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// What the next play shows of a buyer: name, and message if there is one.
fn drawn(page: &mut Page) -> (String, Option<String>) {
    let play = page.expect("play");
    page.show(&play);
    let text = |pointer| play["alert"].pointer(pointer).and_then(Value::as_str).map(String::from);
    (text("/buyer/name").unwrap(), text("/message/text"))
}

fn log(gateway: &Gateway) -> String {
    gateway.get(&format!("{ME}/log?limit=1000")).text
}

#[test]
fn words_are_replaced_and_hidden_before_anything_leaves() {
    let gateway = moderated(&json!({ "replace": ["badword"], "hide": ["*worse*"] }));
    let mut page = gateway.page();
    sell(&gateway, 1, "B4DW0RD fan", "such a b.a.d.w.o.r.d, see https://example.com/x");
    assert_eq!(drawn(&mut page), ("*** fan".into(), Some("such a ***, see".into())));
    sell(&gateway, 2, "xXwoгseXx", "this is woooorse");
    assert_eq!(drawn(&mut page), ("Someone".into(), None));
    sell(&gateway, 3, "Zoë 山田", "ça va, Scunthorpe?");
    assert_eq!(drawn(&mut page), ("Zoë 山田".into(), Some("ça va, Scunthorpe?".into())));
    let log = log(&gateway);
    for word in ["B4DW0RD", "b.a.d", "example.com", "woгse", "woooorse"] {
        assert!(!log.contains(word), "{word} in {log}");
    }
}

#[test]
fn what_is_held_is_seen_by_who_decides_and_by_nobody_else() {
    let gateway = moderated(&json!({ "hold": ["doubtful"], "replace": ["badword"] }));
    let key = |role: &str| {
        let made = gateway.post(&format!("{ME}/keys"), &json!({ "role": role })).json();
        format!("Bearer {}", made["key"].as_str().unwrap())
    };
    let (moderator, viewer) = (key("moderator"), key("viewer"));
    let mut page = gateway.page();
    sell(&gateway, 1, "mika", "a doubtful badword");
    let held = wait_for("the held alert", || {
        let held = gateway.get(&format!("{ME}/alerts?state=held")).json();
        held["data"][0]["id"].as_str().map(String::from)
    });
    let seen = |key: &str, path: &str| {
        gateway.request("GET", &format!("{ME}/{path}"), &[("authorization", key)], ()).text
    };
    let written = json!({ "name": "mika", "message": "a doubtful badword" });
    let one = format!("alerts/{held}");
    for path in ["alerts", &one] {
        let (theirs, others) = (seen(&moderator, path), seen(&viewer, path));
        assert!(
            theirs.contains(&format!(
                r#""written":{}"#,
                json!({ "message": "a doubtful badword", "name": "mika" })
            )),
            "{theirs}"
        );
        assert!(!others.contains("doubtful") && !others.contains("mika"), "{others}");
    }
    let alert = gateway.alert(&held);
    assert_eq!((&alert["written"], &alert["held_for"]), (&written, &json!("words")));
    assert_eq!((&alert["buyer"]["name"], &alert["message"]), (&json!("Someone"), &json!(null)));
    for path in ["log", "queue", "totals"] {
        let told = seen(&moderator, path);
        assert!(!told.contains("doubtful") && !told.contains("mika"), "{path}: {told}");
    }
    let why = gateway.get(&format!("/api/v1/why/{held}"));
    assert!(why.text.contains(r#""step":"held""#) && !why.text.contains("doubtful"), "{why:?}");
    // What comes later does not wait for it, and approved in full it goes out as it was written.
    sell(&gateway, 2, "ann", "hi");
    assert_eq!(drawn(&mut page), ("ann".into(), Some("hi".into())));
    let approved =
        gateway.post(&format!("{ME}/alerts/{held}/approve"), &json!({ "as": "full" })).json();
    assert_eq!(approved["written"], json!(null), "{approved}");
    assert_eq!(drawn(&mut page), ("mika".into(), Some("a doubtful badword".into())));
}

#[test]
fn links_can_be_held_or_let_through() {
    let gateway = moderated(&json!({ "links": "hold" }));
    let mut page = gateway.page();
    sell(&gateway, 1, "mika", "mine: example.com");
    wait_for("the held alert", || {
        let held = gateway.get(&format!("{ME}/alerts?state=held")).json();
        (held["data"][0]["written"]["message"] == "mine: example.com").then_some(())
    });
    set(&gateway, &json!({ "links": "allow" }));
    sell(&gateway, 2, "mika", "mine: example.com");
    assert_eq!(drawn(&mut page), ("mika".into(), Some("mine: example.com".into())));
}

#[test]
fn test_alerts_are_moderated_too() {
    let gateway = moderated(&json!({ "replace": ["badword"], "max_message": 10, "max_name": 5 }));
    let mut page = gateway.page();
    let test = json!({ "name": "mikaela", "message": "a badword, and more" });
    assert_eq!(gateway.post(&format!("{ME}/test-alerts"), &test).status, 202);
    assert_eq!(drawn(&mut page), ("mikae".into(), Some("a ***, and".into())));
}

#[test]
fn trying_it_out_tells_what_would_be_shown_and_why() {
    let gateway = moderated(&json!({ "replace": ["badword*"], "hold": ["go away"] }));
    let tried = |texts: Value| gateway.post(&format!("{ME}/moderation/try"), &texts);
    assert_eq!(
        tried(json!({ "name": "badwordy", "message": "see example.com" })).json(),
        json!({
            "held": false, "name": "***", "anonymous": false, "message": "see",
            "hits": [
                { "in": "name", "list": "replace", "entry": "badword*", "text": "badwordy" },
                { "in": "message", "list": "link", "entry": null, "text": "example.com" },
            ],
        })
    );
    let held = tried(json!({ "message": "g0 away!" })).json();
    assert_eq!((&held["held"], &held["message"]), (&json!(true), &json!("g0 away!")));
    assert_eq!((&held["name"], &held["anonymous"]), (&json!("Someone"), &json!(true)));
    let draft = json!({ "message": "go away, badword", "moderation": { "hide": ["away"] } });
    let drafted = tried(draft).json();
    assert_eq!((&drafted["held"], &drafted["message"]), (&json!(false), &json!(null)), "{drafted}");
    let wrong = tried(json!({ "moderation": { "hide": ["*"] } }));
    assert_eq!(
        (wrong.code(), &wrong.json()["field"]),
        ("setting_invalid".into(), &json!("moderation"))
    );
    assert_eq!(tried(json!({ "text": "x" })).status, 422);
    assert_eq!(gateway.alerts(), Vec::<Value>::new(), "nothing comes of it");
}

#[test]
fn bad_lists_are_refused_with_the_place_of_the_entry() {
    let gateway = moderated(&json!({ "hide": ["fine"] }));
    for (lists, told) in [
        (json!({ "hide": ["fine", "*"] }), "entry 2 of hide"),
        (json!({ "allow": ["x".repeat(65)] }), "entry 1 of allow"),
        (json!({ "hide": vec!["x"; 501] }), "500 entries"),
        (json!({ "hidden": ["x"] }), "hide, hold, replace, allow"),
        (json!({ "links": "maybe" }), "strip, hold or allow"),
        (json!({ "max_name": 51 }), "max_name from 1 to 50"),
        (json!(null), "an object"),
    ] {
        let refused = set(&gateway, &lists);
        assert_eq!(refused.status, 422, "{refused:?}");
        assert!(refused.text.contains(told), "{told}: {refused:?}");
    }
    assert_eq!(gateway.get(ME).json()["moderation"]["hide"], json!(["fine"]), "nothing changed");
}
