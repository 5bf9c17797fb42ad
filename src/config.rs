//! Configuration: built-in defaults, then the TOML file, then the environment, then flags.
//!
//! Every value remembers which layer it came from, and a start that cannot be says everything that
//! is wrong at once. Nothing here reads the process environment: it comes as a map.

mod key;
mod layers;
mod problem;
mod read;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;

pub use self::key::{KEYS, Key};
pub use self::layers::{Environment, Origin, Sources};
pub use self::problem::{ConfigError, Problem};
use self::read::Reader;
use crate::id::StreamerId;
pub use crate::store::redis::Durability;
use crate::stripe::api_key::ApiKey;

/// Where Stripe's API lives; any other base needs a reason.
pub const STRIPE_API: &str = "https://api.stripe.com";

/// Everything one gateway is told at its start.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data directory: database, master key, admin token, address.
    pub data: PathBuf,
    /// Addresses.
    pub server: ServerConfig,
    /// The shared store of several nodes.
    pub redis: RedisConfig,
    /// What is shared with Stripe.
    pub stripe: StripeConfig,
    /// Bounds on what strangers can make us hold.
    pub limits: LimitsConfig,
    /// How long things are kept.
    pub retention: RetentionConfig,
    /// The log on stderr.
    pub log: LogConfig,
    /// Every key with its value as text and where that came from; secrets are masked already.
    pub effective: Vec<Effective>,
}

/// One line of `tillbell config`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Effective {
    /// The key, as `section.key`.
    pub key: &'static str,
    /// Its value; empty when it is not set, masked when it is a secret.
    pub value: String,
    /// Where the value came from.
    pub from: String,
}

/// Where the gateway listens, and what the world calls it.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The address of everything, the admin API too.
    pub listen: SocketAddr,
    /// A second listener that serves only what the public needs.
    pub public_listen: Option<SocketAddr>,
    /// `scheme://host[:port]` under which overlays and Stripe reach the gateway; no slash at its end.
    pub public_url: Option<String>,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// The shared store.
#[derive(Clone, Debug)]
pub struct RedisConfig {
    /// Where it is; none means the embedded store. A secret, since it may hold a password.
    pub url: Option<SecretString>,
    /// What it must promise about a write that it has confirmed.
    pub durability: Durability,
    /// What the master key is sealed with in Redis; the same on every node.
    pub cluster_secret: Option<SecretString>,
}

/// What is shared with Stripe.
#[derive(Clone, Debug)]
pub struct StripeConfig {
    /// The key for calls to Stripe's API; without, nothing is asked of Stripe.
    pub api_key: Option<ApiKey>,
    /// Signing secrets of the streamer `me`; several while one is being rotated.
    pub webhook_secret: Vec<SecretString>,
    /// How far a signature's time may be from ours, both ways.
    pub tolerance: Duration,
    /// The base URL of Stripe's API; no slash at its end.
    pub api_base: String,
    /// Whether a base that is neither Stripe's nor loopback is meant.
    pub allow_foreign_api_base: bool,
    /// Whether events are also fetched from Stripe, for gateways that no webhook reaches.
    pub poll: bool,
    /// Whose the sales are that come to the shared webhook and name no streamer; none means the
    /// only one, else `me`.
    pub default_streamer: Option<StreamerId>,
}

/// Bounds on what strangers can make us hold.
#[derive(Clone, Copy, Debug)]
pub struct LimitsConfig {
    /// The largest webhook body, in bytes.
    pub body: usize,
    /// Sockets open at once.
    pub connections: usize,
    /// Sockets open at once to one streamer's overlays and feeds.
    pub connections_per_streamer: usize,
}

/// How long things are kept, in days.
#[derive(Clone, Copy, Debug)]
pub struct RetentionConfig {
    /// Stripe's events, as received.
    pub events_days: u32,
    /// The channels' logs.
    pub log_days: u32,
    /// Alerts that have ended; none keeps them for ever.
    pub alerts_days: Option<u32>,
}

