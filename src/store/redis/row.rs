//! Between records and the text that is kept of them.

use serde::de::DeserializeOwned;

use crate::store::StoreError;
pub(super) use crate::store::record::{random, to_json};

/// The record in a text of JSON. What is wrong with a bad one is not said: it may hold names.
pub(super) fn json<T: DeserializeOwned>(text: &[u8], what: &str) -> Result<T, StoreError> {
    serde_json::from_slice(text).map_err(|_| unreadable(what))
}

/// The id, or other word, in a text.
pub(super) fn word<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| unreadable(what))
}

pub(super) fn unreadable(what: &str) -> StoreError {
    StoreError::Unreadable { what: what.into(), why: "it is not what this version writes".into() }
}

/// 64 random bits for what may be without: jitter.
pub(super) fn jitter() -> u64 {
    getrandom::u64().unwrap_or(0)
}
