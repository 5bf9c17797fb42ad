//! Who is told what, how often, and how it is signed.

use super::*;
use crate::stripe::{
    secret::SigningSecret,
    signature::{Tolerance, verify},
};

const NOW_S: i64 = NOW_MS / 1000;

impl Shop {
    /// Registers an endpoint; its id and secret.
    fn endpoint(&mut self, more: &str) -> (String, String) {
        let form = format!("url=https://127.0.0.1/hook&enabled_events[]=*{more}");
        let made = self.post("webhook_endpoints", &form);
        (text(&made, "id"), text(&made, "secret"))
    }

    fn due(&mut self, at_ms: i64) -> Vec<(String, String)> {
        let due = self.world.deliveries.take_due(at_ms, 1000);
        due.into_iter().map(|attempt| (attempt.endpoint, attempt.body)).collect()
    }
}

#[test]
fn each_endpoint_is_told_what_it_asked_for() {
    let mut shop = Shop::new();
    let (all, _) = shop.endpoint("");
    let (some, _) = shop.endpoint("");
    shop.post(&format!("webhook_endpoints/{some}"), "enabled_events[]=checkout.session.completed");
    let (off, _) = shop.endpoint("");
    shop.post(&format!("webhook_endpoints/{off}"), "disabled=true");
    assert_eq!(shop.get(&format!("webhook_endpoints/{off}"))["status"], "disabled");
    shop.sell(HOODIE);
    let due = shop.due(NOW_MS);
    let told = |id: &str| due.iter().filter(|(endpoint, _)| endpoint == id).count();
    assert_eq!((told(&all), told(&some), told(&off)), (4, 1, 0));
    let event: Value = serde_json::from_str(&due[0].1).unwrap();
    assert_eq!((&event["pending_webhooks"], &event["livemode"]), (&json!(1), &json!(false)));
}

#[test]
fn connected_accounts_are_told_to_connect_endpoints_alone() {
    let mut shop = Shop::new();
    let (own, _) = shop.endpoint("");
    let (connect, _) = shop.endpoint("&connect=true");
    shop.key = "sk_live_x".into();
    let (live, _) = shop.endpoint("&connect=true");
    shop.key = "sk_test_x".into();
    let account = text(&shop.post("accounts", "type=standard"), "id");
    shop.account = Some(account.clone());
    shop.sell(HOODIE);
    let due = shop.due(NOW_MS);
    let told = |id: &str| due.iter().filter(|(endpoint, _)| endpoint == id).count();
    assert_eq!((told(&own), told(&connect), told(&live)), (0, 4, 4), "tests reach live ones too");
    let event: Value = serde_json::from_str(&due[0].1).unwrap();
    assert_eq!(event["account"], account);
    shop.account = Some("acct_other".into());
    assert_eq!(shop.refused("GET", "events", "").0, 403);
}

#[test]
fn what_fails_is_tried_again_ever_later() {
    let mut shop = Shop::new();
    shop.endpoint("");
    shop.told("retries", json!({ "first_ms": 100, "attempts": 3 }));
    shop.post("products", "name=Mug");
    let pending = |shop: &mut Shop, query: &str| {
        let page = shop.get(&format!("events?{query}"));
        page["data"].as_array().unwrap().len()
    };
    for (attempt, due_ms) in [NOW_MS, NOW_MS + 100, NOW_MS + 300].into_iter().enumerate() {
        assert!(shop.world.deliveries.take_due(due_ms - 1, 9).is_empty(), "{attempt}");
        let taken = shop.world.deliveries.take_due(due_ms, 9);
        assert_eq!(taken.len(), 1, "{attempt}");
        shop.world.deliveries.ended(taken[0].delivery, Ok(301), due_ms);
        assert_eq!(pending(&mut shop, "delivery_success=false"), 1);
    }
    assert!(shop.world.deliveries.take_due(i64::MAX, 9).is_empty(), "given up");
    let event = shop.get("events")["data"][0].clone();
    assert_eq!(event["pending_webhooks"], 0);
    shop.post(&format!("events/{}/retry", text(&event, "id")), "");
    let taken = shop.world.deliveries.take_due(NOW_MS, 9);
    shop.world.deliveries.ended(taken[0].delivery, Ok(200), NOW_MS);
    assert!(shop.world.deliveries.take_due(i64::MAX, 9).is_empty(), "taken");
}

#[test]
fn every_valid_secret_signs() {
    let mut shop = Shop::new();
    let (id, old) = shop.endpoint("");
    let new = text(&shop.told(&format!("endpoints/{id}/roll"), json!({})), "secret");
    let header = shop.world.endpoints[0].sign("{}", NOW_S);
    assert!(header.contains(",v0="), "{header}");
    let fits = |secret: &str| {
        let secret = SigningSecret::parse(secret).unwrap();
        verify(Some(header.as_bytes()), b"{}", [&secret], NOW_S, Tolerance::default()).is_ok()
    };
    assert!(fits(&old) && fits(&new) && !fits("whsec_other"));
}

#[test]
fn deliveries_go_wrong_as_told() {
    let mut shop = Shop::new();
    shop.endpoint("");
    shop.told("faults", json!({ "deliveries": { "drop": 1, "duplicate": true, "delay_ms": 500 } }));
    shop.post("products", "name=Lost");
    shop.post("products", "name=Twice");
    assert!(shop.due(NOW_MS + 499).is_empty());
    let due = shop.due(NOW_MS + 500);
    assert_eq!(due.len(), 2);
    assert!(due[0] == due[1] && due[0].1.contains("Twice"));
    shop.told("faults", json!({ "deliveries": { "duplicate": false, "reorder_ms": 60_000 } }));
    for n in 0..20 {
        shop.post("products", &format!("name=Mug+{n:02}"));
    }
    let names = |due: &[(String, String)]| -> Vec<String> {
        let name = |(_, body): &(String, String)| {
            let event: Value = serde_json::from_str(body).unwrap();
            text(&event["data"]["object"], "name")
        };
        due.iter().map(name).collect()
    };
    let due = shop.due(NOW_MS + 120_000);
    assert_eq!(due.len(), 20);
    assert!(!names(&due).is_sorted(), "{:?}", names(&due));
}

#[test]
fn dashboard_samples_have_one_id() {
    let mut shop = Shop::new();
    shop.endpoint("");
    for _ in 0..2 {
        shop.told("sample", json!({}));
    }
    let due = shop.due(NOW_MS);
    assert_eq!(due.len(), 2);
    assert!(due.iter().all(|(_, body)| body.contains("evt_00000000000000")));
}
