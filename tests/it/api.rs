//! Contract §7: the admin API's routes, answers and errors.

mod openapi;
mod refusals;

use serde_json::{Value, json};

use crate::support::{Gateway, Page, checkout, wait_for};

const SECRET: &str = "whsec_of_the_tests_1";

/// Delivers a sale and waits until it is queued; its alert.
fn queued_sale(gateway: &Gateway, n: u32) -> Value {
    let body = checkout(n).to_string();
    let answer = gateway.deliver("/webhooks/stripe/me", body.as_bytes(), SECRET);
    assert_eq!(answer.json()["result"], "accepted");
    wait_for("the alert", || {
        let all = gateway.get("/api/v1/streamers/me/alerts?limit=1").json();
        let alert = all["data"][0].clone();
        (alert["event"] == format!("evt_{n:024}")).then_some(alert)
    })
}

/// The data of a list.
fn list(gateway: &Gateway, path: &str) -> Vec<Value> {
    let answer = gateway.get(path);
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    let list = answer.json();
    assert!(list["next"].is_null(), "{list}");
    list["data"].as_array().unwrap().clone()
}

#[test]
fn streamers_come_change_and_go() {
    let gateway = Gateway::start();
    let made = gateway.post("/api/v1/streamers", &json!({ "id": "mika", "currency": "eur" }));
    assert_eq!(made.status, 201, "{made:?}");
    let mika = made.json();
    assert_eq!((&mika["id"], &mika["name"]), (&json!("mika"), &json!("mika")));
    assert_eq!((&mika["currency"], &mika["missed_after"]), (&json!("eur"), &json!("15m")));
    assert_eq!(mika["webhook_url"], gateway.url("/webhooks/stripe/mika"));
    let again = gateway.post("/api/v1/streamers", &json!({ "id": "mika" }));
    assert_eq!((again.status, &*again.code()), (409, "exists"));
    assert_eq!(list(&gateway, "/api/v1/streamers").len(), 2);
    assert_eq!(list(&gateway, "/api/v1/streamers/mika/overlays")[0]["name"], "main");

    let path = "/api/v1/streamers/mika";
    let set = gateway.admin("PATCH", path, Some(&json!({ "duration": "9s", "renewals": true })));
    assert_eq!(set.status, 200, "{set:?}");
    let now = gateway.get(path).json();
    assert_eq!((&now["duration"], &now["renewals"]), (&json!("9s"), &json!(true)));
    assert_eq!(now["currency"], "eur", "what is not named stays");
    for (patch, code) in [
        (json!({ "colour": "red" }), "setting_unknown"),
        (json!({ "id": "other" }), "setting_unknown"),
        (json!({ "duration": "2s" }), "setting_invalid"),
        (json!({ "duration": 6 }), "setting_invalid"),
        (json!({ "currency": "euros" }), "setting_invalid"),
        (json!({ "missed_after": "1s", "name": "ok" }), "setting_invalid"),
        (json!({ "name": "x".repeat(51) }), "setting_invalid"),
    ] {
        let answer = gateway.admin("PATCH", path, Some(&patch));
        assert_eq!((answer.status, &*answer.code()), (422, code), "{patch}");
        let mut new = patch.clone();
        new["id"] = json!("fresh");
        if patch["id"].is_null() {
            let answer = gateway.post("/api/v1/streamers", &new);
            assert_eq!((answer.status, &*answer.code()), (422, code), "{new}");
        }
    }
    assert_eq!(gateway.get(path).json(), now, "a refused change changes nothing");
    for id in ["", "Mika", "-x", "a b", "ä", &"x".repeat(40)] {
        let answer = gateway.post("/api/v1/streamers", &json!({ "id": id }));
        assert_eq!((answer.status, &*answer.code()), (422, "id_invalid"), "{id}");
    }
    assert_eq!(gateway.admin("DELETE", path, None).status, 204);
    assert_eq!(gateway.admin("DELETE", path, None).code(), "not_found");
    assert_eq!(list(&gateway, "/api/v1/streamers").len(), 1);
}

#[test]
fn a_streamer_with_unfinished_alerts_stays_unless_forced() {
    let gateway = Gateway::with_secret(SECRET);
    queued_sale(&gateway, 1);
    let mut page = gateway.page();
    let play = page.expect("play");
    assert_eq!(play["alert"]["state"], "playing");
    let path = "/api/v1/streamers/me";
    let answer = gateway.admin("DELETE", path, None);
    assert_eq!((answer.status, &*answer.code()), (409, "alerts_unfinished"));
    assert_eq!(gateway.get(path).status, 200);
    assert_eq!(gateway.admin("DELETE", &format!("{path}?force=true"), None).status, 204);
    assert!([4500, 4503].contains(&page.close_code()), "its pages are told");
    // What Stripe still sends is kept for a person, not refused for three days.
    let body = checkout(2).to_string();
    let answer = gateway.deliver("/webhooks/stripe/me", body.as_bytes(), SECRET);
    assert_eq!((answer.status, &answer.json()["result"]), (200, &json!("accepted")));
    wait_for("the dead letter", || {
        let letters = list(&gateway, "/api/v1/dead-letters");
        letters.iter().any(|l| l["event"] == "evt_000000000000000000000002").then_some(())
    });
}

