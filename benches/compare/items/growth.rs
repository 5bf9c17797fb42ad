//! What has piled up must not slow down what comes: many streamers, very many alerts stored.

use std::{
    io,
    time::{Duration, Instant},
};

use super::{Measured, start};
use crate::{
    Scale,
    load::{hammer, percentile},
    report::{Item, Unit},
    sales::{Seller, sale},
    server::{Kind, Server},
};

/// Requests made before they are sent; each is 3 KB.
const CHUNK: u32 = 50_000;

/// When filling is given up.
const LONGEST: Duration = Duration::from_mins(10);

const START: &str = "start to ready, full";
const START_AFTER_CUT: &str = "start to ready, full, after a power cut";
const EMPTY: &str = "sale to screen, empty";
const FULL: &str = "sale to screen, full";

pub(super) async fn measure(scale: Scale) -> Measured {
    let mut item = Item { title: "Growth", ..Item::default() };
    item.notes.push(format!("{} streamers, {} alerts.", scale.streamers, scale.stored));
    let (name, half) = (Kind::Gateway.name(), scale.sales / 2);
    let mut server = start(Kind::Gateway, &mut item).expect("it was built");
    for round in 0..scale.rounds {
        let first = 2_000_000_000 + 10_000 * u32::try_from(round).expect("few rounds");
        let mut times = sell(&server, first, half).await?;
        item.add(name, EMPTY, Unit::Seconds, percentile(&mut times, 500));
    }
    server.streamers(scale.streamers);
    fill(&server, scale).await?;
    server.rest();
    for round in 0..scale.rounds {
        // After a power cut it looks through all there is.
        for (stopped, what) in [(false, START_AFTER_CUT), (true, START)] {
            let took;
            (server, took) = server.again(stopped);
            item.add(name, what, Unit::Seconds, took.as_secs_f64());
        }
        server.rest();
        let first = 3_000_000_000 + 10_000 * u32::try_from(round).expect("few rounds");
        let mut times = sell(&server, first, half).await?;
        item.add(name, FULL, Unit::Seconds, percentile(&mut times, 500));
    }
    let (start, slower) = (item.best(name, START), item.best(name, FULL) / item.best(name, EMPTY));
    item.figure_at_most("start with all of it stored", start, 2.0, Unit::Seconds);
    item.at_most("sale to screen with all of it stored ÷ empty", slower, 1.2);
    Ok(item)
}

/// Sales of the first streamer, who has no queue.
async fn sell(server: &Server, first: u32, count: u32) -> io::Result<Vec<Duration>> {
    let mut seller = Seller::new(server, 0).await?;
    let mut times = Vec::new();
    for n in 0..count {
        times.push(seller.sell(first + n).await?);
    }
    Ok(times)
}

/// Sells for all others, whose overlays are away.
async fn fill(server: &Server, scale: Scale) -> io::Result<()> {
    let (begun, mut stored) = (Instant::now(), 0);
    while stored < scale.stored {
        let upto = scale.stored.min(stored + CHUNK);
        // One after the other: what is stored is the same, and filling takes a third of the time.
        let each = scale.stored.div_ceil(u32::try_from(scale.streamers - 1).expect("thousands"));
        let streamer = |n: u32| 1 + (n / each) as usize;
        let requests: Vec<_> = (stored..upto).map(|n| sale(streamer(n), n)).collect();
        let left = LONGEST.saturating_sub(begun.elapsed());
        let (times, _) = hammer(server.port, requests.into(), 64, left).await?;
        if times.len() < (upto - stored) as usize {
            return Err(io::Error::other(format!("stored only {stored} in {LONGEST:?}")));
        }
        stored = upto;
        eprintln!("    {stored} alerts stored after {:.0?}", begun.elapsed());
    }
    Ok(())
}
