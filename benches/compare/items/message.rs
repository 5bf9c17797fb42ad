//! A message through the hub: POST to one connection among few and among many until its frame.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use super::{Measured, start};
use crate::{
    Scale,
    load::{connect, percentile},
    report::{Item, Unit},
    server::{Held, Kind, Server},
};

const BESIDE: [Kind; 4] = [Kind::Noop, Kind::Gateway, Kind::Epoll, Kind::Nchan];

/// Names of: p50 of one at a time; the rate, the 99th percentile and the CPU of 64 at once.
type Names = [&'static str; 4];
const FEW: Names = ["p50, few held", "rate, few held", "p99 of 64, few held", "CPU, few held"];
const MANY: Names = ["p50, many held", "rate, many held", "p99 of 64, many held", "CPU, many held"];

pub(super) async fn measure(scale: Scale) -> Measured {
    let mut item = Item { title: "A message through the hub", ..Item::default() };
    item.notes.push(format!("Few are {}, many {}.", scale.few, scale.many));
    for _ in 0..scale.rounds {
        for kind in BESIDE {
            round(kind, scale, scale.few, FEW, &mut item).await?;
            if kind != Kind::Noop {
                round(kind, scale, scale.many, MANY, &mut item).await?;
            }
        }
    }
    goals(&mut item);
    Ok(item)
}

fn goals(item: &mut Item) {
    let best = |kind: Kind, what| item.best(kind.name(), what);
    let ours = |what| best(Kind::Gateway, what);
    let p50 = ours(FEW[0]) / best(Kind::Noop, FEW[0]);
    let cpu = ours(FEW[3]) / best(Kind::Noop, FEW[3]);
    let rate = ours(FEW[1]) / best(Kind::Nchan, FEW[1]);
    let grown = ours(MANY[0]) / ours(FEW[0]);
    let growth = |kind| best(kind, MANY[3]) / best(kind, FEW[3]);
    let cpu_grown = growth(Kind::Gateway) / growth(Kind::Epoll);
    item.at_most("message to frame, p50 ÷ a no-op POST", p50, 1.4);
    item.at_most("message to frame, CPU ÷ a no-op POST's", cpu, 1.8).gross(7.0);
    item.at_least("messages, 64 at once ÷ Nchan's", rate, 1.5);
    item.at_most("message to frame, p50 with many held ÷ with few", grown, 1.15);
    item.at_most("growth of its CPU ÷ the growth of a raw epoll loop's", cpu_grown, 1.1);
}

async fn round(
    kind: Kind,
    scale: Scale,
    count: usize,
    names: Names,
    item: &mut Item,
) -> io::Result<()> {
    let Some(mut server) = start(kind, item) else { return Ok(()) };
    server.room_for(count);
    let server = Arc::new(server);
    let held = server.join_all(count, 100).await?;
    let (mut times, _, held) = exchange(&server, held, 1, scale.phase).await?;
    item.add(kind.name(), names[0], Unit::Seconds, percentile(&mut times, 500));
    let before = server.used();
    let (mut times, elapsed, _) = exchange(&server, held, 64, scale.phase).await?;
    let cpu = server.used().since(before).cpu / times.len() as f64;
    item.add(kind.name(), names[1], Unit::PerSecond, times.len() as f64 / elapsed.as_secs_f64());
    item.add(kind.name(), names[2], Unit::Seconds, percentile(&mut times, 990));
    item.add(kind.name(), names[3], Unit::Seconds, cpu);
    Ok(())
}

/// Some clients post, each to the next of its own connections, and wait for the frame there and for
/// the answer. Each message's time until its frame, the time of all, and the connections.
async fn exchange(
    server: &Arc<Server>,
    held: Vec<Held>,
    at_once: usize,
    time: Duration,
) -> io::Result<(Vec<Duration>, Duration, Vec<Held>)> {
    let mut shares: Vec<Vec<Held>> = (0..at_once).map(|_| Vec::new()).collect();
    for (n, held) in held.into_iter().enumerate() {
        shares[n % at_once].push(held);
    }
    let mut clients: JoinSet<io::Result<(Vec<Duration>, Vec<Held>)>> = JoinSet::new();
    let start = Instant::now();
    for mut share in shares {
        let server = Arc::clone(server);
        clients.spawn(async move {
            let (mut buyer, mut times) = (connect(server.port).await?, Vec::new());
            while start.elapsed() < time {
                let turn = times.len() % share.len();
                let to = &mut share[turn];
                let request = server.message_to(to);
                let sent = Instant::now();
                buyer.send(&request).await?;
                if server.kind == Kind::Noop {
                    buyer.answer().await?;
                    times.push(sent.elapsed());
                } else {
                    to.wire.soon("message").await?;
                    times.push(sent.elapsed());
                    buyer.answer().await?;
                }
            }
            Ok((times, share))
        });
    }
    let (mut times, mut held) = (Vec::new(), Vec::new());
    while let Some(done) = clients.join_next().await {
        let (theirs, share) = done.map_err(io::Error::other)??;
        times.extend(theirs);
        held.extend(share);
    }
    Ok((times, start.elapsed(), held))
}
