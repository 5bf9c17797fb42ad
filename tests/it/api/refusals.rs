//! Errors of the API: each a problem with a stable code, whoever found it.

use serde_json::{Value, json};

use crate::support::{Answer, Gateway};

/// A request of the admin with this raw body.
fn raw(gateway: &Gateway, method: &str, path: &str, kind: &str, body: &str) -> Answer {
    let bearer = format!("Bearer {}", gateway.admin_token());
    let headers = [("authorization", &*bearer), ("content-type", kind)];
    gateway.request(method, path, &headers, body)
}

#[test]
fn limits_are_1_to_1000_on_every_list() {
    let gateway = Gateway::start();
    for path in [
        "streamers",
        "streamers/me/overlays",
        "streamers/me/keys",
        "streamers/me/secrets",
        "streamers/me/alerts",
        "streamers/me/log",
        "connections",
        "dead-letters",
        "secrets",
    ] {
        let ask = |limit: &str| gateway.get(&format!("/api/v1/{path}?limit={limit}"));
        for good in ["1", "1000"] {
            let answer = ask(good);
            assert_eq!(answer.status, 200, "{path} {good}: {answer:?}");
            assert!(answer.json()["data"].is_array() && answer.json().get("next").is_some());
        }
        for bad in ["0", "1001", "-1", "ten", "1e2", "99999999999999999999"] {
            let answer = ask(bad);
            assert_eq!(answer.status, 400, "{path} {bad}: {answer:?}");
            assert!(["limit_invalid", "request_invalid"].contains(&&*answer.code()), "{answer:?}");
        }
    }
}

#[test]
fn what_is_not_there_is_404_and_a_wrong_method_405_with_allow() {
    let gateway = Gateway::start();
    for path in [
        "/api/v1/nothing",
        "/api/v1",
        "/api/v2/streamers",
        "/nothing",
        "/api/v1/streamers/nobody",
        "/api/v1/streamers/me/overlays/none",
        "/api/v1/streamers/me/alerts/al_none",
        "/api/v1/streamers/me/nothing",
        "/api/v1/connections/con_none",
        "/api/v1/why/nonsense",
        "/api/v1/dead-letters/dl_none",
        "/api/v1/streamers/%2e%2e",
        "/api/v1/streamers/me%00",
        "/static/../Cargo.toml",
        "/static/%2e%2e/Cargo.toml",
        "/overlay/%2e%2e/Cargo.toml",
    ] {
        let answer = gateway.get(path);
        assert_eq!((answer.status, &*answer.code()), (404, "not_found"), "{path}");
        assert_eq!(answer.json()["status"], 404);
    }
    for (method, path, allow) in [
        ("PUT", "/api/v1/streamers", "GET,HEAD,POST"),
        ("POST", "/api/v1/streamers/me", "GET,HEAD,PATCH,DELETE"),
        ("GET", "/api/v1/streamers/me/queue/skip", "POST"),
        ("GET", "/api/v1/streamers/me/keys/key_1", "DELETE"),
        ("DELETE", "/api/v1/status", "GET,HEAD"),
        ("POST", "/livez", "GET,HEAD"),
    ] {
        let answer = gateway.admin(method, path, None);
        assert_eq!((answer.status, &*answer.code()), (405, "method_not_allowed"), "{path}");
        let mut allowed: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
        let mut expected: Vec<&str> = allow.split(',').collect();
        allowed.sort_unstable();
        expected.sort_unstable();
        assert_eq!(allowed, expected, "{method} {path}");
    }
    let operation = gateway.admin("POST", "/api/v1/streamers/me/queue/explode", None);
    assert_eq!(operation.code(), "not_found");
}

