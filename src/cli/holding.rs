//! `account` and `payment-link`: what at Stripe is whose.

use clap::{Args, Subcommand};
use serde_json::json;

use super::client::segment;
use super::output::{Column, at};
use super::{CliError, Console};

/// Whose it is, and what to do.
#[derive(Debug, Args)]
pub(super) struct Holding {
    /// Whose [default: the only streamer, or me]
    #[arg(long, global = true, value_name = "STREAMER")]
    streamer: Option<String>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Give it to a streamer: events that name it are theirs from then on
    Add {
        /// Stripe's id of it, acct_… or plink_…
        id: String,
    },
    /// List them
    List,
    /// Take it from a streamer; sales it brought stay theirs
    Remove {
        /// Stripe's id of it, acct_… or plink_…
        id: String,
    },
}

const COLUMNS: [Column; 3] = [
    ("id", |row| at(row, "/id")),
    ("streamer", |row| at(row, "/streamer")),
    ("added", |row| at(row, "/created")),
];

impl Holding {
    /// Runs it for the list of this name below a streamer in the API.
    pub(super) fn run(self, list: &str, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        let all = format!("{}/{list}", client.at_streamer(self.streamer.as_deref())?);
        match self.action {
            Action::Add { id } => {
                let added = client.post(&all, Some(&json!({ "id": id })))?;
                let text = format!("  {} is {}'s", at(&added, "/id"), at(&added, "/streamer"));
                console.say(&added, &text)
            }
            Action::List => console.list(&client.list(&all, None)?, &COLUMNS, "none yet"),
            Action::Remove { id } => {
                client.delete(&format!("{all}/{}", segment(&id)))?;
                console.done("removed", &id)
            }
        }
    }
}
