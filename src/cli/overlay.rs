//! `overlay`: a streamer's screens.

use clap::{Args, Subcommand};
use serde_json::json;

use super::client::segment;
use super::output::{Column, at};
use super::{CliError, Console};

/// Add, list, rotate or remove overlays, and print their URLs.
#[derive(Debug, Args)]
pub(super) struct Overlay {
    /// Whose [default: the only streamer, or me]
    #[arg(long, global = true, value_name = "STREAMER")]
    streamer: Option<String>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add an overlay and print its URL
    Add {
        /// Its name, unique per streamer
        name: String,
        /// What it shows
        #[arg(long, default_value = "alerts", value_parser = ["alerts", "goal", "latest", "top", "sold", "qr"])]
        kind: String,
    },
    /// List them
    List,
    /// Print the URL for OBS; who has it can show this overlay
    Url {
        /// Name or id
        #[arg(default_value = "main")]
        name: String,
    },
    /// Make a new URL; the old one stops working at once
    Rotate {
        /// Name or id
        #[arg(default_value = "main")]
        name: String,
    },
    /// Remove an overlay; its URL stops working at once
    Remove {
        /// Name or id
        name: String,
    },
}

const COLUMNS: [Column; 5] = [
    ("name", |row| at(row, "/name")),
    ("kind", |row| at(row, "/kind")),
    ("connections", |row| at(row, "/connections")),
    ("id", |row| at(row, "/id")),
    ("created", |row| at(row, "/created")),
];

impl Overlay {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        let all = format!("{}/overlays", client.at_streamer(self.streamer.as_deref())?);
        let one = |name: &str| format!("{all}/{}", segment(name));
        let overlay = match self.action {
            Action::List => {
                let rows = client.list(&all, None)?;
                return console.list(&rows, &COLUMNS, "no overlays: tillbell overlay add NAME");
            }
            Action::Remove { name } => {
                client.delete(&one(&name))?;
                return console.done("removed", &name);
            }
            Action::Add { name, kind } => {
                client.post(&all, Some(&json!({ "name": name, "kind": kind })))?
            }
            Action::Rotate { name } => client.post(&format!("{}/rotate", one(&name)), None)?,
            Action::Url { name } => client.get(&one(&name))?,
        };
        // The bare URL, so that it can be piped.
        console.say(&overlay, &at(&overlay, "/url"))
    }
}
