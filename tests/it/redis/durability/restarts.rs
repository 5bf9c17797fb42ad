//! Nodes that are restarted in turn, as an update does; see tests/chaos for hundreds of overlays.

use std::sync::Arc;

use crate::{
    redis::{Stand, node},
    support::{Gateway, RedisServer, Setup},
};

#[test]
fn nodes_restarted_in_turn_lose_nothing() {
    let redis = RedisServer::start();
    let mut stand = Stand::on(&redis.url(), &redis.url());
    for number in 0..stand.nodes.len() {
        let mut old = stand.nodes.remove(number);
        assert!(old.stop().success());
        let (data, port) = (Some(Arc::clone(&old.data)), Some(old.port));
        let setup = Setup { data, port, ..node(&redis.url(), "always") };
        stand.nodes.insert(number, Gateway::start_with(setup));
        stand.recover();
    }
    stand.settle();
}
