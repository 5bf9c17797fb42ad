//! What can be wrong with a configuration, in words that say what to do.

use std::fmt;

use thiserror::Error;

use super::{KEYS, Key, Origin};

/// A configuration that cannot be used: all that is wrong with it, a line each.
#[derive(Debug, Error)]
pub struct ConfigError {
    /// Every problem, never none.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, problem) in self.problems.iter().enumerate() {
            if nth > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

/// One thing that is wrong.
#[derive(Debug, Error)]
pub enum Problem {
    /// The file, or the file of a secret, cannot be read.
    #[error("{origin}: cannot read {path}: {why}")]
    Unreadable {
        /// Who names the file.
        origin: Origin,
        /// The file.
        path: String,
        /// The system's reason.
        why: String,
    },
    /// The file is not TOML.
    #[error("{origin}: not TOML: {why}")]
    NotToml {
        /// The file and line.
        origin: Origin,
        /// The parser's reason, which repeats nothing of the file.
        why: String,
    },
    /// A key that does not exist.
    #[error("{origin}: {key} is not a setting; {}", instead(.key))]
    UnknownKey {
        /// Where it stands.
        origin: Origin,
        /// What was written.
        key: String,
    },
    /// A value that its key cannot have.
    #[error("{origin}: {key} is {value}, but must be {allowed}")]
    BadValue {
        /// Where it stands.
        origin: Origin,
        /// The key.
        key: &'static str,
        /// The value in quotes, or for a secret only what is wrong with it.
        value: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// A secret given both as a value and as a file, in one layer.
    #[error("{origin}: {key} is given twice, by itself and as {key}_file; keep one")]
    Twice {
        /// Where the second stands.
        origin: Origin,
        /// The key.
        key: &'static str,
    },
    /// The data folder has no default here.
    #[error("no data folder is known on this machine; name one with --data or TILLBELL_DATA")]
    NoDataFolder,
    /// Values that do not go together.
    #[error("{0}")]
    Conflict(&'static str),
}

fn instead(key: &str) -> String {
    if let Some(nearest) = Key::nearest(key) {
        return format!("did you mean {nearest}?");
    }
    let section = key.split('.').next().unwrap_or(key);
    let known: Vec<_> =
        KEYS.iter().filter_map(|key| key.name.strip_prefix(section)?.strip_prefix('.')).collect();
    if known.is_empty() {
        "the sections are server, redis, stripe, limits, retention and log".into()
    } else {
        format!("[{section}] has {}", known.join(", "))
    }
}
