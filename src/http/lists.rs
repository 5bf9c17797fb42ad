//! What all lists share (contract §7): `limit`, `after`, and the form of a page.

use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::Problem;

/// Entries of a list, unless asked otherwise.
const LIMIT_DEFAULT: usize = 100;

/// Most entries of a list.
const LIMIT_MAX: usize = 1000;

/// Which page of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    limit: Option<usize>,
    /// The `next` of the page before.
    pub(super) after: Option<String>,
}

impl Page {
    /// How many entries.
    pub(super) fn limit(&self) -> Result<usize, Problem> {
        check_limit(self.limit)
    }

    /// The page of a list that is small enough to be read whole; `id` is what it is ordered by.
    pub(super) fn of<T>(
        &self,
        mut all: Vec<T>,
        id: impl Fn(&T) -> String,
        view: impl Fn(&T) -> Value,
    ) -> Result<Value, Problem> {
        let limit = self.limit()?;
        all.sort_by_cached_key(&id);
        if let Some(after) = &self.after {
            all.retain(|entry| id(entry) > *after);
        }
        let more = all.len() > limit;
        all.truncate(limit);
        let next = all.last().filter(|_| more).map(id);
        Ok(json!({ "data": all.iter().map(view).collect::<Vec<_>>(), "next": next }))
    }
}

/// A `limit` that was asked for, within its bounds.
pub(super) fn check_limit(limit: Option<usize>) -> Result<usize, Problem> {
    let limit = limit.unwrap_or(LIMIT_DEFAULT);
    if (1..=LIMIT_MAX).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::bad_request("limit_invalid", format!("limit is between 1 and {LIMIT_MAX}")))
}
