//! One frame to all overlays of a streamer: the operator pauses the queue, and each is told.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::mpsc, task::JoinSet};

use super::{Measured, start};
use crate::{
    Scale,
    load::{connect, percentile, request},
    report::{Item, Unit},
    server::{Kind, Server},
    support::{PATIENCE, Setup},
};

/// Frames in a round.
const FRAMES: usize = 20;

pub(super) async fn measure(scale: Scale) -> Measured {
    let mut item = Item { title: "One frame to many overlays", ..Item::default() };
    item.notes.push(format!(
        "{} overlays of one streamer, which needs `limits.connections_per_streamer` raised.",
        scale.crowd
    ));
    for _ in 0..scale.rounds {
        for kind in [Kind::Gateway, Kind::Epoll] {
            round(kind, scale, &mut item).await?;
        }
    }
    let ratio = |what| item.best(Kind::Gateway.name(), what) / item.best(Kind::Epoll.name(), what);
    let (time, cpu) = (ratio("p50 to the last"), ratio("CPU for each"));
    item.at_most("one frame to many overlays ÷ a raw epoll loop", time, 1.2);
    item.at_most("CPU of each delivery ÷ a raw epoll loop's", cpu, 1.3);
    Ok(item)
}

async fn round(kind: Kind, scale: Scale, item: &mut Item) -> io::Result<()> {
    let server = match kind {
        Kind::Gateway => {
            let limit = "TILLBELL__LIMITS__CONNECTIONS_PER_STREAMER".to_owned();
            let env = vec![(limit, "20000".to_owned())];
            Some(Server::gateway(Setup { env, ..Setup::default() }))
        }
        other => start(other, item),
    };
    let Some(server) = server.map(Arc::new) else { return Ok(()) };
    let (told, mut tells) = mpsc::channel(scale.crowd);
    let mut clients = JoinSet::new();
    for mut held in server.join_all(scale.crowd, 100).await? {
        let told = told.clone();
        clients.spawn(async move {
            while held.wire.expect("queue").await.is_ok() {
                if told.send(()).await.is_err() {
                    return;
                }
            }
        });
    }
    let mut operator = connect(server.port).await?;
    let mut times = Vec::new();
    let before = server.used();
    for n in 0..FRAMES {
        let sent = Instant::now();
        operator.ask(&frame(&server, n)).await?;
        for _ in 0..scale.crowd {
            let one = tokio::time::timeout(PATIENCE, tells.recv()).await;
            one.map_err(io::Error::other)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        }
        times.push(sent.elapsed());
    }
    let cpu = server.used().since(before).cpu / (FRAMES * scale.crowd) as f64;
    let worst = times.iter().max().map_or(f64::NAN, Duration::as_secs_f64);
    item.add(kind.name(), "p50 to the last", Unit::Seconds, percentile(&mut times, 500));
    item.add(kind.name(), "worst to the last", Unit::Seconds, worst);
    item.add(kind.name(), "CPU for each", Unit::Seconds, cpu);
    Ok(())
}

/// What makes the server send one frame to everybody.
fn frame(server: &Server, n: usize) -> Vec<u8> {
    if server.kind == Kind::Gateway {
        let change = if n.is_multiple_of(2) { "pause" } else { "resume" };
        return server.post(&format!("/api/v1/streamers/me/queue/{change}"), b"{}");
    }
    // As long as the gateway's.
    let body =
        br#"{"type":"queue","paused":true,"muted":false,"panic":false,"length":0,"waiting":0}"#;
    request("/all", &[], body)
}
