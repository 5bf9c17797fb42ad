//! Which streamers have a channel. What spans all of them asks one after the other: each has a place
//! of its own in a cluster.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use redis::cmd;

use super::{
    call::{Call, lua},
    link::Link,
    names::{STREAMERS, all_of_streamer},
    row::word,
};
use crate::{id::StreamerId, store::StoreError};

lua!(IN_TIME, "in_time");

/// How many are asked at once.
const AT_ONCE: usize = 64;

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
        for id in ids {
            found.insert(word(&id, "a streamer's id")?);
        }
        if next == 0 {
            return Ok(found.into_iter().collect());
        }
        cursor = next;
    }
}

/// What each of these streamers answers, in their order.
pub(super) async fn ask<T, Answer>(
    streamers: &[StreamerId],
    question: impl Fn(StreamerId) -> Answer,
) -> Result<Vec<T>, StoreError>
where
    Answer: Future<Output = Result<T, StoreError>>,
{
    let mut answers = Vec::with_capacity(streamers.len());
    for some in streamers.chunks(AT_ONCE) {
        answers.extend(try_join_all(some.iter().cloned().map(&question)).await?);
    }
    Ok(answers)
}

/// Which streamers answer yes.
pub(super) async fn which<Answer>(
    link: &Link,
    question: impl Fn(StreamerId) -> Answer,
) -> Result<Vec<StreamerId>, StoreError>
where
    Answer: Future<Output = Result<bool, StoreError>>,
{
    let streamers = all(link).await?;
    let answers = ask(&streamers, question).await?;
    Ok(streamers.into_iter().zip(answers).filter_map(|(id, yes)| yes.then_some(id)).collect())
}

/// Adds one; must be done before its channel is stored, or nobody would ever ask it.
pub(super) async fn add(link: &Link, streamer: &StreamerId) -> Result<(), StoreError> {
    let call = Call::new(&IN_TIME, [STREAMERS.to_owned()]).arg("SADD").arg(streamer.as_str());
    link.run_durably(&call).await
}

/// Takes one out together with these keys of it: the keys first, so that a removal that broke off
/// is found and done again.
pub(super) async fn remove(
    link: &Link,
    streamer: &StreamerId,
    parts: &[&str],
) -> Result<(), StoreError> {
    let keys = Call::new(&IN_TIME, all_of_streamer(streamer, parts)).arg("UNLINK");
    link.run_durably::<()>(&keys).await?;
    let call = Call::new(&IN_TIME, [STREAMERS.to_owned()]).arg("SREM").arg(streamer.as_str());
    link.run_durably(&call).await
}
