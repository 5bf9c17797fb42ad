//! How often one address may ask for a checkout: each is a call to Stripe, and may hold pieces.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{http::access::household, time::Timestamp};

/// Checkouts of one address: ten at once, then one each six seconds. A person needs two or three.
const AT_ONCE: u32 = 10;
const ONE_EACH: Duration = Duration::from_secs(6);

/// Most addresses remembered; more that all ask within a minute are an attack, and wait together.
const ADDRESSES_MAX: usize = 10_000;

/// See the module. For each address the moment when it has all its checkouts again.
#[derive(Clone, Debug, Default)]
pub(in crate::http) struct Limit(Arc<Mutex<HashMap<IpAddr, Timestamp>>>);

impl Limit {
    /// Takes one checkout of this address; whether there was one.
    pub(super) fn take(&self, address: IpAddr, now: Timestamp) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let address = household(address);
        if all.len() >= ADDRESSES_MAX && !all.contains_key(&address) {
            all.retain(|_, whole| *whole > now);
            if all.len() >= ADDRESSES_MAX {
                return false;
            }
        }
        let whole = all.entry(address).or_insert(now);
        let next = (*whole).max(now) + ONE_EACH;
        let has_one = next <= now + ONE_EACH * AT_ONCE;
        if has_one {
            *whole = next;
        }
        has_one
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_at_once_then_one_each_six_seconds() {
        let (limit, now) = (Limit::default(), Timestamp::from_secs(1000));
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
        let (limit, now) = (Limit::default(), Timestamp::from_secs(1000));
        let take = |n: u32, at| limit.take(std::net::Ipv4Addr::from(n).into(), at);
        for n in 0..ADDRESSES_MAX {
            assert!(take(u32::try_from(n).unwrap(), now));
        }
        assert!(!take(u32::MAX, now));
        assert!(take(u32::MAX, now + ONE_EACH));
    }
}
