//! What it takes to erase a buyer, besides a commit: going through all events, changing bodies and
//! entries where they stand, and leaving nothing of them in the file.

use std::path::Path;

use rusqlite::{Connection, params};

use super::{
    events::stored,
    open::connect,
    packed::pack,
    row::{limit, to_packed},
};
use crate::{
    channel::Entry,
    id::{EventId, StreamerId},
    store::{EventPage, StoreError},
};

/// Tries of emptying the write-ahead log; each waits a second for readers.
const SCRUB_TRIES: u32 = 3;

/// A page's `next` is the number of its last row: newer events have higher ones.
pub(super) fn events(
    db: &Connection,
    after: Option<&str>,
    rows: usize,
) -> Result<EventPage, StoreError> {
    let after: i64 = after.and_then(|row| row.parse().ok()).unwrap_or(i64::MIN);
    let sql = "SELECT *, rowid FROM events WHERE rowid > ?1 ORDER BY rowid LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let found = statement
        .query_map(params![after, limit(rows)], |row| {
            Ok((row.get::<_, i64>("rowid")?, stored(row)?))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let next = (found.len() == rows).then(|| found.last().map(|(row, _)| row.to_string()));
    Ok(EventPage {
        events: found.into_iter().map(|(_, event)| event).collect(),
        next: next.flatten(),
    })
}

pub(super) fn put_body(
    db: &Connection,
    id: &EventId,
    body: Option<&[u8]>,
) -> Result<bool, StoreError> {
    let sql = "UPDATE events SET body = ?2 WHERE id = ?1 AND outcome IS NOT NULL";
    Ok(db.prepare_cached(sql)?.execute(params![id.as_str(), body.map(pack)])? == 1)
}

pub(super) fn rewrite(
    db: &Connection,
    streamer: &StreamerId,
    entries: &[Entry],
) -> Result<(), StoreError> {
    let mut update = db.prepare_cached(
        "UPDATE log SET body = ?4 WHERE streamer = ?1 AND epoch = ?2 AND offset = ?3",
    )?;
    for entry in entries {
        let (epoch, offset) = (entry.position.epoch.0, entry.position.offset);
        let (epoch, offset) = (epoch.cast_signed(), offset.cast_signed());
        update.execute(params![streamer.as_str(), epoch, offset, to_packed(entry)])?;
    }
    Ok(())
}

/// Moves all of the write-ahead log into the database, where what is deleted is overwritten, and
/// empties it.
pub(super) fn scrub(file: &Path) -> Result<(), StoreError> {
    let db = connect(file)?;
    // A reader that reads for longer than its lock is waited for must not stop it.
    for _ in 0..SCRUB_TRIES {
        let busy: bool = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if !busy {
            return Ok(());
        }
    }
    Err(StoreError::Unavailable("its write-ahead log is being read: ask again soon".into()))
}
