//! Poll mode: for gateways that no webhook reaches, the list is read every other second.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::Duration,
};

use tokio::time::{MissedTickBehavior, interval};

use super::{
    CheckError,
    checks::Checks,
    cursor::secs,
    fetch::{Fetcher, Source},
    slices::Slices,
};
use crate::id::EventId;

/// How often each source is asked.
pub(super) const POLL_EVERY: Duration = Duration::from_secs(2);

/// Between two calls: at most 10 a second, a tenth of what Stripe allows a live key
/// (docs.stripe.com/rate-limits).
const APART: Duration = Duration::from_millis(100);

/// How long before the newest event known it is looked again: Stripe's list is not in the order in
/// which its events become visible.
const AGAIN_S: i64 = 60;

/// Ids remembered, so that a poll reads the store only for what it has not seen: more than a busy
/// shop has in a minute. Beyond it, the store is asked.
const SEEN_MAX: usize = 4096;

/// Ids of events that are known to be stored, or nothing to us.
#[derive(Debug, Default)]
pub(super) struct Seen {
    ids: HashSet<EventId>,
    order: VecDeque<EventId>,
}

impl Seen {
    pub(super) fn holds(&self, id: &EventId) -> bool {
        self.ids.contains(id)
    }

    pub(super) fn add(&mut self, id: EventId) {
        if !self.ids.insert(id.clone()) {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > SEEN_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
    }
}

/// What polling remembers from one time to the next.
#[derive(Debug, Default)]
pub(super) struct Polling {
    seen: Seen,
    /// From which second on each account is asked, by Stripe's clock; none for one that could not be
    /// asked, until the next check.
    from_s: HashMap<Option<String>, Option<i64>>,
}

impl Polling {
    /// Everything of a source was seen from a second on, up to its newest event. What was before that
    /// second stays out: it may have been before the gateway's first start.
    pub(super) fn checked(&mut self, source: &Source, began_s: i64, newest_s: Option<i64>) {
        let from_s = newest_s.map_or(began_s, |newest| began_s.max(newest - AGAIN_S));
        self.from_s.insert(source.account.clone(), Some(from_s));
    }

    /// A source cannot be asked: it is left alone until the next check.
    pub(super) fn refused(&mut self, source: &Source) {
        self.from_s.insert(source.account.clone(), None);
    }
}

impl Checks<'_> {
    /// Asks every source that a check has been over for what is new.
    pub(super) async fn poll(&mut self) -> Result<(), CheckError> {
        let now_s = secs(self.node.store.now());
        let mut pace = interval(APART);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for source in Source::all(self.node).await? {
            let from_s = match self.polling.from_s.get(&source.account) {
                Some(Some(from_s)) => *from_s,
                Some(None) => continue,
                // A new account: a check goes over it first.
                None => {
                    self.check_soon();
                    continue;
                }
            };
            pace.tick().await;
            let mut fetcher = Fetcher::new(self.node, self.api, super::checks::LEASE_NAME);
            fetcher.seen = Some(&mut self.polling.seen);
            let done = fetcher.all(&source, Slices::new(from_s, now_s)).await;
            let newest_s = fetcher.newest_s;
            match done {
                Ok(()) => self.polling.checked(&source, from_s, newest_s),
                Err(error) if source.is_alone_with(&error) => self.polling.refused(&source),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polls_go_on_from_the_newest_event_and_never_back() {
        let mut polling = Polling::default();
        let from_s = |polling: &Polling| polling.from_s[&None].unwrap();
        for (began_s, newest_s, then) in
            [(1000, None, 1000), (1000, Some(1030), 1000), (1000, Some(1100), 1040)]
        {
            polling.checked(&Source::OWN, began_s, newest_s);
            assert_eq!(from_s(&polling), then);
        }
    }

    #[test]
    fn what_was_seen_is_bounded_and_the_oldest_goes_first() {
        let mut seen = Seen::default();
        let id = |n: usize| -> EventId { format!("evt_{n}").parse().unwrap() };
        for n in 0..=SEEN_MAX {
            seen.add(id(n));
            seen.add(id(n));
        }
        assert_eq!((seen.ids.len(), seen.order.len()), (SEEN_MAX, SEEN_MAX));
        assert!(!seen.holds(&id(0)) && seen.holds(&id(1)) && seen.holds(&id(SEEN_MAX)));
    }
}
