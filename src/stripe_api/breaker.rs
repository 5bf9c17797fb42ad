//! The circuit breaker: when Stripe has failed several times in a row, nobody waits for it for a
//! while. Pure; time comes in.

use std::time::Duration;

use crate::time::Timestamp;

/// Failures in a row that open it.
const FAILURES_MAX: u32 = 5;

/// How long it stays open before one call may try again.
const OPEN_FOR: Duration = Duration::from_secs(15);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    open_until: Option<Timestamp>,
}

impl Breaker {
    /// Whether a call may be made now. The first after a pause is a trial: until its end is told, or
    /// another pause has passed, it is the only one.
    pub(super) fn may_call(&mut self, now: Timestamp) -> bool {
        match self.open_until {
            Some(until) if now < until => false,
            Some(_) => {
                self.open_until = Some(now + OPEN_FOR);
                true
            }
            None => true,
        }
    }

    /// Tells how a call ended: whether Stripe answered, be it with a refusal.
    pub(super) fn ended(&mut self, answered: bool, now: Timestamp) {
        if answered {
            *self = Self::default();
            return;
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILURES_MAX {
            self.open_until = Some(now + OPEN_FOR);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_secs(seconds)
    }

    #[test]
    fn opens_after_five_failures_and_tries_once_after_a_pause() {
        let mut breaker = Breaker::default();
        for _ in 0..5 {
            assert!(breaker.may_call(at(0)));
            breaker.ended(false, at(0));
        }
        assert!(!breaker.may_call(at(14)));
        assert!(breaker.may_call(at(15)), "the trial");
        assert!(!breaker.may_call(at(15)), "one trial at a time");
        breaker.ended(false, at(16));
        assert!(!breaker.may_call(at(30)));
        assert!(breaker.may_call(at(31)));
        breaker.ended(true, at(31));
        assert!(breaker.may_call(at(31)) && breaker.may_call(at(31)));
    }

    #[test]
    fn an_answer_between_failures_starts_the_count_again() {
        let mut breaker = Breaker::default();
        for n in 0..20 {
            breaker.ended(n % 4 == 0, at(0));
            assert!(breaker.may_call(at(0)));
        }
    }
}
