//! Much waits: what is told of it, and that nothing of it is lost.

use std::{collections::BTreeMap, thread};

use serde_json::{Value, json};

use super::sales::{SECRET, deliver};
use crate::support::{Gateway, checkout, wait_for};

/// Sales of a raid: few enough for a test of an unoptimised build. `channel::tests::rush` has the
/// rules take in 5,000.
const RAID: u32 = 240;

/// An order of one line.
fn order(n: u32, product: &str) -> Value {
    let mut event = checkout(n);
    event["data"]["object"]["line_items"] =
        json!({ "object": "list", "data": [{ "description": product, "quantity": 2 }] });
    event
}

#[test]
fn orders_of_one_product_share_a_card_while_ten_wait() {
    let gateway = Gateway::with_secret(SECRET);
    for n in 1..=12 {
        deliver(&gateway, &order(n, if n == 5 { "Mug" } else { "Hoodie" }));
        gateway.wait_for_length(n as usize);
    }
    let mut page = gateway.page();
    let play = page.expect("play");
    let alert = &play["alert"];
    assert_eq!((&alert["kind"], &alert["amount"]["minor"]), (&json!("combo"), &json!(28_589)));
    let line = json!([{ "name": "Hoodie", "variant": null, "quantity": 22, "image": null }]);
    assert_eq!((&alert["items"], &alert["message"]), (&line, &Value::Null));
    let members = alert["members"].as_array().unwrap();
    assert!(members.len() == 11 && members.iter().all(|member| member["state"] == "playing"));
    page.show(&play);
    for member in members {
        assert_eq!(gateway.alert(member["id"].as_str().unwrap())["state"], "shown");
    }
    let story = gateway.get(&format!("/api/v1/why/{}", alert["id"].as_str().unwrap())).json();
    assert_eq!((&story["outcome"], &story["event"]), (&json!("shown"), &Value::Null));
    assert_eq!(page.expect("play")["alert"]["items"][0]["name"], "Mug");
}

#[test]
fn plays_are_shorter_while_five_wait_and_never_below_three_seconds() {
    let gateway = Gateway::with_secret(SECRET);
    let mut page = gateway.page();
    (1..=24).for_each(|n| drop(deliver(&gateway, &checkout(n))));
    gateway.wait_for_length(23);
    let durations: Vec<u64> = (0..24)
        .map(|_| {
            let play = page.expect("play");
            page.show(&play);
            play["duration_ms"].as_u64().unwrap()
        })
        .collect();
    assert_eq!(durations[1..4], [3000, 3000, 3000], "22, 21 and 20 wait behind");
    assert!(durations[3..20].windows(2).all(|two| two[0] < two[1]), "{durations:?}");
    assert_eq!(durations[19..], [6000; 5], "four, and fewer");
}

#[test]
fn of_a_raid_every_sale_is_shown_once() {
    let gateway = Gateway::with_secret(SECRET);
    let mut page = gateway.page();
    let products = ["Hoodie", "Hoodie", "Mug", "Cap"];
    let mut shown: BTreeMap<String, usize> = BTreeMap::new();
    let mut plays = 0;
    thread::scope(|scope| {
        for part in 0..4 {
            let (gateway, product) = (&gateway, products[part as usize]);
            scope.spawn(move || {
                (0..RAID / 4).for_each(|n| drop(deliver(gateway, &order(n * 4 + part, product))));
            });
        }
        while shown.len() < RAID as usize {
            let play = page.expect("play");
            page.show(&play);
            plays += 1;
            let (alert, alone) = (&play["alert"], [play["alert"].clone()]);
            let members = alert["members"].as_array().map_or(&alone[..], |all| &all[..]);
            for member in members {
                *shown.entry(member["id"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
    });
    assert!(shown.values().all(|times| *times == 1), "{shown:?}");
    wait_for("the end of it", || (gateway.queue()["length"] == 0).then_some(()));
    let alerts = gateway.alerts();
    let sales: Vec<_> = alerts.iter().filter(|alert| alert["kind"] == "sale").collect();
    assert_eq!(sales.len(), RAID as usize);
    assert!(sales.iter().all(|sale| sale["state"] == "shown"));
    let totals = gateway.get("/api/v1/streamers/me/totals").json();
    assert_eq!(totals["data"][0]["orders"], RAID, "{totals}");
    assert!(plays <= RAID, "{plays}");
}
