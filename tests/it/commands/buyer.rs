//! `buyer`: all that is kept of one buyer, handed out and erased.

use std::fs;

use serde_json::{Value, json};

use super::{Ended, command, pipe, run};
use crate::support::{Gateway, RedisServer, Setup, checkout, wait_for};

const SECRET: &str = "whsec_of_the_tests_1";
const OF_ALL: &str = "whsec_of_the_gateway_1";

/// What only the buyer who is erased has, in names and messages.
const PRIVATE: [&str; 4] = ["fan@example.test", "Wendy Zorn", "Kixqua", "voyez ceci"];

/// A sale of the buyer's, as a guest.
fn sale(n: u32) -> Value {
    let mut event = checkout(n);
    let object = &mut event["data"]["object"];
    object["customer"] = Value::Null;
    object["customer_details"] = json!({ "email": "Fan@Example.test", "name": "Wendy Zorn" });
    object["custom_fields"][0]["text"]["value"] = json!("Kixqua");
    object["custom_fields"][1]["text"]["value"] = json!("voyez ceci");
    event
}

/// A refund of a purchase that nobody has heard of.
fn early_refund(n: u32) -> Value {
    let mut event = sale(n);
    event["type"] = json!("charge.refunded");
    event["data"]["object"] = json!({
        "id": format!("ch_{n}"), "object": "charge", "amount": 500, "amount_refunded": 500,
        "currency": "eur", "refunded": true, "livemode": true,
        "payment_intent": format!("pi_early_{n}"),
        "billing_details": { "email": "fan@example.test", "name": "Wendy Zorn" },
    });
    event
}

