//! The layers, each laid over the one before. All values travel as text; lists with commas.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::{Effective, KEYS, Key, Problem};

/// The environment, read once by `main`.
pub type Environment = BTreeMap<String, String>;

/// Where a configuration is read from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The TOML file, if there is one.
    pub file: Option<PathBuf>,
    /// The environment.
    pub env: Environment,
    /// What flags say: key and value, as in `("server.listen", "127.0.0.1:0")`.
    pub flags: Vec<(&'static str, String)>,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// A line of the file, counted from 1.
    File(PathBuf, usize),
    /// An environment variable.
    Env(String),
    /// A flag.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Env(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A value on its way to its type.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) text: String,
    pub(super) origin: Origin,
}

pub(super) type Layer = BTreeMap<&'static str, Found>;

/// The values that win, one for every key, and what was wrong on the way.
pub(super) fn gather(sources: &Sources) -> (Layer, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut found = defaults();
    if let Some(path) = &sources.file {
        found.extend(from_file(path, &mut problems));
    }
    found.extend(from_known_names(&sources.env, &mut problems));
    found.extend(from_environment(&sources.env, &mut problems));
    let mut flags = Gather::new(&mut problems);
    for (key, value) in &sources.flags {
        let flag = key.rsplit('.').next().unwrap_or(key).replace('_', "-");
        // `--redis` is shorter than what it sets.
        let flag = if *key == "redis.url" { "redis".into() } else { flag };
        flags.put(key, value.clone(), Origin::Flag(format!("--{flag}")));
    }
    found.extend(flags.layer);
    keep_alerts_in_memory_for_a_while(&mut found);
    if found["data"].text.is_empty() {
        problems.push(Problem::NoDataFolder);
    }
    (found, problems)
}

/// Redis holds alerts in memory, so there for ever is no default.
fn keep_alerts_in_memory_for_a_while(found: &mut Layer) {
    const DAYS: &str = "400";
    let redis = !found["redis.url"].text.trim().is_empty();
    let alerts = found.get_mut("retention.alerts_days").expect("every key has a default");
    if redis && alerts.origin == Origin::Default {
        alerts.text = DAYS.into();
    }
}

/// What `tillbell config` prints.
pub(super) fn effective(found: &Layer) -> Vec<Effective> {
    let show = |key: &Key, text: &str| match key.name {
        "redis.url" => mask_url(text),
        _ if key.secret => text.split(',').map(mask).collect::<Vec<_>>().join(","),
        _ => text.to_owned(),
    };
    KEYS.iter()
        .map(|key| {
            let Found { text, origin } = &found[key.name];
            Effective { key: key.name, value: show(key, text), from: origin.to_string() }
        })
        .collect()
}

/// Enough of a secret to tell it from another: its last four characters, when that leaves plenty.
fn mask(secret: &str) -> String {
    let secret = secret.trim();
    match secret.char_indices().rev().nth(3) {
        None if secret.is_empty() => String::new(),
        Some((tail, _)) if secret.len() >= 20 => format!("…{}", &secret[tail..]),
        _ => "…".into(),
    }
}

/// A URL without its user and password, which a socket's has in its query.
fn mask_url(url: &str) -> String {
    let shown = match (url.split_once("://"), url.rsplit_once('@')) {
        (Some(("unix", _)), _) | (_, None) | (None, _) => url.to_owned(),
        (Some((scheme, _)), Some((_, hosts))) => format!("{scheme}://…@{hosts}"),
    };
    match shown.split_once('?') {
        Some((before, _)) => format!("{before}?…"),
        None => shown,
    }
}

fn defaults() -> Layer {
    let folder = directories::BaseDirs::new().map(|dirs| dirs.data_dir().join("tillbell"));
    let folder = folder.map(|path| path.display().to_string()).unwrap_or_default();
    let text = |key: &Key| if key.name == "data" { folder.clone() } else { key.default.into() };
    KEYS.iter().map(|key| (key.name, Found { text: text(key), origin: Origin::Default })).collect()
}

