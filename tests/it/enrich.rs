//! What was bought, asked of Stripe after the 200: names, quantities, and what happens to alerts
//! while Stripe does not answer.

mod shelf;
mod shop;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::shelf::{Mood, Shelf, line};
use crate::support::{Gateway, PATIENCE, Setup, checkout, wait_for};

const SECRET: &str = "whsec_of_the_gateway";
const SHARED: &str = "/webhooks/stripe";

/// A gateway that asks this shelf, with a key of live mode.
fn shop(shelf: &Shelf) -> Gateway {
    shop_with_key(shelf, "rk_live_shelf")
}

fn shop_with_key(shelf: &Shelf, key: &str) -> Gateway {
    let config = format!("[stripe]\napi_key = \"{key}\"\napi_base = \"{}\"\n", shelf.url);
    let gateway = Gateway::start_with(Setup { config: Some(config), ..Setup::default() });
    let added = gateway.post("/api/v1/secrets", &json!({ "secret": SECRET }));
    assert_eq!(added.status, 201, "{added:?}");
    gateway
}

fn deliver(gateway: &Gateway, event: &Value) {
    let answer = gateway.deliver(SHARED, event.to_string().as_bytes(), SECRET);
    assert_eq!((answer.status, &answer.json()["result"]), (200, &json!("accepted")), "{answer:?}");
}

fn alerts(gateway: &Gateway) -> Vec<Value> {
    let all = gateway.get("/api/v1/streamers/me/alerts?limit=1000").json();
    all["data"].as_array().unwrap().clone()
}

/// The items of the first sale, once `fit` says they are as expected.
#[track_caller]
fn items_once(gateway: &Gateway, fit: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    wait_for("the items", || {
        let items = alerts(gateway).last()?["items"].as_array()?.clone();
        fit(&items).then_some(items)
    })
}

#[test]
fn a_sale_says_what_was_bought() {
    let shelf = Shelf::start();
    let mut poster = line(2, "Poster", 1);
    poster["price"]["nickname"] = json!("A2");
    let mut gone = line(3, "Sticker", 5);
    gone["price"]["product"] =
        json!({ "id": "prod_Sticker", "object": "product", "deleted": true });
    let mut bare = line(4, "Service", 1);
    bare["price"] = Value::Null;
    bare["quantity"] = Value::Null;
    let odd = line(5, "<b>\u{202e}Bold</b>", 1);
    let session = format!("cs_live_{:024}", 1);
    shelf.put(&session, vec![line(1, "Mug", 3), poster, gone, bare, odd]);
    let gateway = shop(&shelf);
    deliver(&gateway, &checkout(1));
    let item = |name: &str, variant: Value, quantity: u32| json!({ "name": name, "variant": variant, "quantity": quantity, "image": null });
    let items = items_once(&gateway, |_| true);
    let expected = [
        item("Mug", Value::Null, 3),
        item("Poster", json!("A2"), 1),
        item("Sticker as sold", Value::Null, 5),
        item("Service as sold", Value::Null, 1),
        item("<b>Bold</b>", Value::Null, 1),
    ];
    assert_eq!(items, expected, "in the alert's first form, not added later");
}

#[test]
fn an_order_of_several_pages_is_read_to_its_end() {
    let shelf = Shelf::start();
    let session = format!("cs_live_{:024}", 1);
    let lines = (1..=130).map(|n| line(n, &format!("Thing {n}"), 1)).collect();
    shelf.put(&session, lines);
    let gateway = shop(&shelf);
    deliver(&gateway, &checkout(1));
    let items = items_once(&gateway, |_| true);
    assert_eq!((items.len(), &items[99]["name"]), (100, &json!("Thing 100")), "an alert keeps 100");
}

#[test]
fn a_raid_asks_for_its_product_only_a_few_times() {
    let shelf = Shelf::start();
    let gateway = shop(&shelf);
    for n in 1..=40 {
        deliver(&gateway, &checkout(n));
    }
    wait_for("all items", || {
        let alerts = alerts(&gateway);
        let named = alerts.iter().filter(|alert| alert["items"][0]["name"] == "Mug").count();
        (named == 40).then_some(())
    });
    let calls = shelf.calls();
    let expanded = calls.iter().filter(|call| call.expanded).count();
    assert!((1..=4).contains(&expanded), "{expanded} of {} calls had products", calls.len());
}

#[test]
fn a_connected_accounts_sale_is_asked_of_that_account() {
    let shelf = Shelf::start();
    let gateway = shop(&shelf);
    let added = gateway.post("/api/v1/streamers/me/accounts", &json!({ "id": "acct_me" }));
    assert_eq!(added.status, 201, "{added:?}");
    let mut theirs = checkout(1);
    theirs["account"] = json!("acct_me");
    deliver(&gateway, &theirs);
    items_once(&gateway, |items| !items.is_empty());
    assert!(shelf.calls().iter().all(|call| call.account == "acct_me"), "{:?}", shelf.calls());
    let before = shelf.calls().len();
    deliver(&gateway, &checkout(2));
    wait_for("the gateway's own sale", || (alerts(&gateway).len() == 2).then_some(()));
    assert!(shelf.calls()[before..].iter().all(|call| call.account.is_empty()));
}

