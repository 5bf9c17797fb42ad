//! A Redis Cluster: three masters that share the slots, each with a replica.

use std::{ops::RangeInclusive, process::Command};

use redis::RedisResult;

use super::RedisServer;
use crate::support::wait_for;

const MASTERS: usize = 3;
const NODES: usize = 2 * MASTERS;

/// All slots there are.
const SLOTS: u16 = 16_384;

/// Keys moved in one step: few, so that a slot is for a while half here and half there.
const STEP: &str = "3";

/// A node that is silent for two seconds is dead; a replica takes its place however old its data is,
/// and without waiting for others to come.
const NODE: &str = "cluster-enabled yes\ncluster-config-file nodes.conf\n\
    cluster-node-timeout 2000\ncluster-replica-validity-factor 0\nrepl-diskless-sync-delay 0\n\
    repl-ping-replica-period 1\n";

/// Six nodes.
pub(crate) struct Cluster(Vec<RedisServer>);

/// A line of CLUSTER NODES.
struct Row {
    id: String,
    port: u16,
    flags: Vec<String>,
    slots: Vec<RangeInclusive<u16>>,
}

impl Row {
    /// Of a line like `id 127.0.0.1:7000@17000 myself,master - 0 0 1 connected 0-5460 [7->-id]`.
    fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split(' ').collect();
        let address = words.get(1)?.split('@').next()?;
        let slots = words.get(8..).unwrap_or_default().iter().filter_map(|slots| {
            let (first, last) = slots.split_once('-').unwrap_or((slots, slots));
            Some(first.parse().ok()?..=last.parse().ok()?)
        });
        Some(Self {
            id: (*words.first()?).into(),
            port: address.rsplit(':').next()?.parse().ok()?,
            flags: words.get(2)?.split(',').map(str::to_owned).collect(),
            slots: slots.collect(),
        })
    }

    fn is(&self, flag: &str) -> bool {
        self.flags.iter().any(|has| has == flag)
    }

    fn serves(&self, slot: u16) -> bool {
        self.slots.iter().any(|slots| slots.contains(&slot))
    }
}

impl Cluster {
    /// A cluster that serves all slots, its replicas in sync.
    pub(crate) fn start() -> Self {
        Self::with("")
    }

    /// The same, its nodes with more lines of configuration.
    pub(crate) fn with(config: &str) -> Self {
        let node = |_| RedisServer::with(&format!("{NODE}{config}"));
        let cluster = Self((0..NODES).map(node).collect());
        let hosts = cluster.0.iter().map(|node| format!("127.0.0.1:{}", node.port));
        let mut create = Command::new("redis-cli");
        create.args(["--cluster", "create"]).args(hosts);
        create.args(["--cluster-replicas", "1", "--cluster-yes"]);
        let made = create.output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
        cluster.wait_until_whole();
        cluster
    }

    /// The cluster's address for a gateway.
    pub(crate) fn url(&self) -> String {
        let hosts: Vec<String> =
            self.0.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        format!("redis+cluster://{}", hosts.join(","))
    }

    /// The slot of a key.
    pub(crate) fn slot_of(&self, key: &str) -> u16 {
        self.living().command(&["CLUSTER", "KEYSLOT", key])
    }

    /// The master of a key.
    pub(crate) fn master_of(&self, key: &str) -> &RedisServer {
        self.node(self.owner(self.slot_of(key)).port)
    }

    /// Kills the master of a key; its port.
    pub(crate) fn kill_master_of(&self, key: &str) -> u16 {
        let master = self.master_of(key);
        master.kill();
        master.port
    }

    /// Waits until another node serves this key, and all living nodes know it.
    #[track_caller]
    pub(crate) fn wait_until_replaced(&self, key: &str, old: u16) {
        let slot = self.slot_of(key);
        wait_for("another master", || {
            let moved = |node: &RedisServer| {
                let rows = rows(node).unwrap_or_default();
                is_ok(node) && rows.iter().any(|row| row.serves(slot) && row.port != old)
            };
            self.0.iter().filter(|node| node.is_running()).all(moved).then_some(())
        });
    }

    /// Starts the dead again, and waits until each follows a master.
    pub(crate) fn revive(&self) {
        for node in &self.0 {
            if !node.is_running() {
                node.restart();
            }
        }
        self.wait_until_whole();
    }

