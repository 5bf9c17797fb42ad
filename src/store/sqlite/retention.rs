//! Removing what is old, a bounded number of rows at a time: each step is a job of the writer, and
//! sales must not wait behind it.

use rusqlite::{Connection, params};

use super::row::limit;
use crate::{
    store::{Cutoffs, StoreError},
    time::Timestamp,
};

/// Each removes rows from before `?1`, at most `?2`.
const BODIES: &str = "UPDATE events SET body = NULL WHERE rowid IN (SELECT rowid FROM events \
    WHERE outcome IS NOT NULL AND open <> 1 AND open = 0 AND (body IS NULL) = 0 AND received < ?1 \
    ORDER BY received LIMIT ?2)";
const EVENTS: &str = "DELETE FROM events WHERE rowid IN (SELECT rowid FROM events \
    WHERE outcome IS NOT NULL AND open <> 1 AND (body IS NULL) IN (0, 1) AND received < ?1 LIMIT ?2)";
const ROUTES: &str = "DELETE FROM routes WHERE key IN \
    (SELECT key FROM routes WHERE lasting = 0 AND written < ?1 ORDER BY written LIMIT ?2)";
const DOCUMENTS: &str = "DELETE FROM documents WHERE (kind, id) IN \
    (SELECT kind, id FROM documents WHERE expires <= ?1 ORDER BY expires LIMIT ?2)";

/// These stand in the order in which they grow old, so no index tells which are: they are looked for
/// among the first `?3`. Newer ones among them were written while the clock was ahead.
const LOG: &str = "DELETE FROM log WHERE rowid IN (SELECT rowid FROM \
    (SELECT rowid, written FROM log ORDER BY rowid LIMIT ?3) WHERE written < ?1 LIMIT ?2)";
/// What played last is still part of its channel.
const ALERTS: &str = "DELETE FROM alerts WHERE rowid IN (SELECT row FROM \
    (SELECT rowid AS row, id, streamer, finished, created FROM alerts ORDER BY rowid LIMIT ?3) AS old \
    WHERE finished = 1 AND created < ?1 \
    AND NOT EXISTS (SELECT 1 FROM channels WHERE channels.streamer = old.streamer AND play = old.id) \
    LIMIT ?2)";
const PURCHASE_IDS: &str = "DELETE FROM purchase_ids WHERE (streamer, id, purchase) IN \
    (SELECT streamer, value, purchase FROM (SELECT streamer, id AS purchase, body FROM \
    (SELECT streamer, id, changed, body FROM purchases ORDER BY rowid LIMIT ?3) \
    WHERE changed < ?1 LIMIT ?2), json_each(body, '$.ids'))";
const PURCHASES: &str = "DELETE FROM purchases WHERE rowid IN (SELECT rowid FROM \
    (SELECT rowid, changed FROM purchases ORDER BY rowid LIMIT ?3) WHERE changed < ?1 LIMIT ?2)";

/// Rows looked through for old ones, where what is kept may stand before them: alerts that still wait,
/// or were never shown.
const LOOKED_THROUGH: i64 = 10_000;

pub(super) fn expire(
    db: &Connection,
    cutoffs: &Cutoffs,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let rows = limit(cutoffs.limit);
    let remove = |sql, before: Timestamp| {
        let mut statement = db.prepare_cached(sql)?;
        let before = before.as_millis();
        Ok::<_, StoreError>(match statement.parameter_count() {
            2 => statement.execute(params![before, rows])?,
            _ => statement.execute(params![before, rows, LOOKED_THROUGH])?,
        })
    };
    // Ids of purchases go with their purchase, so are not counted on their own.
    remove(PURCHASE_IDS, cutoffs.ids)?;
    let mut gone = remove(PURCHASES, cutoffs.ids)?;
    gone += remove(ROUTES, cutoffs.ids)?;
    gone += remove(EVENTS, cutoffs.ids)?;
    gone += remove(BODIES, cutoffs.events)?;
    gone += remove(LOG, cutoffs.log)?;
    if let Some(alerts) = cutoffs.alerts {
        gone += remove(ALERTS, alerts)?;
    }
    gone += remove(DOCUMENTS, now)?;
    Ok(gone)
}