#[test]
fn what_a_key_cannot_know_is_not_asked() {
    let shelf = Shelf::start();
    let gateway = shop_with_key(&shelf, "rk_test_shelf");
    deliver(&gateway, &checkout(1));
    let mut told = checkout(2);
    told["livemode"] = json!(false);
    told["data"]["object"]["line_items"] =
        json!({ "object": "list", "data": [{ "description": "Told", "quantity": 1 }] });
    deliver(&gateway, &told);
    wait_for("both", || (alerts(&gateway).len() == 2).then_some(()));
    assert!(shelf.calls().is_empty(), "{:?}", shelf.calls());
    assert_eq!(gateway.log().matches("the other mode").count(), 1, "said once");
}

#[test]
fn without_leave_to_read_products_the_lines_own_words_do() {
    let shelf = Shelf::start();
    shelf.set(Mood::NoProducts);
    let gateway = shop(&shelf);
    deliver(&gateway, &checkout(1));
    let items = items_once(&gateway, |items| !items.is_empty());
    assert_eq!(items[0]["name"], "Mug as sold");
    wait_for("the reason", || gateway.log().contains("may not read them").then_some(()));
}

#[test]
fn a_picture_on_the_gateways_own_network_is_not_fetched() {
    let shelf = Shelf::start();
    let inside = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    inside.set_nonblocking(true).unwrap();
    let mut mug = line(1, "Mug", 1);
    let address = format!("https://{}/mug.png", inside.local_addr().unwrap());
    mug["price"]["product"]["images"] = json!([address]);
    shelf.put(&format!("cs_live_{:024}", 1), vec![mug]);
    let gateway = shop(&shelf);
    deliver(&gateway, &checkout(1));
    let items = items_once(&gateway, |items| !items.is_empty());
    assert_eq!((&items[0]["name"], &items[0]["image"]), (&json!("Mug"), &Value::Null));
    wait_for("the reason", || gateway.log().contains("a picture is left out").then_some(()));
    let asked = inside.accept();
    assert!(asked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));
}

#[test]
fn what_stripe_says_too_late_completes_the_record_and_draws_nothing_again() {
    for mood in [Mood::Status(500), Mood::Status(429), Mood::Garbage, Mood::Hang] {
        let shelf = Shelf::start();
        shelf.set(mood);
        let gateway = shop(&shelf);
        let mut page = gateway.page();
        deliver(&gateway, &checkout(1));
        let play = page.expect("play");
        assert_eq!(play["alert"]["items"], json!([]), "{mood:?}");
        page.show(&play);
        shelf.set(Mood::Well);
        let items = items_once(&gateway, |items| !items.is_empty());
        assert_eq!(items[0]["name"], "Mug", "{mood:?}");
        let log = gateway.get("/api/v1/streamers/me/log?limit=1000").json();
        let entries = log["data"].as_array().unwrap().clone();
        let of = |kind: &str| {
            entries
                .iter()
                .filter(|entry| entry["event"]["type"] == kind)
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!(of("AlertUpdated")[0]["data"]["alert"]["items"][0]["name"], "Mug", "{mood:?}");
        assert_eq!(of("AlertPlaying").len(), 1, "{mood:?}");
        let why = gateway.get(&format!("/api/v1/why/{}", play["alert"]["id"].as_str().unwrap()));
        assert!(why.text.contains("\"completed\""), "{}", why.text);
    }
}

#[test]
fn two_hundred_sales_do_not_wait_in_a_row_for_a_dead_stripe() {
    let shelf = Shelf::start();
    shelf.set(Mood::Hang);
    let gateway = shop(&shelf);
    let start = Instant::now();
    for n in 1..=200 {
        deliver(&gateway, &checkout(n));
    }
    let accepted = start.elapsed();
    wait_for("all alerts", || (alerts(&gateway).len() == 200).then_some(()));
    let queued = start.elapsed();
    // One after the other they would wait 400 s; four at a time 100 s.
    assert!(queued < PATIENCE / 2, "accepted in {accepted:?}, queued in {queued:?}");
    assert!(shelf.calls().len() < 20, "the breaker opens: {} calls", shelf.calls().len());
    let ready = gateway.get("/readyz");
    assert_eq!(ready.status, 200, "{ready:?}");
    assert!(queued - accepted < Duration::from_secs(15), "{accepted:?}, {queued:?}");
}
