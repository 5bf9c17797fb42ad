//! What the tests share: a gateway process, a page, a signer. The bench loads this file by its path,
//! so the parts are named by theirs.

#[path = "support/channel.rs"]
mod channel;
#[path = "support/fake_stripe.rs"]
mod fake_stripe;
#[path = "support/gateway.rs"]
mod gateway;
#[path = "support/page.rs"]
mod page;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "support/random.rs"]
mod random;
#[path = "support/redis.rs"]
mod redis;
#[path = "support/refused.rs"]
mod refused;
#[path = "support/stripe.rs"]
mod stripe;

pub(crate) use fake_stripe::FakeStripe;
pub(crate) use gateway::{Answer, Gateway, Setup, tillbell};
pub(crate) use page::{Page, raw_request};
pub(crate) use proxy::Proxy;
pub(crate) use random::Random;
pub(crate) use redis::{Cluster, RedisServer, Sentinels, documented_user, free_port};
pub(crate) use refused::{refused, refused_at_last};
pub(crate) use stripe::{checkout, sign, sign_at, unix_now};

use std::time::{Duration, Instant};

/// How long anything may take before a test gives up. Long: a busy machine is no failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Looks again and again until `look` sees something.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, look).unwrap_or_else(|| panic!("waited in vain for {what}"))
}

/// Looks again and again until `look` sees something, or the time is over.
pub(crate) fn within<T>(time: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        if let Some(seen) = look() {
            return Some(seen);
        }
        if start.elapsed() > time {
            return None;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
