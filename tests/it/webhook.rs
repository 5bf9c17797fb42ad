//! Contract §3, row by row.

use serde_json::json;

use crate::support::{Gateway, checkout, raw_request, sign, sign_at, unix_now, wait_for};

const SECRET: &str = "whsec_of_the_tests_1";
const PATH: &str = "/webhooks/stripe/me";

#[test]
fn a_signed_sale_is_accepted_once_and_plays_once() {
    let gateway = Gateway::with_secret(SECRET);
    let mut page = gateway.page();
    let body = checkout(1).to_string();
    let accepted = gateway.deliver(PATH, body.as_bytes(), SECRET);
    assert_eq!(accepted.status, 200, "{accepted:?}");
    let event = "evt_000000000000000000000001";
    assert_eq!(accepted.json(), json!({ "result": "accepted", "event": event }));
    let play = page.expect("play");
    assert_eq!(play["alert"]["buyer"]["name"], "mika");
    assert_eq!(play["alert"]["amount"]["text"], "€25.99");
    page.show(&play);
    let again = gateway.deliver(PATH, body.as_bytes(), SECRET);
    assert_eq!(again.json(), json!({ "result": "duplicate", "event": event }));
    // A second sale proves that nothing of the duplicate came in between.
    gateway.deliver(PATH, checkout(2).to_string().as_bytes(), SECRET);
    let next = page.expect("play");
    assert_ne!(next["alert"]["id"], play["alert"]["id"]);
    let all = gateway.get("/api/v1/streamers/me/alerts").json();
    assert_eq!(all["data"].as_array().unwrap().len(), 2);
}

#[test]
fn a_streamer_is_told_what_their_address_answered_last() {
    let gateway = Gateway::with_secret(SECRET);
    let told = || gateway.get("/api/v1/streamers/me").json()["deliveries"].clone();
    assert_eq!(told(), json!({ "verified": null, "refused": null }));
    let body = checkout(1).to_string();
    gateway.deliver(PATH, body.as_bytes(), "whsec_of_somebody_else");
    let refused = told();
    assert_eq!(refused["refused"]["code"], "signature_mismatch", "{refused}");
    assert!(refused["verified"].is_null() && refused["refused"]["at"].is_string(), "{refused}");
    gateway.deliver(PATH, body.as_bytes(), SECRET);
    let both = told();
    assert!(both["verified"].is_string(), "{both}");
    assert_eq!(both["refused"], refused["refused"]);
}

#[test]
fn what_was_answered_200_survives_kill_9() {
    let gateway = Gateway::with_secret(SECRET);
    for n in 1..=5 {
        let answer = gateway.deliver(PATH, checkout(n).to_string().as_bytes(), SECRET);
        assert_eq!(answer.json()["result"], "accepted");
    }
    let gateway = gateway.kill_and_restart();
    wait_for("five queued alerts", || {
        let queue = gateway.get("/api/v1/streamers/me/queue").json();
        (queue["length"] == 5).then_some(())
    });
    let answer = gateway.deliver(PATH, checkout(3).to_string().as_bytes(), SECRET);
    assert_eq!(answer.json()["result"], "duplicate");
}

#[test]
fn each_refusal_has_its_status_and_code() {
    let gateway = Gateway::with_secret(SECRET);
    let body = checkout(1).to_string();
    let body = body.as_bytes();
    let now = unix_now();
    let good = sign(body, SECRET);
    let rows: Vec<(&str, &[u8], String, u16, &str)> = vec![
        ("no header", body, String::new(), 400, "signature_missing"),
        ("no t", body, good.split_once(',').unwrap().1.into(), 400, "signature_malformed"),
        ("t no digits", body, good.replace("t=", "t=x"), 400, "signature_malformed"),
        ("two t", body, format!("t=1,{good}"), 400, "signature_malformed"),
        ("no v1", body, format!("t={now},v0=00"), 400, "signature_mismatch"),
        ("other secret", body, sign(body, "whsec_other"), 400, "signature_mismatch"),
        ("too old", body, sign_at(body, SECRET, now - 400), 400, "timestamp_too_old"),
        ("in future", body, sign_at(body, SECRET, now + 400), 400, "timestamp_in_future"),
        ("empty", b"", sign(b"", SECRET), 400, "body_empty"),
        ("not JSON", b"{", sign(b"{", SECRET), 400, "body_not_an_event"),
        ("no event", b"{}", sign(b"{}", SECRET), 400, "body_not_an_event"),
    ];
    for (name, body, signature, status, code) in rows {
        let answer = gateway.deliver_signed(PATH, body, &signature);
        assert_eq!((answer.status, &*answer.code()), (status, code), "{name}");
        assert!(!answer.text.contains(SECRET) && !answer.text.contains("buyer@"), "{name}");
    }
    assert_eq!(gateway.get("/api/v1/streamers/me/alerts").json()["data"], json!([]));
}