fn from_known_names(env: &Environment, problems: &mut Vec<Problem>) -> Layer {
    const NAMES: [(&str, &str); 5] = [
        ("TILLBELL_DATA", "data"),
        ("STRIPE_WEBHOOK_SECRET", "stripe.webhook_secret"),
        ("STRIPE_WEBHOOK_SECRET_FILE", "stripe.webhook_secret_file"),
        ("STRIPE_API_KEY", "stripe.api_key"),
        ("STRIPE_API_KEY_FILE", "stripe.api_key_file"),
    ];
    let mut gather = Gather::new(problems);
    for (name, key) in NAMES {
        if let Some(value) = env.get(name).filter(|value| !value.is_empty()) {
            gather.put(key, value.clone(), Origin::Env(name.into()));
        }
    }
    gather.layer
}

fn from_environment(env: &Environment, problems: &mut Vec<Problem>) -> Layer {
    let mut gather = Gather::new(problems);
    for (name, value) in env {
        // Empty is how compose files and shells say "not set".
        if let Some(key) = name.strip_prefix("TILLBELL__").filter(|_| !value.is_empty()) {
            let key = key.to_lowercase().replace("__", ".");
            gather.put(&key, value.clone(), Origin::Env(name.clone()));
        }
    }
    gather.layer
}

fn from_file(path: &Path, problems: &mut Vec<Problem>) -> Layer {
    let mut gather = Gather::new(problems);
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            let origin = Origin::Flag("configuration".into());
            let path = path.display().to_string();
            gather.problems.push(Problem::Unreadable { origin, path, why: error.to_string() });
            return gather.layer;
        }
    };
    let at = |span: Range<usize>| {
        let before = text.as_bytes().get(..span.start).unwrap_or_default();
        Origin::File(path.into(), before.iter().filter(|&&byte| byte == b'\n').count() + 1)
    };
    match DeTable::parse(&text) {
        Ok(table) => flatten(table.get_ref(), "", &mut |key, value, span| {
            // A path in the file is meant from where the file is.
            let is_path = key == "data" || key.ends_with("_file");
            let beside = path.parent().filter(|_| is_path).map(|folder| folder.join(&value));
            let value = beside.map_or(value, |path| path.display().to_string());
            gather.put(&key, value, at(span));
        }),
        Err(error) => {
            let origin = at(error.span().unwrap_or_default());
            gather.problems.push(Problem::NotToml { origin, why: error.message().into() });
        }
    }
    gather.layer
}

/// Walks a table down to its values; what is no plain value becomes text that no key accepts.
fn flatten(table: &DeTable<'_>, prefix: &str, put: &mut impl FnMut(String, String, Range<usize>)) {
    for (name, value) in table {
        let key = format!("{prefix}{}", name.get_ref());
        match value.get_ref() {
            DeValue::Table(inner) => flatten(inner, &format!("{key}."), put),
            DeValue::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| plain(item.get_ref())).collect();
                put(key, items.join(","), name.span());
            }
            value => put(key, plain(value), name.span()),
        }
    }
}

fn plain(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().replace('_', ""),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Float(number) => number.as_str().into(),
        _ => "a table or date".into(),
    }
}

/// One layer while it is filled.
struct Gather<'a> {
    layer: Layer,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Gather<'a> {
    fn new(problems: &'a mut Vec<Problem>) -> Self {
        Self { layer: Layer::new(), problems }
    }

    fn put(&mut self, name: &str, text: String, origin: Origin) {
        if let Some(key) = Key::find(name) {
            self.insert(key, text, origin);
            return;
        }
        let secret = name.strip_suffix("_file").and_then(Key::find).filter(|key| key.secret);
        match secret {
            Some(key) => match std::fs::read_to_string(&text) {
                // One secret a line reads as well as commas do.
                Ok(value) => {
                    let lines: Vec<_> =
                        value.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
                    self.insert(key, lines.join(","), origin);
                }
                Err(error) => {
                    let why = error.to_string();
                    self.problems.push(Problem::Unreadable { origin, path: text, why });
                }
            },
            None => self.problems.push(Problem::UnknownKey { origin, key: name.into() }),
        }
    }

    fn insert(&mut self, key: &'static Key, text: String, origin: Origin) {
        if self.layer.contains_key(key.name) {
            self.problems.push(Problem::Twice { origin, key: key.name });
        } else {
            self.layer.insert(key.name, Found { text, origin });
        }
    }
}
