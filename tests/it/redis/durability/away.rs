//! What people see of a gateway whose Redis is away.

use std::time::{Duration, Instant};

use serde_json::json;

use super::Till;
use crate::support::{Page, RedisServer, wait_for};

/// A delivery that cannot be stored is answered within this; see docs/OPERATIONS.md.
const SOON: Duration = Duration::from_secs(3);

#[test]
fn deliveries_are_refused_soon() {
    let redis = RedisServer::start();
    let till = Till::on(&redis.url(), "always");
    let refused = |how: &str| {
        // The first one meets a connection that is no more, the next ones none.
        for _ in 0..3 {
            let begin = Instant::now();
            let status = till.sell_one();
            let took = begin.elapsed();
            println!("{how}: {status} after {:.2} s", took.as_secs_f64());
            assert_eq!(status, 503);
            assert!(took < SOON, "{took:?}");
        }
    };
    redis.pause();
    refused("frozen");
    assert_eq!(till.node.get("/livez").status, 200);
    wait_for("a red light", || (till.node.get("/readyz").status == 503).then_some(()));
    redis.resume();
    till.recover();
    redis.kill();
    refused("killed");
    redis.restart();
    till.recover();
    till.assert_all_kept();
}

#[test]
fn what_pages_say_meanwhile_is_applied_later() {
    let redis = RedisServer::start();
    let till = Till::on(&redis.url(), "always");
    let mut page = till.node.page();
    till.sell(1);
    let play = page.expect("play");
    redis.kill();
    assert_eq!(till.sell_one(), 503);
    page.ack("started", &play);
    page.ack("finished", &play);
    redis.restart();
    // On the same socket.
    let id = play["alert"]["id"].as_str().unwrap();
    assert_eq!(till.node.wait_for_state(id, "shown")["proof"]["by"], "finished");
    assert_eq!(page.so_far().iter().filter(|frame| frame["type"] == "play").count(), 0);
    till.recover();
    let next = page.expect("play");
    page.show(&next);
}

#[test]
fn what_comes_after_its_caller_gave_up_is_not_done() {
    let redis = RedisServer::start();
    let till = Till::on(&redis.url(), "always");
    redis.pause();
    // When the second one is given up, the first one's time has been over for long.
    for sale in [1, 2] {
        assert_eq!(till.deliver(sale).status, 503);
    }
    redis.resume();
    till.recover();
    assert!(redis.info("errorstat_LATE").is_some(), "it did arrive, and was refused");
    assert_eq!(till.why(1), 404);
    let again = till.deliver(1);
    assert_eq!((again.status, &again.json()["result"]), (200, &"accepted".into()));
    till.deliver(2);
    till.assert_all_kept();
}

#[test]
fn who_comes_meanwhile_is_told_to_come_back() {
    let redis = RedisServer::start();
    let till = Till::on(&redis.url(), "always");
    let mut before = till.node.page();
    let key = till.node.overlay_key("me", "main");
    let owner = till.node.post("/api/v1/streamers/me/keys", &json!({ "role": "owner" })).json();
    redis.kill();
    let mut page = Page::with_key(&till.node, &key);
    page.send(&json!({ "type": "hello", "mode": "live" }));
    assert_eq!(page.close_code(), 4003);
    let bearer = format!("Bearer {}", owner["key"].as_str().unwrap());
    let mut feed = Page::open(&till.node, "/ws/feed", &[("authorization", &bearer)]);
    assert_eq!(feed.close_code(), 4003);
    redis.restart();
    till.recover();
    // Who was there before has stayed.
    before.show_next(&till.node);
}
