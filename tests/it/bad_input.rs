//! Whatever arrives gets a plain answer and changes nothing; hostile text arrives as text.

mod smuggling;

use serde_json::{Value, json};

use crate::support::{Gateway, checkout, sign, wait_for};

const SECRET: &str = "whsec_of_the_tests_1";
const PATH: &str = "/webhooks/stripe/me";

/// All that a request could have changed, for comparison.
fn everything(gateway: &Gateway) -> Vec<Value> {
    [
        "streamers",
        "streamers/me/overlays",
        "streamers/me/keys",
        "streamers/me/alerts",
        "streamers/me/queue",
        "streamers/me/log",
        "dead-letters",
        "secrets",
    ]
    .map(|path| gateway.get(&format!("/api/v1/{path}")).json())
    .into()
}

/// Nested arrays, 10,000 deep.
fn deep() -> String {
    "[".repeat(10_000) + &"]".repeat(10_000)
}

/// The custom field that holds this key.
fn set_field(event: &mut Value, key: &str, text: &str) {
    let fields = event["data"]["object"]["custom_fields"].as_array_mut().unwrap();
    let field = fields.iter_mut().find(|field| field["key"] == key).unwrap();
    field["text"]["value"] = json!(text);
}

/// Delivers a signed event; the alert it becomes.
#[track_caller]
fn sold(gateway: &Gateway, event: &Value) -> Value {
    let answer = gateway.deliver(PATH, event.to_string().as_bytes(), SECRET);
    assert_eq!((answer.status, &answer.json()["result"]), (200, &json!("accepted")), "{answer:?}");
    let id = event["id"].as_str().unwrap();
    wait_for("the alert", || {
        let why = gateway.get(&format!("/api/v1/why/{id}")).json();
        let alert = why["alert"].as_str()?;
        let alert = gateway.get(&format!("/api/v1/streamers/me/alerts/{alert}"));
        (alert.status == 200).then(|| alert.json())
    })
}

