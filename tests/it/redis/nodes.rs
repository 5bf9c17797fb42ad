//! What happens to a node, or is different about it.

use std::path::Path;

use serde_json::json;

use super::{Stand, node};
use crate::support::{Gateway, Page, RedisServer, wait_for};

#[test]
fn sales_go_on_when_a_node_dies_and_when_it_comes_back() {
    let redis = RedisServer::start();
    let mut stand = Stand::on(&redis.url(), &redis.url());
    let welcomes = stand.screen.welcomes();
    stand.nodes[0].kill();
    wait_for("the overlay at the other", || (stand.screen.welcomes() > welcomes).then_some(()));
    let survivor = stand.nodes[1].port;
    let before = stand.seller.accepted_at(survivor);
    wait_for("sales", || (stand.seller.accepted_at(survivor) > before + 5).then_some(()));
    let dead = stand.nodes.remove(0);
    stand.nodes.insert(0, dead.kill_and_restart());
    stand.recover();
    stand.settle();
}

/// Two nodes.
fn two(redis: &RedisServer) -> [Gateway; 2] {
    let nodes = [(), ()].map(|()| Gateway::start_with(node(&redis.url(), "always")));
    nodes[0].set(&json!({ "duration": "3s" }));
    nodes
}

#[test]
fn what_a_dead_nodes_overlay_drew_is_told_to_another() {
    let redis = RedisServer::start();
    let [mut first, second] = two(&redis);
    let mut page = first.page();
    first.test_alert();
    let play = page.expect("play");
    page.ack("started", &play);
    page.expect("noted");
    first.kill();
    assert_eq!(page.close_code(), 1006);
    let acks = json!({ "acks": [{
        "alert_id": play["alert"]["id"], "lease": play["lease"], "started": true, "finished": true,
    }] });
    let mut back = Page::hello(&second, &second.overlay_key("me", "main"), acks);
    let id = play["alert"]["id"].as_str().unwrap();
    let shown = second.wait_for_state(id, "shown");
    assert_eq!(shown["proof"]["by"], "finished");
    // It is not played again, and the next one is.
    let next = second.test_alert();
    let play = back.expect("play");
    assert_eq!(play["alert"]["id"], next);
    back.show(&play);
}

#[test]
fn what_plays_while_its_node_dies_is_decided_by_another() {
    let redis = RedisServer::start();
    let [mut first, second] = two(&redis);
    let (mut leader, mut other) = (first.page(), second.page());
    first.test_alert();
    let play = leader.expect("play");
    leader.ack("started", &play);
    leader.expect("noted");
    let same = other.expect("play");
    assert_eq!((&same["lease"], &same["leader"]), (&play["lease"], &json!(false)));
    other.ack("started", &same);
    first.kill();
    // Its overlay never comes back. The other's has begun to draw it, and that is all that is known.
    let id = play["alert"]["id"].as_str().unwrap();
    let shown = second.wait_for_state(id, "shown");
    assert_eq!(shown["proof"]["by"], "started");
    // The dead node's connections lapse, so that nobody waits for them, and the other one leads.
    wait_for("the dead node's connections to lapse", || {
        let connections = second.get("/api/v1/connections").json();
        (connections["data"].as_array().unwrap().len() == 1).then_some(())
    });
    other.expect("stop");
    other.show_next(&second);
}

/// Debian's libfaketime; `$LIB` is for the linker to fill in.
const FAKETIME: &str = "/usr/$LIB/faketime/libfaketime.so.1";

#[test]
fn clocks_may_be_minutes_apart() {
    let lib = format!("/usr/lib/{}-linux-gnu/faketime", std::env::consts::ARCH);
    assert!(Path::new(&lib).exists(), "libfaketime is missing: see tests/run");
    let redis = RedisServer::start();
    // Stripe's signatures, made with our clock, may be five minutes old.
    let setups = ["+240s", "-240s"].map(|shift| {
        let mut setup = node(&redis.url(), "always");
        let more =
            [("LD_PRELOAD", FAKETIME), ("FAKETIME", shift), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
        setup.env.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
        setup
    });
    let stand = Stand::of(setups);
    for _ in 0..5 {
        stand.wait_for_sales();
    }
    // What happened is told in Redis' time, whoever tells it.
    let made = |alert: &serde_json::Value| alert["created"].as_str().unwrap().parse().unwrap();
    let mut times: Vec<jiff::Timestamp> = stand.alerts().unwrap().iter().map(made).collect();
    let sold = times.len();
    times.retain(|time| time.duration_until(jiff::Timestamp::now()).as_secs().abs() < 60);
    assert_eq!(times.len(), sold);
    stand.settle();
}

#[test]
fn a_user_without_channels_is_loud_and_tries_again() {
    let redis = RedisServer::start();
    redis.command::<()>(&["ACL", "SETUSER", "node", "on", ">a-password", "~*", "&*", "+@all"]);
    let url = format!("redis://node:a-password@127.0.0.1:{}", redis.port);
    let stand = Stand::on(&url, &redis.url());
    // Redis closes subscriptions that are no longer allowed.
    redis.command::<()>(&["ACL", "SETUSER", "node", "resetchannels"]);
    stand.wait_until_ready_is(0, 503);
    wait_for("the reason", || stand.nodes[0].log().contains("no permissions").then_some(()));
    stand.wait_for_sales();
    redis.command::<()>(&["ACL", "SETUSER", "node", "allchannels"]);
    stand.recover();
    stand.settle();
}
