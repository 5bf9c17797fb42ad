//! What is done to Redis, or to the nodes.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use crate::{
    fleet::{Fleet, NODES, node, random_below, streamer},
    support::{Cluster, RedisServer, Sentinels, Setup},
};

/// What the nodes run on, and what happens to it.
pub(crate) trait Target {
    fn describe(&self) -> &'static str;
    /// How a node is started.
    fn setup(&self) -> Setup;
    /// Does the next harm; its name.
    fn strike(&self, fleet: &Fleet) -> &'static str;
    /// How long until the next.
    fn pause(&self) -> Duration;
}

pub(crate) fn target(name: &str) -> Box<dyn Target> {
    match name {
        "single" => Box::new(Single { redis: RedisServer::start(), forgets: false }),
        "forgetful" => Box::new(Single { redis: RedisServer::start(), forgets: true }),
        "sentinel" => Box::new(Group(Sentinels::start())),
        "cluster" => Box::new(Masters(Cluster::start())),
        "rolling" => Box::new(Rolling { redis: RedisServer::start(), next: AtomicUsize::new(0) }),
        other => unreachable!("{other} is no plan"),
    }
}

/// One server, killed and started again; with its data, unless it forgets.
struct Single {
    redis: RedisServer,
    forgets: bool,
}

impl Target for Single {
    fn describe(&self) -> &'static str {
        if self.forgets {
            "one Redis, killed and started again without its data: this must fail"
        } else {
            "one Redis, killed and started again"
        }
    }

    fn setup(&self) -> Setup {
        node(&self.redis.url(), "always")
    }

    fn strike(&self, _: &Fleet) -> &'static str {
        self.redis.kill();
        thread::sleep(Duration::from_millis(100 + random_below(2_000)));
        if self.forgets {
            self.redis.restart_empty();
        } else {
            self.redis.restart();
        }
        "Redis killed, started again"
    }

    fn pause(&self) -> Duration {
        Duration::from_millis(1_000 + random_below(5_000))
    }
}

/// A group whose master is killed, again and again.
struct Group(Sentinels);

impl Target for Group {
    fn describe(&self) -> &'static str {
        "a Redis group with three Sentinels, its master killed"
    }

    fn setup(&self) -> Setup {
        node(&self.0.url(), "replicated")
    }

    fn strike(&self, _: &Fleet) -> &'static str {
        let killed = self.0.kill_master();
        self.0.wait_until_replaced(killed);
        self.0.revive();
        self.0.wait_until_whole();
        "master killed, replica promoted"
    }

    fn pause(&self) -> Duration {
        Duration::from_millis(1_000 + random_below(3_000))
    }
}

/// A cluster whose masters are killed, one after the other.
struct Masters(Cluster);

impl Target for Masters {
    fn describe(&self) -> &'static str {
        "a Redis Cluster of six, one of its masters killed"
    }

    fn setup(&self) -> Setup {
        node(&self.0.url(), "replicated")
    }

    fn strike(&self, fleet: &Fleet) -> &'static str {
        let whose = streamer(usize::try_from(random_below(fleet.streamers as u64)).unwrap());
        let key = format!("{{tb:s:{whose}}}:channel");
        let killed = self.0.kill_master_of(&key);
        self.0.wait_until_replaced(&key, killed);
        self.0.revive();
        "master killed, replica promoted"
    }

    fn pause(&self) -> Duration {
        Duration::from_millis(1_000 + random_below(3_000))
    }
}

/// Nodes that are restarted in turn, as an update does.
struct Rolling {
    redis: RedisServer,
    next: AtomicUsize,
}

impl Target for Rolling {
    fn describe(&self) -> &'static str {
        "one Redis, the nodes restarted in turn"
    }

    fn setup(&self) -> Setup {
        node(&self.redis.url(), "always")
    }

    fn strike(&self, fleet: &Fleet) -> &'static str {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % NODES;
        fleet.restart(turn, self.setup());
        "node restarted"
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(5)
    }
}
