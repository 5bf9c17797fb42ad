//! Events: what was accepted, and what became of it.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    damage::Damage,
    packed::{pack, unpack},
    row::{json, limit, opt_word, time, to_json, unreadable, word},
    seal::{EVENTS, whole},
};
use crate::{
    id::{AlertId, EventId, StreamerId},
    store::{Accepted, Door, NewEvent, REST_MAX, Settlement, StoreError, StoredEvent},
    time::Timestamp,
};

pub(super) fn accept(
    db: &Connection,
    event: &NewEvent,
    now: Timestamp,
    damage: &Damage,
) -> Result<Accepted, StoreError> {
    let inserted = db
        .prepare_cached(
            "INSERT INTO events (id, alert, kind, streamer, door, received, verified, \
             stored, due, attempts, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, 1, ?9) \
             ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            event.id.as_str(),
            event.alert.to_string(),
            event.kind,
            event.streamer.as_ref().map(StreamerId::as_str),
            event.door.name(),
            event.received.as_millis(),
            event.verified.as_millis(),
            now.as_millis(),
            pack(&event.body),
        ])?;
    if inserted == 1 {
        return Ok(Accepted::New);
    }
    let known = db
        .prepare_cached("SELECT * FROM events WHERE id = ?1")?
        .query_row([event.id.as_str()], |row| Ok(stored(row)))?;
    if let Some(known) = damage.without(known.map_err(StoreError::from))? {
        return Ok(Accepted::Duplicate(known.event.alert));
    }
    // What comes is whole: it takes the place of what the disk changed. If it was settled before,
    // its purchase knows the alert.
    db.prepare_cached("DELETE FROM events WHERE id = ?1")?.execute([event.id.as_str()])?;
    accept(db, event, now, damage)
}

pub(super) fn by_id(db: &Connection, id: &EventId) -> Result<Option<StoredEvent>, StoreError> {
    let sql = "SELECT * FROM events WHERE id = ?1";
    Ok(db.prepare_cached(sql)?.query_row([id.as_str()], stored).optional()?)
}

pub(super) fn by_alert(db: &Connection, id: AlertId) -> Result<Option<StoredEvent>, StoreError> {
    let sql = "SELECT * FROM events WHERE alert = ?1";
    Ok(db.prepare_cached(sql)?.query_row([id.to_string()], stored).optional()?)
}

pub(super) fn unsettled(
    db: &Connection,
    before: Timestamp,
    now: Timestamp,
    rows: usize,
    damage: &Damage,
) -> Result<Vec<StoredEvent>, StoreError> {
    let mut events = Vec::new();
    for (due, at) in [("due > ?1", before.max(now + REST_MAX)), ("due < ?1", before)] {
        let sql = format!(
            "SELECT * FROM events WHERE outcome IS NULL AND {due} ORDER BY due, rowid LIMIT ?2"
        );
        let mut statement = db.prepare_cached(&sql)?;
        let left = params![at.as_millis(), limit(rows - events.len())];
        for event in damage.rows_without(&mut statement, left, stored)? {
            events.push(event?);
        }
    }
    Ok(events)
}

pub(super) fn unsettled_count(db: &Connection) -> Result<u64, StoreError> {
    let sql = "SELECT count(*) FROM events WHERE outcome IS NULL";
    let count: i64 = db.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(count.cast_unsigned())
}

pub(super) fn attempt(db: &Connection, id: &EventId) -> Result<u32, StoreError> {
    let count = db
        .prepare_cached(
            "UPDATE events SET attempts = min(attempts + 1, 4294967295) \
             WHERE id = ?1 AND outcome IS NULL RETURNING attempts",
        )?
        .query_row([id.as_str()], |row| row.get(0));
    Ok(count.optional()?.unwrap_or(0))
}

pub(super) fn put_off(db: &Connection, id: &EventId, until: Timestamp) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE events SET due = ?2 WHERE id = ?1 AND outcome IS NULL")?
        .execute(params![id.as_str(), until.as_millis()])?;
    Ok(())
}

pub(super) fn route(
    db: &Connection,
    id: &EventId,
    streamer: &StreamerId,
) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE events SET routed = ?2 WHERE id = ?1")?
        .execute([id.as_str(), streamer.as_str()])?;
    Ok(())
}

/// How an outcome stands: for good, or open as a dead letter or as what waits for its sale.
const fn standing(outcome: &Settlement) -> i64 {
    match outcome {
        Settlement::DeadLetter(_) => 1,
        Settlement::Waiting => 2,
        _ => 0,
    }
}

/// Whether an event may be given an outcome: it is known, and has none or an open one.
pub(super) fn is_open(db: &Connection, id: &EventId) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM events WHERE id = ?1 AND (outcome IS NULL OR open > 0)";
    Ok(db.prepare_cached(sql)?.exists([id.as_str()])?)
}

pub(super) fn settle(
    db: &Connection,
    id: &EventId,
    outcome: &Settlement,
) -> Result<bool, StoreError> {
    let settled = db
        .prepare_cached(
            "UPDATE events SET outcome = ?2, open = ?3 \
             WHERE id = ?1 AND (outcome IS NULL OR open > 0) \
             AND (?3 <> 2 OR coalesce(routed, streamer) IS NULL)",
        )?
        .execute(params![id.as_str(), to_json(outcome), standing(outcome)])?;
    Ok(settled == 1)
}

pub(super) fn redrive(db: &Connection, id: &EventId) -> Result<bool, StoreError> {
    let sql = "UPDATE events SET outcome = NULL, open = 0, attempts = 1, due = stored \
               WHERE id = ?1 AND open > 0";
    Ok(db.prepare_cached(sql)?.execute([id.as_str()])? == 1)
}

pub(super) fn stored(row: &Row<'_>) -> rusqlite::Result<StoredEvent> {
    whole(row, &EVENTS)?;
    let body = match row.get_ref("body")?.as_blob_or_null()? {
        Some(packed) => unpack(packed).ok_or_else(|| unreadable("body"))?.into_owned(),
        None => Vec::new(),
    };
    let settled = match row.get_ref("outcome")?.as_str_or_null()? {
        Some(_) => Some(json(row, "outcome")?),
        None => None,
    };
    Ok(StoredEvent {
        event: NewEvent {
            id: word(row, "id")?,
            alert: word(row, "alert")?,
            kind: row.get("kind")?,
            streamer: opt_word(row, "streamer")?,
            door: Door::named(row.get_ref("door")?.as_str()?),
            received: time(row, "received")?,
            verified: time(row, "verified")?,
            body: Bytes::from(body),
        },
        stored: time(row, "stored")?,
        attempts: row.get("attempts")?,
        routed: opt_word(row, "routed")?,
        settled,
    })
}
