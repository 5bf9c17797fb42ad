//! How many are left: held at Stripe, sold, given back.

use std::{io::Write as _, net::TcpStream, thread};

use serde_json::{Value, json};

use super::{PRODUCTS, buy, hoodie, order, sell, shop, shop_on};
use crate::support::{Gateway, RedisServer, Setup, wait_for};

fn few(left: u32) -> Value {
    let mut few = hoodie();
    few["stock"] = json!(left);
    few
}

fn wanted(quantity: u32) -> Value {
    json!({ "items": [{ "product": "hoodie", "quantity": quantity }] })
}

/// Pieces nobody has paid for, and those of them that are held.
fn count(gateway: &Gateway) -> (u64, u64) {
    let product = gateway.get(&format!("{PRODUCTS}/hoodie")).json();
    (product["stock"].as_u64().unwrap(), product["held"].as_u64().unwrap())
}

#[track_caller]
fn wait_for_count(gateway: &Gateway, expected: (u64, u64)) {
    wait_for("the stock", || (count(gateway) == expected).then_some(()));
}

#[test]
fn the_last_piece_is_sold_once() {
    let (stripe, gateway) = shop();
    sell(&gateway, &few(3));
    assert!(gateway.request("GET", "/store/me", &[], ()).text.contains("3 left"));
    let session = buy(&gateway, &wanted(2));
    assert_eq!(count(&gateway), (3, 2));
    assert!(gateway.request("GET", "/store/me", &[], ()).text.contains("1 left"));
    let told = stripe.get(&format!("checkout/sessions/{session}"));
    let minutes = (told["expires_at"].as_i64().unwrap() - told["created"].as_i64().unwrap()) / 60;
    assert!((30..=31).contains(&minutes), "{minutes}");

    let answer = order(&gateway, &wanted(2));
    assert_eq!((answer.status, answer.code().as_str()), (409, "sold_out"));
    assert_eq!(answer.json()["detail"], "only 1 of Hoodie left");
    assert_eq!((&answer.json()["product"], &answer.json()["left"]), (&json!("hoodie"), &json!(1)));

    stripe.pay(&session);
    wait_for_count(&gateway, (1, 0));
    stripe.pay(&buy(&gateway, &wanted(1)));
    wait_for_count(&gateway, (0, 0));
    let page = gateway.request("GET", "/store/me", &[], ()).text;
    assert!(page.contains("Sold out"), "{page}");
    assert_eq!(order(&gateway, &wanted(1)).json()["detail"], "Hoodie is sold out");
}

#[test]
fn a_checkout_that_comes_to_nothing_gives_back() {
    let (stripe, gateway) = shop();
    sell(&gateway, &few(2));
    let session = buy(&gateway, &wanted(2));
    stripe.post(None, &format!("checkout/sessions/{session}/expire"), &[]);
    wait_for_count(&gateway, (2, 0));
}

#[test]
fn a_buyer_who_comes_back_without_paying_gives_back_at_once() {
    let (stripe, gateway) = shop();
    sell(&gateway, &few(2));
    let give_up = |session: &str| {
        gateway.request("DELETE", &format!("/store/me/checkout/{session}"), &[], ())
    };
    let session = buy(&gateway, &wanted(2));
    assert_eq!(give_up(&session).status, 204);
    assert_eq!(count(&gateway), (2, 0));
    assert_eq!(stripe.get(&format!("checkout/sessions/{session}"))["status"], "expired");
    assert_eq!(give_up(&session).code(), "checkout_ended");
    let paid = buy(&gateway, &wanted(1));
    stripe.pay(&paid);
    assert_eq!(give_up(&paid).code(), "checkout_ended");
    wait_for_count(&gateway, (1, 0));
    assert_eq!(give_up("cs_test_none0000000000000000").code(), "checkout_ended");
    assert_eq!(give_up("none").code(), "not_found");
}

#[test]
fn a_buyer_who_does_not_wait_for_stripe_leaves_nothing_held() {
    let (stripe, gateway) = shop();
    sell(&gateway, &few(1));
    // It is asked again after a while.
    let api = json!({ "fault": "503", "count": 2, "path": "checkout/sessions" });
    stripe.control("faults", &json!({ "api": api }));
    let body = wanted(1).to_string();
    let mut buyer = TcpStream::connect(("127.0.0.1", gateway.port)).unwrap();
    write!(
        buyer,
        "POST /store/me/checkout HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    wait_for_count(&gateway, (1, 1));
    drop(buyer);
    wait_for_count(&gateway, (1, 0));
    let session = &stripe.get("checkout/sessions")["data"][0];
    assert_eq!(session["status"], "expired", "{session}");
}

#[test]
fn a_basket_is_held_whole_or_not_at_all() {
    let (_stripe, gateway) = shop();
    sell(&gateway, &few(5));
    let mut mug = few(0);
    mug["id"] = json!("mug");
    sell(&gateway, &mug);
    let both = json!({ "items": [{ "product": "hoodie", "quantity": 5 }, { "product": "mug", "quantity": 1 }] });
    assert_eq!(order(&gateway, &both).json()["product"], "mug");
    assert_eq!(count(&gateway), (5, 0));
}

#[test]
fn a_bank_that_takes_its_time_keeps_the_piece() {
    let (stripe, gateway) = shop();
    sell(&gateway, &few(2));
    let (first, second) = (buy(&gateway, &wanted(1)), buy(&gateway, &wanted(1)));
    for session in [&first, &second] {
        stripe.control(&format!("sessions/{session}/pay"), &json!({ "how": "later" }));
    }
    assert_eq!(count(&gateway), (2, 2));
    let settle = |session: &str, succeeded: bool| {
        let how = json!({ "succeeded": succeeded });
        stripe.control(&format!("sessions/{session}/settle"), &how);
    };
    settle(&first, false);
    wait_for_count(&gateway, (2, 1));
    settle(&second, true);
    wait_for_count(&gateway, (1, 0));
}

fn race(gateway: &Gateway) {
    // Each thread is a buyer of its own address, as a proxy tells it.
    let opened = thread::scope(|scope| {
        let buyers: Vec<_> = (0..20)
            .map(|n| {
                scope.spawn(move || {
                    let from = format!("10.1.0.{n}");
                    let headers =
                        [("content-type", "application/json"), ("x-forwarded-for", &*from)];
                    let body = wanted(1).to_string();
                    gateway.request("POST", "/store/me/checkout", &headers, body).status
                })
            })
            .collect();
        buyers.into_iter().map(|buyer| buyer.join().unwrap()).collect::<Vec<_>>()
    });
    let count_of = |status| opened.iter().filter(|answer| **answer == status).count();
    assert_eq!((count_of(200), count_of(409)), (1, 19), "{opened:?}");
    assert_eq!(count(gateway), (1, 1));
}

fn behind_a_proxy() -> Setup {
    let config = "[server]\ntrusted_proxies = [\"127.0.0.1\"]\n".to_owned();
    Setup { config: Some(config), ..Setup::default() }
}

#[test]
fn of_twenty_who_want_the_last_one_gets_it() {
    let (_stripe, gateway) = shop_on(behind_a_proxy());
    sell(&gateway, &few(1));
    race(&gateway);
}

#[test]
fn of_twenty_who_want_the_last_one_gets_it_on_redis() {
    let redis = RedisServer::start();
    let (_stripe, gateway) = shop_on(Setup { redis: Some(redis.url()), ..behind_a_proxy() });
    sell(&gateway, &few(1));
    race(&gateway);
}