/// The log on stderr.
#[derive(Clone, Debug)]
pub struct LogConfig {
    /// A level, or levels per module: `info,tillbell::hub=debug`.
    pub level: String,
    /// How a line is written.
    pub format: LogFormat,
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl RedisConfig {
    fn read(reader: &mut Reader<'_>) -> Self {
        let replicas = reader.read_with("redis.replicas", read::replicas);
        let within = reader.read_with("redis.replicas_within", read::replicas_within);
        let durability = |text: &str| read::durability(text, replicas, within);
        Self {
            url: reader.read_given("redis.url", read::redis_url),
            durability: reader.read_with("redis.durability", durability),
            cluster_secret: reader
                .read_with("redis.cluster_secret", read::optional(read::cluster_secret)),
        }
    }
}

impl Config {
    /// Reads all layers and checks the result as a whole.
    ///
    /// # Errors
    /// Every problem there is, each naming where it stands, the key, and what is allowed.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let (found, mut problems) = layers::gather(sources);
        let mut reader = Reader::new(&found, &mut problems);
        let config = Self {
            data: reader.read("data"),
            server: ServerConfig {
                listen: reader.read("server.listen"),
                public_listen: reader.read("server.public_listen"),
                public_url: reader.read_with("server.public_url", read::optional(read::base_url)),
                trusted_proxies: reader.read("server.trusted_proxies"),
            },
            redis: RedisConfig::read(&mut reader),
            stripe: StripeConfig {
                api_key: reader.read_with("stripe.api_key", read::optional(read::api_key)),
                webhook_secret: reader.read_with("stripe.webhook_secret", read::signing_secrets),
                tolerance: reader.read_with("stripe.tolerance", read::tolerance),
                api_base: reader.read_with("stripe.api_base", read::base_url),
                allow_foreign_api_base: reader.read("stripe.allow_foreign_api_base"),
                poll: reader.read("stripe.poll"),
                default_streamer: reader.read("stripe.default_streamer"),
            },
            limits: LimitsConfig {
                body: reader.read_with("limits.body", read::body_size),
                connections: reader.read_with("limits.connections", read::count),
                connections_per_streamer: reader
                    .read_with("limits.connections_per_streamer", read::count),
            },
            retention: RetentionConfig {
                events_days: reader.read_with("retention.events_days", read::days),
                log_days: reader.read_with("retention.log_days", read::days),
                alerts_days: reader.read_with("retention.alerts_days", read::days_or_forever),
            },
            log: LogConfig {
                level: reader.read_with("log.level", read::log_level),
                format: reader.read("log.format"),
            },
            effective: layers::effective(&found),
        };
        problems.extend(config.conflicts());
        if problems.is_empty() { Ok(config) } else { Err(ConfigError { problems }) }
    }

    /// What no key says alone.
    fn conflicts(&self) -> Vec<Problem> {
        let mut conflicts = Vec::new();
        let base = &self.stripe.api_base;
        if base != STRIPE_API && !read::is_loopback(base) && !self.stripe.allow_foreign_api_base {
            conflicts.push(Problem::Conflict(
                "stripe.api_base is neither Stripe's nor on this machine, and would be sent the API key; \
                 set stripe.allow_foreign_api_base = true if that is meant",
            ));
        }
        if self.stripe.poll && self.stripe.api_key.is_none() {
            conflicts.push(Problem::Conflict(
                "stripe.poll asks Stripe for events, and stripe.api_key is not set; \
                 give it a restricted key that may read events and Checkout sessions",
            ));
        }
        let listen = self.server.listen;
        if listen.port() != 0 && self.server.public_listen == Some(listen) {
            conflicts.push(Problem::Conflict(
                "server.public_listen is the same address as server.listen; give it one of its own, or leave it out",
            ));
        }
        conflicts
    }

    /// What is allowed and may still not be meant, one sentence each, for `doctor` and the start.
    #[must_use]
    pub fn warnings(&self) -> Vec<&'static str> {
        let server = &self.server;
        let open = !server.listen.ip().is_loopback();
        let plain = server
            .public_url
            .as_deref()
            .is_some_and(|url| url.starts_with("http://") && !read::is_loopback(url));
        let checks = [
            (
                open && server.public_listen.is_none(),
                "server.listen is open to the network, the admin API with it; \
                server.public_listen opens only what the public needs",
            ),
            (
                open && server.public_url.is_none(),
                "server.public_url is not set, so links name an address that others \
                may not reach",
            ),
            (
                plain,
                "server.public_url is plain http, so overlay keys cross the network unencrypted",
            ),
            (
                self.redis.url.is_some() && self.redis.durability == Durability::None,
                "redis.durability is none, so a \
                sale answered 200 may be lost when Redis stops",
            ),
        ];
        checks.into_iter().filter_map(|(applies, text)| applies.then_some(text)).collect()
    }
}
