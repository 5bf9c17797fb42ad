//! Records on their way from one store to another, a few at a time.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;

use super::{Change, Document, DocumentKind, Fact, StoredEvent};
use crate::id::StreamerId;

/// Records of one kind: few and small enough to be written in one step.
#[derive(Clone, Debug)]
pub enum Batch {
    /// Blobs; their names are their hashes.
    Blobs(Vec<Bytes>),
    /// Documents of a kind, versions and all.
    Documents(DocumentKind, Vec<Document>),
    /// Events, with what became of them.
    Events(Vec<StoredEvent>),
    /// Index keys of one streamer.
    Routes(StreamerId, Vec<String>),
    /// A part of a channel, as a change of one that had nothing of it. Parts with entries come
    /// first, each with a state that stands at its last entry; all others have the state as it is.
    Channel(StreamerId, Box<Change>),
}

impl Batch {
    /// How many records of each kind it has.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        match self {
            Self::Blobs(blobs) => counts.add("blobs", blobs.len()),
            Self::Documents(kind, documents) => counts.add(word(*kind), documents.len()),
            Self::Events(events) => counts.add("events", events.len()),
            Self::Routes(_, keys) => counts.add("routes", keys.len()),
            Self::Channel(_, change) => {
                counts.add("alerts", change.alerts.len());
                counts.add("entries", change.entries.len());
                counts.add("purchases", change.purchases.len());
                for fact in &change.facts {
                    let of = if matches!(fact, Fact::Total { .. }) { "totals" } else { "buyers" };
                    counts.add(of, 1);
                }
            }
        }
        counts
    }
}

/// What people call the documents of a kind.
const fn word(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Streamer => "streamers",
        DocumentKind::Overlay => "overlays",
        DocumentKind::Key => "keys",
        DocumentKind::Secret | DocumentKind::GatewaySecret => "secrets",
        DocumentKind::Account | DocumentKind::PaymentLink => "holdings",
        DocumentKind::DeadLetter => "dead_letters",
        DocumentKind::Session => "sessions",
        DocumentKind::Product | DocumentKind::Stock => "products",
        DocumentKind::Theme => "themes",
        DocumentKind::Waiting
        | DocumentKind::Login
        | DocumentKind::Pairing
        | DocumentKind::Invitation
        | DocumentKind::Gateway
        | DocumentKind::Job => "other_documents",
    }
}

/// How many records of each kind there are; kinds without any are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Counts(BTreeMap<&'static str, usize>);

impl Counts {
    /// Counts more of one kind.
    pub(super) fn add(&mut self, kind: &'static str, more: usize) {
        if more > 0 {
            *self.0.entry(kind).or_default() += more;
        }
    }

    /// Counts more documents of a kind.
    pub(super) fn add_documents(&mut self, kind: DocumentKind, more: usize) {
        self.add(word(kind), more);
    }

    /// Counts what `other` counted too.
    pub fn extend(&mut self, other: &Self) {
        for (kind, count) in &other.0 {
            self.add(kind, *count);
        }
    }

    /// Kinds and counts, in the order of the alphabet.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.0.iter().map(|(kind, count)| (*kind, *count))
    }

    /// All kinds together.
    #[must_use]
    pub fn sum(&self) -> usize {
        self.0.values().sum()
    }
}
