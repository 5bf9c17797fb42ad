//! What happens to one server.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::{Stand, screen::Screen};
use crate::support::{Page, RedisServer, wait_for};

#[test]
fn a_killed_redis_comes_back_with_its_data() {
    let redis = RedisServer::start();
    let stand = Stand::on(&redis.url(), &redis.url());
    redis.kill();
    stand.wait_for_refusal();
    redis.restart();
    stand.recover();
    stand.settle();
}

#[test]
fn a_frozen_redis_is_waited_for() {
    let redis = RedisServer::start();
    let stand = Stand::on(&redis.url(), &redis.url());
    redis.pause();
    stand.wait_for_refusal();
    redis.resume();
    stand.recover();
    stand.settle();
}

#[test]
fn every_connection_may_be_killed() {
    let redis = RedisServer::start();
    let stand = Stand::on(&redis.url(), &redis.url());
    for _ in 0..3 {
        for kind in ["normal", "pubsub"] {
            let killed: u32 = redis.command(&["CLIENT", "KILL", "TYPE", kind]);
            assert!(killed > 0, "{kind}");
        }
        stand.recover();
    }
    stand.settle();
}

#[test]
fn scripts_may_be_forgotten_at_any_time() {
    let redis = RedisServer::start();
    let stand = Stand::on(&redis.url(), &redis.url());
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                redis.command::<()>(&["SCRIPT", "FLUSH"]);
            }
        });
        let refused = stand.seller.refused();
        for _ in 0..10 {
            stand.wait_for_sales();
        }
        assert_eq!(stand.seller.refused(), refused, "nobody notices");
        done.store(true, Ordering::Relaxed);
    });
    stand.settle();
}

#[test]
fn a_full_redis_refuses_sales_and_evicts_none() {
    let redis = RedisServer::start();
    let stand = Stand::on(&redis.url(), &redis.url());
    redis.command::<()>(&["CONFIG", "SET", "maxmemory", "1mb"]);
    stand.wait_for_refusal();
    assert_eq!(redis.info("evicted_keys").unwrap(), "0");
    redis.command::<()>(&["CONFIG", "SET", "maxmemory", "0"]);
    stand.recover();
    stand.settle();
}

#[test]
fn a_redis_that_came_back_empty_is_gone_on_with() {
    let redis = RedisServer::start();
    let mut stand = Stand::on(&redis.url(), &redis.url());
    let lost = stand.nodes[0].overlay_key("me", "main");
    let epoch = |stand: &Stand| {
        let log = stand.nodes[0].get("/api/v1/streamers/me/log?limit=1").json();
        log["head"].as_str().unwrap().split(':').next().unwrap().to_owned()
    };
    let before = epoch(&stand);
    redis.restart_empty();
    // A node makes anew what must be there, with the key of its own directory.
    stand.recover();
    assert_ne!(epoch(&stand), before, "what was lost is known");
    // The key is ours, and the overlay gone: a link that had been rotated must not come to life again.
    let mut page = Page::with_key(&stand.nodes[0], &lost);
    page.send(&json!({ "type": "hello", "client": "test", "version": "1", "mode": "live" }));
    assert_eq!(page.close_code(), 4503);
    // Whoever makes all anew makes the overlay last.
    let overlay = "/api/v1/streamers/me/overlays/main";
    wait_for("the overlay", || (stand.nodes[0].get(overlay).status == 200).then_some(()));
    let ports = [stand.nodes[0].port, stand.nodes[1].port];
    stand.screen = Screen::open(&ports, &stand.nodes[0].overlay_key("me", "main"));
    let gone = stand.seller.accepted();
    stand.wait_for_sales();
    stand.settle_since(gone);
}
