//! The keys there are. The example file and the reference in the docs are tested against this table.

/// One key of the configuration.
#[derive(Debug)]
pub struct Key {
    /// `section.key`, as in errors and in `tillbell config`.
    pub name: &'static str,
    /// Its built-in value, as it would be written; empty means not set.
    pub default: &'static str,
    /// What it may be, for error messages.
    pub allowed: &'static str,
    /// Whether it is masked when printed, and may come from a file named by `<name>_file`.
    pub secret: bool,
}

const fn key(name: &'static str, default: &'static str, allowed: &'static str) -> Key {
    Key { name, default, allowed, secret: false }
}

const fn secret(name: &'static str, allowed: &'static str) -> Key {
    Key { name, default: "", allowed, secret: true }
}

const FLAG: &str = "true or false";
const COUNT: &str = "a whole number from 1 to 1000000";
const DAYS: &str = "a number of days from 1 to 3650";

/// All keys, in the order in which they are printed.
pub const KEYS: &[Key] = &[
    // Its default depends on the machine: the platform's data folder.
    key("data", "", "a folder"),
    key("server.listen", "127.0.0.1:7575", "an address and port, like 127.0.0.1:7575"),
    key("server.public_listen", "", "an address and port, like 0.0.0.0:8080"),
    key(
        "server.public_url",
        "",
        "http:// or https:// and a host without a path, like https://alerts.example.com",
    ),
    key(
        "server.trusted_proxies",
        "",
        "addresses or networks, like 10.0.0.0/8, separated by commas",
    ),
    secret(
        "redis.url",
        "one of redis://127.0.0.1:6379, unix:///run/redis.sock, redis+cluster://HOST:6379,HOST:6379 and \
         redis+sentinel://HOST:26379,HOST:26379/NAME, with rediss for TLS and USER:PASSWORD@ before \
         the first host",
    ),
    key("redis.durability", "always", "always, everysec, none or replicated"),
    key("redis.replicas", "1", "a whole number from 1 to 5"),
    key("redis.replicas_within", "500ms", "a length of time from 50ms to 5s"),
    secret("redis.cluster_secret", "at least 16 letters, digits or signs without spaces"),
    secret("stripe.api_key", "a restricted key (rk_…) from Stripe's dashboard, without spaces"),
    secret("stripe.webhook_secret", "signing secrets that begin with whsec_, separated by commas"),
    key("stripe.tolerance", "300s", "a length of time from 1s to 1h, like 300s or 5m"),
    key("stripe.api_base", super::STRIPE_API, "http:// or https:// and a host without a path"),
    key("stripe.allow_foreign_api_base", "false", FLAG),
    key("stripe.poll", "false", FLAG),
    key("stripe.default_streamer", "", "a streamer's id: a-z, 0-9, - and _, like mika"),
    key("limits.body", "1MiB", "a size from 1KiB to 64MiB, like 1MiB"),
    key("limits.connections", "20000", COUNT),
    key("limits.connections_per_streamer", "200", COUNT),
    key("retention.events_days", "30", DAYS),
    key("retention.log_days", "90", DAYS),
    key("retention.alerts_days", "forever", "a number of days from 1 to 3650, or forever"),
    key(
        "log.level",
        "info",
        "error, warn, info, debug or trace, also per module: info,tillbell::hub=debug",
    ),
    key("log.format", "text", "text or json"),
];

impl Key {
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// The key that somebody who wrote `name` most likely meant.
    pub(super) fn nearest(name: &str) -> Option<&'static str> {
        // Below this Jaro-Winkler likeness two keys share little more than their section.
        const ALIKE: f64 = 0.85;
        let last = |text: &'static str| text.rsplit('.').next().expect("split yields one at least");
        let likeness = |key: &Key| {
            strsim::jaro_winkler(name, key.name).max(strsim::jaro_winkler(name, last(key.name)))
        };
        KEYS.iter()
            .map(|key| (likeness(key), key.name))
            .filter(|(likeness, _)| *likeness > ALIKE)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, name)| name)
    }
}
