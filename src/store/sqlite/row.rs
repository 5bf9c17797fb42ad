//! Between rows and records, and from SQLite's errors to the contract's.

use std::str::FromStr;

use rusqlite::{Error, ErrorCode, Row, types::Type};
use serde::{Serialize, de::DeserializeOwned};

use super::packed::{pack, unpack};

pub(super) use crate::store::record::{random, to_json};
use crate::{store::StoreError, time::Timestamp};

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match &error {
            Error::InvalidColumnType(_, column, _) => Self::Unreadable {
                what: format!("the column {column} of a record"),
                why: "it is not what this version writes".into(),
            },
            Error::FromSqlConversionFailure(column, ..)
            | Error::IntegralValueOutOfRange(column, _) => Self::Unreadable {
                what: format!("column {column} of a record"),
                why: "it is not what this version writes".into(),
            },
            Error::UserFunctionError(damaged) => damaged
                .downcast_ref::<Self>()
                .cloned()
                .unwrap_or_else(|| Self::Unavailable(error.to_string())),
            _ => match error.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => Self::Full,
                Some(ErrorCode::SystemIoFailure) => Self::Broken(error.to_string()),
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    Self::Unreadable { what: "the database".into(), why: error.to_string() }
                }
                _ => Self::Unavailable(error.to_string()),
            },
        }
    }
}

/// The record in a column of JSON. What is wrong with a bad one is not said: it may hold names.
pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text).map_err(|_| unreadable(column))
}

/// The record in a column of packed JSON.
pub(super) fn packed_json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let plain = unpack(row.get_ref(column)?.as_blob()?).ok_or_else(|| unreadable(column))?;
    serde_json::from_slice(&plain).map_err(|_| unreadable(column))
}

/// A record for such a column.
pub(super) fn to_packed<T: Serialize>(record: &T) -> Vec<u8> {
    pack(to_json(record).as_bytes())
}

/// The id, or other word, in a column of text.
pub(super) fn word<T: FromStr>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    row.get_ref(column)?.as_str()?.parse().map_err(|_| unreadable(column))
}

/// The word in a column that may be empty.
pub(super) fn opt_word<T: FromStr>(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<T>> {
    match row.get_ref(column)?.as_str_or_null()? {
        Some(text) => text.parse().map(Some).map_err(|_| unreadable(column)),
        None => Ok(None),
    }
}

/// The moment in a column.
pub(super) fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_millis)
}

/// `LIMIT`'s argument.
pub(super) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

pub(super) fn unreadable(column: &str) -> Error {
    Error::InvalidColumnType(0, column.into(), Type::Text)
}
