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
    WHERE outcome IS NOT NULL AND open = 0 AND body IS NOT NULL AND received < ?1 \
    ORDER BY received LIMIT ?2)";
const EVENTS: &str = "DELETE FROM events WHERE rowid IN (SELECT rowid FROM events \
    WHERE outcome IS NOT NULL AND open <> 1 AND received < ?1 ORDER BY received LIMIT ?2)";
const LOG: &str = "DELETE FROM log WHERE (streamer, epoch, offset) IN \
    (SELECT streamer, epoch, offset FROM log WHERE written < ?1 ORDER BY written, offset LIMIT ?2)";
/// What played last is still part of its channel.
const ALERTS: &str = "DELETE FROM alerts WHERE rowid IN (SELECT rowid FROM alerts \
    WHERE finished = 1 AND created < ?1 \
    AND NOT EXISTS (SELECT 1 FROM channels WHERE channels.streamer = alerts.streamer AND play = alerts.id) \
    ORDER BY created LIMIT ?2)";
const PURCHASE_IDS: &str = "DELETE FROM purchase_ids WHERE (streamer, purchase) IN \
    (SELECT streamer, id FROM purchases WHERE changed < ?1 ORDER BY changed, streamer, id LIMIT ?2)";
const PURCHASES: &str = "DELETE FROM purchases WHERE (streamer, id) IN \
    (SELECT streamer, id FROM purchases WHERE changed < ?1 ORDER BY changed, streamer, id LIMIT ?2)";
const ROUTES: &str = "DELETE FROM routes WHERE key IN \
    (SELECT key FROM routes WHERE lasting = 0 AND written < ?1 ORDER BY written LIMIT ?2)";
const DOCUMENTS: &str = "DELETE FROM documents WHERE (kind, id) IN \
    (SELECT kind, id FROM documents WHERE expires <= ?1 ORDER BY expires LIMIT ?2)";

pub(super) fn expire(
    db: &Connection,
    cutoffs: &Cutoffs,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let rows = limit(cutoffs.limit);
    let remove = |sql, before: Timestamp| {
        Ok::<_, StoreError>(db.prepare_cached(sql)?.execute(params![before.as_millis(), rows])?)
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
