//! The log: to stderr, so that stdout carries only what commands print.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, Registry, fmt};

use crate::config::{LogConfig, LogFormat};

/// Starts the log of this process. A second call changes nothing, so that several gateways can run
/// in one test process.
pub fn start(log: &LogConfig) {
    let levels: Targets = log.level.parse().expect("the configuration has checked the levels");
    // async-stripe tells of each failed call; who made it tells better what that means.
    let levels = levels.with_target("stripe", LevelFilter::OFF);
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let lines = match log.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    // An error here says that a log is running already.
    let _ = Registry::default().with(lines.with_filter(levels)).try_init();
}
