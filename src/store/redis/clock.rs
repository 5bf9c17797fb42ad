//! The clock of all nodes: Redis' `TIME`, followed between two answers by this process' own steady
//! clock.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::{clock::Clock, time::Timestamp};

/// How far an answer may differ from what was expected and still be no news, in milliseconds: it was
/// on its way for a while.
const NOISE_MS: i64 = 5;

/// See the module.
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
        let known = self.ahead.load(Ordering::Relaxed);
        if ahead.abs_diff(known) > NOISE_MS.unsigned_abs() {
            self.ahead.store(ahead, Ordering::Relaxed);
        }
    }
}
