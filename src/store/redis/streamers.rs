//! Which streamers have a channel. What spans all of them asks one after the other: each has a place
//! of its own in a cluster.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;
use redis::cmd;

use super::{
    call::{Call, lua},
    link::Link,
    names::{STREAMERS, all_of_streamer, of_streamer},
};
use crate::{id::StreamerId, store::StoreError};

lua!(IN_TIME, "in_time");

/// How many are asked at once.
const AT_ONCE: usize = 64;

/// How long a removed streamer gets no new channel: other nodes believe for 2 s that it is there.
const REMOVED_KEPT: Duration = Duration::from_secs(30);

/// How many ids one answer brings, about.
const PAGE: usize = 1_000;

/// All of them, by id.
pub(super) async fn all(link: &Link) -> Result<Vec<StreamerId>, StoreError> {
    let mut found = BTreeSet::new();
    let mut cursor = 0;
    loop {
        let mut page = cmd("SSCAN");
        page.arg(STREAMERS).arg(cursor).arg("COUNT").arg(PAGE);
        let (next, ids): (u64, Vec<String>) = link.query(&page).await?;
        // What is none was put there by somebody else: it must not stop the others.
        found.extend(ids.iter().filter_map(|id| id.parse::<StreamerId>().ok()));
        if next == 0 {
            return Ok(found.into_iter().collect());
        }
        cursor = next;
    }
}

/// What each of these streamers answers, in their order: one whose part of a cluster is away keeps
/// none of the others.
pub(super) async fn ask<T, Answer>(
    streamers: &[StreamerId],
    question: impl Fn(StreamerId) -> Answer,
) -> Vec<Result<T, StoreError>>
where
    Answer: Future<Output = Result<T, StoreError>>,
{
    let mut answers = Vec::with_capacity(streamers.len());
    for some in streamers.chunks(AT_ONCE) {
        answers.extend(join_all(some.iter().cloned().map(&question)).await);
    }
    answers
}

/// Which streamers answer yes; an error only if none does and not all could be asked.
pub(super) async fn which<Answer>(
    link: &Link,
    question: impl Fn(StreamerId) -> Answer,
) -> Result<Vec<StreamerId>, StoreError>
where
    Answer: Future<Output = Result<bool, StoreError>>,
{
    let streamers = all(link).await?;
    let (mut found, mut failed) = (Vec::new(), None);
    for (id, answer) in streamers.iter().zip(ask(&streamers, question).await) {
        match answer {
            Ok(true) => found.push(id.clone()),
            Ok(false) => {}
            Err(error) => {
                tracing::debug!(streamer = %id, %error, "a channel could not be asked");
                failed = Some(error);
            }
        }
    }
    match failed {
        Some(error) if found.is_empty() => Err(error),
        _ => Ok(found),
    }
}

/// Adds one; must be done before its channel is stored, or nobody would ever ask it.
pub(super) async fn add(link: &Link, streamer: &StreamerId) -> Result<(), StoreError> {
    let call = Call::new(&IN_TIME, [STREAMERS.to_owned()]).arg("SADD").arg(streamer.as_str());
    link.run_durably(&call).await
}

/// Allows a streamer that was removed a moment ago a channel again.
pub(super) async fn allow(link: &Link, streamer: &str) -> Result<(), StoreError> {
    let Ok(streamer) = streamer.parse() else { return Ok(()) };
    let call = Call::new(&IN_TIME, [of_streamer(&streamer, "removed")]).arg("DEL");
    link.run(&call).await
}

/// Takes one out together with these keys of it: the keys first, so that a removal that broke off
/// is found and done again.
pub(super) async fn remove(
    link: &Link,
    streamer: &StreamerId,
    parts: &[&str],
) -> Result<(), StoreError> {
    let removed = Call::new(&IN_TIME, [of_streamer(streamer, "removed")]);
    let millis = u64::try_from(REMOVED_KEPT.as_millis()).unwrap_or(u64::MAX);
    link.run_durably::<()>(&removed.arg("SET").arg("1").arg("PX").arg(millis)).await?;
    let keys = Call::new(&IN_TIME, all_of_streamer(streamer, parts)).arg("UNLINK");
    link.run_durably::<()>(&keys).await?;
    let call = Call::new(&IN_TIME, [STREAMERS.to_owned()]).arg("SREM").arg(streamer.as_str());
    link.run_durably(&call).await
}
