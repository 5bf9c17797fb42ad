//! Invitations: keys with a link that signs in once, listed and revocable before and after.

use serde_json::{Value, json};

use super::session::{SESSION, code_in, cookie_of, redeem};
use crate::support::Gateway;

const KEYS: &str = "/api/v1/streamers/me/keys";
const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

fn invite(gateway: &Gateway, new: &Value) -> Value {
    let made = gateway.post(KEYS, new);
    assert_eq!(made.status, 201, "{made:?}");
    made.json()
}

/// A key as it is listed.
fn listed(gateway: &Gateway, made: &Value) -> Value {
    let all = gateway.get(KEYS).json();
    let key = all["data"].as_array().unwrap().iter().find(|key| key["id"] == made["id"]);
    key.unwrap_or_else(|| panic!("{made} is not in {all}")).clone()
}

fn seconds(time: &Value) -> i64 {
    let time: jiff::Timestamp = time.as_str().unwrap().parse().unwrap();
    time.as_second()
}

#[test]
fn a_link_lasts_ten_minutes_for_an_owner_and_a_week_for_others_unless_it_is_said() {
    let gateway = Gateway::start();
    let rows = [
        (json!({ "role": "owner" }), 10 * MINUTE),
        (json!({ "role": "moderator" }), 7 * DAY),
        (json!({ "role": "viewer" }), 7 * DAY),
        (json!({ "role": "moderator", "expires": "90m" }), 90 * MINUTE),
        (json!({ "role": "owner", "expires": "30d" }), 30 * DAY),
    ];
    for (new, lasts) in rows {
        let made = invite(&gateway, &new);
        assert_eq!(made["invitation"]["state"], "open", "{made}");
        let told = seconds(&made["invitation"]["at"]) - seconds(&made["created"]);
        assert_eq!(told, lasts, "{new}");
    }
    for (role, expires) in
        [("viewer", "59s"), ("viewer", "31d"), ("viewer", "soon"), ("feed", "7d"), ("action", "7d")]
    {
        let refused = gateway.post(KEYS, &json!({ "role": role, "expires": expires }));
        assert_eq!(
            (refused.status, &*refused.code()),
            (422, "expires_invalid"),
            "{role} {expires}"
        );
    }
    let long = gateway.post(KEYS, &json!({ "role": "viewer", "name": "x".repeat(41) }));
    assert_eq!(long.status, 422, "{long:?}");
}

#[test]
fn who_came_in_by_a_link_is_listed_by_name_and_when_they_were_here() {
    let gateway = Gateway::start();
    let made = invite(&gateway, &json!({ "role": "moderator", "name": " Ana " }));
    let before = listed(&gateway, &made);
    assert_eq!((&before["name"], &before["sessions"]), (&json!("Ana"), &json!(0)));
    assert_eq!(before["seen"], Value::Null);
    assert!(before.get("key").is_none() && before.get("link").is_none(), "{before}");
    cookie_of(&redeem(&gateway, code_in(made["link"].as_str().unwrap())));
    let after = listed(&gateway, &made);
    assert_eq!((&after["invitation"]["state"], &after["sessions"]), (&json!("used"), &json!(1)));
    assert!(seconds(&after["seen"]) >= seconds(&made["created"]), "{after}");
}

#[test]
fn an_invitation_taken_back_opens_nothing() {
    let gateway = Gateway::start();
    let made = invite(&gateway, &json!({ "role": "moderator" }));
    let revoke = format!("{KEYS}/{}", made["id"].as_str().unwrap());
    assert_eq!(gateway.admin("DELETE", &revoke, None).status, 204);
    let late = redeem(&gateway, code_in(made["link"].as_str().unwrap()));
    assert_eq!((late.status, &*late.code()), (401, "code_invalid"));
}

#[test]
fn a_session_that_is_used_gets_its_cookie_anew() {
    let gateway = Gateway::start();
    let made = invite(&gateway, &json!({ "role": "viewer" }));
    let cookie = cookie_of(&redeem(&gateway, code_in(made["link"].as_str().unwrap())));
    let who = gateway.request("GET", SESSION, &[("cookie", &cookie)], ());
    let anew = who.header("set-cookie");
    assert!(anew.starts_with(&cookie) && anew.contains("Max-Age=2592000"), "{anew}");
    let key = format!("Bearer {}", made["key"].as_str().unwrap());
    let program = gateway.request("GET", SESSION, &[("authorization", &key)], ());
    assert_eq!(program.header("set-cookie"), "", "a key needs no cookie");
}
