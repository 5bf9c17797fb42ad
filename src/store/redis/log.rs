//! The channels' logs: one stream each.

use redis::cmd;

use super::{
    call::{Call, lua},
    link::Link,
    names::{all_of_streamer, of_streamer},
    row::{json, unreadable, word},
    streamers,
};
use crate::{
    channel::Entry,
    id::StreamerId,
    position::{After, Position},
    store::{LogPage, StoreError},
};

lua!(PAGE, "page");

/// A channel's epoch and offset as they are kept.
type Head = (Option<String>, Option<u64>);

pub(super) async fn heads(link: &Link, streamers: &[StreamerId]) -> Vec<Option<Position>> {
    let question = |streamer: StreamerId| async move {
        let mut get = cmd("HMGET");
        get.arg(of_streamer(&streamer, "channel")).arg("epoch").arg("offset");
        position(link.query(&get).await?)
    };
    streamers::ask(streamers, question).await.into_iter().map(Result::ok).collect()
}

pub(super) async fn page(
    link: &Link,
    streamer: &StreamerId,
    after: After,
    limit: usize,
) -> Result<LogPage, StoreError> {
    let from = match after {
        After::Oldest => None,
        After::Offset(offset) | After::Position(Position { offset, .. }) => Some(offset),
    };
    let begin = from.map_or_else(|| "-".into(), |offset| format!("({offset}-0"));
    let call = Call::new(&PAGE, all_of_streamer(streamer, &["channel", "log"]));
    let (epoch, offset, oldest, entries): (_, _, Option<String>, Vec<Vec<u8>>) =
        link.run(&call.arg(begin).arg(limit)).await?;
    let head = position((epoch, offset))?;
    let oldest = match oldest {
        Some(id) => id.strip_suffix("-0").and_then(|offset| offset.parse::<u64>().ok()),
        None => head.offset.checked_add(1),
    };
    let oldest = oldest.and_then(|offset| offset.checked_sub(1));
    let oldest = oldest.ok_or_else(|| unreadable("an entry's id"))?;
    let elsewhere = matches!(after, After::Position(position)
        if position != Position::BEGINNING && position.epoch != head.epoch);
    if elsewhere || from.is_some_and(|from| !(oldest..=head.offset).contains(&from)) {
        return Ok(LogPage::HistoryLost { oldest: Position { offset: oldest, ..head } });
    }
    let entries = entries.iter().map(|entry| json(entry, "an entry"));
    Ok(LogPage::Page { entries: entries.collect::<Result<Vec<Entry>, _>>()?, head })
}

fn position((epoch, offset): Head) -> Result<Position, StoreError> {
    let (Some(epoch), Some(offset)) = (epoch, offset) else { return Ok(Position::BEGINNING) };
    Ok(Position { epoch: word(&epoch, "an epoch")?, offset })
}
