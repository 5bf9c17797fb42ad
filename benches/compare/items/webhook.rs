//! Webhooks as fast as they are answered: verified, deduplicated, durable.

use std::sync::Arc;

use super::{Measured, start};
use crate::{
    Scale,
    load::{hammer, percentile},
    report::{Item, Unit},
    sales::sale,
    server::Kind,
};

/// Events made before the clock starts. More than are answered in a phase.
const MADE: u32 = 200_000;

const AT_64: [&str; 4] = ["rate, 64 at once", "p50, 64", "p99, 64", "CPU for each, 64"];
const AT_256: [&str; 4] = ["rate, 256 at once", "p50, 256", "p99, 256", "CPU for each, 256"];

pub(super) async fn measure(scale: Scale) -> Measured {
    let mut item = Item { title: "Webhook to 200", ..Item::default() };
    let made = if scale.quick { 5_000 } else { MADE };
    let requests: Arc<[_]> = (0..made).map(|n| sale(0, n)).collect();
    for _ in 0..scale.rounds {
        for kind in [Kind::Noop, Kind::Gateway, Kind::Transaction] {
            for (at_once, names) in [(64, AT_64), (256, AT_256)] {
                let Some(server) = start(kind, &mut item) else { continue };
                let before = server.used();
                let work = hammer(server.port, requests.clone(), at_once, scale.phase);
                let (mut times, elapsed) = work.await?;
                let used = server.used().since(before);
                let (name, count) = (kind.name(), times.len() as f64);
                item.add(name, names[0], Unit::PerSecond, count / elapsed.as_secs_f64());
                item.add(name, names[1], Unit::Seconds, percentile(&mut times, 500));
                item.add(name, names[2], Unit::Seconds, percentile(&mut times, 990));
                item.add(name, names[3], Unit::Seconds, used.cpu / count);
            }
        }
    }
    let ours = |what| item.best(Kind::Gateway.name(), what);
    let ratio = |kind: Kind, what| ours(what) / item.best(kind.name(), what);
    let (noop, single) = (ratio(Kind::Noop, AT_64[0]), ratio(Kind::Transaction, AT_64[0]));
    let (wide, p99) = (ratio(Kind::Noop, AT_256[0]), ours(AT_64[2]));
    item.at_least("webhooks, 64 at once ÷ a no-op handler's", noop, 0.4);
    item.at_least("webhooks, 64 at once ÷ one transaction a request", single, 8.0);
    item.figure_at_most("webhook to 200, 64 at once, p99", p99, 15e-3, Unit::Seconds);
    item.at_least("webhooks, 256 at once ÷ a no-op handler's", wide, 0.6);
    Ok(item)
}
