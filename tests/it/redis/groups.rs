//! Groups with Sentinels, and clusters: what happens when their masters go.

use super::{Stand, node};
use crate::support::{Cluster, Sentinels, Setup};

/// Each write is at a replica before it is told: one of them will be the master.
const REPLICATED: &str = "replicated";

#[test]
fn sentinels_replace_a_dead_master() {
    let group = Sentinels::start();
    let stand = Stand::of([node(&group.url(), REPLICATED), node(&group.url(), REPLICATED)]);
    let dead = group.kill_master();
    stand.wait_for_refusal();
    group.wait_until_replaced(dead);
    stand.recover();
    // The dead one comes back as the master it was, and for a while takes writes that will be lost.
    group.revive();
    stand.wait_for_sales();
    stand.settle();
}

#[test]
fn a_planned_failover_loses_nothing_that_all_replicas_have() {
    let group = Sentinels::start();
    // The one that is promoted is one of them, whichever it is.
    let all = |mut setup: Setup| {
        setup.env.push(("TILLBELL__REDIS__REPLICAS".into(), "2".into()));
        setup
    };
    let stand = Stand::of([(), ()].map(|()| all(node(&group.url(), REPLICATED))));
    group.failover();
    group.wait_until_whole();
    stand.recover();
    stand.settle();
}

#[test]
fn slots_of_a_cluster_move_while_sales_flow() {
    let cluster = Cluster::start();
    let stand = Stand::on(&cluster.url(), &cluster.url());
    // Of the channel, and of some events.
    for key in ["{tb:s:me}", "{tb:b:0}", "{tb:b:1}"] {
        let slot = cluster.slot_of(key);
        let before = cluster.master_of(key).port;
        assert_ne!(cluster.move_slot(slot), before);
        stand.recover();
    }
    stand.settle();
}

#[test]
fn a_cluster_replaces_a_dead_master() {
    let cluster = Cluster::start();
    let stand = Stand::of([node(&cluster.url(), REPLICATED), node(&cluster.url(), REPLICATED)]);
    let channel = "{tb:s:me}";
    let dead = cluster.kill_master_of(channel);
    stand.wait_for_refusal();
    cluster.wait_until_replaced(channel, dead);
    // The new master had but the one replica that it was itself: nothing is confirmed before the
    // dead one is back.
    cluster.revive();
    stand.recover();
    stand.settle();
}
