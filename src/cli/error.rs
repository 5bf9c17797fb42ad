//! How a command can fail, and the exit code of each way.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::config::ConfigError;

/// A command that failed. The text is one sentence that names the thing and what to do next.
#[derive(Debug, Error)]
pub enum CliError {
    /// The arguments cannot be meant.
    #[error("{0}")]
    Usage(String),
    /// The work was refused or went wrong.
    #[error("{0}")]
    Failed(String),
    /// A test alert was made, and no overlay was there to show it.
    #[error(
        "nobody is connected to see it: open the overlay's URL in OBS or a browser; \
         tillbell overlay url prints it"
    )]
    NobodyConnected,
    /// The gateway, or what it needs, is away.
    #[error("the gateway at {url} {why}")]
    Unreachable {
        /// Its address.
        url: String,
        /// What it does not do, as the rest of the sentence.
        why: String,
    },
    /// No gateway has left its address.
    #[error(
        "no gateway has left its address in {}: start one with tillbell serve, or name another with \
         --data or --url",
        .0.display()
    )]
    NoGateway(PathBuf),
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The gateway ended, or moved nowhere.
    #[error("{text}")]
    Gateway {
        /// Why.
        text: String,
        /// The exit code it asks for.
        exit_code: u8,
    },
    /// Reading or printing failed.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl CliError {
    /// What goes to stderr; nothing when whoever read our output has read enough.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        let text = self.to_string();
        (!self.is_broken_pipe() && !text.is_empty()).then_some(text)
    }

    /// The exit code of contract §2.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Io(_) if self.is_broken_pipe() => 0,
            Self::Failed(_) | Self::Io(_) => 1,
            Self::Usage(_) => 2,
            Self::NobodyConnected => 3,
            Self::Unreachable { .. } | Self::NoGateway(_) => 75,
            Self::Config(_) => 78,
            Self::Gateway { exit_code, .. } => *exit_code,
        }
    }

    fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
