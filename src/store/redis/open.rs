//! Opening the store: Redis is reached, looked at, and held against what was declared.

use std::{sync::Arc, time::Duration};

use secrecy::SecretString;
use thiserror::Error;
use tokio::time::sleep;

use super::{
    Options,
    address::{Address, AddressError},
    conn::Opener,
    identity::IdentityError,
    link::{Link, Replicas},
    promise::{Durability, Weakness},
    row::jitter,
    survey::{Survey, survey},
    times::{RECONNECT, START},
};
use crate::{
    clock::{self, Clock},
    store::StoreError,
};

/// Why the store could not be opened. No text repeats the URL, which may hold a password.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The URL is none.
    #[error("redis.url cannot be used: {0}")]
    Url(AddressError),
    /// Nobody answers, or only that it is not ready.
    #[error("Redis at {place} cannot be reached: {why}")]
    Unreachable {
        /// Which server.
        place: String,
        /// Why.
        why: String,
    },
    /// It answers, and does not let us in.
    #[error("Redis at {place} {why}")]
    Denied {
        /// Which server.
        place: String,
        /// What it does, and what to change.
        why: &'static str,
    },
    /// It takes no writes.
    #[error(
        "Redis at {place} is a replica: name its master in redis.url, or its Sentinels, as in \
         redis+sentinel://HOST:26379/NAME"
    )]
    Replica {
        /// Which server.
        place: String,
    },
    /// It is something else than the URL says.
    #[error("{place} is {is}: write redis.url = \"{url}\"")]
    Other {
        /// Which server.
        place: String,
        /// What it is.
        is: &'static str,
        /// The form that fits.
        url: String,
    },
    /// It promises less than was declared.
    #[error(transparent)]
    Weak(#[from] Weakness),
    /// This node and those before it are not one gateway.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

impl OpenError {
    /// The exit code: 75 when it may be better soon by itself, 78 when the configuration must change.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Unreachable { .. } | Self::Identity(IdentityError::Store(_)) => 75,
            _ => 78,
        }
    }

    /// Whether a start waits a while for it to pass: a failover, a replica that is starting.
    const fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Replica { .. }
                | Self::Weak(Weakness::FewReplicas { .. })
        )
    }
}

/// What a look at Redis showed, for `doctor`.
#[derive(Debug)]
pub struct Examination {
    /// Address and version of each master.
    pub servers: Vec<(String, String)>,
    /// Every promise that is weaker than declared.
    pub weak: Vec<Weakness>,
    /// How far Redis' clock is ahead of this machine's, in milliseconds.
    pub ahead_ms: i64,
}

/// Looks at Redis as a start does, once, and changes nothing.
///
/// # Errors
/// When it cannot be reached, or is not what the URL says.
pub async fn examine(url: &SecretString, declared: Durability) -> Result<Examination, OpenError> {
    let address = parse(url)?;
    let asked = clock::wall_now();
    let Survey { servers, time, .. } = survey(&address).await?;
    let answered = clock::wall_now();
    let between = asked.as_millis().midpoint(answered.as_millis());
    Ok(Examination {
        weak: servers.iter().filter_map(|server| server.keeps(declared).err()).collect(),
        servers: servers.into_iter().map(|server| (server.place, server.version)).collect(),
        ahead_ms: time.as_millis() - between,
    })
}

/// Whether a text is a URL of a Redis.
#[must_use]
pub fn is_url(url: &SecretString) -> bool {
    Address::parse(url).is_ok()
}

/// A link to a Redis that keeps what was declared.
pub(super) async fn link(options: &Options) -> Result<Link, OpenError> {
    let address = Arc::new(find(&options.url, options.durability).await?);
    let replicas = match options.durability {
        Durability::Replicated { replicas: count, within } => Some(Replicas { count, within }),
        _ => None,
    };
    let link = Link::new(Opener { address: Arc::clone(&address) }, replicas);
    let not_yet = not_yet(&address);
    patiently(async || link.learn_time().await.map_err(&not_yet)).await?;
    Ok(link)
}

/// The address of a Redis that keeps what was declared.
async fn find(url: &SecretString, declared: Durability) -> Result<Address, OpenError> {
    let address = parse(url)?;
    patiently(async || {
        let Survey { address, servers, .. } = survey(&address).await?;
        servers.iter().try_for_each(|server| server.keeps(declared))?;
        Ok(address)
    })
    .await
}

fn parse(url: &SecretString) -> Result<Address, OpenError> {
    let address = Address::parse(url).map_err(OpenError::Url)?;
    match address.exposed() {
        // Not even asked: the asking would cross the network.
        Some(place) => Err(Weakness::Exposed { place: place.to_string() }.into()),
        None => Ok(address),
    }
}

/// Tries until it succeeds, fails in a way that does not pass, or [`START`] is over.
async fn patiently<T>(attempt: impl AsyncFn() -> Result<T, OpenError>) -> Result<T, OpenError> {
    let began = Clock::start();
    let mut tries = 0;
    loop {
        let error = match attempt().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let wait = RECONNECT.wait(tries, jitter()).max(Duration::from_millis(50));
        if !error.may_pass() || began.uptime() + wait > START {
            return Err(error);
        }
        if tries == 0 {
            tracing::warn!(%error, "trying for {} s", START.as_secs());
        }
        sleep(wait).await;
        tries += 1;
    }
}

/// What the store's own words mean for a start.
fn not_yet(address: &Address) -> impl Fn(StoreError) -> OpenError {
    let place = address.login().addr().to_string();
    move |error| OpenError::Unreachable { place: place.clone(), why: error.to_string() }
}
