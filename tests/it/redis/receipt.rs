//! A buyer's receipt where several nodes share a Redis: they may come back to another node than
//! Stripe, and while Redis is away.

use serde_json::json;

use super::{SECRET, node};
use crate::{
    receipt::{Following, page, session, words},
    support::{Gateway, RedisServer, checkout, wait_for},
};

#[test]
fn a_receipt_goes_on_at_another_node_and_after_an_outage() {
    let redis = RedisServer::start();
    let [first, second] = [(), ()].map(|()| Gateway::start_with(node(&redis.url(), "always")));
    first.operate("pause");
    let mut receipt = Following::of(&second, &session(1));
    receipt.expect(&json!({ "state": "pending" }));
    let body = checkout(1).to_string();
    let answer = first.deliver("/webhooks/stripe", body.as_bytes(), SECRET);
    assert_eq!(answer.status, 200, "{answer:?}");
    receipt.expect(&json!({ "state": "waiting", "ahead": 0 }));

    redis.kill();
    wait_for("the page to say that it cannot look", || {
        let page = page(&second, &session(1));
        ((page.status, words(&page)) == (503, "away")).then_some(())
    });
    redis.restart();
    wait_for("the store", || (first.operate("clear").status == 200).then_some(()));
    // The stream outlived it, and an outage is no news about the purchase.
    receipt.expect(&json!({ "state": "paid" }));
}