#[test]
fn dead_letters_are_shown_redriven_and_discarded() {
    let gateway = Gateway::with_secret(SECRET);
    let mut event = checkout(1);
    // Of an account that belongs to nobody here.
    event["account"] = json!("acct_unknown");
    let secret = json!({ "secret": SECRET });
    assert_eq!(gateway.post("/api/v1/secrets", &secret).status, 201);
    for n in 1..=2 {
        event["id"] = json!(format!("evt_{n}"));
        let body = event.to_string();
        assert_eq!(gateway.deliver("/webhooks/stripe", body.as_bytes(), SECRET).status, 200);
    }
    let letters = wait_for("two dead letters", || {
        let letters = list(&gateway, "/api/v1/dead-letters");
        (letters.len() == 2).then_some(letters)
    });
    let path = |n: usize| format!("/api/v1/dead-letters/{}", letters[n]["id"].as_str().unwrap());
    let shown = gateway.get(&path(0)).json();
    assert_eq!(shown["type"], "checkout.session.completed");
    assert!(shown["body"].as_str().unwrap().contains("acct_unknown"));
    assert!(!shown["reason"].as_str().unwrap().is_empty());
    let why = gateway.get(&format!("/api/v1/why/{}", shown["event"].as_str().unwrap())).json();
    assert!(why["outcome"].as_str().unwrap().starts_with("dead letter"), "{why}");
    let redriven = gateway.admin("POST", &format!("{}/redrive", path(0)), None);
    assert_eq!((redriven.status, &redriven.json()["result"]), (200, &json!("queued")));
    assert_eq!(gateway.admin("DELETE", &path(1), None).status, 204);
    assert_eq!(gateway.get(&path(1)).code(), "not_found");
    wait_for("its second failure", || {
        (list(&gateway, "/api/v1/dead-letters").len() == 1).then_some(())
    });
}

#[test]
fn overlays_are_found_by_name_and_id_and_rotation_closes_the_old_link() {
    let gateway = Gateway::start();
    let all = "/api/v1/streamers/me/overlays";
    let main = gateway.get(&format!("{all}/main")).json();
    assert_eq!(gateway.get(&format!("{all}/{}", main["id"].as_str().unwrap())).json(), main);
    assert_eq!((&main["kind"], &main["generation"]), (&json!("alerts"), &json!(1)));
    let old = gateway.overlay_key("me", "main");
    let mut page = gateway.page();
    assert_eq!(gateway.get(&format!("{all}/main")).json()["connections"], 1);
    let rotated = gateway.admin("POST", &format!("{all}/main/rotate"), None).json();
    assert_eq!(rotated["generation"], 2);
    assert_ne!(rotated["url"], main["url"]);
    assert_eq!(page.close_code(), 4500);
    let mut stale = Page::with_key(&gateway, &old);
    stale.send(&json!({ "type": "hello", "client": "test", "version": "1", "mode": "live" }));
    assert_eq!(stale.close_code(), 4500);
    let _new = gateway.page();

    let side = gateway.post(all, &json!({ "name": "side", "kind": "goal" }));
    assert_eq!((side.status, &side.json()["kind"]), (201, &json!("goal")));
    assert_eq!(gateway.post(all, &json!({ "name": "side" })).code(), "exists");
    let path = format!("{all}/side");
    let renamed = gateway.admin("PATCH", &path, Some(&json!({ "name": "aside" })));
    assert_eq!(renamed.json()["name"], "aside");
    assert_eq!(gateway.get(&path).code(), "not_found");
    assert_eq!(
        gateway.admin("PATCH", &format!("{all}/aside"), Some(&json!({ "name": "main" }))).code(),
        "exists"
    );
    assert_eq!(gateway.admin("DELETE", &format!("{all}/aside"), None).status, 204);
    assert_eq!(list(&gateway, all).len(), 1);
}

