//! Calls to Stripe's API. The requests are async-stripe's; the answers are read into small structs of
//! our own, because a field that nobody here needs must not make a call fail.
//!
//! Two kinds of calls: what a person waits for ([`Manner::Waiting`]) is tried three times; what the
//! gateway does on the side ([`Manner::Aside`]) is tried once, within 2 s, four at a time, and not at
//! all while the circuit breaker is open.

mod breaker;
mod checkout;
mod connect;
mod endpoints;
mod events;
mod prices;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use ::stripe::{
    ApiErrors, ApiErrorsType, Client, ClientBuilder, IdempotencyKey, RequestStrategy, StripeError,
    StripeRequest,
};
use miniserde::Deserialize;
use thiserror::Error;
use tokio::sync::Semaphore;

use crate::{clock::Clock, stripe::api_key::ApiKey};

use breaker::Breaker;
pub use checkout::{
    Detail, Interval, Line, LineItem, LineProduct, NewSession, Selling, Session, knows,
};
pub use connect::Account;
pub use endpoints::Endpoint;
pub use events::{EventPage, Window};
pub use prices::Price;

/// Calls on the side at a time (issue: at most four; Stripe allows 25 reads a second in test mode).
const ASIDE_MAX: usize = 4;

/// How long a call on the side may take in all.
const ASIDE_WITHIN: Duration = Duration::from_secs(2);

/// Calls that people wait for at a time; more are answered as if Stripe were busy.
const WAITING_MAX: usize = 32;

/// How long one attempt may take when a person waits.
const ATTEMPT_WITHIN: Duration = Duration::from_secs(8);

/// Attempts when a person waits. async-stripe gives them one idempotency key.
const ATTEMPTS: u32 = 3;

/// Why a call to Stripe brought nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ApiError {
    /// The key is unknown, revoked or expired.
    #[error("Stripe does not accept the API key: check stripe.api_key")]
    Unauthorized,
    /// The key is restricted, and this is not ticked; or the account is not connected.
    #[error("the API key may not do this: give it the permission at Stripe")]
    Forbidden,
    /// There is no such thing in this account and mode.
    #[error("Stripe knows no such object in this account and mode")]
    NotFound,
    /// Something in the request is wrong.
    #[error("Stripe refused the request")]
    Refused {
        /// Stripe's parameter at fault, like `line_items[0][price]`.
        param: Option<String>,
        /// Stripe's code, like `resource_missing`.
        code: Option<String>,
        /// Stripe's words, for the person who made the request: never for a log.
        message: Option<String>,
    },
    /// Too many calls at once, here or at Stripe.
    #[error("too many calls to Stripe at once: try again")]
    Busy,
    /// No answer in time, or a failure on Stripe's side.
    #[error("Stripe cannot be reached: try again")]
    Unavailable,
    /// Stripe failed several times in a row: nothing was asked.
    #[error("Stripe failed several times, so it is not asked for a few seconds")]
    Resting,
    /// The answer is not of the form expected.
    #[error("Stripe's answer could not be read")]
    Unreadable,
}

impl ApiError {
    /// Whether the same call may go well a little later.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Busy | Self::Unavailable | Self::Resting)
    }

    /// A stable word for counting.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Refused { .. } => "refused",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
            Self::Resting => "resting",
            Self::Unreadable => "unreadable",
        }
    }
}

/// How urgent a call is, see the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// A person waits for it, or a job that has time.
    Waiting,
    /// On the side of something that goes on without it.
    Aside,
}

/// Stripe's API, with one key.
pub struct StripeApi {
    client: Client,
    key: ApiKey,
    clock: Clock,
    waiting: Semaphore,
    aside: Semaphore,
    breaker: Mutex<Breaker>,
}

