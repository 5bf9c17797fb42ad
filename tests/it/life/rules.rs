//! Rules and limits through the real gateway: set, tried, and what becomes of sales.

use serde_json::{Value, json};

use crate::support::{Gateway, checkout, wait_for};

const SECRET: &str = "whsec_of_the_tests_1";

/// Sells, as the webhook does; the alert.
#[track_caller]
fn sell(gateway: &Gateway, event: &Value) -> String {
    let body = event.to_string();
    let answer = gateway.deliver("/webhooks/stripe/me", body.as_bytes(), SECRET);
    assert_eq!(answer.status, 200, "{answer:?}");
    let path = format!("/api/v1/why/{}", event["id"].as_str().unwrap());
    wait_for("its alert", || gateway.get(&path).json()["alert"].as_str().map(str::to_owned))
}

fn held_and_loud() -> Value {
    json!([
        { "when": { "kind": ["tip"] }, "then": { "silent": true } },
        {
            "name": "Big",
            "when": { "amount": { "currency": "EUR", "min": 2500 } },
            "then": { "hold": true, "theme": "neon", "sound": "none", "text": "{name}!", "duration": "9s" },
        },
    ])
}

#[test]
fn what_a_rule_holds_plays_with_its_look_once_it_is_approved() {
    let gateway = Gateway::with_secret(SECRET);
    gateway.set(&json!({ "rules": held_and_loud() }));
    let mut page = gateway.page();
    let id = sell(&gateway, &checkout(1));
    let alert = gateway.wait_for_state(&id, "held");
    assert_eq!((&alert["held_for"], &alert["buyer"]["name"]), (&"rule".into(), &"Someone".into()));
    let approve = format!("/api/v1/streamers/me/alerts/{id}/approve");
    assert_eq!(gateway.post(&approve, &json!({ "as": "full" })).status, 200);
    let play = page.expect("play");
    assert_eq!(play["look"], json!({ "theme": "neon", "sound": "none", "text": "{name}!" }));
    assert_eq!(
        (&play["duration_ms"], &play["alert"]["buyer"]["name"]),
        (&9000.into(), &"mika".into())
    );
    assert_eq!(play["alert"]["look"], Value::Null, "the look is for pages, not for feeds");
    page.show(&play);
    let why = gateway.get(&format!("/api/v1/why/{id}")).json();
    assert!(why.to_string().contains("\"rule\""), "{why}");
}

#[test]
fn a_buyer_over_the_limit_is_not_shown_and_counts_all_the_same() {
    let gateway = Gateway::with_secret(SECRET);
    gateway.set(&json!({ "buyer_limit": 1 }));
    let of_one_buyer = |n: u32| {
        let mut event = checkout(n);
        event["data"]["object"]["customer"] = "cus_1".into();
        event
    };
    let (first, second) = (sell(&gateway, &of_one_buyer(1)), sell(&gateway, &of_one_buyer(2)));
    gateway.wait_for_state(&first, "queued");
    assert_eq!(gateway.wait_for_state(&second, "silent")["reason"], "buyer_limit");
    let totals = gateway.get("/api/v1/streamers/me/totals").json();
    assert_eq!(totals["data"][0]["orders"], 2, "{totals}");
}

#[test]
fn rules_are_tried_without_effect() {
    let gateway = Gateway::with_secret(SECRET);
    let alert = sell(&gateway, &checkout(1));
    gateway.wait_for_state(&alert, "queued");
    gateway.set(&json!({ "rules": held_and_loud() }));
    let before = gateway.get("/api/v1/streamers/me/queue").json();
    let attempt = |sale: Value| gateway.post("/api/v1/streamers/me/rules/try", &sale);
    let held = attempt(json!({ "alert": alert })).json();
    assert_eq!((&held["rule"], &held["outcome"]), (&2.into(), &"held".into()));
    let said = json!({ "rule": 1, "name": "", "fits": false, "why_not": ["kind: it is a sale"] });
    assert_eq!(held["rules"][0], said);
    let tip = attempt(json!({ "kind": "tip" })).json();
    assert_eq!((&tip["rule"], &tip["outcome"]), (&1.into(), &"silent".into()));
    let cheap = attempt(json!({ "amount": { "minor": 100, "currency": "eur" } })).json();
    assert_eq!((&cheap["rule"], &cheap["outcome"]), (&Value::Null, &"queued".into()));
    assert_eq!(cheap["rules"][1]["why_not"], json!(["amount: it is €1.00"]));
    let draft = json!([{ "when": { "kind": ["tip"] }, "then": { "hold": true } }]);
    let drafted = attempt(json!({ "kind": "tip", "rules": draft })).json();
    assert_eq!(drafted["outcome"], "held", "the draft counts, not what is set");
    let wrong = attempt(json!({ "rules": [{ "then": { "volume": 101 } }] }));
    assert_eq!(
        (wrong.code(), &wrong.json()["field"]),
        ("setting_invalid".into(), &json!("rules[0].then.volume"))
    );
    assert_eq!(attempt(json!({ "alert": "al_0" })).code(), "not_found");
    assert_eq!(gateway.get("/api/v1/streamers/me/queue").json(), before);
}

#[test]
fn of_two_who_change_settings_the_second_hears_of_it() {
    let gateway = Gateway::start();
    let me = "/api/v1/streamers/me";
    let edition = || gateway.get(me).json()["edition"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {}", gateway.admin_token());
    let set = |patch: Value, edition: &str| {
        let edition = format!("\"{edition}\"");
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("if-match", edition.as_str()),
        ];
        gateway.request("PATCH", me, &headers, patch.to_string())
    };
    let seen = edition();
    assert_eq!(set(json!({ "rules": held_and_loud() }), &seen).status, 200);
    let late = set(json!({ "rules": [] }), &seen);
    assert_eq!((late.status, late.code()), (409, "raced".into()), "{late:?}");
    assert_eq!(gateway.get(me).json()["rules"].as_array().unwrap().len(), 2);
    assert_eq!(set(json!({ "rules": [] }), &edition()).status, 200);
}

#[test]
fn rules_that_do_not_fit_are_refused_by_number_and_field() {
    let gateway = Gateway::start();
    let set = |rules: Value| {
        let answer =
            gateway.admin("PATCH", "/api/v1/streamers/me", Some(&json!({ "rules": rules })));
        assert_eq!((answer.status, answer.code()), (422, "setting_invalid".into()), "{answer:?}");
        answer.json()["detail"].as_str().unwrap().to_owned()
    };
    let theme = set(json!([{ "then": {} }, { "then": { "theme": "Loud" } }]));
    assert!(theme.starts_with("rule 2, then.theme: ") && theme.contains("neon"), "{theme}");
    let both = set(json!([{ "then": { "hold": true, "silent": true } }]));
    assert_eq!(both, "rule 1, then: hold or silent, not both");
    let none = gateway.get("/api/v1/streamers/me").json();
    assert_eq!(none["rules"], json!([]), "nothing was set");
}
