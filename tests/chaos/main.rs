//! Three nodes, hundreds of overlays, sales all the time, and a Redis that is killed every few
//! seconds. At the end everything that was answered 200 is looked for.
//!
//! `cargo test --test chaos -- [single|sentinel|cluster|rolling|forgetful] [--minutes 10]
//! [--overlays 300]`
//!
//! `rolling` kills no Redis: it restarts the nodes, one after the other, as an update does.
//! `forgetful` has a Redis that loses its data, and shows that a loss is seen. The report is printed;
//! the exit code is 1 when a sale was lost or anything was shown twice.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod faults;
mod fleet;
mod ledger;
mod page;
mod sales;
#[allow(dead_code, unused_imports, reason = "it is shared with the integration tests")]
#[path = "../it/support.rs"]
mod support;

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use fleet::Fleet;
use ledger::Ledger;

/// What is run.
struct Plan {
    faults: String,
    length: Duration,
    overlays: usize,
    streamers: usize,
    sales_per_second: f64,
}

impl Plan {
    fn from_args() -> Result<Self, String> {
        let mut plan = Self {
            faults: "single".into(),
            length: Duration::from_mins(10),
            overlays: 300,
            streamers: 60,
            sales_per_second: 8.0,
        };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut number = || -> Result<f64, String> {
                let text = args.next().ok_or(format!("{arg} needs a number"))?;
                text.parse().map_err(|_| format!("{arg} needs a number, not {text}"))
            };
            match arg.as_str() {
                "single" | "sentinel" | "cluster" | "rolling" | "forgetful" => plan.faults = arg,
                "--minutes" => plan.length = Duration::from_secs_f64(number()? * 60.0),
                "--overlays" => plan.overlays = number()? as usize,
                "--streamers" => plan.streamers = number()? as usize,
                "--sales" => plan.sales_per_second = number()?,
                _ => return Err(format!("{arg}: single, sentinel, cluster, rolling or forgetful")),
            }
        }
        plan.streamers = plan.streamers.clamp(1, plan.overlays.max(1));
        Ok(plan)
    }
}

fn main() -> ExitCode {
    let plan = match Plan::from_args() {
        Ok(plan) => plan,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    let target = faults::target(&plan.faults);
    let fleet = Arc::new(Fleet::start(&*target, plan.streamers));
    let ledger = Arc::new(Ledger::default());
    println!(
        "{} nodes on {}, {} overlays of {} streamers, {:.0} s",
        fleet::NODES,
        target.describe(),
        plan.overlays,
        plan.streamers,
        plan.length.as_secs_f64(),
    );
    let stop = Arc::new(AtomicBool::new(false));
    let pages: Vec<_> =
        (0..plan.overlays).map(|number| page::open(number, &fleet, &ledger, &stop)).collect();
    support::wait_for("all overlays", || (ledger.connected() >= plan.overlays).then_some(()));
    ledger.begin();

    let selling = Arc::new(AtomicBool::new(true));
    let sellers = sales::start(plan.sales_per_second, &fleet, &ledger, &selling);
    let start = Instant::now();
    while start.elapsed() < plan.length {
        let fault = target.strike(&fleet);
        ledger.fault(fault);
        thread::sleep(target.pause());
    }
    selling.store(false, Ordering::Relaxed);
    sellers.into_iter().for_each(|seller| seller.join().unwrap());
    let settled = fleet.wait_until_all_ended();
    stop.store(true, Ordering::Relaxed);
    pages.into_iter().for_each(|page| page.join().unwrap());

    let verdict = ledger.report(&fleet, settled);
    if verdict { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
