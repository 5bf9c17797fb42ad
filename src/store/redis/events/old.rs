//! Removing old events: first their bodies, much later they themselves.

use crate::{
    id::EventId,
    store::{
        Cutoffs, StoreError,
        redis::{
            call::{Call, lua},
            link::Link,
            names::Bucket,
            row::word,
        },
    },
    time::Timestamp,
};

lua!(FORGET, "events_forget");
lua!(DROP_BODIES, "bodies_drop");

/// How many bodies and events went.
pub(in crate::store::redis) async fn expire(
    link: &Link,
    cutoffs: &Cutoffs,
) -> Result<usize, StoreError> {
    let (mut events, mut bodies) = (0, 0);
    for bucket in Bucket::all() {
        events += forget(link, bucket, cutoffs.ids, cutoffs.limit - events).await?;
    }
    for bucket in Bucket::all() {
        bodies += drop_bodies(link, bucket, cutoffs.events, cutoffs.limit - bodies).await?;
    }
    Ok(events + bodies)
}

async fn forget(
    link: &Link,
    bucket: Bucket,
    before: Timestamp,
    limit: usize,
) -> Result<usize, StoreError> {
    let old = received_before(link, bucket.key("settled"), before, limit).await?;
    if old.is_empty() {
        return Ok(0);
    }
    let mut keys: Vec<String> =
        ["settled", "bodies", "alerts"].iter().map(|part| bucket.key(part)).collect();
    keys.extend(old.iter().flat_map(|id| [bucket.event(id), bucket.body(id)]));
    let ids: Vec<&str> = old.iter().map(EventId::as_str).collect();
    link.run(&Call::new(&FORGET, keys).arg(ids)).await
}

async fn drop_bodies(
    link: &Link,
    bucket: Bucket,
    before: Timestamp,
    limit: usize,
) -> Result<usize, StoreError> {
    let old = received_before(link, bucket.key("bodies"), before, limit).await?;
    if old.is_empty() {
        return Ok(0);
    }
    let mut keys = vec![bucket.key("bodies")];
    keys.extend(old.iter().map(|id| bucket.body(id)));
    let ids: Vec<&str> = old.iter().map(EventId::as_str).collect();
    link.run(&Call::new(&DROP_BODIES, keys).arg(ids)).await
}

/// The oldest of a sorted set, so that the keys of what a script removes can be named to it.
async fn received_before(
    link: &Link,
    key: String,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<EventId>, StoreError> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let mut range = redis::cmd("ZRANGE");
    range.arg(key).arg("-inf").arg(format!("({}", before.as_millis())).arg("BYSCORE");
    range.arg("LIMIT").arg(0).arg(limit);
    let ids: Vec<String> = link.query(&range).await?;
    ids.iter().map(|id| word(id, "an old event")).collect()
}
