//! A sale to the screen of an idle gateway: the signed POST until the overlay's `play`.

use std::{
    fs::File,
    io::{self, Seek as _, SeekFrom, Write as _},
    time::{Duration, Instant},
};

use super::{Measured, start};
use crate::{
    Scale,
    load::percentile,
    report::{Item, Unit},
    sales::{Seller, sale},
    server::{Kind, Server},
};

const SYNC: &str = "file, 4 KiB and fdatasync";

pub(super) async fn measure(scale: Scale) -> Measured {
    let mut item = Item { title: "A sale to the screen", ..Item::default() };
    for _ in 0..scale.rounds {
        let mut syncs = synced(scale.sales)?;
        add(&mut item, SYNC, &mut syncs);
        let server = start(Kind::Noop, &mut item).expect("it is this program");
        let mut posts = posts(&server, scale.sales).await?;
        add(&mut item, Kind::Noop.name(), &mut posts);
        drop(server);
        let server = start(Kind::Gateway, &mut item).expect("it was built");
        let mut seller = Seller::new(&server, 0).await?;
        let mut shown = Vec::new();
        for n in 0..scale.sales {
            shown.push(seller.sell(n).await?);
        }
        add(&mut item, Kind::Gateway.name(), &mut shown);
    }
    let floor = |what| 2.0 * item.best(SYNC, what) + item.best(Kind::Noop.name(), what);
    let p50 = item.best(Kind::Gateway.name(), "p50") / floor("p50");
    let p99 = item.best(Kind::Gateway.name(), "p99") / floor("p50");
    item.at_most("sale to screen, p50 ÷ (two fdatasync + a no-op POST)", p50, 1.4);
    item.at_most("sale to screen, p99 ÷ the same", p99, 4.0);
    Ok(item)
}

fn add(item: &mut Item, who: &'static str, times: &mut [Duration]) {
    item.add(who, "p50", Unit::Seconds, percentile(times, 500));
    item.add(who, "p99", Unit::Seconds, percentile(times, 990));
}

/// Writes into a file that is as long already, as SQLite writes into a log it uses again: the
/// cheapest durable write there is.
fn synced(count: u32) -> io::Result<Vec<Duration>> {
    let mut file: File = tempfile::tempfile()?;
    file.write_all(&vec![1; 4 << 20])?;
    file.sync_all()?;
    (0..count)
        .map(|n| {
            let start = Instant::now();
            file.seek(SeekFrom::Start(u64::from(n % 1_024) * 4_096))?;
            file.write_all(&[7; 4_096])?;
            file.sync_data()?;
            Ok(start.elapsed())
        })
        .collect()
}

async fn posts(server: &Server, count: u32) -> io::Result<Vec<Duration>> {
    let (request, mut wire) = (sale(0, 0), crate::load::connect(server.port).await?);
    let mut times = Vec::new();
    for _ in 0..count {
        let start = Instant::now();
        wire.ask(&request).await?;
        times.push(start.elapsed());
    }
    Ok(times)
}
