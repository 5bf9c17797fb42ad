//! Connected accounts: one platform, many streamers.

use std::collections::HashMap;

use miniserde::Deserialize;
use stripe_connect::{
    account::{CreateAccount, CreateAccountType, RetrieveAccount},
    account_link::{CreateAccountLink, CreateAccountLinkType},
};

use super::{ApiError, Manner, StripeApi};

/// A connected account.
#[derive(Clone, Debug, Deserialize)]
pub struct Account {
    /// `acct_…`.
    pub id: String,
    /// Whether it can take payments yet.
    pub charges_enabled: Option<bool>,
    /// Whether its owner has told Stripe all that it asks.
    pub details_submitted: Option<bool>,
}

#[derive(Deserialize)]
struct Link {
    url: String,
}

impl StripeApi {
    /// Makes a standard account for a streamer, which its owner has to complete at
    /// [`Self::onboarding_link`]. The same `once` within a day, also at the same time, makes one account.
    ///
    /// # Errors
    /// Those of the call; `Forbidden` where the platform has no Connect.
    pub async fn add_account(&self, streamer: &str, once: &str) -> Result<Account, ApiError> {
        let metadata = HashMap::from([("streamer".to_owned(), streamer.to_owned())]);
        let request = CreateAccount::new().type_(CreateAccountType::Standard).metadata(metadata);
        self.call_once(once, &request).await
    }

    /// How an account stands.
    ///
    /// # Errors
    /// Those of the call; `Forbidden` or `NotFound` for one that is not connected.
    pub async fn account(&self, id: &str) -> Result<Account, ApiError> {
        self.call(Manner::Waiting, None, &RetrieveAccount::new(id)).await
    }

    /// A link, good for minutes and one use, where the account's owner tells Stripe about themselves.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn onboarding_link(
        &self,
        account: &str,
        return_url: &str,
        refresh_url: &str,
    ) -> Result<String, ApiError> {
        let request = CreateAccountLink::new(account, CreateAccountLinkType::AccountOnboarding)
            .return_url(return_url)
            .refresh_url(refresh_url);
        let link: Link = self.call(Manner::Waiting, None, &request).await?;
        Ok(link.url)
    }
}