#[test]
fn bodies_that_do_not_fit_are_problems_too() {
    let gateway = Gateway::start();
    let json_kind = "application/json";
    for (method, path, kind, body, status) in [
        ("POST", "streamers", json_kind, "{", 400),
        ("POST", "streamers", json_kind, "", 400),
        ("POST", "streamers", json_kind, "[]", 422),
        ("POST", "streamers", json_kind, "{}", 422),
        ("POST", "streamers", "text/plain", r#"{"id":"x"}"#, 415),
        ("POST", "streamers/me/overlays", json_kind, r#"{"name":"x","kind":"hologram"}"#, 422),
        ("POST", "streamers/me/overlays", json_kind, r#"{"name":"x","size":1}"#, 422),
        ("POST", "streamers/me/overlays", json_kind, r#"{"name":""}"#, 422),
        ("POST", "streamers/me/keys", json_kind, r#"{"role":"emperor"}"#, 422),
        ("POST", "streamers/me/keys", json_kind, r#"{"role":"admin"}"#, 422),
        ("POST", "streamers/me/test-alerts", json_kind, r#"{"amount":25}"#, 422),
        ("POST", "streamers/me/queue/skip", json_kind, r#"{"alert_id":"x"}"#, 422),
        ("PATCH", "streamers/me", json_kind, "null", 422),
        ("POST", "session", json_kind, "{}", 422),
    ] {
        let answer = raw(&gateway, method, &format!("/api/v1/{path}"), kind, body);
        assert_eq!(answer.status, status, "{method} {path} {body}: {answer:?}");
        let problem = answer.json();
        assert!(!answer.code().is_empty());
        assert_eq!((&problem["type"], &problem["status"]), (&json!("about:blank"), &json!(status)));
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
    }
    let me = gateway.get("/api/v1/streamers").json();
    assert_eq!(me["data"].as_array().unwrap().len(), 1);
    assert_eq!(gateway.get("/api/v1/streamers/me/keys").json()["data"], json!([]));
}

#[test]
fn without_a_key_nothing_is_told() {
    let gateway = Gateway::start();
    for path in ["livez", "readyz"] {
        let answer = gateway.request("GET", &format!("/{path}"), &[], ());
        assert_eq!((answer.status, &*answer.text), (200, ""), "{path}");
    }
    for authorization in ["", "Bearer", "Bearer ", "Bearer tba.wrong", "Basic YTpi", "tba.wrong"] {
        let headers = [("authorization", authorization)];
        for path in ["/api/v1/status", "/api/v1/openapi.json", "/metrics", "/api/v1/session"] {
            let answer = gateway.request("GET", path, &headers, ());
            assert_eq!((answer.status, &*answer.code()), (401, "unauthorized"), "{path}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
    let in_query = format!("/api/v1/status?token={}", gateway.admin_token());
    assert_eq!(gateway.request("GET", &in_query, &[], ()).status, 401);
}

#[test]
fn a_position_that_is_lost_or_no_position_is_told() {
    let gateway = Gateway::start();
    let log = |after: &str| gateway.get(&format!("/api/v1/streamers/me/log?after={after}"));
    // Of a channel that nothing was written to, too, both say where it begins.
    let queue = "/api/v1/streamers/me/queue";
    let begins = gateway.get(queue).json()["position"].as_str().unwrap().to_owned();
    assert_eq!(log("0").json()["head"], *begins);
    gateway.admin("POST", &format!("{queue}/mute"), None);
    assert_eq!(log(&begins).json()["data"].as_array().unwrap().len(), 1);
    let head = log("0").json()["head"].as_str().unwrap().to_owned();
    assert_eq!(gateway.get(queue).json()["position"], *head);
    let (epoch, _) = head.split_once(':').unwrap();
    let lost = log(&format!("{epoch}:999"));
    assert_eq!((lost.status, &*lost.code()), (410, "history_lost"));
    assert!(lost.json()["oldest"].is_string(), "{lost:?}");
    assert_eq!(log("0123456789abcdef:1").code(), "history_lost");
    for bad in ["x", "1:2:3", "-1", ":", "99999999999999999999"] {
        assert_eq!((log(bad).status, &*log(bad).code()), (400, "after_invalid"), "{bad}");
    }
    assert_eq!(log(&head).json()["data"], Value::Array(Vec::new()));
}
