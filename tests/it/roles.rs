//! Contract §7: what each role may do, and what it never sees. Sign-in by link, too.

mod pairing;
mod people;
mod session;

use serde_json::{Value, json};

use crate::support::{Answer, Gateway, Page, checkout, wait_for};

const SECRET: &str = "whsec_of_the_tests_1";

const ROLES: [&str; 8] =
    ["admin", "owner", "moderator", "viewer", "feed", "action", "stranger", "nobody"];

/// A key for each role, in the order of `ROLES`; a stranger owns another streamer.
fn keys(gateway: &Gateway) -> Vec<(&'static str, Option<String>)> {
    let made = gateway.post("/api/v1/streamers", &json!({ "id": "other" }));
    assert_eq!(made.status, 201, "{made:?}");
    let key = |role: &'static str| match role {
        "admin" => Some(gateway.admin_token()),
        "stranger" => Some(key_of(gateway, "other", "owner")),
        "nobody" => None,
        role => Some(key_of(gateway, "me", role)),
    };
    ROLES.into_iter().map(|role| (role, key(role))).collect()
}

fn key_of(gateway: &Gateway, streamer: &str, role: &str) -> String {
    let path = format!("/api/v1/streamers/{streamer}/keys");
    let made = gateway.post(&path, &json!({ "role": role })).json();
    made["key"].as_str().unwrap().to_owned()
}

/// A request with this key.
fn ask(gateway: &Gateway, key: Option<&str>, method: &str, path: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {}", key.unwrap_or_default());
    let all = [("content-type", "application/json"), ("authorization", &*bearer)];
    let headers = if key.is_some() { &all[..] } else { &all[..1] };
    match body {
        Value::Null => gateway.request(method, path, headers, ()),
        body => gateway.request(method, path, headers, body.to_string()),
    }
}

/// An alert of a real sale, ended, and the event it came from.
fn shown_sale(gateway: &Gateway) -> (String, String) {
    let mut page = gateway.page();
    let body = checkout(1).to_string();
    gateway.deliver("/webhooks/stripe/me", body.as_bytes(), SECRET);
    let play = page.expect("play");
    page.show(&play);
    let id = play["alert"]["id"].as_str().unwrap().to_owned();
    wait_for("the alert's end", || {
        let alert = gateway.get(&format!("/api/v1/streamers/me/alerts/{id}")).json();
        (alert["state"] == "shown").then_some(())
    });
    (id, "evt_000000000000000000000001".into())
}

/// A request, and what each role is answered.
type Row = (&'static str, String, Value, &'static str);

