//! Where time comes from. Nothing else in the gateway may read a clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::time::Timestamp;

/// The embedded store's clock: wall time when it was made, plus monotonic time since. A wall clock
/// that is set while the gateway runs moves nothing.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    wall: Timestamp,
    start: Instant,
}

impl Clock {
    /// A clock that starts at the wall's time.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one monotonic clock")]
    pub fn start() -> Self {
        Self { wall: wall_now(), start: Instant::now() }
    }

    /// Now. Never goes back.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.wall + self.start.elapsed()
    }

    /// How long this clock has run.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.start.elapsed()
    }
}

/// The wall's time, as it is set right now. Only signature checks may use it: Stripe signs with its
/// own wall's time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one raw wall clock")]
pub fn wall_now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
