//! Facts beside the channel: purchases and their ids, totals, buyers, and which streamer a key of
//! Stripe's routes to.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    row::{json, to_json, word},
    seal::{BUYERS, PURCHASE_IDS, PURCHASES, ROUTES, TOTALS, whole},
};
use crate::{
    channel::Purchase,
    id::{AlertId, StreamerId},
    money::Currency,
    store::{BuyerKey, DocumentKind, Fact, LASTING_KEY, StoreError, Total},
    stripe::sale::PurchaseId,
    time::Timestamp,
};

/// A set's record has its ids.
const POINTING_TO_ONE: &str = "DELETE FROM purchase_ids WHERE purchase = ?2 \
    AND streamer = ?1 AND id IN (SELECT value FROM purchases, json_each(body, '$.ids') \
    WHERE purchases.streamer = ?1 AND purchases.id = ?2)";

pub(super) fn purchases(
    db: &Connection,
    streamer: &StreamerId,
    ids: &[PurchaseId],
) -> Result<Vec<Purchase>, StoreError> {
    let mut point =
        db.prepare_cached("SELECT * FROM purchase_ids WHERE streamer = ?1 AND id = ?2")?;
    let mut set = db.prepare_cached("SELECT * FROM purchases WHERE streamer = ?1 AND id = ?2")?;
    let mut found: Vec<Purchase> = Vec::new();
    for id in ids {
        if found.iter().any(|purchase| purchase.ids.contains(id)) {
            continue;
        }
        let params = [streamer.as_str(), &id.to_string()];
        let Some(id) = point.query_row(params, pointed).optional()? else { continue };
        found.extend(set.query_row([streamer.as_str(), &id], purchase).optional()?);
    }
    Ok(found)
}

