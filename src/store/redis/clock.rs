//! The clock of all nodes: Redis' `TIME`, followed between two answers by this process' own steady
//! clock.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::{clock::Clock, time::Timestamp};

/// How far an answer may seem to be of the past and still be no news, in microseconds: it was on its
/// way for a while, or comes from a master of a cluster whose clock is behind another's.
const NOISE_US: i64 = 2_000_000;

/// Not ahead of Redis, since an answer was true before it arrived; in a cluster, not ahead of the
/// master whose clock is furthest. It goes back only when Redis' own clocks did, as after a failover.
#[derive(Debug)]
pub(super) struct SharedClock {
    own: Clock,
    /// What Redis' clock showed when our own started, in microseconds since 1970, or a little less.
    /// Whole milliseconds would at times be ahead by one.
    start: AtomicI64,
}

impl SharedClock {
    pub(super) fn start() -> Self {
        let own = Clock::start();
        Self { start: AtomicI64::new(micros(own.now())), own }
    }

    /// Redis' time now, as far as known.
    pub(super) fn now(&self) -> Timestamp {
        let now = self.start.load(Ordering::Relaxed).saturating_add(self.run_for());
        Timestamp::from_millis(now.div_euclid(1000))
    }

    /// Learns what Redis' clock showed a moment ago.
    pub(super) fn learn(&self, shown: Timestamp) {
        let start = micros(shown).saturating_sub(self.run_for());
        if self.start.load(Ordering::Relaxed).saturating_sub(start) > NOISE_US {
            self.start.store(start, Ordering::Relaxed);
        } else {
            self.start.fetch_max(start, Ordering::Relaxed);
        }
    }

    /// Learns of a moment, in microseconds since 1970, that Redis' clock has shown some time ago:
    /// what has happened is not yet to come.
    pub(super) fn reached(&self, shown: i64) {
        self.start.fetch_max(shown.saturating_sub(self.run_for()), Ordering::Relaxed);
    }

    fn run_for(&self) -> i64 {
        i64::try_from(self.own.uptime().as_micros()).unwrap_or(i64::MAX)
    }
}

fn micros(time: Timestamp) -> i64 {
    time.as_millis().saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_follows_what_it_was_told_last() {
        let clock = SharedClock::start();
        for shown in [5_000_000_000_000, 1_000_000] {
            clock.learn(Timestamp::from_millis(shown));
            let now = clock.now().as_millis();
            assert!((shown..shown + 60_000).contains(&now), "{now}");
        }
    }

    #[test]
    fn what_it_was_told_late_does_not_set_it_back() {
        let clock = SharedClock::start();
        clock.learn(Timestamp::from_millis(5_000_000));
        clock.learn(Timestamp::from_millis(4_998_500));
        clock.reached(1_000);
        assert!(clock.now() >= Timestamp::from_millis(5_000_000));
    }
}
