//! Whether a row is still what was written. A disk may change a bit of what it holds; the database
//! itself would give it out as it is. So each row has a `sum` over all its other columns: the schema
//! makes it whenever a row is written, and here it is checked whenever one is read.

use crc32fast::Hasher;
use rusqlite::{Connection, Error, Row, functions::FunctionFlags, types::ValueRef};

use crate::store::StoreError;

/// Teaches a connection the function by which the schema makes sums: without it no row can be written.
///
/// # Errors
/// Those of SQLite.
pub fn sealing(db: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    db.create_scalar_function("seal", -1, flags, |values| {
        Ok(sum((0..values.len()).map(|value| values.get_raw(value))))
    })
}

/// A table whose rows have sums.
pub(super) struct Records {
    pub(super) table: &'static str,
    /// What one is called.
    one: &'static str,
    /// The columns by which one is named.
    key: &'static [&'static str],
}

const fn records(table: &'static str, one: &'static str, key: &'static [&'static str]) -> Records {
    Records { table, one, key }
}

pub(super) const ALERTS: Records = records("alerts", "alert", &["id"]);
pub(super) const BLOBS: Records = records("blobs", "blob", &["hash"]);
pub(super) const BUYERS: Records = records("buyers", "a buyer of", &["streamer"]);
pub(super) const CHANNELS: Records = records("channels", "channel", &["streamer"]);
pub(super) const DOCUMENTS: Records = records("documents", "document", &["kind", "id"]);
pub(super) const EVENTS: Records = records("events", "event", &["id"]);
pub(super) const LOG: Records = records("log", "log entry", &["streamer", "offset"]);
pub(super) const PURCHASES: Records = records("purchases", "purchase", &["streamer", "id"]);
pub(super) const PURCHASE_IDS: Records =
    records("purchase_ids", "purchase id", &["streamer", "id"]);
pub(super) const ROUTES: Records = records("routes", "route", &["key"]);
pub(super) const TOTALS: Records = records("totals", "total", &["streamer", "currency"]);

/// All tables but `meta`.
pub(super) const ALL: [Records; 11] = [
    ALERTS,
    BLOBS,
    BUYERS,
    CHANNELS,
    DOCUMENTS,
    EVENTS,
    LOG,
    PURCHASES,
    PURCHASE_IDS,
    ROUTES,
    TOTALS,
];

/// Makes sure that a row of `SELECT *` is whole. What is selected behind `sum` is not the record's.
pub(super) fn whole(row: &Row<'_>, of: &Records) -> rusqlite::Result<()> {
    let end = row.as_ref().column_index("sum")?;
    let found = (0..end).map(|column| row.get_ref(column)).collect::<Result<Vec<_>, _>>()?;
    if row.get_ref(end)? == ValueRef::Integer(sum(found)) {
        return Ok(());
    }
    let words = of.key.iter().map(|column| row.get_ref(*column).map(word));
    let name = words.collect::<Result<Vec<_>, _>>()?.join(" ");
    let damaged = StoreError::Unreadable {
        what: format!("{} {name}", of.one),
        why: "the disk changed it since it was written: restore a backup".into(),
    };
    Err(Error::UserFunctionError(Box::new(damaged)))
}

/// A CRC-32 of the values, each with its kind and length, so that none runs into the next.
fn sum<'v>(values: impl IntoIterator<Item = ValueRef<'v>>) -> i64 {
    let mut hasher = Hasher::new();
    let mut add = |kind: u8, bytes: &[u8]| {
        hasher.update(&[kind]);
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    for value in values {
        match value {
            ValueRef::Null => add(0, &[]),
            ValueRef::Integer(number) => add(1, &number.to_le_bytes()),
            ValueRef::Real(number) => add(2, &number.to_le_bytes()),
            ValueRef::Text(text) => add(3, text),
            ValueRef::Blob(bytes) => add(4, bytes),
        }
    }
    hasher.finalize().into()
}

/// A column of a key as text: it may be what is damaged.
fn word(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Text(text) => text.escape_ascii().to_string(),
        _ => "?".into(),
    }
}