fn rows(alert: &str, event: &str, connection: &str) -> Vec<Row> {
    let me = |path: &str| format!("/api/v1/streamers/me/{path}");
    // + is let on; f is 403, n is 404 as of something that is not there, u is 401.
    //                     admin owner moderator viewer feed action stranger nobody
    vec![
        ("GET", me("log"), Value::Null, "+++++fnu"),
        ("GET", me("queue"), Value::Null, "++++ffnu"),
        ("GET", me("totals"), Value::Null, "++++ffnu"),
        ("GET", me("board"), Value::Null, "++++ffnu"),
        ("GET", me("alerts"), Value::Null, "++++ffnu"),
        ("GET", me(&format!("alerts/{alert}")), Value::Null, "++++ffnu"),
        ("GET", "/api/v1/connections?streamer=me".into(), Value::Null, "++++ffnu"),
        ("GET", format!("/api/v1/connections/{connection}"), Value::Null, "++++nnnu"),
        ("GET", format!("/api/v1/why/{event}"), Value::Null, "++++nnnu"),
        ("GET", format!("/api/v1/why/{alert}"), Value::Null, "++++nnnu"),
        ("POST", me("queue/pause"), Value::Null, "+++ff+nu"),
        ("POST", me("queue/resume"), Value::Null, "+++ff+nu"),
        ("POST", me("queue/skip"), json!({ "alert_id": alert }), "+++ff+nu"),
        ("POST", me("test-alerts"), json!({}), "+++fffnu"),
        ("POST", me("moderation/try"), json!({ "name": "mika" }), "+++fffnu"),
        ("POST", me(&format!("alerts/{alert}/approve")), json!({ "as": "full" }), "cccfffnu"),
        ("GET", me("overlays"), Value::Null, "++ffffnu"),
        ("GET", me("overlays/main"), Value::Null, "++ffffnu"),
        ("GET", me("keys"), Value::Null, "++ffffnu"),
        ("POST", me("keys"), json!({ "role": "feed" }), "++ffffnu"),
        // Allowed, and then no dock shows that code.
        ("GET", me("pairings/22222222"), Value::Null, "nnffffnu"),
        ("POST", me("pairings/22222222"), json!({ "role": "viewer" }), "nnffffnu"),
        ("DELETE", me("pairings/22222222"), Value::Null, "nnffffnu"),
        ("GET", me("secrets"), Value::Null, "++ffffnu"),
        ("GET", me("accounts"), Value::Null, "++ffffnu"),
        ("POST", me("accounts"), json!({ "id": "acct_1" }), "+fffffnu"),
        ("DELETE", me("accounts/acct_1"), Value::Null, "+fffffnu"),
        // Allowed, and then there is no API key to ask Stripe with.
        ("POST", me("invitations"), Value::Null, "ssffffnu"),
        ("POST", "/api/v1/stripe/endpoint".into(), json!({}), "sffffffu"),
        ("POST", me("payment-links"), json!({ "id": "plink_1" }), "+fffffnu"),
        ("PATCH", "/api/v1/streamers/me".into(), json!({ "duration": "7s" }), "++ffffnu"),
        ("POST", me("rules/try"), json!({}), "++ffffnu"),
        ("GET", me("themes"), Value::Null, "++ffffnu"),
        ("POST", me("themes?try=true"), json!({}), "++ffffnu"),
        ("GET", me("themes/none"), Value::Null, "nnffffnu"),
        ("DELETE", me("themes/none"), Value::Null, "nnffffnu"),
        ("GET", "/api/v1/secrets".into(), Value::Null, "+ffffffu"),
        ("GET", "/api/v1/dead-letters".into(), Value::Null, "++ffff+u"),
        ("GET", "/api/v1/status".into(), Value::Null, "+ffffffu"),
        ("GET", "/metrics".into(), Value::Null, "+ffffffu"),
        ("GET", "/api/v1/streamers".into(), Value::Null, "+++++++u"),
        ("POST", "/api/v1/streamers".into(), json!({ "id": "new" }), "+ffffffu"),
        ("DELETE", "/api/v1/streamers/new".into(), Value::Null, "+ffffffu"),
    ]
}

#[test]
fn each_role_may_do_what_the_contract_says_and_no_more() {
    let gateway = Gateway::with_secret(SECRET);
    let keys = keys(&gateway);
    let (alert, event) = shown_sale(&gateway);
    let page = gateway.page();
    let connection = page.welcome["connection_id"].as_str().unwrap().to_owned();
    for (method, path, body, row) in rows(&alert, &event, &connection) {
        // From the weakest to the admin: who may not has changed nothing when the admin comes.
        for ((role, key), expected) in keys.iter().zip(row.chars().collect::<Vec<_>>()).rev() {
            let answer = ask(&gateway, key.as_deref(), method, &path, &body);
            let (fits, code) = match expected {
                '+' => ((200..300).contains(&answer.status), ""),
                'c' => (answer.status == 409, "alert_not_held"),
                's' => (answer.status == 409, "stripe_not_configured"),
                'f' => (answer.status == 403, "forbidden"),
                'n' => (answer.status == 404, "not_found"),
                _ => (answer.status == 401, "unauthorized"),
            };
            assert!(fits, "{role} {method} {path}: {answer:?}");
            if !code.is_empty() {
                assert_eq!(answer.code(), code, "{role} {method} {path}");
            }
        }
    }
}

#[test]
fn a_key_of_one_streamer_sees_nothing_of_another() {
    let gateway = Gateway::start();
    gateway.post("/api/v1/streamers", &json!({ "id": "other" }));
    let stranger = key_of(&gateway, "other", "owner");
    let get = |path: &str| ask(&gateway, Some(&stranger), "GET", path, &Value::Null);
    let _page = gateway.page();
    // Streamers come by name, and `me` before `other`: a page of one must not tell of it.
    for path in ["/api/v1/streamers", "/api/v1/streamers?limit=1"] {
        let list = get(path).json();
        assert_eq!(list["data"].as_array().unwrap().len(), 1, "{list}");
        assert_eq!((&list["data"][0]["id"], &list["next"]), (&json!("other"), &Value::Null));
    }
    assert_eq!(get("/api/v1/connections").json()["data"], json!([]));
    // What is not theirs and what is not there are one.
    let (theirs, nowhere) = (get("/api/v1/streamers/me"), get("/api/v1/streamers/never"));
    assert_eq!(theirs.text.replace("streamer me", "streamer never"), nowhere.text);
}

