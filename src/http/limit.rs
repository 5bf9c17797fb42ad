//! How often one address may do what costs something: a checkout is a call to Stripe, a pairing a row.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::access::household;
use crate::time::Timestamp;

/// Most addresses remembered; more that all ask within a minute are an attack, and wait together.
const ADDRESSES_MAX: usize = 10_000;

/// So many turns at once for each address, then one more each time `one_each` has passed.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    at_once: u32,
    one_each: Duration,
    /// For each address the moment when it has all its turns again.
    whole: Arc<Mutex<HashMap<IpAddr, Timestamp>>>,
}

impl Limit {
    pub(super) fn new(at_once: u32, one_each: Duration) -> Self {
        Self { at_once, one_each, whole: Arc::default() }
    }

    /// Takes one turn of this address; whether there was one.
    pub(super) fn take(&self, address: IpAddr, now: Timestamp) -> bool {
        let mut all = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        let address = household(address);
        if all.len() >= ADDRESSES_MAX && !all.contains_key(&address) {
            all.retain(|_, whole| *whole > now);
            if all.len() >= ADDRESSES_MAX {
                return false;
            }
        }
        let whole = all.entry(address).or_insert(now);
        let next = (*whole).max(now) + self.one_each;
        let has_one = next <= now + self.one_each * self.at_once;
        if has_one {
            *whole = next;
        }
        has_one
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_ONCE: u32 = 10;
    const ONE_EACH: Duration = Duration::from_secs(6);

    #[test]
    fn ten_at_once_then_one_each_six_seconds() {
        let (limit, now) = (Limit::new(AT_ONCE, ONE_EACH), Timestamp::from_secs(1000));
        let take = |address: &str, at| limit.take(address.parse().unwrap(), at);
        for _ in 0..AT_ONCE {
            assert!(take("10.0.0.1", now));
        }
        assert!(!take("10.0.0.1", now));
        assert!(take("10.0.0.2", now), "others are others");
        assert!(take("10.0.0.1", now + ONE_EACH));
        assert!(!take("10.0.0.1", now + ONE_EACH));
        // A whole /64 is one customer's.
        for n in 0..AT_ONCE {
            assert!(take(&format!("2001:db8::{n}"), now));
        }
        assert!(!take("2001:db8::ff", now));
    }

    #[test]
    fn the_table_has_an_end_and_forgets() {
        let (limit, now) = (Limit::new(AT_ONCE, ONE_EACH), Timestamp::from_secs(1000));
        let take = |n: u32, at| limit.take(std::net::Ipv4Addr::from(n).into(), at);
        for n in 0..ADDRESSES_MAX {
            assert!(take(u32::try_from(n).unwrap(), now));
        }
        assert!(!take(u32::MAX, now));
        assert!(take(u32::MAX, now + ONE_EACH));
    }
}
