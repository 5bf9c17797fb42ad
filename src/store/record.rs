//! What both backends do with records.

use serde::Serialize;

use super::StoreError;

/// A record as the JSON that is kept of it.
pub(super) fn to_json<T: Serialize>(record: &T) -> String {
    serde_json::to_string(record).expect("records have text keys and no failing serializer")
}

/// 64 random bits, never 0: a token, an epoch.
pub(super) fn random() -> Result<u64, StoreError> {
    let bits = getrandom::u64().map_err(|error| StoreError::Unavailable(error.to_string()))?;
    Ok(bits.max(1))
}
