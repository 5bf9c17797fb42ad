//! What happens between the first node and its server; the second has a way of its own.

use std::time::{Duration, Instant};

use super::Stand;
use crate::support::{Proxy, RedisServer, wait_for};

/// A node that does not hear the others says so within this.
const RED: Duration = Duration::from_secs(10);

/// A server, the way of the first node to it, and the nodes.
fn stand() -> (RedisServer, Proxy, Stand) {
    let redis = RedisServer::start();
    let proxy = Proxy::before(redis.port);
    let stand = Stand::on(&proxy.url(), &redis.url());
    (redis, proxy, stand)
}

#[test]
fn a_node_that_is_cut_off_comes_back() {
    let (_redis, proxy, stand) = stand();
    proxy.cut();
    stand.wait_for_refusal();
    proxy.restore();
    stand.recover();
    stand.settle();
}

#[test]
fn half_open_connections_are_given_up() {
    let (_redis, proxy, stand) = stand();
    proxy.half_open();
    stand.wait_for_refusal();
    // New connections carry again; those from before stay silent and open for ever.
    proxy.restore();
    stand.recover();
    stand.settle();
}

#[test]
fn what_is_done_too_late_to_be_told_is_done_once() {
    let (_redis, proxy, stand) = stand();
    // Redis hears of a sale while its sender still waits, and answers when it has given up.
    proxy.delay(Duration::from_secs(1));
    stand.wait_for_refusal();
    stand.wait_until_ready_is(0, 503);
    proxy.restore();
    stand.recover();
    stand.settle();
}

#[test]
fn a_slow_line_is_slow_and_no_more() {
    let (_redis, proxy, stand) = stand();
    proxy.throttle(200_000);
    stand.wait_for_sales();
    stand.wait_for_sales();
    proxy.restore();
    stand.recover();
    stand.settle();
}

#[test]
fn a_deaf_node_says_so_and_looks_for_itself() {
    let (_redis, proxy, stand) = stand();
    proxy.drop_pushes();
    let deaf = Instant::now();
    stand.wait_until_ready_is(0, 503);
    assert!(deaf.elapsed() < RED, "{:?}", deaf.elapsed());
    // The page at the deaf node draws what the other one takes in.
    let (drawn, taken) = (stand.screen.drawn(), stand.seller.accepted());
    stand.wait_for_sales();
    wait_for("what was sold meanwhile", || (stand.screen.drawn() > taken.max(drawn)).then_some(()));
    proxy.restore();
    stand.recover();
    stand.settle();
}

#[test]
fn what_is_heard_twice_is_shown_once() {
    let (_redis, proxy, stand) = stand();
    proxy.double_pushes();
    for _ in 0..5 {
        stand.wait_for_sales();
    }
    stand.recover();
    stand.settle();
}
