//! Everybody is dropped and comes back at once: alone, as at the peers, and while webhooks go on.

use std::{io, sync::Arc, time::Instant};

use tokio::task::JoinSet;

use super::{Measured, start};
use crate::{
    Scale,
    load::{hammer, percentile},
    report::{Item, Unit},
    sales::sale,
    server::{Held, Kind, Server},
};

const BESIDE: [Kind; 5] = [Kind::Gateway, Kind::Hello, Kind::Epoll, Kind::Nchan, Kind::Ws];
const ALL: &str = "all back";
const CALM: &str = "webhook p99 before";
const MEANWHILE: &str = "webhook p99 meanwhile";

pub(super) async fn measure(scale: Scale) -> Measured {
    let mut item = Item { title: "All overlays dropped, and back", ..Item::default() };
    for _ in 0..scale.rounds {
        for kind in BESIDE {
            round(kind, scale, &mut item).await?;
        }
    }
    let ours = |what| item.best(Kind::Gateway.name(), what);
    let ratio = |kind: Kind| ours(ALL) / item.best(kind.name(), ALL);
    let (hello, nchan) = (ratio(Kind::Hello), ratio(Kind::Nchan));
    let webhooks = ours(MEANWHILE) / ours(CALM);
    item.at_most("all overlays back ÷ tokio's accept-and-hello", hello, 1.5);
    item.at_most("all overlays back ÷ Nchan's", nchan, 1.0);
    item.at_most("webhook p99 meanwhile ÷ before", webhooks, 2.0);
    Ok(item)
}

async fn round(kind: Kind, scale: Scale, item: &mut Item) -> io::Result<()> {
    let Some(mut server) = start(kind, item) else { return Ok(()) };
    server.room_for(scale.crowd);
    let (server, name) = (Arc::new(server), kind.name());
    let held = server.join_all(scale.crowd, 100).await?;
    let before = server.used();
    let (held, elapsed) = back(&server, held).await?;
    let cpu = server.used().since(before).cpu / scale.crowd as f64;
    item.add(name, ALL, Unit::Seconds, elapsed);
    item.add(name, "CPU for each", Unit::Seconds, cpu);
    if kind == Kind::Gateway {
        let mut calm = webhooks(&server, 0, scale).await?;
        item.add(name, CALM, Unit::Seconds, percentile(&mut calm, 990));
        let selling = tokio::spawn({
            let server = Arc::clone(&server);
            async move { webhooks(&server, 1, scale).await }
        });
        let (_, elapsed) = back(&server, held).await?;
        item.add(name, "all back beside webhooks", Unit::Seconds, elapsed);
        let mut times = selling.await.map_err(io::Error::other)??;
        item.add(name, MEANWHILE, Unit::Seconds, percentile(&mut times, 990));
    }
    Ok(())
}

/// Drops all at once, and has as many come back; how long that takes.
async fn back(server: &Arc<Server>, held: Vec<Held>) -> io::Result<(Vec<Held>, f64)> {
    let count = held.len();
    // Each ends with a reset, and none of them knows of the other.
    drop(held);
    let start = Instant::now();
    let mut joining: JoinSet<io::Result<Held>> = JoinSet::new();
    for n in 0..count {
        let server = Arc::clone(server);
        joining.spawn(async move { server.join(n).await });
    }
    let mut back = Vec::with_capacity(count);
    while let Some(joined) = joining.join_next().await {
        back.push(joined.map_err(io::Error::other)??);
    }
    Ok((back, start.elapsed().as_secs_f64()))
}

/// A steady stream of sales of a streamer, four at a time.
async fn webhooks(
    server: &Server,
    part: u32,
    scale: Scale,
) -> io::Result<Vec<std::time::Duration>> {
    let requests = (0..20_000).map(|n| sale(0, part * 20_000 + n)).collect::<Vec<_>>();
    Ok(hammer(server.port, requests.into(), 4, scale.phase / 2).await?.0)
}
