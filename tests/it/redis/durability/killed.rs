//! Redis killed with SIGKILL while sales flow; its disk lives. See tests/power-cut for the cuts that
//! the system does not outlive.

use std::collections::BTreeSet;

use super::Till;
use crate::support::{RedisServer, wait_for};

const KILLS: usize = 5;

#[test]
fn always_loses_nothing() {
    let redis = RedisServer::start();
    let till = Till::on(&redis.url(), "always");
    for _ in 0..KILLS {
        till.sell_through(|| redis.kill());
        redis.restart();
        till.recover();
    }
    till.assert_all_kept();
}

/// While a sync is under way Redis confirms what it has not given to the system yet.
#[test]
fn everysec_loses_nothing_that_redis_has_written() {
    let redis = RedisServer::with("appendfsync everysec\n");
    let till = Till::on(&redis.url(), "everysec");
    for _ in 0..KILLS {
        till.sell(10);
        wait_for("Redis to write", || (redis.info("aof_buffer_length")? == "0").then_some(()));
        let written = till.accepted();
        let before = till.lost();
        till.sell_through(|| redis.kill());
        redis.restart();
        till.recover();
        let lost = &till.lost() - &before;
        assert!(written.is_disjoint(&lost), "{lost:?}");
    }
}

#[test]
fn none_loses_all_since_the_last_snapshot() {
    let redis = RedisServer::with("appendonly no\n");
    let till = Till::on(&redis.url(), "none");
    let saved = till.sell(5);
    till.assert_alerts_of(&saved);
    redis.command::<()>(&["SAVE"]);
    let since = till.sell(5);
    till.assert_alerts_of(&since);
    let position = till.head();
    redis.kill();
    redis.restart();
    till.recover();
    assert_eq!(till.lost(), since);
    till.assert_history_lost(&position);
    let amounts: BTreeSet<u32> = till.amounts().into_iter().collect();
    assert!(saved.is_subset(&amounts) && since.is_disjoint(&amounts), "{amounts:?}");
}
