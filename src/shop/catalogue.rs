//! Stripe's catalogue, remembered: a store page must be fast, and stand while Stripe is away.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex as Short, PoisonError},
    time::Duration,
};

use tokio::sync::Mutex;

use crate::{
    clock::Clock,
    stripe_api::{ApiError, Manner, Price, StripeApi},
    time::Timestamp,
};

/// How long prices are believed (the issue asks for a cache; a new price shows within a minute).
const BELIEVED_FOR: Duration = Duration::from_secs(60);

/// How soon after a failure Stripe is asked again.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Most accounts remembered.
const ACCOUNTS_MAX: usize = 256;

/// The prices of each account.
#[derive(Debug)]
pub struct Catalogue {
    clock: Clock,
    by_account: Short<HashMap<Option<String>, Arc<Mutex<Remembered>>>>,
}

#[derive(Debug, Default)]
struct Remembered {
    prices: Option<Arc<[Price]>>,
    /// When Stripe is asked again.
    until: Timestamp,
}

impl Default for Catalogue {
    fn default() -> Self {
        Self { clock: Clock::start(), by_account: Short::default() }
    }
}

impl Catalogue {
    /// The active prices of an account, `None` being the gateway's own; those of before while Stripe
    /// is away, and none if there were none. One call at a time for each account.
    pub async fn prices(&self, stripe: &StripeApi, account: Option<&str>) -> Arc<[Price]> {
        let remembered = self.of(account);
        let mut remembered = remembered.lock().await;
        if self.clock.now() >= remembered.until {
            let read = stripe.prices(Manner::Aside, account).await;
            let wait = if read.is_ok() { BELIEVED_FOR } else { AGAIN_AFTER };
            match read {
                Ok(prices) => remembered.prices = Some(prices.into()),
                Err(error) => say(&error),
            }
            remembered.until = self.clock.now() + wait;
        }
        remembered.prices.clone().unwrap_or_default()
    }

    fn of(&self, account: Option<&str>) -> Arc<Mutex<Remembered>> {
        let mut all = self.by_account.lock().unwrap_or_else(PoisonError::into_inner);
        let account = account.map(str::to_owned);
        if all.len() >= ACCOUNTS_MAX && !all.contains_key(&account) {
            all.clear();
        }
        Arc::clone(all.entry(account).or_default())
    }
}

fn say(error: &ApiError) {
    tracing::warn!(%error, "Stripe's catalogue could not be read: what was read before is sold");
}
