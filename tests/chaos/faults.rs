//! What is done to Redis, or to the nodes.

use std::{thread, time::Duration};

use crate::{
    fleet::{Fleet, node, random_below},
    support::{RedisServer, Setup},
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
    /// Leaves everything running.
    fn heal(&self) {}
}

pub(crate) fn target(name: &str) -> Box<dyn Target> {
    match name {
        "single" => Box::new(Single(RedisServer::start())),
        other => panic!("{other} is not there yet"),
    }
}

/// One server, killed and started again with its data.
struct Single(RedisServer);

impl Target for Single {
    fn describe(&self) -> &'static str {
        "one Redis, killed and started again"
    }

    fn setup(&self) -> Setup {
        node(&self.0.url(), "always")
    }

    fn strike(&self, _: &Fleet) -> &'static str {
        self.0.kill();
        thread::sleep(Duration::from_millis(100 + random_below(2_000)));
        self.0.restart();
        "Redis killed"
    }

    fn pause(&self) -> Duration {
        Duration::from_millis(1_000 + random_below(5_000))
    }
}
