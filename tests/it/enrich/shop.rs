//! The whole way with the fake Stripe: a catalogue, a buyer who pays, and its own delivery.

use serde_json::{Value, json};

use super::items_once;
use crate::support::{FakeStripe, Gateway, tillbell};

/// A gateway whose endpoint the fake calls.
fn gateway(stripe: &FakeStripe) -> Gateway {
    let gateway = Gateway::start_with(stripe.setup());
    let mut setup = tillbell();
    let made = setup.args(["stripe", "setup", "--data"]).arg(gateway.data.path()).output();
    assert!(made.as_ref().unwrap().status.success(), "{made:?}");
    gateway
}

/// Puts a product into the catalogue; its id, and its price's.
fn product(stripe: &FakeStripe, name: &str, nickname: &str) -> (String, String) {
    let id = |made: Value| made["id"].as_str().unwrap().to_owned();
    let product = id(stripe.post(None, "products", &[("name", name)]));
    let form = [
        ("product", &*product),
        ("currency", "eur"),
        ("unit_amount", "1200"),
        ("nickname", nickname),
    ];
    let price = id(stripe.post(None, "prices", &form));
    (product, price)
}

/// Sells two of one price and one of another.
fn sell(stripe: &FakeStripe, two: &str, one: &str) -> String {
    let form = [
        ("mode", "payment"),
        ("success_url", "http://127.0.0.1/thanks"),
        ("line_items[0][price]", two),
        ("line_items[0][quantity]", "2"),
        ("line_items[1][price]", one),
        ("line_items[1][quantity]", "1"),
    ];
    stripe.post(None, "checkout/sessions", &form)["id"].as_str().unwrap().to_owned()
}

fn told(items: &[Value]) -> Vec<(Value, Value, Value)> {
    let told =
        |item: &Value| (item["name"].clone(), item["variant"].clone(), item["quantity"].clone());
    items.iter().map(told).collect()
}

#[test]
fn what_a_buyer_pays_for_is_on_the_alert() {
    let stripe = FakeStripe::start();
    let gateway = gateway(&stripe);
    let (_, mug) = product(&stripe, "Mug", "Blue");
    let (hoodie, size_m) = product(&stripe, "Hoodie", "M");
    let session = sell(&stripe, &mug, &size_m);
    let deleted = stripe.delete(&format!("products/{hoodie}"));
    assert_eq!(deleted["deleted"], true, "{deleted}");
    stripe.pay(&session);
    let items = items_once(&gateway, |items| !items.is_empty());
    let expected =
        [(json!("Mug"), json!("Blue"), json!(2)), (json!("Hoodie"), json!("M"), json!(1))];
    assert_eq!(told(&items), expected, "a deleted product has the name it was sold under");
}

#[test]
fn while_its_api_is_ill_the_alert_goes_out_and_is_completed() {
    for fault in ["500", "hang", "half"] {
        let stripe = FakeStripe::start();
        let gateway = gateway(&stripe);
        let (_, mug) = product(&stripe, "Mug", "Blue");
        let (_, cap) = product(&stripe, "Cap", "Red");
        let ill = json!({ "api": { "fault": fault, "count": 2, "path": "line_items" } });
        stripe.control("faults", &ill);
        let mut page = gateway.page();
        stripe.pay(&sell(&stripe, &mug, &cap));
        assert_eq!(page.expect("play")["alert"]["items"], json!([]), "{fault}");
        let items = items_once(&gateway, |items| !items.is_empty());
        assert_eq!(told(&items).len(), 2, "{fault}");
    }
}
