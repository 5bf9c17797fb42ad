//! Poll mode: for gateways that no webhook reaches, the list is read every other second.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::Duration,
};

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
    /// From which second on each account is asked, by Stripe's clock.
    from_s: HashMap<Option<String>, i64>,
}

impl Polling {
    /// A check has seen everything of a source up to its newest event; without any, up to where it
    /// began.
    pub(super) fn checked(&mut self, source: &Source, began_s: i64, newest_s: Option<i64>) {
        let from_s = newest_s.map_or(began_s, |newest| newest - AGAIN_S);
        self.from_s.insert(source.account.clone(), from_s);
    }
}

impl Checks<'_> {
    /// Asks every source that a check has been over for what is new.
    pub(super) async fn poll(&mut self) -> Result<(), CheckError> {
        let now_s = secs(self.node.store.now());
        for source in Source::all(self.node).await? {
            // A new account is polled once the next check has been over it, which is soon.
            let Some(from_s) = self.polling.from_s.get(&source.account).copied() else {
                self.check_soon();
                continue;
            };
            let mut fetcher = Fetcher::new(self.node, self.api, super::checks::LEASE_NAME);
            fetcher.seen = Some(&mut self.polling.seen);
            let done = fetcher.all(&source, Slices::new(from_s, now_s)).await;
            let newest_s = fetcher.newest_s;
            match done {
                Ok(()) => {
                    let newest_s = newest_s.filter(|newest| newest - AGAIN_S > from_s);
                    self.polling.checked(&source, from_s, newest_s);
                }
                Err(error) if source.is_alone_with(&error) => {}
                Err(error) => return Err(error),
            }
            tokio::time::sleep(APART).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
