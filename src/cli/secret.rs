//! `secret`: Stripe's signing secrets. A value is never an argument: those are in the shell's history
//! and in the list of processes.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::client::segment;
use super::output::{Column, at};
use super::{CliError, Console};

/// Add, list or remove Stripe's signing secrets.
#[derive(Debug, Args)]
pub(super) struct Secret {
    /// Whose [default: the only streamer, or me]
    #[arg(long, global = true, value_name = "STREAMER", conflicts_with = "gateway")]
    streamer: Option<String>,
    /// The gateway's own, for one endpoint of many streamers
    #[arg(long, global = true)]
    gateway: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add a signing secret from stdin or a file
    Add {
        /// The file that holds it
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// List them by their last characters
    List,
    /// Remove one; what it signed is refused from then on
    Remove {
        /// Its id, sec_…
        id: String,
    },
}

const COLUMNS: [Column; 3] = [
    ("id", |row| at(row, "/id")),
    ("ends in", |row| format!("…{}", at(row, "/ends_in"))),
    ("created", |row| at(row, "/created")),
];

impl Secret {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        let all = match (self.gateway, self.streamer.as_deref()) {
            (true, _) => "/secrets".to_owned(),
            (false, streamer) => format!("{}/secrets", client.at_streamer(streamer)?),
        };
        match self.action {
            Action::Add { file } => {
                let text = console.secret_input(file.as_deref(), "paste the signing secret:")?;
                let secret = text.trim();
                if secret.is_empty() {
                    return Err(CliError::Usage(
                        "no secret came in: pipe it, or name a file with --file".into(),
                    ));
                }
                let added = client.post(&all, Some(&json!({ "secret": secret })))?;
                let text =
                    format!("  added {}, ends in …{}", at(&added, "/id"), at(&added, "/ends_in"));
                console.say(&added, &text)
            }
            Action::List => {
                console.list(&client.list(&all, None)?, &COLUMNS, "no secrets: tillbell secret add")
            }
            Action::Remove { id } => {
                client.delete(&format!("{all}/{}", segment(&id)))?;
                console.done("removed", &id)
            }
        }
    }
}
