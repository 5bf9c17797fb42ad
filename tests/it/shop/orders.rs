//! What is refused, and what a buyer is told then. Nothing is charged, and Stripe is not even asked.

use serde_json::{Value, json};

use super::{buy, hoodie, order, post, sell, shop};
use crate::support::{FakeStripe, Gateway, Setup, free_port, wait_for};

#[test]
fn a_tampered_order_names_the_field_at_fault() {
    let (stripe, gateway) = shop();
    sell(&gateway, &hoodie());
    gateway.add_streamer("rosa");
    let cap = json!({ "id": "cap", "name": "Cap", "amount": { "minor": 900, "currency": "EUR" } });
    assert_eq!(gateway.post("/api/v1/streamers/rosa/products", &cap).status, 201);
    let hoodie = |more: Value| {
        let mut item = json!({ "product": "hoodie", "quantity": 1 });
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "items": [item] })
    };
    let orders = [
        (hoodie(json!({ "price": 1 })), "items[0].price"),
        (hoodie(json!({ "amount": { "minor": 1, "currency": "EUR" } })), "items[0].amount"),
        (hoodie(json!({ "quantity": 0 })), "items[0].quantity"),
        (hoodie(json!({ "quantity": 1e9 })), "items[0].quantity"),
        (hoodie(json!({ "product": "cap" })), "items[0].product"),
        (hoodie(json!({ "product": "rosa/cap" })), "items[0].product"),
        (hoodie(json!({ "product": "<img src=x>" })), "items[0].product"),
        (json!({ "items": [], "name": "x".repeat(500) }), "name"),
        (json!({ "items": [] }), "items"),
        (json!({ "tip": { "minor": 1, "currency": "USD" } }), "tip"),
    ];
    for (n, (wanted, field)) in orders.iter().enumerate() {
        // Each from an address of its own would need a proxy; ten at once are anybody's.
        assert!(n < 10);
        let answer = order(&gateway, wanted);
        assert_eq!(answer.status, 422, "{wanted}: {answer:?}");
        assert_eq!(
            (answer.code().as_str(), &answer.json()["field"]),
            ("order_invalid", &json!(field))
        );
    }
    // The eleventh at once is too many, whatever it is.
    let answer = order(&gateway, &hoodie(json!({})));
    assert_eq!((answer.status, answer.code().as_str()), (429, "rate_limited"));
    assert_eq!(answer.header("retry-after"), "6");
    let sessions = stripe.get("checkout/sessions?limit=100");
    assert_eq!(sessions["data"].as_array().map(Vec::len), Some(0), "{sessions}");
}

#[test]
fn bodies_that_are_no_order_are_refused_by_their_form() {
    let (_stripe, gateway) = shop();
    assert_eq!(post(&gateway, "text/plain", "{}").status, 415);
    assert_eq!(post(&gateway, "application/json", "{").code(), "order_invalid");
    assert_eq!(post(&gateway, "application/json", &" ".repeat(70_000)).status, 413);
    let elsewhere = gateway.request(
        "POST",
        "/store/nobody/checkout",
        &[("content-type", "application/json")],
        "{}",
    );
    assert_eq!(elsewhere.status, 404);
    assert_eq!(gateway.request("GET", "/store/me/checkout", &[], ()).status, 405);
}

#[test]
fn what_buyers_write_is_text_all_the_way() {
    let (stripe, gateway) = shop();
    let nasty = "<img src=x onerror=alert(1)>\"'&";
    gateway.admin("PATCH", "/api/v1/streamers/me", Some(&json!({ "name": "__OFF__<b>" })));
    sell(
        &gateway,
        &json!({ "id": "x", "name": nasty, "amount": { "minor": 100, "currency": "usd" } }),
    );
    let page = gateway.request("GET", "/store/me", &[], ());
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("<img src=x") && !page.text.contains("<b>"), "{}", page.text);
    assert!(
        page.text.contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;"),
        "{}",
        page.text
    );
    assert!(page.text.contains("<h1>__OFF__&lt;b&gt;</h1>"), "{}", page.text);
    assert!(page.header("content-security-policy").contains("script-src 'self'"));
    let wanted =
        json!({ "items": [{ "product": "x", "quantity": 1 }], "name": nasty, "message": nasty });
    let session = buy(&gateway, &wanted);
    stripe.pay(&session);
    let alert = super::newest_of(&gateway, 1);
    assert_eq!(
        (&alert["buyer"]["name"], &alert["message"]["text"]),
        (&json!(nasty), &json!(nasty))
    );
}

