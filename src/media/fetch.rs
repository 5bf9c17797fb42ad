//! Fetching a picture.

use std::time::Duration;

use ureq::{
    Agent, Error,
    unversioned::{
        resolver::{DefaultResolver, Resolver},
        transport::DefaultConnector,
    },
};

use super::{MediaError, guard::Guarded};

/// Most bytes of a picture (design §4: with caps).
const BYTES_MAX: u64 = 4 << 20;

/// How long a picture may take, from its name to its last byte.
const WITHIN: Duration = Duration::from_secs(5);

/// Fetches over https from the public net, follows no redirect and remembers no connection.
#[derive(Clone, Debug)]
pub(super) struct Fetcher(Agent);

impl Fetcher {
    pub(super) fn new() -> Self {
        Self::through(Guarded(DefaultResolver::default()), true)
    }

    pub(super) fn through(resolver: impl Resolver, https_only: bool) -> Self {
        let config = Agent::config_builder()
            .https_only(https_only)
            // A proxy would resolve the name itself.
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_idle_connections(0)
            .timeout_global(Some(WITHIN))
            .user_agent(concat!("Tillbell/", env!("CARGO_PKG_VERSION")))
            .build();
        Self(Agent::with_parts(config, DefaultConnector::new(), resolver))
    }

    /// What is at `address`; blocks for up to 5 s.
    pub(super) fn fetch(&self, address: &str) -> Result<Vec<u8>, MediaError> {
        let mut answer = self.0.get(address).call().map_err(|error| read(&error))?;
        if answer.status() != 200 {
            return Err(MediaError::Unreachable);
        }
        let body = answer.body_mut().with_config().limit(BYTES_MAX).read_to_vec();
        body.map_err(|error| read(&error))
    }
}

fn read(error: &Error) -> MediaError {
    match error {
        Error::RequireHttpsOnly(_) | Error::Other(_) => MediaError::NotPublic,
        Error::BodyExceedsLimit(_) => MediaError::TooLarge,
        _ => MediaError::Unreachable,
    }
}
