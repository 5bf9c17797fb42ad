//! What becomes of sales when the disk fails them: the power goes, the disk is full, it may not be
//! written any more, it holds a million records.
//!
//! `cargo test --test power-cut -- redis`, or `embedded [--fs ext4|xfs] [--rounds 20] [--seed 1]`,
//! `full`, `read-only`, `million`; without a word `redis`. All but `million` need root, since they
//! mount disks of their own. The report is printed; the exit code is 1 when a promise was not kept,
//! and 2 when nothing could be tried here.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test fails by panicking")]

mod disk;
mod embedded;
mod full;
mod ledger;
mod million;
#[expect(dead_code, reason = "it is shared with the simulation")]
#[path = "../it/support/random.rs"]
mod random;
mod read_only;
mod redis;
#[allow(dead_code, unused_imports, reason = "it is shared with the integration tests")]
#[path = "../it/support.rs"]
mod support;
mod till;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};

/// See the module.
#[derive(Parser)]
struct Plan {
    /// What happens to the disk
    #[arg(default_value = "redis")]
    fault: Fault,
    /// The file system of the embedded store: ext4 or xfs
    #[arg(long, default_value = "ext4")]
    fs: String,
    /// How often the power goes
    #[arg(long, default_value_t = 20)]
    rounds: u32,
    /// Where chance begins
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, ValueEnum)]
enum Fault {
    /// A power cut under Redis, for each durability
    Redis,
    /// Power cuts under the embedded store
    Embedded,
    /// A full disk, and room again
    Full,
    /// A disk that takes no more writes
    ReadOnly,
    /// How long a start takes over a million events
    Million,
}

fn main() -> ExitCode {
    let plan = Plan::parse();
    let kept = match plan.fault {
        Fault::Redis => redis::run(),
        Fault::Embedded => embedded::run(&plan.fs, plan.rounds, plan.seed),
        Fault::Full => full::run(),
        Fault::ReadOnly => read_only::run(),
        Fault::Million => million::run(),
    };
    match kept {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("NOT RUN, nothing is proved: {why}");
            ExitCode::from(2)
        }
    }
}