    /// Moves a slot with all its keys to another master, while it serves; the new one's port.
    pub(crate) fn move_slot(&self, slot: u16) -> u16 {
        let from = self.owner(slot);
        let rows = rows(self.living()).unwrap();
        let masters = || rows.iter().filter(|row| row.is("master") && !row.is("fail"));
        let to = masters().find(|row| row.id != from.id).expect("there are three");
        let number = slot.to_string();
        let set = |at: u16, how: &str, id: &str| {
            self.node(at).command::<()>(&["CLUSTER", "SETSLOT", &number, how, id]);
        };
        set(to.port, "IMPORTING", &from.id);
        set(from.port, "MIGRATING", &to.id);
        let (source, port) = (self.node(from.port), to.port.to_string());
        loop {
            let keys: Vec<String> = source.command(&["CLUSTER", "GETKEYSINSLOT", &number, STEP]);
            if keys.is_empty() {
                break;
            }
            let mut migrate = vec!["MIGRATE", "127.0.0.1", &port, "", "0", "5000", "KEYS"];
            migrate.extend(keys.iter().map(String::as_str));
            // What was removed meanwhile is NOKEY.
            source.command::<String>(&migrate);
        }
        // The new owner first: else the old one would answer for keys it has no more.
        let others = masters().map(|row| row.port).filter(|other| *other != to.port);
        for at in [to.port, from.port].into_iter().chain(others) {
            set(at, "NODE", &to.id);
        }
        to.port
    }

    /// Waits until all nodes live, know each other and serve, and replicas have what masters have.
    #[track_caller]
    fn wait_until_whole(&self) {
        wait_for("a whole cluster", || self.0.iter().all(|node| self.is_whole(node)).then_some(()));
    }

    fn is_whole(&self, node: &RedisServer) -> bool {
        let rows = rows(node).unwrap_or_default();
        let sound = |row: &&Row| !["fail", "fail?", "handshake"].iter().any(|flag| row.is(flag));
        // One that has just been told to follow is a master in others' eyes for a moment.
        let count = |kind: &str| rows.iter().filter(sound).filter(|row| row.is(kind)).count();
        let in_sync = rows.iter().any(|row| {
            let linked = || node.info("master_link_status").as_deref() == Some("up");
            row.is("myself") && (row.is("master") || linked())
        });
        is_ok(node)
            && in_sync
            && (count("master"), count("slave")) == (MASTERS, NODES - MASTERS)
            && slots_served(&rows) == SLOTS
    }

    fn owner(&self, slot: u16) -> Row {
        let rows = rows(self.living()).unwrap();
        rows.into_iter().find(|row| row.serves(slot)).expect("all slots are served")
    }

    fn node(&self, port: u16) -> &RedisServer {
        self.0.iter().find(|node| node.port == port).expect("it is of the cluster")
    }

    fn living(&self) -> &RedisServer {
        self.0.iter().find(|node| node.is_running()).expect("one node lives")
    }
}

fn rows(node: &RedisServer) -> RedisResult<Vec<Row>> {
    let all: String = node.try_command(&["CLUSTER", "NODES"])?;
    Ok(all.lines().filter_map(Row::parse).collect())
}

fn slots_served(rows: &[Row]) -> u16 {
    let ranges = rows.iter().flat_map(|row| &row.slots);
    ranges.map(|range| range.end() - range.start() + 1).sum()
}

fn is_ok(node: &RedisServer) -> bool {
    let said = node.try_command::<String>(&["CLUSTER", "INFO"]).unwrap_or_default();
    said.contains("cluster_state:ok")
}

#[test]
fn slots_move_and_dead_masters_are_replaced() {
    let cluster = Cluster::start();
    let keys: Vec<String> = (0..20).map(|n| format!("{{bell}}{n}")).collect();
    let slot = cluster.slot_of("{bell}");
    let write = |value: &str| {
        for key in &keys {
            cluster.master_of(key).command::<()>(&["SET", key, value]);
        }
    };
    let read = |value: &str| {
        for key in &keys {
            assert_eq!(cluster.master_of(key).command::<String>(&["GET", key]), value);
        }
    };
    write("rings");
    let before = cluster.master_of("{bell}").port;
    let after = cluster.move_slot(slot);
    assert_ne!(before, after);
    wait_for("all nodes to know", || (cluster.owner(slot).port == after).then_some(()));
    read("rings");
    cluster.node(after).replicate("{bell}");
    let dead = cluster.kill_master_of("{bell}");
    assert_eq!(dead, after);
    cluster.wait_until_replaced("{bell}", dead);
    read("rings");
    write("rings again");
    cluster.revive();
    read("rings again");
}
