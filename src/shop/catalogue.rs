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
        self.believed(account, self.clock.now(), || stripe.prices(Manner::Aside, account)).await
    }

    async fn believed(
        &self,
        account: Option<&str>,
        now: Timestamp,
        read: impl AsyncFnOnce() -> Result<Vec<Price>, ApiError>,
    ) -> Arc<[Price]> {
        let remembered = self.of(account);
        let mut remembered = remembered.lock().await;
        if now >= remembered.until {
            let wait = match read().await {
                Ok(prices) => {
                    remembered.prices = Some(prices.into());
                    BELIEVED_FOR
                }
                Err(error) => {
                    tracing::warn!(%error, "Stripe's catalogue could not be read: what was read before is sold");
                    AGAIN_AFTER
                }
            };
            remembered.until = now + wait;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Money;

    fn poster(minor: i64) -> Result<Vec<Price>, ApiError> {
        let amount = Money::new(minor, crate::money::Currency::USD);
        let (id, name) = ("price_1".to_owned(), "Poster".to_owned());
        Ok(vec![Price { id, name, image: None, amount, interval: None }])
    }

    /// What is sold at a second, if Stripe would say this.
    async fn sold(
        catalogue: &Catalogue,
        second: u64,
        says: Result<Vec<Price>, ApiError>,
    ) -> Option<i64> {
        let now = Timestamp::from_secs(1000) + Duration::from_secs(second);
        let prices = catalogue.believed(None, now, async || says).await;
        prices.first().map(|price| price.amount.minor)
    }

    #[tokio::test]
    async fn prices_are_believed_for_a_minute_and_kept_while_stripe_is_away() {
        let away = || Err(ApiError::Unavailable);
        let catalogue = Catalogue::default();
        assert_eq!(sold(&catalogue, 0, away()).await, None);
        assert_eq!(sold(&catalogue, 4, poster(1)).await, None, "asked again after 5 s");
        assert_eq!(sold(&catalogue, 5, poster(1)).await, Some(1));
        assert_eq!(sold(&catalogue, 64, poster(2)).await, Some(1));
        assert_eq!(sold(&catalogue, 65, poster(2)).await, Some(2));
        assert_eq!(sold(&catalogue, 125, away()).await, Some(2));
        assert_eq!(sold(&catalogue, 9999, away()).await, Some(2));
    }

    #[tokio::test]
    async fn accounts_have_prices_of_their_own_and_are_not_remembered_without_end() {
        let catalogue = Catalogue::default();
        assert_eq!(sold(&catalogue, 0, poster(1)).await, Some(1));
        for n in 0..ACCOUNTS_MAX * 2 {
            let account = format!("acct_{n}");
            let now = Timestamp::from_secs(1000);
            let prices = catalogue.believed(Some(&account), now, async || Ok(Vec::new())).await;
            assert!(prices.is_empty());
        }
        assert!(catalogue.by_account.lock().unwrap().len() <= ACCOUNTS_MAX);
    }
}
