//! Events: what was accepted. What became of them is in `outcomes`, which of them wait for it in
//! `unsettled`, and how they go in `old`.

mod import;
mod old;
mod outcomes;
mod unsettled;

use std::collections::HashMap;

use bytes::Bytes;
use futures_util::future::try_join_all;

pub(super) use self::{
    import::import,
    old::expire,
    outcomes::{finish, redrive, route, settle},
    unsettled::{unsettled, unsettled_count},
};
use super::{
    call::{Call, lua},
    link::Link,
    names::Bucket,
    row::{json, unreadable, word},
};
use crate::{
    id::{AlertId, EventId, NodeId, StreamerId},
    store::{Accepted, Door, NewEvent, StoreError, StoredEvent},
    time::Timestamp,
};

/// How many events are read at once: their bodies are on one connection.
pub(super) const READ_AT_ONCE: usize = 32;

lua!(ACCEPT, "accept");
lua!(READ, "event");
lua!(ATTEMPT, "attempt");
lua!(PUT_OFF, "put_off");

pub(super) async fn accept(
    link: &Link,
    node: NodeId,
    event: &NewEvent,
) -> Result<Accepted, StoreError> {
    let bucket = Bucket::of(event.id.as_str());
    let keys = [
        bucket.event(&event.id),
        bucket.body(&event.id),
        bucket.key("alerts"),
        bucket.key("unsettled"),
    ];
    let call = Call::new(&ACCEPT, keys)
        .arg(event.id.as_str())
        .arg(event.alert.to_string())
        .arg(&event.kind)
        .arg(event.streamer.as_ref().map_or("", StreamerId::as_str))
        .arg(event.door.name())
        .arg(event.received.as_millis())
        .arg(event.verified.as_millis())
        .arg(node.to_string())
        .arg(event.body.as_ref());
    let (alert, now): (String, i64) = link.run_durably(&call).await?;
    link.clock.reached(now);
    let alert = word(&alert, "an event")?;
    // A call that was repeated on its way finds what it stored itself.
    Ok(if alert == event.alert { Accepted::New } else { Accepted::Duplicate(alert) })
}

pub(super) async fn by_id(link: &Link, id: &EventId) -> Result<Option<StoredEvent>, StoreError> {
    let bucket = Bucket::of(id.as_str());
    let call = Call::new(&READ, [bucket.event(id), bucket.body(id)]);
    let (fields, body): (HashMap<String, String>, Option<Vec<u8>>) = link.run(&call).await?;
    if fields.is_empty() {
        return Ok(None);
    }
    stored(id, &fields, body.unwrap_or_default().into()).map(Some)
}

pub(super) async fn by_alert(
    link: &Link,
    alert: AlertId,
) -> Result<Option<StoredEvent>, StoreError> {
    let asked = Bucket::all().map(|bucket| async move {
        let mut get = redis::cmd("HGET");
        get.arg(bucket.key("alerts")).arg(alert.to_string());
        link.query::<Option<String>>(&get).await
    });
    match try_join_all(asked).await?.into_iter().flatten().next() {
        Some(id) => by_id(link, &word(&id, "an alert's event")?).await,
        None => Ok(None),
    }
}

/// Counts another attempt, and makes the event this node's.
pub(super) async fn attempt(link: &Link, node: NodeId, id: &EventId) -> Result<u32, StoreError> {
    let bucket = Bucket::of(id.as_str());
    let call = Call::new(&ATTEMPT, [bucket.event(id), bucket.key("unsettled")]);
    link.run(&call.arg(id.as_str()).arg(node.to_string())).await
}

pub(super) async fn put_off(link: &Link, id: &EventId, until: Timestamp) -> Result<(), StoreError> {
    let bucket = Bucket::of(id.as_str());
    let call = Call::new(&PUT_OFF, [bucket.event(id), bucket.key("unsettled")]);
    let _ok: String = link.run(&call.arg(id.as_str()).arg(until.as_millis() * 1000)).await?;
    Ok(())
}

fn stored(
    id: &EventId,
    fields: &HashMap<String, String>,
    body: Bytes,
) -> Result<StoredEvent, StoreError> {
    let what = "an event";
    let field = |name| fields.get(name).ok_or_else(|| unreadable(what));
    let time = |name| word(field(name)?, what).map(Timestamp::from_millis);
    let streamer = |name| fields.get(name).map(|streamer| word(streamer, what)).transpose();
    let stored: i64 = word(field("stored")?, what)?;
    Ok(StoredEvent {
        event: NewEvent {
            id: id.clone(),
            alert: word(field("alert")?, what)?,
            kind: field("kind")?.clone(),
            streamer: streamer("streamer")?,
            door: Door::named(field("door")?),
            received: time("received")?,
            verified: time("verified")?,
            body,
        },
        stored: Timestamp::from_millis(stored.div_euclid(1000)),
        attempts: word(field("attempts")?, what)?,
        routed: streamer("routed")?,
        settled: fields.get("outcome").map(|text| json(text.as_bytes(), what)).transpose()?,
    })
}