pub(super) fn put_purchase(
    db: &Connection,
    streamer: &StreamerId,
    purchase: &Purchase,
    now: Timestamp,
) -> Result<(), StoreError> {
    let set = purchase.id.to_string();
    db.prepare_cached(
        "INSERT OR REPLACE INTO purchases (streamer, id, changed, body) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![streamer.as_str(), set, now.as_millis(), to_json(purchase)])?;
    let mut point = db.prepare_cached(
        "INSERT OR REPLACE INTO purchase_ids (streamer, id, purchase) VALUES (?1, ?2, ?3)",
    )?;
    for id in &purchase.ids {
        point.execute([streamer.as_str(), &id.to_string(), &set])?;
    }
    Ok(())
}

/// Removes a set, and what of its ids points to no other by now.
pub(super) fn remove_purchase(
    db: &Connection,
    streamer: &StreamerId,
    id: AlertId,
) -> Result<(), StoreError> {
    let params = [streamer.as_str(), &id.to_string()];
    for sql in [POINTING_TO_ONE, "DELETE FROM purchases WHERE streamer = ?1 AND id = ?2"] {
        db.prepare_cached(sql)?.execute(params)?;
    }
    Ok(())
}

/// Adds a fact. Sums stop at the ends of 64 bits: SQLite would make a float of them there.
pub(super) fn add(db: &Connection, streamer: &StreamerId, fact: &Fact) -> Result<(), StoreError> {
    match fact {
        Fact::Total { currency, minor, orders } => {
            let before = db
                .prepare_cached("SELECT * FROM totals WHERE streamer = ?1 AND currency = ?2")?
                .query_row([streamer.as_str(), currency.as_str()], total)
                .optional()?;
            let (old_minor, old_orders) =
                before.map_or((0, 0), |total| (total.minor, total.orders));
            let minor = old_minor.saturating_add(*minor);
            let orders = old_orders.saturating_add(*orders);
            db.prepare_cached(
                "INSERT OR REPLACE INTO totals (streamer, currency, minor, orders) \
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![streamer.as_str(), currency.as_str(), minor, orders])?;
        }
        Fact::Buyer { key, orders } => {
            let orders = orders_of(db, streamer, key)?.saturating_add(*orders);
            db.prepare_cached(
                "INSERT OR REPLACE INTO buyers (streamer, key, orders) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![streamer.as_str(), key.0, orders])?;
        }
        Fact::Forgotten(key) => {
            db.prepare_cached("DELETE FROM buyers WHERE streamer = ?1 AND key = ?2")?
                .execute([streamer.as_str(), &key.0])?;
        }
    }
    Ok(())
}

pub(super) fn totals(db: &Connection, streamer: &StreamerId) -> Result<Vec<Total>, StoreError> {
    let mut statement =
        db.prepare_cached("SELECT * FROM totals WHERE streamer = ?1 ORDER BY currency")?;
    let totals = statement.query_map([streamer.as_str()], total)?;
    Ok(totals.collect::<Result<_, _>>()?)
}

pub(super) fn buyers(
    db: &Connection,
    streamer: &StreamerId,
    keys: &[BuyerKey],
) -> Result<Vec<u32>, StoreError> {
    let orders = |key| Ok(u32::try_from(orders_of(db, streamer, key)?.max(0)).unwrap_or(u32::MAX));
    keys.iter().map(orders).collect()
}

fn orders_of(db: &Connection, streamer: &StreamerId, key: &BuyerKey) -> Result<i64, StoreError> {
    let orders = db
        .prepare_cached("SELECT * FROM buyers WHERE streamer = ?1 AND key = ?2")?
        .query_row([streamer.as_str(), &key.0], buyer);
    Ok(orders.optional()?.map_or(0, |(_, orders)| orders))
}

pub(super) fn routed(db: &Connection, keys: &[String]) -> Result<Option<StreamerId>, StoreError> {
    let mut statement = db.prepare_cached("SELECT * FROM routes WHERE key = ?1")?;
    for key in keys {
        let streamer = statement.query_row([key], route).optional()?;
        if streamer.is_some() {
            return Ok(streamer);
        }
    }
    Ok(None)
}

pub(super) fn index(
    db: &Connection,
    keys: &[String],
    streamer: &StreamerId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // The sign after a slash: documents of what waits have the key, a slash, and an event.
    let mut waiting = db.prepare_cached(
        "SELECT 1 FROM documents WHERE kind = ?1 AND id > ?2 || '/' AND id < ?2 || '0'",
    )?;
    let mut insert = db.prepare_cached(
        "INSERT INTO routes (key, streamer, written, lasting) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (key) DO NOTHING",
    )?;
    let mut waits = false;
    for key in keys {
        let lasting = key.starts_with(LASTING_KEY);
        insert.execute(params![key, streamer.as_str(), now.as_millis(), lasting])?;
        waits |= waiting.exists([DocumentKind::Waiting.name(), key])?;
    }
    Ok(waits)
}

/// The set of a purchase that an id points to.
fn pointed(row: &Row<'_>) -> rusqlite::Result<String> {
    whole(row, &PURCHASE_IDS)?;
    row.get("purchase")
}

pub(super) fn purchase(row: &Row<'_>) -> rusqlite::Result<Purchase> {
    whole(row, &PURCHASES)?;
    json(row, "body")
}

pub(super) fn total(row: &Row<'_>) -> rusqlite::Result<Total> {
    whole(row, &TOTALS)?;
    let currency: Currency = word(row, "currency")?;
    Ok(Total { currency, minor: row.get("minor")?, orders: row.get("orders")? })
}

/// A buyer and their orders.
pub(super) fn buyer(row: &Row<'_>) -> rusqlite::Result<(BuyerKey, i64)> {
    whole(row, &BUYERS)?;
    Ok((BuyerKey(row.get("key")?), row.get("orders")?))
}

/// Whose a key of Stripe's is.
pub(super) fn route(row: &Row<'_>) -> rusqlite::Result<StreamerId> {
    whole(row, &ROUTES)?;
    word(row, "streamer")
}
