//! `tail`: the log as it grows, for people and pipes.

use std::thread;
use std::time::Duration;

use clap::Args;

use super::client::segment;
use super::{CliError, Console};
use crate::position::After;

/// How long to wait before looking for a gateway that went away.
const AGAIN: Duration = Duration::from_secs(1);

/// Follow a streamer's log, one JSON object a line.
#[derive(Debug, Args)]
pub(super) struct Tail {
    /// Whose [default: the only one, or me]
    streamer: Option<String>,
    /// Go on from here [default: from now on]
    #[arg(long, value_name = "EPOCH:OFFSET")]
    after: Option<String>,
}

impl Tail {
    /// Runs until it is interrupted. The first connection must succeed; a later loss is waited out,
    /// and the position makes sure that nothing is left out.
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        if let Some(after) = &self.after {
            let _: After = after
                .parse()
                .map_err(|error| CliError::Usage(format!("--after {after}: {error}")))?;
        }
        let client = console.client()?;
        let streamer = client.streamer(self.streamer.as_deref())?;
        let mut after = match self.after {
            Some(after) => Some(after),
            None => {
                let log = client.get(&format!("/streamers/{}/log?limit=1", segment(&streamer)))?;
                log["head"].as_str().map(str::to_owned)
            }
        };
        let mut feed = client.feed(&streamer, after.as_deref())?;
        loop {
            for news in feed {
                console.line(&news.entry.to_string())?;
                after = news.position.or(after);
            }
            feed = loop {
                thread::sleep(AGAIN);
                // A gateway that was started again may have another address.
                match console.client().and_then(|client| client.feed(&streamer, after.as_deref())) {
                    Ok(feed) => break feed,
                    Err(CliError::Unreachable { .. } | CliError::NoGateway(_)) => {}
                    Err(error) => return Err(error),
                }
            };
        }
    }
}
