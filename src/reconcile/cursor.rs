//! Until when everything was seen, for each source; and what the last check found.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{CheckError, OLDEST, fetch::Source, slices::Slices};
use crate::{
    node::Node,
    store::{Document, DocumentKind, Expect, StoreError},
    time::Timestamp,
};

/// How far before the last check the next one begins: Stripe's list may lack what has just happened,
/// and its clock is not ours.
const OVERLAP: std::time::Duration = std::time::Duration::from_hours(1);

/// The document of what the last check found.
const LAST_CHECK: &str = "last_check";

/// Where the next check of a source begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// Nothing before this is fetched by itself: a fresh gateway must not ring a month of old sales.
    pub since: Timestamp,
    /// Everything until then was seen.
    pub until: Timestamp,
}

/// What the last whole check found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastCheck {
    /// When.
    pub at: Timestamp,
    /// Events listed.
    pub events: u64,
    /// Events that no webhook had brought.
    pub new: u64,
    /// Events fetched since the gateway was made.
    pub new_ever: u64,
}

impl Cursor {
    /// The window to check now.
    pub(super) fn window(&self, now: Timestamp) -> Slices {
        let from = (self.until - OVERLAP).max(self.since).max(now - OLDEST);
        Slices::new(secs(from), secs(now))
    }

    fn id(source: &Source) -> String {
        match &source.account {
            Some(account) => format!("reconciled:{account}"),
            None => "reconciled".into(),
        }
    }

    /// A source's cursor. The first time it begins now, or when the account was added; that is kept
    /// at once, so that it begins there also after a start that brought no answer of Stripe's.
    pub(super) async fn read(node: &Node, source: &Source) -> Result<Self, CheckError> {
        let kept: Option<Self> = read(node, &Self::id(source)).await?;
        let mut cursor = match kept {
            Some(kept) => kept,
            None => {
                let begin = source.added.unwrap_or(node.started);
                let first = Self { since: begin, until: begin };
                first.write(node, source).await?;
                first
            }
        };
        // An account may have gone and come back.
        cursor.since = cursor.since.max(source.added.unwrap_or_default());
        Ok(cursor)
    }

    pub(super) async fn write(&self, node: &Node, source: &Source) -> Result<(), CheckError> {
        write(node, &Self::id(source), self).await
    }
}

impl LastCheck {
    pub(super) async fn write(&self, node: &Node) -> Result<(), CheckError> {
        write(node, LAST_CHECK, self).await
    }
}

impl Node {
    /// What the last whole check found; none if there was none yet.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn last_check(&self) -> Result<Option<LastCheck>, StoreError> {
        read(self, LAST_CHECK).await
    }
}

/// Whole seconds, as Stripe counts them.
pub(super) fn secs(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(1000)
}

async fn read<T: DeserializeOwned>(node: &Node, id: &str) -> Result<Option<T>, StoreError> {
    let document = node.store.document(DocumentKind::Gateway, id).await?;
    document.map(|document| from_body(&document)).transpose()
}

/// Reads a document's content.
pub(super) fn from_body<T: DeserializeOwned>(document: &Document) -> Result<T, StoreError> {
    T::deserialize(&document.body).map_err(|error| StoreError::Unreadable {
        what: document.id.clone(),
        why: error.to_string(),
    })
}

async fn write<T: Serialize>(node: &Node, id: &str, body: &T) -> Result<(), CheckError> {
    let body = serde_json::to_value(body).expect("it is plain JSON");
    let document = Document { id: id.into(), owner: None, version: 0, expires: None, body };
    // Only the node with the lease writes, and an older cursor only means to look again.
    node.store.put_document(DocumentKind::Gateway, document, Expect::Any).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_check_begins_an_hour_back_but_never_before_the_first_start_or_what_stripe_keeps() {
        let hour = Duration::from_hours(1);
        let now = Timestamp::from_secs(1_800_000_000);
        let from = |since, until| Cursor { since, until }.window(now).open_from_s();
        let old = now - Duration::from_hours(100 * 24);
        assert_eq!(from(old, now - hour), secs(now - hour * 2));
        assert_eq!(from(now - hour, now), secs(now - hour));
        assert_eq!(from(now, now), secs(now));
        assert_eq!(from(old, old), secs(now - OLDEST));
    }
}
