//! Measures the gateway beside floors and peers, in fresh processes, rounds interleaved:
//!
//! `cargo bench --bench compare [-- ITEM…] [--quick] [--write]`
//!
//! Without an item all are measured, and the table in docs/PERFORMANCE.md and its picture are written
//! anew, which `--write` asks for in other cases, too. `--quick` takes minutes, of any build, and its exit code is 1 when a figure that hardly
//! depends on the machine is grossly missed.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench fails by panicking")]
#![allow(clippy::cast_precision_loss, reason = "figures are no larger than a double counts")]

mod calls;
mod epoll;
mod floors;
mod items;
mod load;
mod page;
mod peers;
mod plot;
mod process;
mod report;
mod sales;
mod server;
#[allow(dead_code, unused_imports, reason = "shared with the integration tests")]
#[path = "../../tests/it/support.rs"]
mod support;

use std::{path::Path, process::ExitCode, time::Duration};

use report::Item;

/// The signing secret of all streamers.
const SECRET: &str = "whsec_of_the_bench";

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub quick: bool,
    pub rounds: usize,
    /// Connections of a small hub, and of a full one.
    pub few: usize,
    pub many: usize,
    /// Clients that come back at once, or get one frame.
    pub crowd: usize,
    /// How long a phase of load lasts.
    pub phase: Duration,
    /// How long the idle are watched: several keepalives.
    pub rest: Duration,
    /// Sales in a row.
    pub sales: u32,
    /// Alerts that wait.
    pub backlog: u32,
    /// What has piled up.
    pub streamers: usize,
    pub stored: u32,
}

impl Scale {
    const FULL: Self = Self {
        quick: false,
        rounds: 3,
        few: 1_000,
        many: 19_500,
        crowd: 10_000,
        phase: Duration::from_secs(4),
        rest: Duration::from_secs(75),
        sales: 400,
        backlog: 5_000,
        streamers: 10_000,
        stored: 1_000_000,
    };

    const QUICK: Self = Self {
        quick: true,
        rounds: 1,
        few: 200,
        many: 2_000,
        crowd: 1_000,
        phase: Duration::from_millis(1_500),
        rest: Duration::from_secs(30),
        sales: 60,
        backlog: 500,
        streamers: 50,
        stored: 2_000,
    };
}

fn main() -> ExitCode {
    let mut wanted: Vec<String> = std::env::args().skip(1).collect();
    // Cargo says it to each bench.
    wanted.retain(|arg| arg != "--bench");
    if let [floor, name, dir] = &wanted[..]
        && floor == "floor"
    {
        floors::run(name, Path::new(dir));
        return ExitCode::SUCCESS;
    }
    let [quick, write] = ["--quick", "--write"].map(|flag| wanted.iter().any(|arg| arg == flag));
    wanted.retain(|arg| arg != "--quick" && arg != "--write");
    if let Some(unknown) = wanted.iter().find(|name| !items::NAMES.contains(&&***name)) {
        eprintln!("{unknown}: there is no such item; there are {}", items::NAMES.join(", "));
        return ExitCode::from(2);
    }
    let scale = if quick { Scale::QUICK } else { Scale::FULL };
    let steady = items::NAMES.into_iter().filter(|name| !quick || items::STEADY.contains(name));
    let names: Vec<&str> = match &wanted[..] {
        [] => steady.collect(),
        some => some.iter().map(String::as_str).collect(),
    };
    let mut measured: Vec<Item> = Vec::new();
    for name in names {
        measured.push(items::measure(name, scale));
        // After each: who stops it keeps what was measured.
        if write || (wanted.is_empty() && !quick) {
            page::write(&measured);
        }
    }
    println!("{}", report::page(&measured));
    if quick { held(&measured) } else { ExitCode::SUCCESS }
}

/// Whether nothing is grossly off.
fn held(items: &[Item]) -> ExitCode {
    let goals = items.iter().flat_map(|item| &item.goals);
    let missed: Vec<_> = goals.filter(|goal| goal.grossly_missed()).collect();
    for goal in &missed {
        let (got, gross) = (goal.got, goal.gross.unwrap_or(goal.limit));
        eprintln!("{}: {got:.2}, more than {gross:.2}", goal.text);
    }
    if missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