impl StripeApi {
    /// Calls with `key` to the API at `base`, which has no slash at its end.
    ///
    /// # Errors
    /// When the base is no URL.
    pub fn new(key: ApiKey, base: &str) -> Result<Self, StripeError> {
        let client = ClientBuilder::new(key.expose())
            .url(format!("{base}/"))
            .timeout(ATTEMPT_WITHIN)
            .request_strategy(RequestStrategy::ExponentialBackoff(ATTEMPTS))
            .app_info("Tillbell", Some(env!("CARGO_PKG_VERSION").into()), None)
            .build()?;
        Ok(Self {
            client,
            key,
            clock: Clock::start(),
            waiting: Semaphore::new(WAITING_MAX),
            aside: Semaphore::new(ASIDE_MAX),
            breaker: Mutex::default(),
        })
    }

    /// The key it calls with.
    #[must_use]
    pub fn key(&self) -> &ApiKey {
        &self.key
    }

    /// Makes a call, in the name of a connected account if one is named.
    async fn call<T: Deserialize>(
        &self,
        manner: Manner,
        account: Option<&str>,
        request: &impl StripeRequest,
    ) -> Result<T, ApiError> {
        let mut request = request.build().customize::<T>();
        if let Some(account) = account {
            request = request.account_id(account.parse().expect("any text is an account id"));
        }
        match manner {
            Manner::Waiting => {
                let _place = self.waiting.try_acquire().map_err(|_| ApiError::Busy)?;
                self.note(request.send(&self.client).await)
            }
            Manner::Aside => {
                let request = request.request_strategy(RequestStrategy::Once);
                let call = async {
                    let _place = self.aside.acquire().await.map_err(|_| ApiError::Busy)?;
                    if !self.lock().may_call(self.clock.now()) {
                        return Err(ApiError::Resting);
                    }
                    // A time-out of the whole would end the call without a word to the breaker.
                    let sent = tokio::time::timeout(ASIDE_WITHIN, request.send(&self.client)).await;
                    self.note(sent.unwrap_or(Err(StripeError::Timeout)))
                };
                let all = tokio::time::timeout(ASIDE_WITHIN, call).await;
                all.unwrap_or(Err(ApiError::Busy))
            }
        }
    }

    /// Makes something of which there shall be one, however often and from wherever it is asked for.
    async fn call_once<T: Deserialize>(
        &self,
        once: &str,
        request: &impl StripeRequest,
    ) -> Result<T, ApiError> {
        let key = IdempotencyKey::new(once).expect("a hash is not empty, and short");
        let once = RequestStrategy::Idempotent(key);
        let request = request.build().customize::<T>().request_strategy(once);
        let _place = self.waiting.try_acquire().map_err(|_| ApiError::Busy)?;
        self.note(request.send(&self.client).await)
    }

    /// Tells the breaker how a call ended.
    fn note<T>(&self, ended: Result<T, StripeError>) -> Result<T, ApiError> {
        let ended = ended.map_err(|error| read(&error));
        let failed = matches!(ended, Err(ApiError::Unavailable | ApiError::Unreadable));
        self.lock().ended(!failed, self.clock.now());
        ended
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for StripeApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StripeApi").field("key", &self.key.power()).finish_non_exhaustive()
    }
}

/// What an error of async-stripe's means.
fn read(error: &StripeError) -> ApiError {
    match error {
        StripeError::Stripe(error, status) => refused(error, *status),
        StripeError::JSONDeserialize(_) => ApiError::Unreadable,
        StripeError::ClientError(_) | StripeError::Timeout => ApiError::Unavailable,
        StripeError::ConfigError(_) => ApiError::Refused { param: None, code: None, message: None },
    }
}

fn refused(error: &ApiErrors, status: u16) -> ApiError {
    let code = error.code.as_ref().map(|code| code.as_str().to_owned());
    match status {
        401 => ApiError::Unauthorized,
        403 => ApiError::Forbidden,
        404 => ApiError::NotFound,
        // 409: the same call, under the same idempotency key, is not answered yet.
        409 | 429 => ApiError::Busy,
        500.. => ApiError::Unavailable,
        _ if matches!(error.type_, ApiErrorsType::ApiError) => ApiError::Unavailable,
        _ => ApiError::Refused { param: error.param.clone(), code, message: error.message.clone() },
    }
}