#[test]
fn routes_and_methods_are_as_promised() {
    let gateway = Gateway::with_secret(SECRET);
    let body = checkout(7).to_string();
    let unknown = gateway.deliver("/webhooks/stripe/nobody", body.as_bytes(), SECRET);
    assert_eq!((unknown.status, &*unknown.code()), (404, "streamer_unknown"));
    let get = gateway.get(PATH);
    assert_eq!((get.status, get.header("allow")), (405, "POST"));
    // The slash is the same route, and never a redirect.
    let slash = gateway.deliver("/webhooks/stripe/me/", body.as_bytes(), SECRET);
    assert_eq!(slash.json()["result"], "accepted");
    let shared = gateway.deliver("/webhooks/stripe/", body.as_bytes(), SECRET);
    assert_eq!(shared.json()["result"], "duplicate");
}

#[test]
fn without_a_secret_stripe_is_asked_to_try_again() {
    let gateway = Gateway::start();
    let body = checkout(1).to_string();
    let answer = gateway.deliver(PATH, body.as_bytes(), SECRET);
    assert_eq!((answer.status, &*answer.code()), (503, "secret_not_configured"));
    assert!(!answer.header("retry-after").is_empty());
}

#[test]
fn bodies_over_the_limit_are_refused_and_nothing_is_stored() {
    let gateway = Gateway::with_secret(SECRET);
    let huge = vec![b' '; 10 << 20];
    let answer = gateway.deliver(PATH, &huge, SECRET);
    // A client that is still sending may see the connection end before it reads the answer.
    assert!(answer.status == 0 || (answer.status == 413 && answer.code() == "body_too_large"));
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        2 << 20
    );
    let told = raw_request(&gateway, head.as_bytes());
    assert!(told.starts_with("HTTP/1.1 413"), "{told}");
    assert!(told.contains("body_too_large"), "{told}");
}

#[test]
fn dashboard_samples_are_never_duplicates() {
    let gateway = Gateway::with_secret(SECRET);
    let mut sample = checkout(1);
    sample["id"] = json!("evt_00000000000000");
    sample["livemode"] = json!(false);
    let body = sample.to_string();
    for _ in 0..2 {
        let answer = gateway.deliver(PATH, body.as_bytes(), SECRET);
        assert_eq!(answer.json()["result"], "accepted");
    }
    wait_for("two alerts", || {
        let all = gateway.get("/api/v1/streamers/me/alerts").json();
        (all["data"].as_array().unwrap().len() == 2).then_some(())
    });
}

#[test]
fn foreign_events_are_ignored_and_said_once() {
    let gateway = Gateway::with_secret(SECRET);
    for n in 0..3 {
        let body = json!({ "id": format!("evt_{n}"), "object": "event", "type": "customer.created",
            "data": { "object": { "id": "cus_1", "object": "customer" } } });
        let answer = gateway.deliver(PATH, body.to_string().as_bytes(), SECRET);
        assert_eq!((answer.status, &answer.json()["result"]), (200, &json!("ignored")));
    }
    let said = gateway.log().matches("customer.created").count();
    assert_eq!(said, 1, "{}", gateway.log());
}

/// A secret that only one streamer has speaks for that streamer alone, whatever its events say.
#[test]
fn a_streamers_secret_reaches_no_other_streamer() {
    let gateway = Gateway::with_secret(SECRET);
    assert_eq!(gateway.post("/api/v1/streamers", &json!({ "id": "luna" })).status, 201);
    let mut event = checkout(1);
    event["data"]["object"]["metadata"] = json!({ "streamer": "luna" });
    event["data"]["object"]["client_reference_id"] = json!("luna");
    let answer = gateway.deliver("/webhooks/stripe", event.to_string().as_bytes(), SECRET);
    assert_eq!(answer.json()["result"], "accepted");
    wait_for("the alert of me", || {
        let all = gateway.get("/api/v1/streamers/me/alerts").json();
        (all["data"].as_array().unwrap().len() == 1).then_some(())
    });
    assert_eq!(gateway.get("/api/v1/streamers/luna/alerts").json()["data"], json!([]));
}

/// The gateway's own secret speaks for nobody, so the event's own words count.
#[test]
fn the_gateways_secret_lets_the_event_name_its_streamer() {
    let gateway = Gateway::with_secret(SECRET);
    gateway.post("/api/v1/streamers", &json!({ "id": "luna" }));
    let shared = "whsec_of_the_gateway";
    assert_eq!(gateway.post("/api/v1/secrets", &json!({ "secret": shared })).status, 201);
    let mut named = checkout(1);
    named["data"]["object"]["metadata"] = json!({ "streamer": "luna" });
    gateway.deliver("/webhooks/stripe", named.to_string().as_bytes(), shared);
    wait_for("the alert of luna", || {
        let all = gateway.get("/api/v1/streamers/luna/alerts").json();
        (all["data"].as_array().unwrap().len() == 1).then_some(())
    });
    // A connected account that nobody here has is somebody else's.
    let mut foreign = checkout(2);
    foreign["account"] = json!("acct_unknown");
    foreign["data"]["object"]["metadata"] = json!({ "streamer": "luna" });
    gateway.deliver("/webhooks/stripe", foreign.to_string().as_bytes(), shared);
    wait_for("the dead letter", || {
        let letters = gateway.get("/api/v1/dead-letters").json();
        (letters["data"].as_array().unwrap().len() == 1).then_some(())
    });
}
