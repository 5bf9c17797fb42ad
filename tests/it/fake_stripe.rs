//! The fake Stripe over HTTP: strict clients read it, trouble is as told, a purchase rings.

mod clients;

use std::time::Duration;

use serde_json::{Value, json};
use ureq::http::StatusCode;

use crate::support::{FakeStripe, Gateway, tillbell, wait_for};

/// A gateway that the fake sends all events to.
fn told_gateway(stripe: &FakeStripe) -> Gateway {
    let gateway = Gateway::start();
    let hook = gateway.url("/webhooks/stripe/me");
    let form = [("url", &*hook), ("enabled_events[0]", "*")];
    let endpoint = stripe.post(None, "webhook_endpoints", &form);
    stripe.control("retries", &json!({ "first_ms": 20, "attempts": 20 }));
    let secret = json!({ "secret": endpoint["secret"] });
    assert_eq!(gateway.post("/api/v1/streamers/me/secrets", &secret).status, 201);
    gateway
}

fn alerts(gateway: &Gateway) -> Vec<Value> {
    let all = gateway.get("/api/v1/streamers/me/alerts").json();
    all["data"].as_array().unwrap().clone()
}

/// Waits until the fake has nothing more to send.
fn all_sent(stripe: &FakeStripe) {
    wait_for("all deliveries", || {
        let shown = stripe.shows("deliveries");
        shown.as_array().unwrap().iter().all(|row| row["state"] == "delivered").then_some(())
    });
}

#[test]
fn a_purchase_rings_and_its_refund_is_known() {
    let stripe = FakeStripe::start();
    let gateway = told_gateway(&stripe);
    let session = stripe.open_session(None, &[]);
    stripe.pay(&session);
    let alert = wait_for("the alert", || alerts(&gateway).pop());
    assert_eq!(alert["amount"]["text"], "€25.99");
    stripe.control("refunds", &json!({ "session": session }));
    wait_for("the refund", || (alerts(&gateway)[0]["refunded"] == true).then_some(()));
    let ledger = stripe.shows("ledger");
    assert_eq!(ledger["currencies"]["eur"]["net"], 0);
    assert_eq!(ledger["sessions"][0]["session"], session);
}

#[test]
fn twice_and_in_any_order_is_still_one_alert_each() {
    let stripe = FakeStripe::start();
    let gateway = told_gateway(&stripe);
    let trouble = json!({ "deliveries": { "duplicate": true, "reorder_ms": 300 } });
    stripe.control("faults", &trouble);
    for _ in 0..5 {
        stripe.pay(&stripe.open_session(None, &[]));
    }
    wait_for("five alerts", || (alerts(&gateway).len() == 5).then_some(()));
    all_sent(&stripe);
    assert_eq!(alerts(&gateway).len(), 5);
}

#[test]
fn a_gateway_that_was_away_is_told_again() {
    let stripe = FakeStripe::start();
    let mut gateway = told_gateway(&stripe);
    gateway.kill();
    stripe.pay(&stripe.open_session(None, &[]));
    wait_for("a failed try", || {
        let shown = stripe.shows("deliveries");
        let tried = |row: &Value| row["attempts"].as_array().unwrap().len() > 1;
        shown.as_array().unwrap().iter().all(tried).then_some(())
    });
    let gateway = gateway.kill_and_restart();
    wait_for("the alert", || alerts(&gateway).pop());
    all_sent(&stripe);
}

#[test]
fn the_pay_page_is_safe_says_what_it_is_and_sends_the_buyer_back() {
    let stripe = FakeStripe::start();
    let session = stripe.open_session(
        None,
        &[
            ("success_url", "http://127.0.0.1/done?s={CHECKOUT_SESSION_ID}"),
            ("line_items[0][price_data][product_data][name]", "<img src=x>"),
        ],
    );
    let agent: ureq::Agent =
        ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build().into();
    let page_url = format!("{}/pay/{session}", stripe.url);
    let page = agent.get(&page_url).call().unwrap().body_mut().read_to_string().unwrap();
    assert!(page.contains("no real money moves") && page.contains("€25.99"), "{page}");
    assert!(page.contains("&lt;img src=x&gt;") && !page.contains("<img"), "{page}");
    let mut declined = agent.post(&page_url).send_form([("how", "decline")]).unwrap();
    assert_eq!(declined.status(), StatusCode::PAYMENT_REQUIRED);
    assert!(declined.body_mut().read_to_string().unwrap().contains("Your card was declined."));
    let paid = agent.post(&page_url).send_form([("how", "card")]).unwrap();
    let to = paid.headers()["location"].to_str().unwrap();
    assert_eq!((paid.status().as_u16(), to), (303, &*format!("http://127.0.0.1/done?s={session}")));
    let shown = agent.get(&page_url).call().unwrap().body_mut().read_to_string().unwrap();
    assert!(shown.contains("Already paid"), "{shown}");
}

#[test]
fn a_debit_waits_on_the_page_for_whoever_plays_the_bank() {
    let stripe = FakeStripe::start();
    let session = stripe.open_session(None, &[]);
    let page_url = format!("{}/pay/{session}", stripe.url);
    let press = |how: &str| {
        let asked = ureq::post(&page_url).header("accept", "application/json");
        let answer = asked.send_form([("how", how)]).unwrap().body_mut().read_to_string().unwrap();
        let told: Value = serde_json::from_str(&answer).unwrap();
        told["session"]["payment_status"].clone()
    };
    assert_eq!(press("later"), "unpaid");
    let page = ureq::get(&page_url).call().unwrap().body_mut().read_to_string().unwrap();
    assert!(page.contains("The bank refuses"), "{page}");
    assert_eq!(press("bank_pays"), "paid");
}

#[test]
fn an_answer_that_never_comes_was_still_a_call() {
    let stripe = FakeStripe::start();
    stripe.control("faults", &json!({ "api": { "fault": "hang", "count": 1 } }));
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_millis(300)))
        .build()
        .into();
    let product = agent
        .post(format!("{}/v1/products", stripe.url))
        .header("authorization", format!("Bearer {}", stripe.key))
        .send_form([("name", "Mug")]);
    assert!(matches!(product, Err(ureq::Error::Timeout(_))), "{product:?}");
    assert_eq!(stripe.get("products")["data"][0]["name"], "Mug");
}

#[test]
fn it_stays_on_this_machine() {
    for (args, said) in [
        (["--listen", "0.0.0.0:0"], "this machine only"),
        (["--forward-to", "https://alerts.example.com/webhooks/stripe"], "this machine only"),
    ] {
        let output = tillbell().arg("fake-stripe").args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(said), "{output:?}");
    }
    let stripe = FakeStripe::start();
    let form = [("url", "https://alerts.example.com/hook"), ("enabled_events[0]", "*")];
    stripe.post(None, "webhook_endpoints", &form);
    stripe.post(None, "products", &[("name", "Mug")]);
    wait_for("the refusal to send", || {
        let shown = stripe.shows("deliveries");
        let why = shown[0]["attempts"][0].as_str()?.to_owned();
        assert!(why.contains("this machine only"), "{why}");
        Some(())
    });
}
