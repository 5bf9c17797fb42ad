//! The default streamer: whose a sale is that names nobody.

use serde_json::json;

use super::{SHARED, deliver, settled, shop, shop_of_three};
use crate::support::{Gateway, Setup, checkout};

/// Sells something to nobody in particular; what became of it.
fn sell(gateway: &Gateway, n: u32) -> serde_json::Value {
    let sale = checkout(n);
    deliver(gateway, &sale);
    settled(gateway, sale["id"].as_str().unwrap())
}

#[test]
fn without_a_setting_it_is_me() {
    let gateway = shop_of_three();
    assert_eq!(sell(&gateway, 1)["streamer"], "me");
    let removed = gateway.admin("DELETE", "/api/v1/streamers/me?force=true", None);
    assert_eq!(removed.status, 204);
    assert!(sell(&gateway, 2)["outcome"].as_str().unwrap().contains("no default streamer"));
    assert_eq!(gateway.admin("DELETE", "/api/v1/streamers/mika", None).status, 204);
    assert_eq!(sell(&gateway, 3)["streamer"], "rosa", "the only one");
}

#[test]
fn the_setting_names_one_who_need_not_exist_yet() {
    let env = vec![("TILLBELL__STRIPE__DEFAULT_STREAMER".into(), "kenji".into())];
    let gateway = shop(Setup { env, ..Setup::default() });
    let log = gateway.log();
    assert!(log.contains("no such streamer") && log.contains("streamer add kenji"), "{log}");
    assert!(sell(&gateway, 1)["outcome"].as_str().unwrap().contains("no default streamer"));

    gateway.add_streamer("kenji");
    assert_eq!(sell(&gateway, 2)["streamer"], "kenji");
    // Their own secret opens the shared webhook now, and what it verifies is theirs.
    let own = json!({ "secret": "whsec_of_kenji" });
    assert_eq!(gateway.post("/api/v1/streamers/kenji/secrets", &own).status, 201);
    let sale = checkout(3);
    let answer = gateway.deliver(SHARED, sale.to_string().as_bytes(), "whsec_of_kenji");
    assert_eq!(answer.json()["result"], "accepted", "{answer:?}");
    assert_eq!(settled(&gateway, sale["id"].as_str().unwrap())["streamer"], "kenji");
}
