//! Accounts and payment links: given to a streamer, they bring that streamer's sales.

use std::process::Output;

use serde_json::{Value, json};

use super::{alerts, deliver, settled, shop_of_three};
use crate::support::{Answer, Gateway, checkout, tillbell, wait_for};

fn add(gateway: &Gateway, streamer: &str, list: &str, id: &str) -> Answer {
    gateway.post(&format!("/api/v1/streamers/{streamer}/{list}"), &json!({ "id": id }))
}

fn listed(gateway: &Gateway, streamer: &str, list: &str) -> Vec<String> {
    let rows = gateway.get(&format!("/api/v1/streamers/{streamer}/{list}")).json();
    let rows = rows["data"].as_array().unwrap().clone();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// Runs a command on a gateway.
fn run(gateway: &Gateway, line: &str) -> Output {
    tillbell().args(line.split(' ')).arg("--data").arg(gateway.data.path()).output().unwrap()
}

#[test]
fn an_account_or_link_belongs_to_one_streamer() {
    let gateway = shop_of_three();
    for (list, id, wrong) in
        [("accounts", "acct_1", "plink_1"), ("payment-links", "plink_1", "https://buy.example/1")]
    {
        let added = add(&gateway, "mika", list, id);
        assert_eq!((added.status, &added.json()["streamer"]), (201, &json!("mika")), "{added:?}");
        assert_eq!(add(&gateway, "mika", list, id).json(), added.json(), "the same again");
        let taken = add(&gateway, "rosa", list, id);
        assert_eq!((taken.status, &*taken.code()), (409, "exists"));
        assert!(!taken.text.contains("mika"), "{taken:?}");
        let wrong = add(&gateway, "rosa", list, wrong);
        assert_eq!((wrong.status, &*wrong.code()), (422, "name_invalid"));
        assert_eq!(listed(&gateway, "mika", list), [id]);
        assert!(listed(&gateway, "rosa", list).is_empty());
        let path = |streamer| format!("/api/v1/streamers/{streamer}/{list}/{id}");
        assert_eq!(gateway.admin("DELETE", &path("rosa"), None).status, 404);
        assert_eq!(gateway.admin("DELETE", &path("mika"), None).status, 204);
        assert_eq!(add(&gateway, "rosa", list, id).status, 201);
        // What a removed streamer had is free.
        gateway.add_streamer("gone");
        assert_eq!(add(&gateway, "gone", list, &format!("{id}2")).status, 201);
        assert_eq!(gateway.admin("DELETE", "/api/v1/streamers/gone", None).status, 204);
        assert_eq!(add(&gateway, "rosa", list, &format!("{id}2")).status, 201);
    }
}

#[test]
fn an_account_names_the_streamer_and_nothing_else_does() {
    let gateway = shop_of_three();
    let mut sale = checkout(1);
    sale["account"] = json!("acct_mika");
    // Whatever else it says, it is of an account that nobody here has.
    sale["data"]["object"]["metadata"]["streamer"] = json!("rosa");
    deliver(&gateway, &sale);
    let event = sale["id"].as_str().unwrap();
    let outcome = settled(&gateway, event)["outcome"].as_str().unwrap().to_owned();
    assert!(outcome.contains("acct_mika") && outcome.contains("account add"), "{outcome}");

    let added = run(&gateway, "account add acct_mika --streamer mika");
    assert!(added.status.success(), "{added:?}");
    let listed = run(&gateway, "account list --streamer mika --json");
    assert!(String::from_utf8_lossy(&listed.stdout).contains("acct_mika"), "{listed:?}");
    let letters = gateway.get("/api/v1/dead-letters").json();
    let letter = letters["data"][0]["id"].as_str().unwrap();
    assert!(run(&gateway, &format!("dead-letters redrive {letter}")).status.success());
    wait_for("the sale", || (alerts(&gateway, "mika").len() == 1).then_some(()));
    assert_eq!(settled(&gateway, event)["streamer"], "mika");
    assert!(alerts(&gateway, "rosa").is_empty() && alerts(&gateway, "me").is_empty());
}

#[test]
fn what_a_live_endpoint_hears_of_test_mode_is_a_test() {
    let gateway = shop_of_three();
    assert_eq!(add(&gateway, "mika", "accounts", "acct_mika").status, 201);
    for (n, live) in [(1, false), (2, true)] {
        let mut sale = checkout(n);
        sale["account"] = json!("acct_mika");
        sale["livemode"] = json!(live);
        deliver(&gateway, &sale);
        let alert = settled(&gateway, sale["id"].as_str().unwrap())["alert"].clone();
        let path = format!("/api/v1/streamers/mika/alerts/{}", alert.as_str().unwrap());
        assert_eq!(gateway.get(&path).json()["test"], json!(!live));
    }
}

#[test]
fn a_payment_link_comes_before_what_buyers_can_write_into_its_address() {
    let gateway = shop_of_three();
    assert_eq!(add(&gateway, "mika", "payment-links", "plink_mika").status, 201);
    let sale = |n, link: Value| {
        let mut sale = checkout(n);
        sale["data"]["object"]["payment_link"] = link;
        sale["data"]["object"]["client_reference_id"] = json!("rosa");
        deliver(&gateway, &sale);
        settled(&gateway, sale["id"].as_str().unwrap())["streamer"].clone()
    };
    assert_eq!(sale(1, json!("plink_mika")), "mika");
    assert_eq!(sale(2, json!("plink_of_nobody")), "me", "the default streamer's");
    assert_eq!(sale(3, Value::Null), "rosa");
}
