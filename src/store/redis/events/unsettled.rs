//! Events without an outcome. Each belongs to the node that took it in or made the last attempt at
//! it; one node at a time looks after those whose node is gone.

use std::time::Duration;

use futures_util::future::{join_all, try_join_all};

use crate::{
    id::{EventId, NodeId},
    store::{
        REST_MAX, StoreError, StoredEvent,
        redis::{
            call::{Call, lua},
            leases,
            link::Link,
            names::Bucket,
            row::word,
        },
    },
    time::Timestamp,
};

lua!(PAGE, "unsettled");

/// The lease of looking after the events of nodes that are gone, and how long it is.
const ORPHANS: (&str, Duration) = ("orphans", Duration::from_secs(12));

/// How many members one step of a search looks at.
const LOOKED_AT: usize = 512;

/// Whose events are looked for, and due before which microsecond, or after which other.
struct Search {
    node: NodeId,
    /// The nodes that live, when those of all others are looked for too.
    living: Option<Vec<String>>,
    before: i64,
    ahead: i64,
    limit: usize,
}

pub(in crate::store::redis) async fn unsettled(
    link: &Link,
    node: NodeId,
    before: Timestamp,
    limit: usize,
) -> Result<Vec<StoredEvent>, StoreError> {
    let looks_after_orphans = leases::take(link, ORPHANS.0, node, ORPHANS.1).await?;
    let living = if looks_after_orphans { Some(leases::living(link).await?) } else { None };
    let ahead = before.max(link.clock.now() + REST_MAX);
    let [before, ahead] = [before, ahead].map(|at| at.as_millis().saturating_mul(1000));
    let search = Search { node, living, before, ahead, limit };
    let found = Bucket::all().map(|bucket| search.run(link, bucket));
    let mut found: Vec<(i64, EventId)> = those_read(join_all(found).await)?.concat();
    found.sort_unstable();
    found.truncate(limit);
    let mut events = Vec::with_capacity(found.len());
    for some in found.chunks(super::READ_AT_ONCE) {
        let read = join_all(some.iter().map(|(_, id)| super::by_id(link, id))).await;
        // One may have been settled since it was found.
        let read = those_read(read)?.into_iter().flatten();
        events.extend(read.filter(|event| event.settled.is_none()));
    }
    Ok(events)
}

pub(in crate::store::redis) async fn unsettled_count(link: &Link) -> Result<u64, StoreError> {
    let counts = Bucket::all().map(|bucket| async move {
        link.query::<u64>(redis::cmd("ZCARD").arg(bucket.key("unsettled"))).await
    });
    Ok(try_join_all(counts).await?.into_iter().sum())
}

/// What could be read: a part of a cluster that is away, or an event that is not what this version
/// writes, keeps none of the others. An error only if nothing could be.
fn those_read<T>(answers: Vec<Result<T, StoreError>>) -> Result<Vec<T>, StoreError> {
    let (mut read, mut failed) = (Vec::with_capacity(answers.len()), None);
    for answer in answers {
        match answer {
            Ok(answer) => read.push(answer),
            Err(error) => {
                tracing::warn!(%error, "some events without an outcome cannot be read");
                failed = Some(error);
            }
        }
    }
    match failed {
        Some(error) if read.is_empty() => Err(error),
        _ => Ok(read),
    }
}

impl Search {
    /// Those in a bucket with the microseconds since when they are due, longest first; the limit, and what
    /// was found beyond it in the last step.
    async fn run(&self, link: &Link, bucket: Bucket) -> Result<Vec<(i64, EventId)>, StoreError> {
        let mut found = Vec::new();
        let mut rank = 0;
        while found.len() < self.limit {
            let call = Call::new(&PAGE, [bucket.key("unsettled")])
                .arg(rank)
                .arg(rank + LOOKED_AT - 1)
                .arg(self.before)
                .arg(self.ahead)
                .arg(self.node.to_string())
                .arg(u8::from(self.living.is_some()))
                .arg(&self.living);
            let (more, page): (bool, Vec<(i64, String)>) = link.run(&call).await?;
            for (due, id) in page {
                found.push((due, word(&id, "an event without an outcome")?));
            }
            if !more {
                break;
            }
            // Ranks that shift while others settle are seen by the next search.
            rank += LOOKED_AT;
        }
        Ok(found)
    }
}
