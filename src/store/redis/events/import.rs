//! Taking in events of another store.

use crate::{
    id::{NodeId, StreamerId},
    store::{
        StoreError, StoredEvent,
        redis::{
            call::{Call, lua},
            link::Link,
            names::Bucket,
        },
    },
};

lua!(IMPORT, "event_import");

/// Writes an event as it was there. One without an outcome waits as this node's.
pub(in crate::store::redis) async fn import(
    link: &Link,
    node: NodeId,
    stored: &StoredEvent,
) -> Result<(), StoreError> {
    let event = &stored.event;
    let bucket = Bucket::of(event.id.as_str());
    let keys = [
        bucket.event(&event.id),
        bucket.body(&event.id),
        bucket.key("alerts"),
        bucket.key("unsettled"),
    ];
    let mut call = Call::new(&IMPORT, keys)
        .arg(event.id.as_str())
        .arg(event.alert.to_string())
        .arg(stored.stored.as_millis().saturating_mul(1000))
        .arg(node.to_string())
        .arg(event.body.as_ref())
        .arg(("kind", &event.kind))
        .arg(("door", event.door.name()))
        .arg(("received", event.received.as_millis()))
        .arg(("verified", event.verified.as_millis()))
        .arg(("attempts", stored.attempts));
    for (field, streamer) in [("streamer", &event.streamer), ("routed", &stored.routed)] {
        if let Some(streamer) = streamer {
            call = call.arg((field, StreamerId::as_str(streamer)));
        }
    }
    link.run::<()>(&call).await?;
    match &stored.settled {
        Some(outcome) => super::settle(link, &event.id, outcome).await.map(drop),
        None => Ok(()),
    }
}
