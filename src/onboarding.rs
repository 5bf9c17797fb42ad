//! Setting things up at Stripe, for people who would else click through its Dashboard: the webhook
//! endpoint of a gateway or streamer, and a streamer's connected account.

use std::sync::Arc;

use secrecy::SecretString;
use thiserror::Error;

use crate::{
    directory::{DirectoryError, Holding},
    id::StreamerId,
    keys::token_hash,
    node::Node,
    stripe::{secret::SigningSecret, wanted::WANTED},
    stripe_api::{Account, ApiError, Endpoint, StripeApi},
};

/// Why something was not set up.
#[derive(Debug, Error)]
pub enum OnboardingError {
    /// There is no key to ask Stripe with.
    #[error("no API key is set: give the gateway a restricted key as stripe.api_key")]
    NoKey,
    /// Stripe could not call that address.
    #[error(
        "Stripe calls only public https addresses, and {0} is none: set server.public_url, or use stripe.poll, which needs no address"
    )]
    NotPublic(String),
    /// Stripe did not do it.
    #[error(transparent)]
    Stripe(#[from] ApiError),
    /// Stripe told no secret, or an odd one.
    #[error(
        "Stripe made the endpoint and told no signing secret: copy it from Stripe's dashboard into tillbell secret add"
    )]
    NoSecret,
    /// The gateway could not keep it.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

/// What became of a webhook endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointIs {
    /// It is new, and its signing secret is kept here.
    New,
    /// It was there, and is set to the events the gateway reads; a secret for it is kept here.
    Mended,
    /// It was there and is set right, but no secret is kept here, and Stripe tells it only once.
    WithoutSecret,
}

impl Node {
    fn stripe_api(&self) -> Result<&Arc<StripeApi>, OnboardingError> {
        self.stripe.as_ref().ok_or(OnboardingError::NoKey)
    }

    /// Makes Stripe send its events to `url`: for one streamer, or (`None`) for all of the gateway's.
    /// One that is there already gets the events it should have. With `connect`, it is sent the events
    /// of connected accounts.
    ///
    /// # Errors
    /// When Stripe could not reach the address, or refuses.
    pub async fn set_up_endpoint(
        &self,
        url: &str,
        streamer: Option<&StreamerId>,
        connect: bool,
    ) -> Result<(Endpoint, EndpointIs), OnboardingError> {
        let api = self.stripe_api()?;
        if !url.starts_with("https://") && api.key().livemode() != Some(false) {
            return Err(OnboardingError::NotPublic(url.into()));
        }
        let same = |endpoint: &Endpoint| {
            endpoint.url.trim_end_matches('/') == url && endpoint.is_connect() == connect
        };
        if let Some(there) = api.endpoints().await?.into_iter().find(same) {
            let mended = api.mend_endpoint(&there.id, &WANTED).await?;
            let known = !self.directory.signing_secrets(streamer).await?.is_empty();
            let is = if known { EndpointIs::Mended } else { EndpointIs::WithoutSecret };
            return Ok((mended, is));
        }
        let new = api.add_endpoint(url, &WANTED, connect).await?;
        let secret = new.secret.as_deref().and_then(|secret| SigningSecret::parse(secret).ok());
        let secret = secret.ok_or(OnboardingError::NoSecret)?;
        self.directory.add_secret(streamer, &secret).await?;
        Ok((new, EndpointIs::New))
    }

    /// A link of ours, good for a week, by which a streamer sets up their account at Stripe. Its code
    /// is for the fragment of the address: whoever has it can connect an account.
    ///
    /// # Errors
    /// Without a key, and those of the store.
    pub async fn invite(&self, streamer: &StreamerId) -> Result<SecretString, OnboardingError> {
        self.stripe_api()?;
        Ok(self.directory.new_invitation(streamer).await?)
    }

    /// Goes on with a streamer's account: makes one if there is none yet; where its owner tells Stripe
    /// what is still missing, or `None` when it can take payments. `code` is the invitation's: it makes
    /// one account, also when its page is loaded twice at once.
    ///
    /// # Errors
    /// Those of Stripe and of the store.
    pub async fn onboard(
        &self,
        streamer: &StreamerId,
        code: &str,
        page: &str,
    ) -> Result<Option<String>, OnboardingError> {
        let api = self.stripe_api()?;
        let account = match self.directory.account_of(streamer).await? {
            Some(id) => api.account(&id).await?,
            None => {
                let account = api.add_account(streamer.as_str(), &token_hash(code)).await?;
                self.directory.add_holding(Holding::Account, streamer, &account.id).await?;
                account
            }
        };
        if is_ready(&account) {
            return Ok(None);
        }
        // Both ways back lead to the page that made the link: it makes another, or says that all is
        // done.
        Ok(Some(api.onboarding_link(&account.id, page, page).await?))
    }
}

fn is_ready(account: &Account) -> bool {
    account.charges_enabled == Some(true) && account.details_submitted == Some(true)
}
