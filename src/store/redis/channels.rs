//! Channels: loading one with what belongs to it, finding those with work, and removing what is old,
//! or one altogether.

use std::sync::Arc;

use super::{
    call::{Call, lua},
    link::Link,
    names::all_of_streamer,
    row::{json, random},
    seen::Seen,
    streamers,
};
use crate::{
    alert::Alert,
    channel::{Purchase, State},
    connection::Connection,
    id::StreamerId,
    position::Epoch,
    store::{Cutoffs, HEAD, Loaded, Names, StoreError, Token},
    time::Timestamp,
};

lua!(LOAD, "load");
lua!(BUSY, "busy");
lua!(DUE, "due");
lua!(EXPIRE, "forget", "expire");

/// All that is kept of a channel. Who is connected is not: that goes by itself, within seconds.
const PARTS: [&str; 15] = [
    "channel",
    "alerts",
    "ids",
    "queue",
    "tests",
    "held",
    "ended",
    "log",
    "purchases",
    "purchases_changed",
    "purchase_ids",
    "totals",
    "buyers",
    "settled",
    "settled_at",
];

type Records = Vec<Vec<u8>>;

/// What the script gives: now, state, token, head, named, purchases, buyers, connections, the nodes
/// that live, when one last registered; beside it the token of the commit that wrote the last entry,
/// and whether the store has fallen back.
type Found = (
    i64,
    Option<Vec<u8>>,
    Option<u64>,
    Records,
    Records,
    Records,
    Vec<i64>,
    Records,
    Vec<String>,
    Option<i64>,
);

pub(super) async fn load(
    link: &Link,
    seen: &Seen,
    streamer: &StreamerId,
    names: &Names,
) -> Result<Loaded, StoreError> {
    let (found, wrote, fell_back): (Found, Option<u64>, bool) =
        link.run(&loading(seen, streamer, names)).await?;
    let (now, state, token, head, named, purchases, buyers, connections, live, registered) = found;
    let now = Timestamp::from_millis(now);
    link.clock.learn(now);
    let state = match state {
        Some(state) => json(&state, "a channel")?,
        None => State::new(Epoch(random()?)),
    };
    if fell_back {
        tracing::warn!(%streamer, "Redis has lost entries of the log: a new epoch begins");
    } else if let Some(wrote) = wrote {
        seen.note(streamer, state.position(), wrote);
    }
    let mut connections: Vec<Connection> = all(&connections, "a connection")?;
    connections.retain(|connection| live.contains(&connection.node.to_string()));
    connections.sort_unstable_by_key(|connection| connection.id);
    Ok(Loaded {
        state,
        head: all::<Alert>(&head, "an alert")?,
        named: all::<Alert>(&named, "an alert")?,
        purchases: all::<Purchase>(&purchases, "a purchase")?,
        buyers: buyers.into_iter().map(|n| u32::try_from(n.max(0)).unwrap_or(u32::MAX)).collect(),
        connections: connections.into_iter().map(Arc::new).collect(),
        new_epoch: if fell_back { Some(Epoch(random()?)) } else { None },
        last_registered: registered.map(Timestamp::from_millis),
        token: Token(token.unwrap_or(0)),
        now,
    })
}

fn loading(seen: &Seen, streamer: &StreamerId, names: &Names) -> Call {
    let parts = [
        "channel",
        "alerts",
        "queue",
        "tests",
        "held",
        "purchases",
        "purchase_ids",
        "buyers",
        "connections",
        "nodes",
        "registered",
        "log",
    ];
    let (position, wrote) = seen.of(streamer);
    let alerts: Vec<String> = names.alerts.iter().map(ToString::to_string).collect();
    let purchases: Vec<String> = names.purchases.iter().map(ToString::to_string).collect();
    let buyers: Vec<&str> = names.buyers.iter().map(|key| key.0.as_str()).collect();
    Call::new(&LOAD, all_of_streamer(streamer, &parts))
        .arg(position.epoch.to_string())
        .arg(position.offset)
        .arg(wrote)
        .arg(HEAD)
        .arg(alerts.len())
        .arg(alerts)
        .arg(purchases.len())
        .arg(purchases)
        .arg(buyers.len())
        .arg(buyers)
}

fn all<T: serde::de::DeserializeOwned>(
    records: &Records,
    what: &str,
) -> Result<Vec<T>, StoreError> {
    records.iter().map(|record| json(record, what)).collect()
}

pub(super) async fn busy(link: &Link) -> Result<Vec<StreamerId>, StoreError> {
    let parts = ["channel", "queue", "held"];
    let question = |streamer: StreamerId| async move {
        link.run(&Call::new(&BUSY, all_of_streamer(&streamer, &parts))).await
    };
    streamers::which(link, question).await
}

pub(super) async fn remove(link: &Link, streamer: &StreamerId) -> Result<(), StoreError> {
    streamers::remove(link, streamer, &PARTS).await
}

/// How many entries, alerts and purchases went. The marks of what commits have settled go with the
/// purchases' ids, and are not counted.
pub(super) async fn expire(link: &Link, cutoffs: &Cutoffs) -> Result<usize, StoreError> {
    let alerts = cutoffs.alerts.map_or_else(|| "-inf".into(), |at| at.as_millis().to_string());
    let before = [cutoffs.log.as_millis().to_string(), alerts, cutoffs.ids.as_millis().to_string()];
    let parts = [
        "channel",
        "log",
        "alerts",
        "ids",
        "ended",
        "purchases",
        "purchases_changed",
        "purchase_ids",
        "settled",
        "settled_at",
    ];
    let mut left = [cutoffs.limit; 4];
    let mut sum = 0;
    for streamer in due(link, &before).await? {
        let keys = all_of_streamer(&streamer, &parts);
        let gone: [usize; 4] =
            link.run(&Call::new(&EXPIRE, keys).arg(&before).arg(&left[..])).await?;
        for (left, gone) in left.iter_mut().zip(gone) {
            *left = left.saturating_sub(gone);
        }
        sum += gone[..3].iter().sum::<usize>();
    }
    Ok(sum)
}

/// The streamers that have something to remove: mostly none, so this asks many at once.
async fn due(link: &Link, before: &[String; 3]) -> Result<Vec<StreamerId>, StoreError> {
    let parts = ["log", "ended", "purchases_changed", "settled_at"];
    let question = |streamer: StreamerId| async move {
        link.run(&Call::new(&DUE, all_of_streamer(&streamer, &parts)).arg(before)).await
    };
    streamers::which(link, question).await
}