#[test]
fn bodies_of_the_api_that_cannot_be_meant_change_nothing() {
    let gateway = Gateway::start();
    let before = everything(&gateway);
    let token = format!("Bearer {}", gateway.admin_token());
    let headers = [("authorization", &*token), ("content-type", "application/json")];
    let huge = format!(r#"{{"id":"{}"}}"#, "x".repeat(10 << 20)).into_bytes();
    let deep = format!(r#"{{"id":{}}}"#, deep()).into_bytes();
    let broken = b"{\"id\":\"\xff\xfe\"}".to_vec();
    let twice = br#"{"id":"one","id":"two"}"#.to_vec();
    for (name, body) in
        [("huge", huge), ("deep", deep), ("broken", broken), ("twice", twice), ("nul", vec![0; 64])]
    {
        for (method, path) in [
            ("POST", "streamers"),
            ("POST", "streamers/me/overlays"),
            ("POST", "secrets"),
            ("POST", "streamers/me/keys"),
            ("POST", "streamers/me/test-alerts"),
            ("POST", "streamers/me/queue/skip"),
            ("PATCH", "streamers/me"),
            ("POST", "session"),
        ] {
            let answer = gateway.request(method, &format!("/api/v1/{path}"), &headers, &*body);
            // A client that is still sending may lose the connection before it reads the answer.
            let cut = name == "huge" && answer.status == 0;
            assert!(cut || (400..500).contains(&answer.status), "{name} {path}: {answer:?}");
            assert!(cut || !answer.code().is_empty(), "{name} {path}");
        }
    }
    assert_eq!(everything(&gateway), before);
}

#[test]
fn a_body_with_nothing_in_it_is_none_and_one_that_is_no_json_is_not_passed_over() {
    let gateway = Gateway::start();
    let token = format!("Bearer {}", gateway.admin_token());
    let skip = |kind: &[(&str, &str)], body: &str| {
        let headers = [&[("authorization", &*token)], kind].concat();
        gateway.request("POST", "/api/v1/streamers/me/queue/skip", &headers, body).code()
    };
    for kind in ["application/json", "application/x-www-form-urlencoded"] {
        assert_eq!(skip(&[("content-type", kind)], ""), "nothing_plays", "{kind}");
    }
    // It names an alert: without its name, whatever plays would go.
    assert_eq!(skip(&[], r#"{"alert_id":"al_1"}"#), "not_json");
}

#[test]
fn signed_bodies_that_are_no_events_are_refused_and_leave_nothing() {
    let gateway = Gateway::with_secret(SECRET);
    let before = everything(&gateway);
    let bodies: [Vec<u8>; 8] = [
        deep().into_bytes(),
        b"{\"id\":\"evt_\xff\",\"type\":\"x\"}".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        br#"{"id":5,"type":"checkout.session.completed"}"#.to_vec(),
        br#"{"id":"evt_1"}"#.to_vec(),
        br#"{"type":"checkout.session.completed"}"#.to_vec(),
        vec![0; 1000],
    ];
    for body in bodies {
        let answer = gateway.deliver_signed(PATH, &body, &sign(&body, SECRET));
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        assert_eq!((answer.status, &*answer.code()), (400, "body_not_an_event"), "{shown}");
    }
    assert_eq!(everything(&gateway), before);
}

#[test]
fn what_an_alert_does_not_need_may_be_as_strange_as_it_likes() {
    let gateway = Gateway::with_secret(SECRET);
    let mut event = checkout(1);
    event["data"]["object"]["metadata"] = json!({ "streamer": 7, "x": [[[[]]]] });
    event["data"]["object"]["customer_details"] = json!("nobody");
    event["request"] = json!(12);
    let alert = sold(&gateway, &event);
    assert_eq!((&alert["state"], &alert["amount"]["minor"]), (&json!("queued"), &json!(2599)));
    // Deeper than any reader goes: refused as a whole, or read without it, never a crash.
    let body =
        checkout(2).to_string().replace(r#""metadata":{}"#, &format!(r#""metadata":{}"#, deep()));
    let answer = gateway.deliver(PATH, body.as_bytes(), SECRET);
    assert!([200, 400].contains(&answer.status), "{answer:?}");
    assert_eq!(sold(&gateway, &checkout(3))["state"], "queued");
}

#[test]
fn keys_twice_make_one_alert_or_none() {
    let gateway = Gateway::with_secret(SECRET);
    let body = checkout(1).to_string();
    let twice = body.replacen('{', r#"{"id":"evt_first","livemode":false,"#, 1);
    let answer = gateway.deliver(PATH, twice.as_bytes(), SECRET);
    assert!([200, 400].contains(&answer.status), "{answer:?}");
    assert_eq!(sold(&gateway, &checkout(2))["state"], "queued");
    let all = gateway.get("/api/v1/streamers/me/alerts").json();
    assert!(all["data"].as_array().unwrap().len() <= 2);
}

#[test]
fn amounts_that_cannot_be_never_reach_a_screen_as_money() {
    let gateway = Gateway::with_secret(SECRET);
    for (n, amount) in [
        json!(-1),
        json!(i64::MIN),
        json!(1e300),
        json!("2599"),
        json!(25.5),
        json!(u64::MAX),
        json!(null),
        json!([2599]),
        json!({}),
    ]
    .into_iter()
    .enumerate()
    {
        let mut event = checkout(u32::try_from(n).unwrap() + 1);
        event["data"]["object"]["amount_total"] = amount.clone();
        let answer = gateway.deliver(PATH, event.to_string().as_bytes(), SECRET);
        assert!([200, 400].contains(&answer.status), "{amount}: {answer:?}");
    }
    // The largest that fits is taken, after all of those.
    let mut event = checkout(90);
    event["data"]["object"]["amount_total"] = json!(i64::MAX);
    let alert = sold(&gateway, &event);
    assert_eq!(alert["amount"]["minor"], json!(i64::MAX));
    assert!(alert["amount"]["text"].as_str().unwrap().starts_with('€'), "{alert}");
    let all = gateway.get("/api/v1/streamers/me/alerts").json();
    for alert in all["data"].as_array().unwrap() {
        let text = alert["amount"]["text"].as_str().unwrap_or_default();
        assert!(!text.contains('-') && !text.contains("inf") && !text.contains("e+"), "{alert}");
    }
}

#[test]
fn unknown_currencies_are_shown_by_their_code() {
    let gateway = Gateway::with_secret(SECRET);
    let mut event = checkout(1);
    event["data"]["object"]["currency"] = json!("xqz");
    assert_eq!(sold(&gateway, &event)["amount"]["text"], "XQZ 25.99");
    for (n, currency) in [json!("euros"), json!("<b>"), json!(5), json!("")].into_iter().enumerate()
    {
        let mut event = checkout(u32::try_from(n).unwrap() + 2);
        event["data"]["object"]["currency"] = currency.clone();
        let answer = gateway.deliver(PATH, event.to_string().as_bytes(), SECRET);
        assert!([200, 400].contains(&answer.status), "{currency}: {answer:?}");
    }
    assert_eq!(sold(&gateway, &checkout(9))["amount"]["text"], "€25.99");
}

#[test]
fn names_and_messages_of_any_length_are_cut_and_cleaned() {
    let gateway = Gateway::with_secret(SECRET);
    let zalgo = format!("z{}", "\u{0301}\u{0327}".repeat(5000));
    let rows: [(&str, String); 5] = [
        ("long", "ä".repeat(50_000)),
        ("zalgo", zalgo),
        ("bidi", "\u{202e}evil\u{2066}\u{200f}name".into()),
        ("invisible", "\u{200b}\u{200d}\u{feff}\u{2060}".into()),
        ("control", "a\u{0}\u{1b}[31mb\r\nc\u{9b}d".into()),
    ];
    for (n, (kind, name)) in rows.iter().enumerate() {
        let mut event = checkout(u32::try_from(n).unwrap() + 1);
        set_field(&mut event, "nickname", name);
        set_field(&mut event, "message", name);
        let alert = sold(&gateway, &event);
        let shown = alert["buyer"]["name"].as_str().unwrap();
        let message = alert["message"]["text"].as_str().unwrap_or_default();
        for (text, most) in [(shown, 200), (message, 4000)] {
            assert!(text.len() <= most, "{kind}: {} bytes", text.len());
            let hostile = |c: char| {
                c.is_control() && c != '\n'
                    || ('\u{202a}'..='\u{202e}').contains(&c)
                    || ('\u{2066}'..='\u{2069}').contains(&c)
                    || c == '\u{feff}'
            };
            assert!(!text.contains(hostile), "{kind}: {text:?}");
        }
        assert!(!shown.is_empty(), "{kind}");
        let nobody = kind == &"invisible";
        assert_eq!((shown == "Someone", &alert["buyer"]["anonymous"]), (nobody, &json!(nobody)));
    }
}

#[test]
fn markup_stays_the_text_it_is() {
    let gateway = Gateway::with_secret(SECRET);
    let mut page = gateway.page();
    let markup = r#"<img src=x onerror=alert(1)>&amp;"'`${7*7}{{7*7}}"#;
    let mut event = checkout(1);
    set_field(&mut event, "nickname", "<b>mika</b>");
    set_field(&mut event, "message", markup);
    event["data"]["object"]["line_items"] =
        json!({ "data": [{ "description": markup, "quantity": 2 }] });
    gateway.deliver(PATH, event.to_string().as_bytes(), SECRET);
    let alert = page.expect("play")["alert"].clone();
    assert_eq!(alert["buyer"]["name"], "<b>mika</b>");
    assert_eq!(alert["message"]["text"], markup);
    assert_eq!(alert["items"][0]["name"], markup);
    let made = gateway.post(
        "/api/v1/streamers/me/test-alerts",
        &json!({ "name": "<i>ann</i>", "message": markup }),
    );
    let id = made.json()["alert_id"].clone();
    let kept = wait_for("the test alert", || {
        let all = gateway.get("/api/v1/streamers/me/alerts?limit=1").json();
        let alert = all["data"][0].clone();
        (alert["id"] == id).then_some(alert)
    });
    assert_eq!(
        (&kept["buyer"]["name"], &kept["message"]["text"]),
        (&json!("<i>ann</i>"), &json!(markup))
    );
}
