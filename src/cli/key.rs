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
        /// Who or what it is for
        #[arg(long, default_value = "")]
        name: String,
        /// How long its link is good for, like 7d [default: 10m for an owner, 7d for others]
        #[arg(long, value_name = "LENGTH")]
        expires: Option<String>,
    },
    /// List them
    List,
    /// Revoke one; it stops working at once
    Revoke {
        /// Its id, key_…
        id: String,
    },
}

const COLUMNS: [Column; 6] = [
    ("id", |row| at(row, "/id")),
    ("role", |row| at(row, "/role")),
    ("name", |row| at(row, "/name")),
    ("link", |row| match row["invitation"]["state"].as_str() {
        Some("open") => format!("open until {}", at(row, "/invitation/at")),
        Some(state) => state.into(),
        None => "-".into(),
    }),
    ("seen", |row| at(row, "/seen")),
    ("created", |row| at(row, "/created")),
];

impl Key {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        let all = format!("{}/keys", client.at_streamer(self.streamer.as_deref())?);
        match self.action {
            Action::Add { role, name, expires } => {
                let mut new = json!({ "role": role, "name": name });
                if let Some(expires) = expires {
                    new["expires"] = json!(expires);
                }
                let added = client.post(&all, Some(&new))?;
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
    let once = format!("   (works once, until {})", at(added, "/invitation/at"));
    let rows = [
        ("id", "/id", ""),
        ("role", "/role", ""),
        ("key", "/key", "   (shown only now)"),
        ("link", "/link", &once),
    ];
    rows.into_iter()
        .filter(|(_, pointer, _)| added.pointer(pointer).is_some_and(Value::is_string))
        .map(|(label, pointer, note)| (label.into(), format!("{}{note}", at(added, pointer))))
        .collect()
}
