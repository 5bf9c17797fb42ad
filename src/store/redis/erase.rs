//! What it takes to erase a buyer, besides a commit: going through all events, and changing bodies
//! and entries. A stream's entries cannot be changed, so the log is copied with the new ones in their
//! places, a bounded number at a time, and the copy put in its place.

use bytes::Bytes;
use futures_util::future::try_join_all;
use redis::cmd;

use super::{
    call::{Call, lua},
    events,
    link::Link,
    names::{Bucket, of_streamer},
    row::{random, to_json, unreadable, word},
};
use crate::{
    channel::Entry,
    id::{EventId, StreamerId},
    store::{EventPage, StoreError},
};

lua!(PUT_BODY, "body_put");
lua!(COPY, "log_copy");
lua!(SWAP, "log_swap");

/// Entries copied by one script.
const COPIED_AT_ONCE: usize = 500;

/// How long a copy that broke off stays.
const DRAFT_KEPT_MS: u64 = 60_000;

/// Copies begun before giving up: each lost one means that the log was rewritten or begun anew by
/// somebody else meanwhile.
const TRIES: u32 = 5;

/// A page's `next` is `<bucket>/<cursor>`.
pub(super) async fn page(
    link: &Link,
    after: Option<&str>,
    limit: usize,
) -> Result<EventPage, StoreError> {
    let (bucket, cursor) = after.and_then(|after| after.split_once('/')).unwrap_or(("0", "0"));
    let number: usize = word(bucket, "a place in the events")?;
    let Some(bucket) = Bucket::all().nth(number) else { return Ok(EventPage::default()) };
    let mut scan = cmd("HSCAN");
    scan.arg(bucket.key("alerts")).arg(cursor).arg("COUNT").arg(limit);
    let (cursor, found): (String, Vec<(String, String)>) = link.query(&scan).await?;
    let mut events = Vec::with_capacity(found.len());
    for some in found.chunks(events::READ_AT_ONCE) {
        let ids = some.iter().map(|(_, id)| word::<EventId>(id, "an event"));
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        let read = try_join_all(ids.iter().map(|id| events::by_id(link, id))).await?;
        // One may have been removed since it was found.
        events.extend(read.into_iter().flatten());
    }
    let next = match cursor.as_str() {
        "0" => (number + 1 < Bucket::all().count()).then(|| format!("{}/0", number + 1)),
        cursor => Some(format!("{number}/{cursor}")),
    };
    Ok(EventPage { events, next })
}

pub(super) async fn put_body(
    link: &Link,
    id: &EventId,
    body: Option<&Bytes>,
) -> Result<bool, StoreError> {
    let bucket = Bucket::of(id.as_str());
    let keys = [bucket.event(id), bucket.body(id), bucket.key("bodies")];
    let body = body.map_or(&[][..], |body| body);
    link.run_durably(&Call::new(&PUT_BODY, keys).arg(id.as_str()).arg(body)).await
}

pub(super) async fn rewrite(
    link: &Link,
    streamer: &StreamerId,
    entries: &[Entry],
) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        if Draft::begin(link, streamer).await?.finish(entries).await? {
            return Ok(());
        }
    }
    Err(StoreError::Unavailable("the log is being rewritten by others: ask again soon".into()))
}

/// A copy of a log.
struct Draft<'l> {
    link: &'l Link,
    channel: String,
    log: String,
    draft: String,
    /// The log's epoch when the copy began, and how often it had been rewritten.
    epoch: String,
    rewrites: String,
}

impl<'l> Draft<'l> {
    async fn begin(link: &'l Link, streamer: &StreamerId) -> Result<Self, StoreError> {
        let channel = of_streamer(streamer, "channel");
        let mut get = cmd("HMGET");
        get.arg(&channel).arg("epoch").arg("rewrites");
        let (epoch, rewrites): (Option<String>, Option<String>) = link.query(&get).await?;
        Ok(Self {
            link,
            channel,
            log: of_streamer(streamer, "log"),
            draft: of_streamer(streamer, &format!("log_draft:{}", random()?)),
            epoch: epoch.unwrap_or_default(),
            rewrites: rewrites.unwrap_or_default(),
        })
    }

    /// Copies the log and puts the copy in its place; `false` if the log is not what it was.
    async fn finish(self, entries: &[Entry]) -> Result<bool, StoreError> {
        let here = |entry: &&Entry| entry.position.epoch.to_string() == self.epoch;
        let ours = entries.iter().filter(here);
        let mut texts: Vec<(u64, String)> =
            ours.map(|entry| (entry.position.offset, to_json(entry))).collect();
        if texts.is_empty() {
            return Ok(true);
        }
        texts.sort_unstable_by_key(|(offset, _)| *offset);
        let mut last = String::new();
        loop {
            let copied: Option<usize>;
            (copied, last) = self.copy(&last, &texts).await?;
            let Some(copied) = copied else { return Ok(false) };
            if last.is_empty() {
                return Ok(true);
            }
            if copied < COPIED_AT_ONCE {
                match self.swap(&last).await?.as_str() {
                    "done" => return Ok(true),
                    "changed" => return Ok(false),
                    "more" => {}
                    _ => return Err(unreadable("what came of a rewritten log")),
                }
            }
        }
    }

    /// Copies what comes after the last id copied; how many that were, and the new last one.
    async fn copy(
        &self,
        last: &str,
        texts: &[(u64, String)],
    ) -> Result<(Option<usize>, String), StoreError> {
        let call = Call::new(&COPY, [self.log.clone(), self.draft.clone()])
            .arg(last)
            .arg(COPIED_AT_ONCE)
            .arg(DRAFT_KEPT_MS);
        // Offsets have no gap, so no more of the new ones can be in this part than are copied, besides
        // those that retention took since they were read.
        let after = last.strip_suffix("-0").and_then(|last| last.parse().ok()).unwrap_or(0);
        let due = texts.iter().skip_while(|(offset, _)| *offset <= after);
        let part = due.take(2 * COPIED_AT_ONCE);
        let call =
            part.fold(call, |call, (offset, text)| call.arg(format!("{offset}-0")).arg(text));
        self.link.run(&call).await
    }

    async fn swap(&self, last: &str) -> Result<String, StoreError> {
        let keys = [self.channel.clone(), self.log.clone(), self.draft.clone()];
        let call = Call::new(&SWAP, keys).arg(&self.epoch).arg(&self.rewrites).arg(last);
        self.link.run_durably(&call.arg(COPIED_AT_ONCE)).await
    }
}
