//! From text to types.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use hyper::Uri;
use ipnet::IpNet;
use secrecy::SecretString;

use super::layers::{Found, Layer};
use super::{Durability, Key, LogFormat, Origin, Problem};
use crate::id::StreamerId;
use crate::settings::length;
use crate::store::redis::is_url;
use crate::stripe::api_key::ApiKey;
use crate::stripe::secret::SigningSecret;

/// Reads keys one by one and goes on after a bad one.
pub(super) struct Reader<'a> {
    found: &'a Layer,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(found: &'a Layer, problems: &'a mut Vec<Problem>) -> Self {
        Self { found, problems }
    }

    pub(super) fn read<T: Value>(&mut self, name: &'static str) -> T {
        self.read_with(name, T::parse)
    }

    /// The value of a key that has none unless it is given; given empty, it is bad: what was meant,
    /// a variable perhaps, is missing.
    pub(super) fn read_given<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let Found { text, origin } = &self.found[name];
        if *origin == Origin::Default {
            return None;
        }
        let value = parse(text.trim());
        if value.is_none() {
            self.complain(name);
        }
        value
    }

    /// The key's value; when it is bad, a problem, and the default so that reading can go on.
    pub(super) fn read_with<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> T {
        if let Some(value) = parse(self.found[name].text.trim()) {
            return value;
        }
        self.complain(name);
        parse(Self::key(name).default).expect("a default is a good value")
    }

    fn complain(&mut self, name: &'static str) {
        let (key, Found { text, origin }) = (Self::key(name), &self.found[name]);
        let value = if key.secret { "malformed".into() } else { format!("{text:?}") };
        let problem =
            Problem::BadValue { origin: origin.clone(), key: name, value, allowed: key.allowed };
        self.problems.push(problem);
    }

    fn key(name: &'static str) -> &'static Key {
        Key::find(name).expect("only keys of the table are read")
    }
}

/// A type that text is read as in one way only.
pub(super) trait Value: Sized {
    /// The value; none when the text is not one.
    fn parse(text: &str) -> Option<Self>;
}

impl<T: Value> Value for Option<T> {
    fn parse(text: &str) -> Option<Self> {
        optional(T::parse)(text)
    }
}

/// Lists are separated by commas.
impl<T: Value> Value for Vec<T> {
    fn parse(text: &str) -> Option<Self> {
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(T::parse).collect()
    }
}

impl Value for PathBuf {
    fn parse(text: &str) -> Option<Self> {
        Some(text.into())
    }
}

impl Value for SocketAddr {
    fn parse(text: &str) -> Option<Self> {
        text.replacen("localhost:", "127.0.0.1:", 1).parse().ok()
    }
}

impl Value for IpNet {
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(Into::into))
    }
}

impl Value for bool {
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Value for StreamerId {
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Value for SecretString {
    fn parse(text: &str) -> Option<Self> {
        let whole = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        whole.then(|| text.into())
    }
}

impl Value for LogFormat {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "text" => Self::Text,
            "json" => Self::Json,
            _ => return None,
        })
    }
}

/// Empty text is no value, and that is fine.
pub(super) fn optional<T>(parse: impl Fn(&str) -> Option<T>) -> impl Fn(&str) -> Option<Option<T>> {
    move |text| if text.is_empty() { Some(None) } else { parse(text).map(Some) }
}

/// `scheme://host[:port]`; a slash at the end is forgiven and cut.
pub(super) fn base_url(text: &str) -> Option<String> {
    let base = text.strip_suffix('/').unwrap_or(text);
    let uri: Uri = base.parse().ok()?;
    let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme))?;
    let host =
        uri.authority().filter(|host| !host.as_str().contains('@') && !host.host().is_empty())?;
    (base == format!("{scheme}://{host}")).then(|| base.to_owned())
}

/// Whether a URL that [`base_url`] accepted names this machine.
pub(super) fn is_loopback(base: &str) -> bool {
    let Ok(uri) = base.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Signing secrets, checked as those that are stored are.
pub(super) fn signing_secrets(text: &str) -> Option<Vec<SecretString>> {
    let items = text.split(',').filter(|item| !item.trim().is_empty());
    items.map(|item| Some(SigningSecret::parse(item).ok()?.expose().into())).collect()
}

pub(super) fn api_key(text: &str) -> Option<ApiKey> {
    ApiKey::parse(text).ok()
}

pub(super) fn redis_url(text: &str) -> Option<SecretString> {
    SecretString::parse(text).filter(is_url)
}

pub(super) fn durability(text: &str, replicas: u32, within: Duration) -> Option<Durability> {
    Some(match text {
        "always" => Durability::Always,
        "everysec" => Durability::Everysec,
        "none" => Durability::None,
        "replicated" => Durability::Replicated { replicas, within },
        _ => return None,
    })
}

pub(super) fn replicas(text: &str) -> Option<u32> {
    whole(text).and_then(|count| count.try_into().ok()).filter(|count| (1..=5).contains(count))
}

pub(super) fn replicas_within(text: &str) -> Option<Duration> {
    let fits = Duration::from_millis(50)..=Duration::from_secs(5);
    length::parse(text).ok().filter(|length| fits.contains(length))
}

/// Long enough that a random one cannot be guessed.
pub(super) fn cluster_secret(text: &str) -> Option<SecretString> {
    SecretString::parse(text).filter(|_| text.len() >= 16)
}

pub(super) fn tolerance(text: &str) -> Option<Duration> {
    let fits = Duration::from_secs(1)..=Duration::from_hours(1);
    length::parse(text).ok().filter(|length| fits.contains(length))
}

pub(super) fn body_size(text: &str) -> Option<usize> {
    const UNITS: [(&str, usize); 3] = [("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];
    let (number, unit) =
        UNITS.iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, unit)))?;
    let bytes = whole(number.trim_end())?.checked_mul(*unit)?;
    (1 << 10..=64 << 20).contains(&bytes).then_some(bytes)
}

pub(super) fn count(text: &str) -> Option<usize> {
    whole(text).filter(|count| (1..=1_000_000).contains(count))
}

pub(super) fn days(text: &str) -> Option<u32> {
    whole(text).and_then(|days| days.try_into().ok()).filter(|days| (1..=3650).contains(days))
}

pub(super) fn days_or_forever(text: &str) -> Option<Option<u32>> {
    if text == "forever" { Some(None) } else { days(text).map(Some) }
}

/// A level, or several parts of which each ends in one.
pub(super) fn log_level(text: &str) -> Option<String> {
    let level = |text: &str| ["error", "warn", "info", "debug", "trace", "off"].contains(&text);
    let part = |part: &str| match part.split_once('=') {
        Some((module, last)) => !module.is_empty() && level(last),
        None => level(part),
    };
    text.split(',').all(|item| part(item.trim())).then(|| text.to_owned())
}

/// Digits only: `parse` alone would take a plus sign.
fn whole(text: &str) -> Option<usize> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