#[test]
fn moderators_see_no_amounts_links_or_settings() {
    let gateway = Gateway::with_secret(SECRET);
    let (alert, _) = shown_sale(&gateway);
    let body = checkout(2).to_string();
    gateway.deliver("/webhooks/stripe/me", body.as_bytes(), SECRET);
    wait_for("the second sale", || {
        let queue = gateway.get("/api/v1/streamers/me/queue").json();
        (queue["length"] == 1).then_some(())
    });
    let moderator = key_of(&gateway, "me", "moderator");
    let owner = key_of(&gateway, "me", "owner");
    let one = format!("/alerts/{alert}");
    for path in ["/queue", "/alerts", &one, "/log"] {
        let path = format!("/api/v1/streamers/me{path}");
        let seen = |key: &str| ask(&gateway, Some(key), "GET", &path, &Value::Null).text;
        let (theirs, all) = (seen(&moderator), seen(&owner));
        assert!(all.contains("2599") && all.contains("25.99"), "{path}: {all}");
        assert!(!theirs.contains("2599") && !theirs.contains("25.99"), "{path}: {theirs}");
        assert!(theirs.contains("mika"), "{path}: {theirs}");
    }
    let me = ask(&gateway, Some(&moderator), "GET", "/api/v1/streamers/me", &Value::Null).json();
    let seen: Vec<&String> = me.as_object().unwrap().keys().collect();
    assert_eq!(seen, ["created", "id", "name"]);
}

#[test]
fn a_streamer_may_let_moderators_see_amounts_and_stop_it() {
    let gateway = Gateway::with_secret(SECRET);
    let moderator = key_of(&gateway, "me", "moderator");
    let protocols = format!("tillbell.v1, tillbell.key.{moderator}");
    let protocols = [("sec-websocket-protocol", &*protocols)];
    // The feed stays open all the while, and heeds each change.
    let mut feed = Page::open(&gateway, "/ws/feed?after=0", &protocols);
    for (sale, allowed) in [(1, false), (2, true), (3, false)] {
        gateway.set(&json!({ "moderators_see_amounts": allowed }));
        gateway.deliver("/webhooks/stripe/me", checkout(sale).to_string().as_bytes(), SECRET);
        let queued = std::iter::from_fn(|| feed.next().ok())
            .find(|entry| entry["event"]["type"] == "AlertQueued")
            .unwrap();
        let minor = if allowed { json!(2599) } else { Value::Null };
        assert_eq!(queued["data"]["alert"]["amount"]["minor"], minor, "{queued}");
        let get = |path: &str| ask(&gateway, Some(&moderator), "GET", path, &Value::Null);
        for path in ["queue", "alerts", "log", "totals"] {
            let told = get(&format!("/api/v1/streamers/me/{path}")).text;
            assert_eq!(told.contains("25.99") || told.contains("51.98"), allowed, "{path}: {told}");
        }
        assert_eq!(get("/api/v1/session").json()["amounts"], allowed);
    }
}

#[test]
fn no_id_of_stripes_and_nothing_private_leaves_through_a_feed_or_viewer_key() {
    let gateway = Gateway::with_secret(SECRET);
    let (alert, _) = shown_sale(&gateway);
    let log = "/api/v1/streamers/me/log";
    let paths = [
        ("feed", log.to_owned()),
        ("viewer", log.to_owned()),
        ("viewer", "/api/v1/streamers/me/alerts".to_owned()),
        ("viewer", format!("/api/v1/streamers/me/alerts/{alert}")),
        ("viewer", format!("/api/v1/why/{alert}")),
    ];
    for (role, path) in paths {
        let key = key_of(&gateway, "me", role);
        let told = ask(&gateway, Some(&key), "GET", &path, &Value::Null).text;
        assert!(told.contains(&alert), "{path}: {told}");
        for private in ["evt_", "cs_live", "pi_", "cus_", "buyer@", "Legal Name"] {
            assert!(!told.contains(private), "{private} in {path}: {told}");
        }
    }
}

#[test]
fn overlay_keys_open_overlays_and_api_keys_the_api() {
    let gateway = Gateway::start();
    let overlay = gateway.overlay_key("me", "main");
    let answer = ask(&gateway, Some(&overlay), "GET", "/api/v1/streamers/me/log", &Value::Null);
    assert_eq!(answer.status, 401, "{answer:?}");
    let owner = key_of(&gateway, "me", "owner");
    let mut page = Page::with_key(&gateway, &owner);
    page.send(&json!({ "type": "hello", "client": "test", "version": "1", "mode": "live" }));
    assert_eq!(page.close_code(), 4500);
}
