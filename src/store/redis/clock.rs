//! The clock of all nodes: Redis' `TIME`, followed between two answers by this process' own steady
//! clock.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::{clock::Clock, time::Timestamp};

/// Never ahead of Redis: an answer was true before it arrived. So what a node dates by this clock and
/// then writes is not younger than what others date by Redis' own afterwards.
#[derive(Debug)]
pub(super) struct SharedClock {
    own: Clock,
    /// How far Redis' clock is ahead of our own, in milliseconds.
    ahead: AtomicI64,
}

impl SharedClock {
    pub(super) fn start() -> Self {
        Self { own: Clock::start(), ahead: AtomicI64::new(0) }
    }

    /// Redis' time now, as far as known.
    pub(super) fn now(&self) -> Timestamp {
        let own = self.own.now().as_millis();
        Timestamp::from_millis(own.saturating_add(self.ahead.load(Ordering::Relaxed)))
    }

    /// Learns what Redis' clock showed a moment ago.
    pub(super) fn learn(&self, shown: Timestamp) {
        let ahead = shown.as_millis().saturating_sub(self.own.now().as_millis());
        self.ahead.store(ahead, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_what_it_was_told_last() {
        let clock = SharedClock::start();
        for shown in [5_000_000_000_000, 1_000] {
            clock.learn(Timestamp::from_millis(shown));
            let now = clock.now().as_millis();
            assert!((shown..shown + 60_000).contains(&now), "{now}");
        }
    }
}
