//! What is measured, one row of the table or a few that belong together for each.

#[path = "items/base.rs"]
mod base;
#[path = "items/fanout.rs"]
mod fanout;
#[path = "items/growth.rs"]
mod growth;
#[path = "items/idle.rs"]
mod idle;
#[path = "items/message.rs"]
mod message;
#[path = "items/nodes.rs"]
mod nodes;
#[path = "items/redis.rs"]
mod redis;
#[path = "items/rounds.rs"]
mod rounds;
#[path = "items/screen.rs"]
mod screen;
#[path = "items/storm.rs"]
mod storm;
#[path = "items/tls.rs"]
mod tls;
#[path = "items/webhook.rs"]
mod webhook;
#[path = "items/writes.rs"]
mod writes;

use std::{io, time::Duration};

use crate::{
    Scale,
    report::Item,
    server::{Kind, Server},
    support::within,
};

/// All items, in the order of the table.
pub(crate) const NAMES: [&str; 13] = [
    "idle", "rounds", "message", "screen", "webhook", "writes", "redis", "nodes", "fanout",
    "storm", "growth", "base", "tls",
];

/// Those whose figures hardly depend on the machine.
pub(crate) const STEADY: [&str; 3] = ["idle", "message", "writes"];

/// Measures one.
pub(crate) fn measure(name: &str, scale: Scale) -> Item {
    eprintln!("{name}");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let measured = runtime.block_on(async {
        match name {
            "base" => base::measure(scale).await,
            "fanout" => fanout::measure(scale).await,
            "growth" => growth::measure(scale).await,
            "idle" => idle::measure(scale).await,
            "message" => message::measure(scale).await,
            "nodes" => nodes::measure(scale).await,
            "redis" => redis::measure(scale).await,
            "rounds" => rounds::measure(scale).await,
            "screen" => screen::measure(scale).await,
            "storm" => storm::measure(scale).await,
            "tls" => tls::measure(scale).await,
            "webhook" => webhook::measure(scale).await,
            "writes" => writes::measure(scale).await,
            _ => unreachable!("names are checked"),
        }
    });
    measured.unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Starts a server, or notes that the machine lacks it.
fn start(kind: Kind, item: &mut Item) -> Option<Server> {
    let started = Server::start(kind);
    let note = format!("{} is not installed here.", kind.name());
    if started.is_none() && !item.notes.contains(&note) {
        item.notes.push(note);
    }
    started
}

/// The memory when it has not changed by a percent for a second, or after ten.
fn settled(server: &Server) -> f64 {
    let mut last = server.memory();
    within(Duration::from_secs(10), || {
        std::thread::sleep(Duration::from_secs(1));
        let now = server.memory();
        let still = (now - last).abs() <= last / 100.0;
        last = now;
        still.then_some(now)
    })
    .unwrap_or(last)
}

type Measured = io::Result<Item>;
