//! `key`: who else may read a streamer's log or steer the queue.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::segment;
use super::output::{Column, at, labelled};
use super::{CliError, Console};

/// Add, list or revoke API keys and dashboard links.
#[derive(Debug, Args)]
pub(super) struct Key {
    /// Whose [default: the only streamer, or me]
    #[arg(long, global = true, value_name = "STREAMER")]
    streamer: Option<String>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a key; it is shown this once
    Add {
        /// What it may do
        #[arg(long, default_value = "viewer", value_parser = ["owner", "moderator", "viewer", "feed", "action"])]
        role: String,
    },
    /// List them
    List,
    /// Revoke one; it stops working at once
    Revoke {
        /// Its id, key_…
        id: String,
    },
}

const COLUMNS: [Column; 4] = [
    ("id", |row| at(row, "/id")),
    ("role", |row| at(row, "/role")),
    ("streamer", |row| at(row, "/streamer")),
    ("created", |row| at(row, "/created")),
];

impl Key {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        let all = format!("{}/keys", client.at_streamer(self.streamer.as_deref())?);
        match self.action {
            Action::Add { role } => {
                let added = client.post(&all, Some(&json!({ "role": role })))?;
                let text = labelled(&shown_once(&added));
                console.say(&added, &text)
            }
            Action::List => console.list(
                &client.list(&all, None)?,
                &COLUMNS,
                "no keys: tillbell key add --role viewer",
            ),
            Action::Revoke { id } => {
                client.delete(&format!("{all}/{}", segment(&id)))?;
                console.done("revoked", &id)
            }
        }
    }
}

fn shown_once(added: &Value) -> Vec<(String, String)> {
    let rows = [
        ("id", "/id", ""),
        ("role", "/role", ""),
        ("key", "/key", "   (shown only now)"),
        ("link", "/link", "   (works once, for 10 minutes)"),
    ];
    rows.into_iter()
        .filter(|(_, pointer, _)| added.pointer(pointer).is_some_and(Value::is_string))
        .map(|(label, pointer, note)| (label.into(), format!("{}{note}", at(added, pointer))))
        .collect()
}
