//! Alerts: one row each, with columns for what they are found by.

use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::{
    damage::Damage,
    row::{limit, packed_json, to_json, to_packed, word},
    seal::{ALERTS, whole},
};
use crate::{
    alert::{Alert, AlertState},
    id::{AlertId, StreamerId},
    store::{AlertFilter, HEAD, StoreError},
};

pub(super) fn put(db: &Connection, streamer: &StreamerId, alert: &Alert) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO alerts (id, streamer, state, test, created, entered, spot_order, \
         spot_entered, finished, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
         ON CONFLICT (streamer, id) DO UPDATE SET state = ?3, test = ?4, created = ?5, \
         entered = ?6, spot_order = ?7, spot_entered = ?8, finished = ?9, body = ?10",
    )?
    .execute(params![
        alert.id.to_string(),
        streamer.as_str(),
        alert.state.name(),
        alert.test,
        alert.created.as_millis(),
        alert.entered.as_millis(),
        alert.spot.map(|spot| spot.order.cast_signed()),
        alert.spot.map(|spot| spot.entered.as_millis()),
        alert.state.is_end() && alert.spot.is_none(),
        to_packed(alert),
    ])?;
    Ok(())
}

pub(super) fn one(
    db: &Connection,
    streamer: &StreamerId,
    id: AlertId,
) -> Result<Option<Alert>, StoreError> {
    let sql = "SELECT * FROM alerts WHERE id = ?2 AND streamer = ?1";
    let alert = db.prepare_cached(sql)?.query_row([streamer.as_str(), &id.to_string()], alert);
    Ok(alert.optional()?)
}

pub(super) fn owner(db: &Connection, id: AlertId) -> Result<Option<StreamerId>, StoreError> {
    let owner = db
        .prepare_cached(
            "SELECT * FROM alerts WHERE streamer IN (SELECT streamer FROM channels) AND id = ?1",
        )?
        .query_row([id.to_string()], |row| alert(row).and_then(|_: Alert| word(row, "streamer")));
    Ok(owner.optional()?)
}

/// What [`Loaded::head`](crate::store::Loaded::head) promises, without those that are damaged.
pub(super) fn head(
    db: &Connection,
    streamer: &StreamerId,
    damage: &Damage,
) -> Result<Vec<Alert>, StoreError> {
    let parts = [
        "SELECT * FROM alerts WHERE streamer = ?1 AND spot_order IS NOT NULL \
         ORDER BY spot_order",
        "SELECT * FROM alerts WHERE streamer = ?1 AND spot_order IS NOT NULL AND test = 1 \
         ORDER BY spot_entered, spot_order",
        "SELECT * FROM alerts WHERE streamer = ?1 AND state = 'held' \
         ORDER BY entered, id",
    ];
    let mut head: Vec<Alert> = Vec::new();
    for sql in parts {
        let mut statement = db.prepare_cached(sql)?;
        let found = damage.rows_without(&mut statement, [streamer.as_str()], alert)?;
        for alert in found.take(HEAD) {
            let alert = alert?;
            if head.iter().all(|other| other.id != alert.id) {
                head.push(alert);
            }
        }
    }
    Ok(head)
}

pub(super) fn list(
    db: &Connection,
    streamer: &StreamerId,
    filter: &AlertFilter,
) -> Result<Vec<Alert>, StoreError> {
    let states: Vec<_> = filter.states.iter().copied().map(AlertState::name).collect();
    // Every id sorts before a tilde.
    let sql = "SELECT * FROM alerts WHERE streamer = ?1 AND id < coalesce(?2, '~') \
               AND (?3 = 0 OR test = 0) \
               AND (?4 = '[]' OR state IN (SELECT value FROM json_each(?4))) \
               ORDER BY id DESC LIMIT ?5";
    let before = filter.before.map(|id| id.to_string());
    let states = to_json(&states);
    let rows = limit(filter.limit);
    select(db, sql, params![streamer.as_str(), before, filter.no_tests, states, rows])
}

fn select(db: &Connection, sql: &str, params: impl Params) -> Result<Vec<Alert>, StoreError> {
    let mut statement = db.prepare_cached(sql)?;
    let alerts = statement.query_map(params, alert)?;
    Ok(alerts.collect::<Result<_, _>>()?)
}

pub(super) fn alert(row: &Row<'_>) -> rusqlite::Result<Alert> {
    whole(row, &ALERTS)?;
    packed_json(row, "body")
}