fn deliver(gateway: &Gateway, path: &str, event: &Value, secret: &str) {
    let answer = gateway.deliver(path, event.to_string().as_bytes(), secret);
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// Two sales of the buyer, the first as a customer and shown; one of somebody else; a dead letter;
/// a refund that waits for its sale.
fn a_day(gateway: &Gateway) {
    for (path, secret) in [("/api/v1/streamers/me/secrets", SECRET), ("/api/v1/secrets", OF_ALL)] {
        assert_eq!(gateway.post(path, &json!({ "secret": secret })).status, 201);
    }
    // With one streamer alone, whatever comes is that one's.
    assert_eq!(gateway.post("/api/v1/streamers", &json!({ "id": "other" })).status, 201);
    let mut page = gateway.page();
    let mut first = sale(1);
    first["data"]["object"]["customer"] = json!("cus_fanny");
    deliver(gateway, "/webhooks/stripe/me", &first, SECRET);
    let play = page.expect("play");
    page.show(&play);
    let shown = play["alert"]["id"].as_str().unwrap();
    gateway.wait_for_state(shown, "shown");
    gateway.operate("pause");
    deliver(gateway, "/webhooks/stripe/me", &sale(2), SECRET);
    deliver(gateway, "/webhooks/stripe/me", &checkout(3), SECRET);
    gateway.wait_for_length(2);
    let mut strangers = sale(4);
    strangers["account"] = json!("acct_nobodys");
    deliver(gateway, "/webhooks/stripe", &strangers, OF_ALL);
    deliver(gateway, "/webhooks/stripe", &early_refund(5), OF_ALL);
    wait_for("the dead letter", || {
        (run(gateway, "dead-letters list --json").rows().len() == 1).then_some(())
    });
    wait_for("what waits", || {
        let told = run(gateway, "why evt_000000000000000000000005 --json");
        told.out.contains("waits for its sale").then_some(())
    });
}

fn buyer(gateway: &Gateway, what: &str, who: &str) -> Ended {
    pipe(command(gateway, &format!("buyer {what} --json")), who)
}

/// All that can be read of it over the API.
fn all_that_is_told(gateway: &Gateway) -> String {
    let letters = run(gateway, "dead-letters list --json").rows();
    let letter = format!("/api/v1/dead-letters/{}", letters[0]["id"].as_str().unwrap());
    let pages = ["/api/v1/streamers/me/alerts", "/api/v1/streamers/me/log?limit=1000", &letter];
    pages.map(|page| gateway.get(page).text).concat()
}

fn check(gateway: &Gateway) {
    let totals = gateway.get("/api/v1/streamers/me/totals").text;
    let kept = buyer(gateway, "export", " FAN@example.TEST\n").json();
    let lengths = ["alerts", "log", "events"].map(|part| kept[part].as_array().unwrap().len());
    assert_eq!((lengths[0], lengths[2]), (2, 4), "{kept}");
    assert!(lengths[1] >= 6 && kept["orders"] == 2, "{kept}");
    let text = kept.to_string();
    assert!(PRIVATE.iter().all(|private| text.contains(private)), "{text}");
    assert!(!text.contains("buyer@example.test"), "another's: {text}");
    let by_id = buyer(gateway, "export", "cus_fanny").json();
    assert_eq!((by_id["alerts"].as_array().unwrap().len(), &by_id["orders"]), (1, &json!(1)));

    // By the address alone: the first sale has it too, and is counted under the customer.
    let both = "fan@example.test\ncus_fanny";
    let erased = buyer(gateway, "erase", "fan@example.test").json();
    let log = erased["log"].as_u64().unwrap();
    assert!(log >= 6, "{erased}");
    let wanted = json!({ "alerts": 2, "unfinished": 1, "log": log, "events": 2, "open_events": 2,
        "orders": 2, "under_way": 0 });
    assert_eq!(erased, wanted);
    let told = all_that_is_told(gateway);
    for private in PRIVATE {
        assert!(!told.contains(private), "{private}: {told}");
    }
    assert!(told.contains("love the stream"), "another's stays");
    assert_eq!(gateway.get("/api/v1/streamers/me/totals").text, totals);
    let again = buyer(gateway, "export", both).json();
    assert_eq!(again, json!({ "orders": 0, "alerts": [], "log": [], "events": [] }));
    let nothing = pipe(command(gateway, "buyer erase"), both).done();
    assert!(nothing.contains("nothing is kept"), "{nothing}");

    // What waited plays, as someone's.
    let mut page = gateway.page();
    gateway.operate("resume");
    let play = page.expect("play");
    assert_eq!(play["alert"]["buyer"]["name"], "Someone");
    assert_eq!(
        (&play["alert"]["message"], &play["alert"]["amount"]["minor"]),
        (&Value::Null, &json!(2599))
    );
}

/// Whether the files of a gateway that runs hold this, byte by byte, what SQLite has deleted included.
/// Records are packed, so it must be what a dictionary does not know.
fn in_files(gateway: &Gateway, piece: &str) -> bool {
    fs::read_dir(gateway.data.path()).unwrap().any(|file| {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        String::from_utf8_lossy(&bytes).to_lowercase().contains(piece)
    })
}

#[test]
fn a_buyer_is_handed_out_and_erased() {
    let gateway = Gateway::start();
    let pieces = ["fan@", "wendy", "kixqua", "voyez"];
    a_day(&gateway);
    for piece in pieces {
        assert!(in_files(&gateway, piece), "{piece} is there before");
    }
    check(&gateway);
    for piece in pieces {
        assert!(!in_files(&gateway, piece), "{piece}");
    }
    assert!(in_files(&gateway, "love the"), "another's message is in the database");
}

#[test]
fn a_buyer_is_erased_from_redis_too() {
    let redis = RedisServer::start();
    let gateway = Gateway::start_with(Setup { redis: Some(redis.url()), ..Setup::default() });
    a_day(&gateway);
    check(&gateway);
}

#[test]
fn who_is_meant_is_no_argument_and_must_be_somebody() {
    let gateway = Gateway::start();
    assert_eq!(run(&gateway, "buyer export fan@example.test").code, 2);
    for (who, code) in [("", 2), ("a@b.c d@e.f", 2), ("nobody", 1), ("@", 1), ("cus_", 1)] {
        let said = pipe(command(&gateway, "buyer erase"), who).failed(code);
        assert!(!said.contains("nobody is") && !said.contains("a@b.c"), "{said}");
    }
    let none = gateway.post("/api/v1/streamers/me/buyers/export", &json!({}));
    assert_eq!((none.status, none.code()), (422, "buyer_invalid".into()));
    let key = gateway.post("/api/v1/streamers/me/keys", &json!({ "role": "moderator" })).json();
    let bearer = format!("Bearer {}", key["key"].as_str().unwrap());
    let headers = [("content-type", "application/json"), ("authorization", &*bearer)];
    for what in ["export", "erase"] {
        let path = format!("/api/v1/streamers/me/buyers/{what}");
        let body = json!({ "email": "fan@example.test" }).to_string();
        assert_eq!(gateway.request("POST", &path, &headers, body).status, 403);
    }
}
