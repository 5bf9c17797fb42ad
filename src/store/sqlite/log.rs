//! The channels' logs.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    damage::Damage,
    row::{limit, packed_json, to_packed},
    seal::{CHANNELS, LOG, whole},
};
use crate::{
    channel::Entry,
    id::StreamerId,
    position::{After, Epoch, Position},
    store::{LogPage, StoreError},
};

pub(super) fn append(
    db: &Connection,
    streamer: &StreamerId,
    entries: &[Entry],
) -> Result<(), StoreError> {
    let Some(first) = entries.first() else { return Ok(()) };
    // The clock may be set back between two runs of the program. Retention removes by this time
    // and must never take an entry before an older one: it grows with the offset, whatever comes.
    let mut written: i64 = db
        .prepare_cached(
            "SELECT written FROM log WHERE streamer = ?1 AND epoch = ?2 \
             ORDER BY offset DESC LIMIT 1",
        )?
        .query_row(params![streamer.as_str(), first.position.epoch.0.cast_signed()], |row| {
            row.get(0)
        })
        .optional()?
        .unwrap_or(i64::MIN);
    let mut insert = db.prepare_cached(
        "INSERT INTO log (streamer, epoch, offset, written, body) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for entry in entries {
        written = written.max(entry.time.as_millis());
        let Position { epoch, offset } = entry.position;
        let (epoch, offset) = (epoch.0.cast_signed(), offset.cast_signed());
        insert.execute(params![streamer.as_str(), epoch, offset, written, to_packed(entry)])?;
    }
    Ok(())
}

pub(super) fn page(
    db: &Connection,
    streamer: &StreamerId,
    after: After,
    rows: usize,
) -> Result<LogPage, StoreError> {
    let head = head(db, streamer)?;
    let epoch = head.epoch.0.cast_signed();
    let oldest = db
        .prepare_cached("SELECT min(offset) FROM log WHERE streamer = ?1 AND epoch = ?2")?
        .query_row(params![streamer.as_str(), epoch], |row| row.get::<_, Option<i64>>(0))?
        .map_or(head.offset, |offset| offset.cast_unsigned().saturating_sub(1));
    let from = match after {
        After::Oldest => Some(oldest),
        After::Offset(offset) => Some(offset),
        After::Position(position) if position == Position::BEGINNING => Some(0),
        After::Position(position) => (position.epoch == head.epoch).then_some(position.offset),
    };
    let Some(from) = from.filter(|from| (oldest..=head.offset).contains(from)) else {
        return Ok(LogPage::HistoryLost { oldest: Position { offset: oldest, ..head } });
    };
    let mut statement = db.prepare_cached(
        "SELECT * FROM log WHERE streamer = ?1 AND epoch = ?2 AND offset > ?3 \
         ORDER BY offset LIMIT ?4",
    )?;
    let params = params![streamer.as_str(), epoch, from.cast_signed(), limit(rows)];
    let entries = statement.query_map(params, entry)?;
    Ok(LogPage::Page { entries: entries.collect::<Result<_, _>>()?, head })
}

pub(super) fn heads(
    db: &Connection,
    streamers: &[StreamerId],
    damage: &Damage,
) -> Result<Vec<Option<Position>>, StoreError> {
    streamers.iter().map(|streamer| damage.without(head(db, streamer))).collect()
}

fn head(db: &Connection, streamer: &StreamerId) -> Result<Position, StoreError> {
    let head = db.prepare_cached("SELECT * FROM channels WHERE streamer = ?1")?.query_row(
        [streamer.as_str()],
        |row| {
            whole(row, &CHANNELS)?;
            let (epoch, offset): (i64, i64) = (row.get("epoch")?, row.get("head")?);
            Ok(Position { epoch: Epoch(epoch.cast_unsigned()), offset: offset.cast_unsigned() })
        },
    );
    Ok(head.optional()?.unwrap_or(Position::BEGINNING))
}

pub(super) fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    whole(row, &LOG)?;
    packed_json(row, "body")
}
