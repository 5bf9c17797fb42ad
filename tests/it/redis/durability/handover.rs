//! Another server becomes the primary while the present one lives.

use super::{Group, Till, confirmed, replicated};
use crate::{
    redis::{Stand, node},
    support::{Cluster, Sentinels, wait_for},
};

/// As `SENTINEL FAILOVER` does it: first there is another primary, and only then the old one is told.
fn confirmed_on_the_way(mut group: Group, till: &Till) {
    let before = till.sell(5);
    till.assert_alerts_of(&before);
    group.wait_until_whole();
    group.cut_off(0);
    let between = till.sell(5);
    let new = group.replicas[0].port.to_string();
    group.primary.command::<()>(&["REPLICAOF", "127.0.0.1", &new]);
    wait_for("a refusal", || (till.sell_one() == 503).then_some(()));
    group.promote(0);
    // For the durability that needs one.
    group.add_replica();
    till.recover();
    let lost = till.lost();
    assert!(between.is_subset(&lost), "{between:?}, {lost:?}");
    assert!(before.is_disjoint(&lost), "{before:?}, {lost:?}");
}

#[test]
fn always_loses_what_the_old_primary_confirms_on_the_way() {
    let group = Group::start(1);
    let till = Till::on(&group.url(), "always");
    confirmed_on_the_way(group, &till);
}

#[test]
fn replicated_loses_what_another_replica_confirms_on_the_way() {
    let group = Group::start(2);
    let till = Till::of(replicated(&group.url(), 1));
    confirmed_on_the_way(group, &till);
}

#[test]
fn a_handover_during_a_pause_of_writes_loses_nothing() {
    let group = Sentinels::start();
    let stand = Stand::of([node(&group.url(), "always"), node(&group.url(), "always")]);
    let primary = group.master();
    primary.command::<()>(&["CLIENT", "PAUSE", "15000", "WRITE"]);
    wait_for("replicas that have everything", || {
        let written: u64 = primary.info("master_repl_offset")?.parse().ok()?;
        let all = confirmed(primary);
        (!all.is_empty() && all.iter().all(|offset| *offset == written)).then_some(())
    });
    stand.wait_for_refusal();
    group.failover();
    stand.recover();
    stand.settle();
}

#[test]
fn a_cluster_hands_over_by_itself_and_loses_nothing() {
    let cluster = Cluster::start();
    let stand = Stand::on(&cluster.url(), &cluster.url());
    let channel = "{tb:s:me}";
    let old = cluster.master_of(channel);
    let id: String = old.command(&["CLUSTER", "MYID"]);
    let replicas: Vec<String> = old.command(&["CLUSTER", "REPLICAS", &id]);
    let address = replicas[0].split([' ', '@']).nth(1).unwrap();
    let client = ::redis::Client::open(format!("redis://{address}")).unwrap();
    let mut replica = client.get_connection().unwrap();
    ::redis::cmd("CLUSTER").arg("FAILOVER").exec(&mut replica).unwrap();
    cluster.wait_until_replaced(channel, old.port);
    stand.recover();
    stand.settle();
}