#[test]
fn while_stripe_is_away_nothing_is_charged_and_nothing_held() {
    let (stripe, gateway) = shop();
    let mut last = hoodie();
    last["stock"] = json!(1);
    sell(&gateway, &last);
    let wanted = json!({ "items": [{ "product": "hoodie", "quantity": 1 }] });
    drop(stripe);
    let answer = order(&gateway, &wanted);
    assert_eq!((answer.status, answer.code().as_str()), (502, "stripe_unavailable"));
    let product = gateway.get("/api/v1/streamers/me/products/hoodie").json();
    assert_eq!((&product["stock"], &product["held"]), (&json!(1), &json!(0)));
    assert_eq!(gateway.request("GET", "/store/me", &[], ()).status, 200);
}

#[test]
fn a_key_that_stripe_refuses_is_told_to_the_log_alone() {
    let stripe = FakeStripe::start();
    let gateway = Gateway::start_with(stripe.setup());
    stripe.control("keys", &json!({ "key": stripe.key, "revoked": true }));
    sell(&gateway, &hoodie());
    let answer = order(&gateway, &json!({ "items": [{ "product": "hoodie", "quantity": 1 }] }));
    assert_eq!((answer.status, answer.code().as_str()), (502, "stripe_unavailable"), "{answer:?}");
    assert!(!answer.text.contains("key"), "{answer:?}");
    wait_for("the log", || gateway.log().contains("does not accept the API key").then_some(()));
}

#[test]
fn without_a_key_for_stripe_the_store_says_so() {
    let gateway = Gateway::start();
    sell(&gateway, &hoodie());
    let answer = order(&gateway, &json!({ "items": [{ "product": "hoodie", "quantity": 1 }] }));
    assert_eq!((answer.status, answer.code().as_str()), (503, "stripe_not_configured"));
    let page = gateway.request("GET", "/store/me", &[], ());
    assert!(page.text.contains(r#"data-state="closed""#), "{}", page.text);
    let nobody = gateway.request("GET", "/store/nobody", &[], ());
    assert_eq!(nobody.status, 404);
    assert!(nobody.text.contains("There is no such store") && !nobody.text.contains("<form"));
}

#[test]
fn a_browser_without_scripts_is_led_to_stripe_by_the_form() {
    let (stripe, gateway) = shop();
    sell(&gateway, &hoodie());
    let form = "application/x-www-form-urlencoded";
    let fields = "quantity%3Ahoodie=2&tip=3%2C50&name=mika&message=";
    let answer = post(&gateway, form, fields);
    assert_eq!(answer.status, 303, "{answer:?}");
    assert!(answer.header("location").starts_with(&stripe.url), "{answer:?}");
    let session = &stripe.get("checkout/sessions")["data"][0];
    assert_eq!(session["amount_total"], 2 * 2599 + 350, "{session}");
    // A browser sends a field for each product of the page, and a catalogue is long.
    let others = "quantity%3Aprice_1PqLw2CZ6qsJgndJ8YyTQx0v=0&".repeat(600);
    let answer = post(&gateway, form, &(others + fields));
    assert_eq!(answer.status, 303, "{answer:?}");
    // What is wrong is said on the page.
    let answer = post(&gateway, form, "quantity%3Ahoodie=0&tip=&name=&message=");
    assert_eq!((answer.status, answer.header("content-type")), (422, "text/html; charset=utf-8"));
    assert!(answer.text.contains("the basket is empty"), "{}", answer.text);
}

#[test]
fn the_public_listener_serves_it_too() {
    let port = free_port();
    let config = format!("[server]\npublic_listen = \"127.0.0.1:{port}\"\n");
    let gateway = Gateway::start_with(Setup { config: Some(config), ..Setup::default() });
    sell(&gateway, &hoodie());
    let url = |path: &str| format!("http://127.0.0.1:{port}{path}");
    let mut page = ureq::get(url("/store/me")).call().unwrap();
    assert!(page.body_mut().read_to_string().unwrap().contains("€25.99"));
    let refused = |answer: Result<_, ureq::Error>| match answer.unwrap_err() {
        ureq::Error::StatusCode(status) => status,
        other => panic!("{other}"),
    };
    let order = ureq::post(url("/store/me/checkout")).content_type("application/json").send("{}");
    assert_eq!(refused(order), 422);
    assert_eq!(refused(ureq::get(url("/api/v1/streamers/me/products")).call()), 404);
}
