//! Between records and the text that is kept of them.

use serde::{Serialize, de::DeserializeOwned};

use crate::store::StoreError;

/// The record in a text of JSON. What is wrong with a bad one is not said: it may hold names.
pub(super) fn json<T: DeserializeOwned>(text: &[u8], what: &str) -> Result<T, StoreError> {
    serde_json::from_slice(text).map_err(|_| unreadable(what))
}

/// The id, or other word, in a text.
pub(super) fn word<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| unreadable(what))
}

/// A record as the JSON that is kept of it.
pub(super) fn to_json<T: Serialize>(record: &T) -> String {
    serde_json::to_string(record).expect("records have text keys and no failing serializer")
}

pub(super) fn unreadable(what: &str) -> StoreError {
    StoreError::Unreadable { what: what.into(), why: "it is not what this version writes".into() }
}

/// 64 random bits, never 0: a token, an epoch.
pub(super) fn random() -> Result<u64, StoreError> {
    let bits = getrandom::u64().map_err(|error| StoreError::Unavailable(error.to_string()))?;
    Ok(bits.max(1))
}

/// 64 random bits for what may be without: jitter.
pub(super) fn jitter() -> u64 {
    getrandom::u64().unwrap_or(0)
}
