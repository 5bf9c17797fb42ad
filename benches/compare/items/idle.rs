//! What an idle overlay costs that is authenticated, has said hello and was welcomed: memory, and
//! that it goes when the overlays go; and the CPU of keeping them alive.

use tokio::task::JoinSet;

use super::{Measured, settled, start};
use crate::{
    Scale, peers,
    report::{Item, Unit},
    server::{Held, Kind},
};

const BESIDE: [Kind; 7] =
    [Kind::Gateway, Kind::Hold, Kind::Epoll, Kind::Nchan, Kind::Nats, Kind::Mosquitto, Kind::Ws];

/// Clients that join at the same time: a start, not a storm.
const AT_ONCE: usize = 100;

pub(super) async fn measure(scale: Scale) -> Measured {
    let mut item = Item { title: "Idle overlays", ..Item::default() };
    for round in 0..scale.rounds {
        for kind in BESIDE {
            // Peers cost minutes and hardly vary.
            let floor = matches!(kind, Kind::Gateway | Kind::Hold);
            if floor || (round == 0 && !scale.quick) {
                hold(kind, scale, &mut item, round == 0).await?;
            }
        }
    }
    item.notes.extend(peers::NOT_DRIVEN.map(peers::why_missing));
    let each = |item: &Item, kind: Kind| item.best(kind.name(), "memory for each");
    let ours = each(&item, Kind::Gateway);
    let floor = ours / each(&item, Kind::Hold);
    item.at_most("memory of an idle overlay ÷ tokio's accept-and-hold", floor, 1.5).gross(4.0);
    let nchan = ours / each(&item, Kind::Nchan);
    item.at_most("memory of an idle overlay ÷ Nchan's", nchan, 1.0 / 8.0);
    let nats = ours / each(&item, Kind::Nats);
    item.at_most("memory of an idle overlay ÷ NATS'", nats, 1.0 / 15.0);
    let left = item.best(Kind::Gateway.name(), "left when all are gone");
    item.figure_at_most("memory left when all are gone", left, 20e6, Unit::Bytes).gross(30e6);
    let cpu = item.best(Kind::Gateway.name(), "CPU, pings included");
    item.figure_at_most("CPU of idle overlays, of a core", cpu, 2.0, Unit::Percent);
    Ok(item)
}

async fn hold(kind: Kind, scale: Scale, item: &mut Item, watch: bool) -> std::io::Result<()> {
    let Some(mut server) = start(kind, item) else { return Ok(()) };
    server.room_for(scale.many);
    let name = kind.name();
    let base = settled(&server);
    let half = server.join_all(scale.many / 2, AT_ONCE).await?;
    let at_half = settled(&server);
    let mut held = half;
    held.extend(server.join_all(scale.many - held.len(), AT_ONCE).await?);
    let all = settled(&server);
    let count = |n: usize| n as f64;
    item.add(name, "memory before", Unit::Bytes, base);
    item.add(name, "memory for each", Unit::Bytes, (all - base) / count(scale.many));
    let second = (all - at_half) / count(scale.many - scale.many / 2);
    item.add(name, "memory for each of the second half", Unit::Bytes, second);
    if kind == Kind::Gateway {
        let mut clients = alive(held);
        if watch {
            let before = server.used();
            tokio::time::sleep(scale.rest).await;
            let cpu = server.used().since(before).cpu / scale.rest.as_secs_f64();
            item.add(name, "CPU, pings included", Unit::Percent, cpu * 100.0);
            assert_eq!(clients.len(), scale.many, "nobody left");
        }
        clients.shutdown().await;
        let left = settled(&server) - base;
        item.add(name, "left when all are gone", Unit::Bytes, left.max(0.0));
    }
    Ok(())
}

/// Clients that do nothing but answer pings.
fn alive(held: Vec<Held>) -> JoinSet<()> {
    let mut clients = JoinSet::new();
    for mut client in held {
        clients.spawn(async move {
            let ended = client.wire.expect("nothing").await;
            panic!("an idle overlay was sent away: {ended:?}");
        });
    }
    clients
}
