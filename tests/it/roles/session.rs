//! The dashboard's sign-in: a one-time code for a cookie that only our own pages can use.

use serde_json::{Value, json};

use super::key_of;
use crate::support::{Answer, Gateway};

pub(super) const SESSION: &str = "/api/v1/session";

/// Redeems a code.
pub(super) fn redeem(gateway: &Gateway, code: &str) -> Answer {
    let headers = [("content-type", "application/json")];
    gateway.request("POST", SESSION, &headers, json!({ "code": code }).to_string())
}

/// The code in a link.
pub(super) fn code_in(text: &str) -> &str {
    text.split_once("/#code=").unwrap().1.split_whitespace().next().unwrap()
}

/// The cookie of an answer, as a browser sends it back.
pub(super) fn cookie_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 204, "{answer:?}");
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

#[test]
fn the_code_of_the_greeting_signs_in_once() {
    let gateway = Gateway::start();
    let code = code_in(&gateway.greeting);
    let answer = redeem(&gateway, code);
    let set = answer.header("set-cookie");
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(set.contains(attribute), "no {attribute} in {set}");
    }
    let cookie = cookie_of(&answer);
    let who = gateway.request("GET", SESSION, &[("cookie", &cookie)], ());
    assert_eq!(who.json(), json!({ "role": "admin", "streamer": null, "amounts": true }));
    let again = redeem(&gateway, code);
    assert_eq!((again.status, &*again.code()), (401, "code_invalid"));
    assert_eq!(redeem(&gateway, "nonsense").status, 401);
}

#[test]
fn a_link_of_a_key_signs_in_as_that_role_until_the_key_is_revoked() {
    let gateway = Gateway::start();
    let made = gateway.post("/api/v1/streamers/me/keys", &json!({ "role": "moderator" })).json();
    let cookie = cookie_of(&redeem(&gateway, code_in(made["link"].as_str().unwrap())));
    let who = || gateway.request("GET", SESSION, &[("cookie", &cookie)], ());
    assert_eq!(who().json(), json!({ "role": "moderator", "streamer": "me", "amounts": false }));
    let revoke = format!("/api/v1/streamers/me/keys/{}", made["id"].as_str().unwrap());
    assert_eq!(gateway.admin("DELETE", &revoke, None).status, 204);
    assert_eq!(who().status, 401);
}

#[test]
fn changes_with_the_cookie_come_from_our_own_pages_only() {
    let gateway = Gateway::start();
    let cookie = cookie_of(&redeem(&gateway, code_in(&gateway.greeting)));
    let own = gateway.url("");
    let pause = |headers: &[(&str, &str)]| {
        let mut all = vec![("cookie", &*cookie)];
        all.extend_from_slice(headers);
        gateway.request("POST", "/api/v1/streamers/me/queue/pause", &all, ())
    };
    let port = gateway.port.to_string();
    let refused: [&[(&str, &str)]; 7] = [
        &[],
        &[("origin", &own)],
        &[("tillbell-request", "1")],
        &[("tillbell-request", "1"), ("origin", "https://evil.example")],
        &[("tillbell-request", "1"), ("origin", "null")],
        &[("tillbell-request", "1"), ("origin", "http://127.0.0.1")],
        &[("tillbell-request", "1"), ("origin", &format!("http://127.0.0.1:{port}.evil.example"))],
    ];
    for headers in refused {
        let answer = pause(headers);
        assert_eq!((answer.status, &*answer.code()), (403, "foreign_origin"), "{headers:?}");
    }
    let queue = "/api/v1/streamers/me/queue";
    assert_eq!(gateway.get(queue).json()["paused"], false);
    assert_eq!(pause(&[("tillbell-request", "1"), ("origin", &own)]).status, 200);
    assert_eq!(gateway.get(queue).json()["paused"], true);
}

#[test]
fn signing_out_ends_the_session() {
    let gateway = Gateway::start();
    let cookie = cookie_of(&redeem(&gateway, code_in(&gateway.greeting)));
    let own = gateway.url("");
    let headers = [("cookie", &*cookie), ("origin", &own), ("tillbell-request", "1")];
    let ended = gateway.request("DELETE", SESSION, &headers, ());
    assert_eq!(ended.status, 204, "{ended:?}");
    assert!(ended.header("set-cookie").contains("Max-Age=0"), "{ended:?}");
    assert_eq!(gateway.request("GET", SESSION, &headers[..1], ()).status, 401);
}

#[test]
fn a_host_that_is_not_ours_is_misdirected() {
    let gateway = Gateway::start();
    let token = format!("Bearer {}", gateway.admin_token());
    let of_host = |path: &str, host: &str| {
        gateway.request("GET", path, &[("host", host), ("authorization", &token)], ())
    };
    for path in ["/", "/api/v1/status", "/metrics", "/static/style.css"] {
        for host in ["evil.example", "evil.example:7575", "127.0.0.1.evil.example", "10.0.0.1", ""]
        {
            let answer = of_host(path, host);
            assert_eq!((answer.status, &*answer.code()), (421, "foreign_host"), "{host} {path}");
        }
    }
    for host in ["localhost", "localhost:7575", "127.0.0.1", "127.0.0.1:1", "[::1]:7575"] {
        assert_eq!(of_host("/api/v1/status", host).status, 200, "{host}");
    }
    // Stripe and probes come by whatever name they were given.
    assert_eq!(of_host("/readyz", "evil.example").status, 200);
}

#[test]
fn a_key_that_opens_no_dashboard_has_no_link() {
    let gateway = Gateway::start();
    for role in ["feed", "action"] {
        let made = gateway.post("/api/v1/streamers/me/keys", &json!({ "role": role })).json();
        assert_eq!(made["link"], Value::Null);
    }
    let feed = key_of(&gateway, "me", "feed");
    let bearer = format!("Bearer {feed}");
    let who = gateway.request("GET", SESSION, &[("authorization", &bearer)], ());
    assert_eq!(who.json(), json!({ "role": "feed", "streamer": "me", "amounts": true }));
}
