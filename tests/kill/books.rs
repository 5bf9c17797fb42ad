//! What was seen from outside, by the shop and by the pages.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use super::shop::{Event, Purchase, purchase_of};

/// One showing of an alert, and a place in its channel's log, as they stand in a `play`.
pub(crate) type Showing = (String, u64);
pub(crate) type Lease = (String, u64);

/// See the module.
#[derive(Default)]
pub(crate) struct Books(Mutex<Seen>);

#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) sold: BTreeMap<u64, (usize, Purchase)>,
    /// When each purchase was first told.
    pub(crate) told: HashMap<u64, Instant>,
    /// Events that were answered 200; those since the last look apart.
    pub(crate) accepted: BTreeSet<String>,
    pub(crate) fresh: Vec<String>,
    /// How often which status was the answer; 0 is none.
    pub(crate) answers: BTreeMap<u16, u64>,
    /// When a page first began to draw a showing.
    pub(crate) drawn: HashMap<Showing, Instant>,
    /// Drawn by a browser that had not drawn it, after another of the same streamer had.
    pub(crate) drawn_anew: u64,
    pub(crate) reloads: u64,
    /// Given to a page that had begun to draw it, which does not draw it again.
    pub(crate) given_again: u64,
    /// The last lease under which each showing was given, and the first that was noted.
    given: HashMap<Showing, Lease>,
    noted: HashMap<Showing, Lease>,
}

impl Books {
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn sell(&self, number: u64, streamer: usize, purchase: Purchase) {
        let mut seen = self.seen();
        seen.sold.insert(number, (streamer, purchase));
        seen.told.insert(number, now());
    }

    pub(crate) fn answer(&self, event: &Event, status: u16) {
        let mut seen = self.seen();
        *seen.answers.entry(status).or_default() += 1;
        if status == 200 && seen.accepted.insert(event.id.clone()) {
            seen.fresh.push(event.id.clone());
        }
    }

    /// The events that were answered 200 since the last look.
    pub(crate) fn take_fresh(&self) -> Vec<String> {
        std::mem::take(&mut self.seen().fresh)
    }

    pub(crate) fn give(&self, showing: &Showing, lease: &str) {
        let lease = lease_of(lease);
        let mut seen = self.seen();
        let last = seen.given.entry(showing.clone()).or_insert_with(|| lease.clone());
        *last = lease.max(last.clone());
    }

    pub(crate) fn draw(&self, showing: &Showing) {
        let mut seen = self.seen();
        if seen.drawn.contains_key(showing) {
            seen.drawn_anew += 1;
        } else {
            seen.drawn.insert(showing.clone(), now());
        }
    }

    pub(crate) fn note(&self, showing: &Showing, lease: &str) {
        self.seen().noted.entry(showing.clone()).or_insert_with(|| lease_of(lease));
    }
}

impl Seen {
    /// Showings that were given again under a later lease than the one that was noted as begun.
    pub(crate) fn played_after_noted(&self) -> Vec<&Showing> {
        let later = |(showing, noted): &(&Showing, &Lease)| self.given[*showing] > **noted;
        self.noted.iter().filter(later).map(|(showing, _)| showing).collect()
    }

    /// What the totals of a streamer must be.
    pub(crate) fn worth(&self, streamer: usize) -> u64 {
        let own = self.sold.values().filter(|(whose, _)| *whose == streamer);
        own.map(|(_, purchase)| purchase.worth()).sum()
    }

    /// The purchases of which a sale was answered 200.
    pub(crate) fn sales(&self) -> BTreeSet<u64> {
        let sales = self.accepted.iter().filter(|id| id.contains("_checkout_"));
        sales.map(|id| purchase_of(id)).collect()
    }
}

fn lease_of(text: &str) -> Lease {
    let (epoch, offset) = text.split_once(':').expect("a lease is a position");
    (epoch.into(), offset.parse().expect("an offset"))
}

#[expect(clippy::disallowed_methods, reason = "this measures from outside")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