#[test]
fn keys_and_secrets_are_never_shown_again() {
    let gateway = Gateway::start();
    let keys = "/api/v1/streamers/me/keys";
    let made = gateway.post(keys, &json!({ "role": "owner" }));
    assert_eq!(made.status, 201);
    let key = made.json()["key"].as_str().unwrap().to_owned();
    let listed = gateway.get(keys);
    assert_eq!(listed.json()["data"][0]["id"], made.json()["id"]);
    assert!(!listed.text.contains(&key), "{listed:?}");
    for secrets in ["/api/v1/secrets", "/api/v1/streamers/me/secrets"] {
        let made = gateway.post(secrets, &json!({ "secret": " whsec_0123456789\n" }));
        assert_eq!((made.status, &made.json()["ends_in"]), (201, &json!("6789")));
        let listed = gateway.get(secrets).text;
        assert!(!(made.text + &listed).contains("whsec_"), "{listed}");
        for bad in ["", "sk_live_0123", "whsec_", "whsec_a b", "0123"] {
            let answer = gateway.post(secrets, &json!({ "secret": bad }));
            assert_eq!((answer.status, &*answer.code()), (422, "secret_invalid"), "{bad}");
            assert!(bad.len() < 5 || !answer.text.contains(bad) || bad == "whsec_", "{answer:?}");
        }
        let id = list(&gateway, secrets)[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(gateway.admin("DELETE", &format!("{secrets}/{id}"), None).status, 204);
        assert_eq!(gateway.admin("DELETE", &format!("{secrets}/{id}"), None).code(), "not_found");
    }
}

#[test]
fn connections_are_listed_with_what_their_pages_said() {
    let gateway = Gateway::start();
    let key = gateway.overlay_key("me", "main");
    let mut page = Page::hello(&gateway, &key, json!({ "obs": "32.2.2" }));
    page.send(&json!({ "type": "state", "active": true, "visible": true, "streaming": false }));
    let row = wait_for("the state", || {
        let row = list(&gateway, "/api/v1/connections?streamer=me").pop().unwrap();
        (row["active"] == true).then_some(row)
    });
    assert_eq!(row["id"], page.welcome["connection_id"]);
    assert_eq!((&row["obs"], &row["streaming"]), (&json!("32.2.2"), &json!(false)));
    assert_eq!((&row["remote"], &row["mode"]), (&json!("127.0.0.1"), &json!("live")));
    let path = format!("/api/v1/connections/{}", row["id"].as_str().unwrap());
    assert_eq!(gateway.get(&path).json()["overlay"]["name"], "main");
    let sent = gateway.post(&format!("{path}/messages"), &json!({ "say": "hello" }));
    assert_eq!(sent.status, 202, "{sent:?}");
    assert_eq!(page.expect("message")["data"], json!({ "say": "hello" }));
    let large = json!("x".repeat(17 << 10));
    let refused = gateway.post(&format!("{path}/messages"), &large);
    assert_eq!((refused.status, &*refused.code()), (413, "body_too_large"));
    assert_eq!(gateway.admin("DELETE", &path, None).status, 204);
    assert_eq!(page.close_code(), 4004);
    wait_for("its end", || (gateway.get(&path).status == 404).then_some(()));
    assert_eq!(gateway.post(&format!("{path}/messages"), &json!(1)).code(), "gone");
    assert_eq!(gateway.get("/api/v1/connections?streamer=nobody").code(), "not_found");
}

#[test]
fn alerts_come_newest_first_page_by_page() {
    let gateway = Gateway::with_secret(SECRET);
    let ids: Vec<Value> = (1..=5).map(|n| queued_sale(&gateway, n)["id"].clone()).collect();
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = gateway.get(&format!("/api/v1/streamers/me/alerts?limit=2{after}")).json();
        seen.extend(page["data"].as_array().unwrap().iter().map(|alert| alert["id"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    seen.reverse();
    assert_eq!(seen, ids);
    let one = format!("/api/v1/streamers/me/alerts/{}", ids[0].as_str().unwrap());
    let alert = gateway.get(&one).json();
    assert_eq!(
        alert["amount"],
        json!({ "minor": 2599, "currency": "EUR", "decimal": "25.99", "text": "€25.99" })
    );
    assert_eq!((&alert["state"], &alert["showing"]), (&json!("queued"), &json!(1)));
    assert_eq!(list(&gateway, "/api/v1/streamers/me/alerts?state=shown"), [] as [Value; 0]);
    for (verb, code) in [("replay", "alert_not_ended"), ("reject", "alert_not_held")] {
        let answer = gateway.admin("POST", &format!("{one}/{verb}"), None);
        assert_eq!((answer.status, &*answer.code()), (409, code));
    }
}

#[test]
fn the_status_counts() {
    let gateway = Gateway::with_secret(SECRET);
    queued_sale(&gateway, 1);
    gateway.deliver("/webhooks/stripe/me", checkout(1).to_string().as_bytes(), SECRET);
    gateway.deliver("/webhooks/stripe/me", b"{}", "whsec_wrong");
    let _page = gateway.page();
    let status = gateway.get("/api/v1/status").json();
    assert_eq!(
        status["webhooks"],
        json!({ "accepted": 1, "duplicate": 1, "ignored": 0, "rejected": 1 })
    );
    assert_eq!(status["last_webhook"]["result"], "signature_mismatch");
    assert_eq!((&status["streamers"], &status["connections"]), (&json!(1), &json!(1)));
    assert_eq!(
        (&status["store"], &status["public_url"]),
        (&json!("sqlite"), &json!(gateway.url("")))
    );
}
