//! Contract §8: what a streamer sells, the store page, and the way of a basket to Stripe and back.

mod orders;
mod products;
mod stock;

use serde_json::{Value, json};

use crate::support::{Answer, FakeStripe, Gateway, Setup, tillbell, wait_for};

/// A gateway with the fake behind it, whose events reach it.
fn shop() -> (FakeStripe, Gateway) {
    shop_on(Setup::default())
}

fn shop_on(setup: Setup) -> (FakeStripe, Gateway) {
    let stripe = FakeStripe::start();
    let gateway = Gateway::start_with(Setup { env: stripe.setup().env, ..setup });
    let set_up = tillbell().args(["stripe", "setup", "--data"]).arg(gateway.data.path()).output();
    assert!(set_up.unwrap().status.success());
    (stripe, gateway)
}

const PRODUCTS: &str = "/api/v1/streamers/me/products";

/// Puts something on sale.
#[track_caller]
fn sell(gateway: &Gateway, product: &Value) {
    let added = gateway.post(PRODUCTS, product);
    assert_eq!(added.status, 201, "{added:?}");
}

fn hoodie() -> Value {
    json!({ "id": "hoodie", "name": "Hoodie", "amount": { "minor": 2599, "currency": "EUR" } })
}

/// Orders as the page does; nobody's key, from whatever address.
fn order(gateway: &Gateway, order: &Value) -> Answer {
    post(gateway, "application/json", &order.to_string())
}

fn post(gateway: &Gateway, kind: &str, body: &str) -> Answer {
    let headers = [("content-type", kind)];
    gateway.request("POST", "/store/me/checkout", &headers, body)
}

/// Orders, and gives the session.
#[track_caller]
fn buy(gateway: &Gateway, wanted: &Value) -> String {
    let answer = order(gateway, wanted);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["session"].as_str().unwrap().to_owned()
}

/// The streamer's newest alert, once there are so many.
fn newest_of(gateway: &Gateway, count: usize) -> Value {
    wait_for("the alert", || {
        let all = gateway.get("/api/v1/streamers/me/alerts").json();
        let all = all["data"].as_array().unwrap();
        (all.len() == count).then(|| all[0].clone())
    })
}

#[test]
fn a_basket_is_paid_at_stripe_and_rings() {
    let (stripe, gateway) = shop();
    sell(&gateway, &hoodie());
    sell(
        &gateway,
        &json!({ "id": "mug", "name": "Mug", "amount": { "minor": 1400, "currency": "EUR" } }),
    );
    let answer = order(
        &gateway,
        &json!({
            "items": [{ "product": "hoodie", "quantity": 2 }, { "product": "mug", "quantity": 1 }],
            "tip": { "minor": 500, "currency": "EUR" }, "name": "mika", "message": "love the stream",
        }),
    );
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    let opened = answer.json();
    let session = opened["session"].as_str().unwrap();
    assert!(opened["url"].as_str().unwrap().starts_with(&stripe.url), "{opened}");

    let told = stripe.get(&format!("checkout/sessions/{session}"));
    assert_eq!(told["amount_total"], 2 * 2599 + 1400 + 500, "{told}");
    assert_eq!(told["client_reference_id"], "me");
    assert_eq!(told["success_url"], gateway.url("/receipt/{CHECKOUT_SESSION_ID}"));
    assert_eq!(told["cancel_url"], gateway.url("/store/me"));
    assert_eq!(told["metadata"]["nickname"], "mika");
    assert_eq!(told["metadata"]["streamer"], "me");
    let hours = (told["expires_at"].as_i64().unwrap() - told["created"].as_i64().unwrap()) / 3600;
    assert_eq!(hours, 23, "nothing of it is counted");

    let page = gateway.page();
    stripe.pay(session);
    let alert = newest_of(&gateway, 1);
    assert_eq!(alert["amount"]["text"], "€70.98", "{alert}");
    assert_eq!((&alert["kind"], &alert["buyer"]["name"]), (&json!("sale"), &json!("mika")));
    assert_eq!(alert["message"]["text"], "love the stream");
    drop(page);
}

#[test]
fn a_tip_alone_is_a_tip_and_what_recurs_a_subscription() {
    let (stripe, gateway) = shop();
    let club = json!({
        "id": "club", "name": "Club", "amount": { "minor": 500, "currency": "EUR" },
        "recurring": "month",
    });
    sell(&gateway, &club);
    stripe.pay(&buy(&gateway, &json!({ "tip": { "minor": 700, "currency": "USD" } })));
    let tip = newest_of(&gateway, 1);
    assert_eq!((&tip["kind"], &tip["amount"]["text"]), (&json!("tip"), &json!("$7.00")));
    assert_eq!(tip["buyer"]["anonymous"], true);

    let session = buy(&gateway, &json!({ "items": [{ "product": "club", "quantity": 1 }] }));
    let told = stripe.get(&format!("checkout/sessions/{session}"));
    assert_eq!((&told["mode"], &told["amount_total"]), (&json!("subscription"), &json!(500)));
    stripe.pay(&session);
    let alert = newest_of(&gateway, 2);
    assert_eq!(alert["kind"], "subscription", "{alert}");
}
