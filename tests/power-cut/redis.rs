//! Sales, and then the power goes: Redis' disk forgets what was not synced to it. What was answered
//! 200 before is looked for, for each durability.

use std::time::{Duration, Instant};

use crate::{
    disk::Disk,
    support::{self, RedisServer},
    till::Till,
};

/// How long sales flow before the cut: longer than the longest time between two syncs.
const SELLING: Duration = Duration::from_secs(4);

/// What `everysec` may lose: a second, and another one when a sync takes long.
const TWO_SYNCS: Duration = Duration::from_secs(2);

/// A durability, how Redis syncs, how many servers there are (all on the one disk), and how much
/// before the cut the oldest sale may be that is lost.
struct Case {
    durability: &'static str,
    fsync: &'static str,
    servers: usize,
    may_lose: Option<Duration>,
}

const CASES: [Case; 5] = [
    Case { durability: "always", fsync: "always", servers: 1, may_lose: None },
    Case { durability: "everysec", fsync: "everysec", servers: 1, may_lose: Some(TWO_SYNCS) },
    Case { durability: "replicated", fsync: "always", servers: 2, may_lose: None },
    Case { durability: "replicated", fsync: "everysec", servers: 2, may_lose: Some(TWO_SYNCS) },
    // Whether the disk forgets at all.
    Case { durability: "none", fsync: "no", servers: 1, may_lose: Some(Duration::MAX) },
];

/// Whether each durability kept its promise; why not, if it could not be tried.
pub(crate) fn run() -> Result<bool, String> {
    let mut kept = true;
    for case in &CASES {
        kept &= keeps(case, &Disk::new("ext4")?);
    }
    Ok(kept)
}

/// Whether the durability kept its promise.
fn keeps(case: &Case, disk: &Disk) -> bool {
    let servers = servers(case, disk);
    let till = Till::start(&servers[0].url(), case.durability);
    let begun = Instant::now();
    let cut = till.sell_until(|| {
        support::wait_for("time to pass", || (begun.elapsed() >= SELLING).then_some(()));
        disk.cut();
        let cut = Instant::now();
        servers.iter().for_each(RedisServer::kill);
        cut
    });
    disk.mount_again();
    servers.iter().for_each(RedisServer::restart);
    let lost = till.lost();
    let oldest = lost.iter().map(|at| cut.saturating_duration_since(*at)).max();
    println!(
        "{}, {} with appendfsync {}: {} sales accepted, {} lost{}",
        case.durability,
        if case.servers == 1 { "one Redis" } else { "a primary and its replica" },
        case.fsync,
        till.accepted(),
        lost.len(),
        oldest.map_or(String::new(), |age| format!(
            ", the oldest {:.2} s before the cut",
            age.as_secs_f64()
        )),
    );
    match (oldest, case.may_lose) {
        (None, may_lose) => may_lose != Some(Duration::MAX),
        (Some(_), None) => false,
        // More than the last seconds, or the cut was none.
        (Some(age), Some(Duration::MAX)) => age > TWO_SYNCS,
        (Some(age), Some(may_lose)) => age <= may_lose,
    }
}

/// A primary, and what follows it.
fn servers(case: &Case, disk: &Disk) -> Vec<RedisServer> {
    let mut servers: Vec<RedisServer> = Vec::new();
    for number in 0..case.servers {
        let dir = disk.directory(number);
        let of = servers.first().map_or(String::new(), |primary| {
            format!("replicaof 127.0.0.1 {}\nrepl-ping-replica-period 1\n", primary.port)
        });
        servers.push(RedisServer::with(&format!(
            "dir {}\nappendfsync {}\nrepl-diskless-sync-delay 0\n{of}",
            dir.display(),
            case.fsync
        )));
    }
    for number in 0..case.servers - 1 {
        support::wait_for("the replica", || {
            let about = servers[0].info(&format!("slave{number}"))?;
            (about.contains("state=online") && !about.contains("offset=0,")).then_some(())
        });
    }
    servers
}
