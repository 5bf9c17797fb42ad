//! Power cuts under the embedded store: sales all the time, the power goes at any moment, the gateway
//! starts again on what the disk kept.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use crate::{disk::Disk, ledger::Ledger, random::Random, support::wait_for};

/// The longest time between a start and its cut, in milliseconds: over one checkpoint.
const SELLING_MS: u64 = 1200;

/// Rounds of the store that does not sync, of which at least one must be seen to lose.
const CONTROLS: u32 = 3;

/// What the rounds came to.
#[derive(Default)]
struct Tally {
    lost: usize,
    /// Rounds that lost something.
    losing: u32,
    slowest: Duration,
}

/// Whether nothing was lost or doubled, and a store that does lose was caught; why not, if it could
/// not be tried.
pub(crate) fn run(fs: &str, rounds: u32, seed: u64) -> Result<bool, String> {
    println!("embedded on {fs}, seed {seed}:");
    let kept = {
        let (disk, begun) = (Disk::new(fs)?, Instant::now());
        let ledger = Ledger::on(&disk.path(), &[]);
        let tally = cuts(&disk, &ledger, rounds, seed);
        let node = ledger.start();
        ledger.deliver_the_rest(&node);
        let (missing, doubled) = ledger.missing_and_doubled(&node);
        println!(
            "{rounds} power cuts in {:.0} s: {} sales accepted, {} deliveries refused; lost {}, \
             without an alert {missing}, with two {doubled}; slowest start {} ms",
            begun.elapsed().as_secs_f64(),
            ledger.accepted(),
            ledger.refused(),
            tally.lost,
            tally.slowest.as_millis(),
        );
        tally.lost + missing + doubled == 0
    };
    let disk = Disk::new(fs)?;
    let ledger = Ledger::on(&disk.path(), &[("TILLBELL_FORGETFUL", "1")]);
    let control = cuts(&disk, &ledger, CONTROLS, seed);
    println!(
        "negative control, commits not synced: {} of {} sales lost, in {} of {CONTROLS} power cuts",
        control.lost,
        ledger.accepted(),
        control.losing,
    );
    Ok(kept && control.lost > 0)
}

fn cuts(disk: &Disk, ledger: &Ledger, rounds: u32, seed: u64) -> Tally {
    let (mut chance, mut tally) = (Random(seed), Tally::default());
    let mut sold = BTreeSet::new();
    for round in 0..=rounds {
        let begun = Instant::now();
        let mut node = ledger.start();
        tally.slowest = tally.slowest.max(begun.elapsed());
        let lost = Ledger::lost(&node, &sold);
        if !lost.is_empty() {
            println!(
                "  cut {round}: lost {} of {}, first sale {}",
                lost.len(),
                sold.len(),
                lost[0]
            );
            tally.lost += lost.len();
            tally.losing += 1;
        }
        if round == rounds {
            break;
        }
        let (selling, first) = (Duration::from_millis(chance.below(SELLING_MS)), ledger.accepted());
        sold = ledger.sell_until(&node, seed + u64::from(round), || {
            wait_for("a sale", || (ledger.accepted() > first).then_some(()));
            let begun = Instant::now();
            wait_for("time to pass", || (begun.elapsed() >= selling).then_some(()));
            // Without power nothing runs. If it did, ext4 would tell a sync that is under way at this
            // moment now and then that it succeeded, and what it was for is gone (Linux 6.18).
            node.signal("STOP");
            disk.cut();
            node.signal("KILL");
        });
        node.kill();
        disk.mount_again();
    }
    tally
}
