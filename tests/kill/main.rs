//! The process dies and comes back, while Stripe delivers and pages draw. In the end everything that
//! was answered 200 is looked for, and everything that was drawn.
//!
//! `cargo test --test kill -- random [--kills 1000] [--sales 10000] [--seed 1]`
//! `cargo test --test kill -- points [--times 5] [--seed 1]`
//! `cargo test --test kill -- restarts [--times 100] [--seed 1]`
//! `cargo test --test kill -- reloads [--seconds 120] [--seed 1]`: every page every 3 s
//!
//! The figures are printed; the exit code is 1 when a sale was lost or anything was shown twice.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test fails by panicking")]

mod books;
mod campaign;
mod page;
mod scene;
mod shop;
#[allow(dead_code, unused_imports, reason = "it is shared with the integration tests")]
#[path = "../it/support.rs"]
mod support;
mod verdict;

use std::{collections::BTreeMap, process::ExitCode, time::Duration};

use campaign::{Campaign, HASTY};

const USAGE: &str = "random [--kills N] [--sales N], points or restarts [--times N], \
                     reloads [--seconds N]; [--seed N]";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let what = args.next().unwrap_or_default();
    let mut numbers: BTreeMap<String, u64> = BTreeMap::new();
    while let (Some(name), Some(number)) = (args.next(), args.next()) {
        numbers.insert(name, number.parse().expect("a number"));
    }
    let number = |name: &str, default| *numbers.get(name).unwrap_or(&default);
    let times = |name: &str, default| u32::try_from(number(name, default)).expect("not so many");
    let seed = number("--seed", 1);
    let good = match &*what {
        "random" => {
            let sales = number("--sales", 10_000);
            report(&campaign::at_random(times("--kills", 1_000), sales, HASTY, false, seed))
        }
        "points" => points(times("--times", 5), seed),
        "restarts" => report(&campaign::restarts(times("--times", 100), seed)),
        "reloads" => {
            let seconds = number("--seconds", 120);
            report(&campaign::reloads(seconds, Duration::from_secs(3), seed))
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    println!("\n{}", if good { "0 lost, 0 twice" } else { "FAILED" });
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Each point, so many times with other sales, and then at the second time it is come to.
fn points(times: u32, seed: u64) -> bool {
    let mut good = true;
    for point in tillbell::fault::POINTS.into_iter().chain(["answered"]) {
        for (time, nth) in (0..times).flat_map(|time| [(time, 1), (time, 2)]) {
            let campaign = campaign::at(point, nth, seed + u64::from(time));
            let verdict = &campaign.verdict;
            let given_again = campaign.scene.books.seen().given_again;
            println!("{point}:{nth}  {:?}, given again {given_again}", verdict.ends);
            if !campaign.is_good() {
                good = false;
                println!("  {} forgotten, {verdict:?}", campaign.forgotten);
            }
        }
    }
    good
}

/// Prints the figures; whether they are good.
fn report(campaign: &Campaign) -> bool {
    let (seen, verdict) = (campaign.scene.books.seen(), &campaign.verdict);
    println!("seed {}", campaign.scene.seed);
    let line = |what: &str, count: usize| println!("  {what:<46} {count:>8}");
    line("purchases", seen.sold.len());
    line("events answered 200", seen.accepted.len());
    for (status, count) in &seen.answers {
        let what = if *status == 0 { "no answer".into() } else { format!("answers {status}") };
        println!("  deliveries: {what:<34} {count:>8}");
    }
    line("UNKNOWN right after a kill", campaign.forgotten);
    line("LOST", verdict.lost);
    line("TWO ALERTS of one sale", verdict.doubled);
    line("NOT ENDED", verdict.open);
    line("PLAYED AGAIN after its start was noted", verdict.shown_twice);
    line("DRAWN, then unknown", verdict.ghosts);
    line("SHOWN, and nobody drew it", verdict.unseen);
    line("WRONG TOTALS", verdict.wrong_totals);
    line("LOGS WITH A GAP", verdict.gaps);
    println!("  reloads of a page, or deaths of its browser {:>11}", seen.reloads);
    println!("  given again, and not drawn again {:>22}", seen.given_again);
    println!("  drawn anew by a browser that knew nothing {:>13}", seen.drawn_anew);
    verdict.ends.iter().for_each(|(end, count)| println!("  {end:<46} {count:>8}"));
    let at = |percent: usize| {
        let last = verdict.waited.len().saturating_sub(1);
        verdict.waited.get(last * percent / 100).map_or(0.0, Duration::as_secs_f64)
    };
    println!(
        "  from first delivery to drawing: p50 {:.2} s, p99 {:.2} s, longest {:.2} s",
        at(50),
        at(99),
        at(100)
    );
    campaign.is_good()
}
