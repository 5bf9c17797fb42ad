//! How long to wait before a thing is tried again.

use std::time::Duration;

/// Full jitter: a random length between zero and a bound that doubles with each try.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The bound of the first wait.
    pub first: Duration,
    /// The bound of all later waits.
    pub most: Duration,
}

impl Backoff {
    /// The wait before try number `attempt` (from 0). `random` is any random number.
    #[must_use]
    pub fn wait(&self, attempt: u32, random: u64) -> Duration {
        let bound = self.first.saturating_mul(1 << attempt.min(16)).min(self.most);
        let millis = u64::try_from(bound.as_millis()).unwrap_or(u64::MAX).max(1);
        Duration::from_millis(random % millis + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_are_never_zero() {
        let backoff = Backoff { first: Duration::from_millis(50), most: Duration::from_secs(1) };
        for attempt in 0..40 {
            for random in [0, 1, 49, 50, 999, 1000, u64::MAX] {
                let wait = backoff.wait(attempt, random);
                assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1));
            }
        }
        assert_eq!(backoff.wait(0, 49), Duration::from_millis(50));
    }
}
