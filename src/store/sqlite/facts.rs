//! Facts beside the channel: purchases and their ids, totals, buyers, and which streamer a key of
//! Stripe's routes to.

use rusqlite::{Connection, OptionalExtension, params};

use super::row::{json, to_json, word};
use crate::{
    channel::Purchase,
    id::{AlertId, StreamerId},
    money::Currency,
    store::{BuyerKey, Fact, LASTING_KEY, StoreError, Total},
    stripe::sale::PurchaseId,
    time::Timestamp,
};

pub(super) fn purchases(
    db: &Connection,
    streamer: &StreamerId,
    ids: &[PurchaseId],
) -> Result<Vec<Purchase>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT body FROM purchases WHERE streamer = ?1 AND id = \
         (SELECT purchase FROM purchase_ids WHERE streamer = ?1 AND id = ?2)",
    )?;
    let mut found: Vec<Purchase> = Vec::new();
    for id in ids {
        if found.iter().any(|purchase| purchase.ids.contains(id)) {
            continue;
        }
        let params = [streamer.as_str(), &id.to_string()];
        found.extend(statement.query_row(params, |row| json(row, "body")).optional()?);
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
    db.prepare_cached("DELETE FROM purchases WHERE streamer = ?1 AND id = ?2")?.execute(params)?;
    db.prepare_cached("DELETE FROM purchase_ids WHERE streamer = ?1 AND purchase = ?2")?
        .execute(params)?;
    Ok(())
}

/// Adds a fact. Sums stop at the ends of 64 bits: SQLite would make a float of them there.
pub(super) fn add(db: &Connection, streamer: &StreamerId, fact: &Fact) -> Result<(), StoreError> {
    match fact {
        Fact::Total { currency, minor, orders } => {
            let before = db
                .prepare_cached(
                    "SELECT minor, orders FROM totals WHERE streamer = ?1 AND currency = ?2",
                )?
                .query_row([streamer.as_str(), currency.as_str()], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
                });
            let (old_minor, old_orders) = before.optional()?.unwrap_or_default();
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
    let mut statement = db.prepare_cached(
        "SELECT currency, minor, orders FROM totals WHERE streamer = ?1 ORDER BY currency",
    )?;
    let totals = statement.query_map([streamer.as_str()], |row| {
        let currency: Currency = word(row, "currency")?;
        Ok(Total { currency, minor: row.get("minor")?, orders: row.get("orders")? })
    })?;
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
        .prepare_cached("SELECT orders FROM buyers WHERE streamer = ?1 AND key = ?2")?
        .query_row([streamer.as_str(), &key.0], |row| row.get(0));
    Ok(orders.optional()?.unwrap_or(0))
}

pub(super) fn routed(db: &Connection, keys: &[String]) -> Result<Option<StreamerId>, StoreError> {
    let mut statement = db.prepare_cached("SELECT streamer FROM routes WHERE key = ?1")?;
    for key in keys {
        let streamer = statement.query_row([key], |row| word(row, "streamer")).optional()?;
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
) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO routes (key, streamer, written, lasting) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (key) DO NOTHING",
    )?;
    for key in keys {
        let lasting = key.starts_with(LASTING_KEY);
        insert.execute(params![key, streamer.as_str(), now.as_millis(), lasting])?;
    }
    Ok(())
}
