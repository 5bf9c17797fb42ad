//! What a sale costs the disk over its whole life, from the webhook until its end is durable.

use std::io;

use tokio::task::JoinSet;

use super::{Measured, start};
use crate::{
    Scale,
    calls::Watch,
    report::{Item, Unit},
    sales::{Seller, sale},
    server::{Kind, Server},
};

const SYNCS: [&str; 3] = ["syncs for each, alone", "syncs, 64 at once", "syncs, with a backlog"];
const BYTES: [&str; 3] = ["bytes for each, alone", "bytes, 64 at once", "bytes, with a backlog"];
const CALLS: [&str; 3] = ["syscalls for each, alone", "syscalls, 64 at once", "syscalls, backlog"];

/// Sellers that sell at the same time, each with its own queue.
const AT_ONCE: usize = 64;

pub(super) async fn measure(scale: Scale) -> Measured {
    let mut item = Item { title: "What a sale writes, its whole life", ..Item::default() };
    item.notes.push(format!("The backlog is {} alerts.", scale.backlog));
    for _ in 0..scale.rounds {
        for case in 0..3 {
            let mut server = start(Kind::Gateway, &mut item).expect("it was built");
            let sellers = if case == 1 { AT_ONCE } else { 1 };
            server.streamers(sellers);
            if case == 2 {
                wait_in_line(&server, scale.backlog).await?;
            }
            // A start goes on behind its readiness: it writes the ballast, for one.
            server.rest();
            round(&server, sellers, scale.sales, case, &mut item).await?;
        }
    }
    let best = |what| item.best(Kind::Gateway.name(), what);
    let [alone, together, behind] = SYNCS.map(best);
    let [bytes, _, bytes_behind] = BYTES.map(best);
    item.figure_at_most("syncs of a sale alone", alone, 4.0, Unit::Count).gross(6.0);
    item.figure_at_most("bytes written by a sale alone", bytes, 24e3, Unit::Bytes).gross(90e3);
    item.figure_at_most("syncs of a sale, 64 at once", together, 0.2, Unit::Count).gross(0.8);
    item.at_most("syncs with a backlog ÷ without", behind / alone, 1.1).gross(1.3);
    item.at_most("bytes with a backlog ÷ without", bytes_behind / bytes, 1.1).gross(2.5);
    Ok(item)
}

async fn round(
    server: &Server,
    sellers: usize,
    sales: u32,
    case: usize,
    item: &mut Item,
) -> io::Result<()> {
    let mut all = Vec::new();
    for streamer in 0..sellers {
        all.push(Seller::new(server, streamer).await?);
    }
    let watch = Watch::start(server.tests().pid());
    let before = server.used();
    let mut selling: JoinSet<io::Result<Seller>> = JoinSet::new();
    for (first, mut seller) in (1_000_000..).step_by(10_000).zip(all) {
        selling.spawn(async move {
            for n in 0..sales {
                seller.sell(first + n).await?;
            }
            Ok(seller)
        });
    }
    while let Some(sold) = selling.join_next().await {
        sold.map_err(io::Error::other)??;
    }
    let written = server.used().since(before).written;
    let (name, count) = (Kind::Gateway.name(), f64::from(sales) * sellers as f64);
    if let Some(calls) = watch.map(Watch::counts) {
        item.add(name, SYNCS[case], Unit::Count, calls.syncs / count);
        item.add(name, CALLS[case], Unit::Count, calls.all / count);
    }
    item.add(name, BYTES[case], Unit::Bytes, written / count);
    Ok(())
}

/// Alerts that wait for an overlay to come.
async fn wait_in_line(server: &Server, count: u32) -> io::Result<()> {
    let requests = (0..count).map(|n| sale(0, n)).collect::<Vec<_>>();
    let phase = std::time::Duration::from_secs(120);
    crate::load::hammer(server.port, requests.into(), 64, phase).await?;
    Ok(())
}
