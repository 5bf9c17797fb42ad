//! `dead-letters`: events whose outcome could not be made, kept until a person decides.

use clap::Subcommand;
use serde_json::Value;

use super::client::{of_streamer, segment};
use super::output::{Column, at, record};
use super::{CliError, Console};

/// List, show, redrive or discard events whose outcome could not be made.
#[derive(Debug, Subcommand)]
pub(super) enum DeadLetters {
    /// List them
    List {
        /// Only this streamer's
        #[arg(long)]
        streamer: Option<String>,
    },
    /// Show one with its body
    Show {
        /// Its id, dl_…
        dead_letter: String,
    },
    /// Try it again
    Redrive {
        /// Its id, dl_…
        dead_letter: String,
    },
    /// Give it up for good
    Discard {
        /// Its id, dl_…
        dead_letter: String,
    },
}

const COLUMNS: [Column; 6] = [
    ("id", |row| at(row, "/id")),
    ("received", |row| at(row, "/received")),
    ("streamer", |row| at(row, "/streamer")),
    ("type", |row| at(row, "/type")),
    ("attempts", |row| at(row, "/attempts")),
    ("reason", |row| at(row, "/reason")),
];

impl DeadLetters {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        let one = |id: &str| format!("/dead-letters/{}", segment(id));
        match self {
            Self::List { streamer } => {
                let rows = client.list(&of_streamer("/dead-letters", streamer.as_deref()), None)?;
                console.list(&rows, &COLUMNS, "no dead letters")
            }
            Self::Show { dead_letter } => {
                let letter = client.get(&one(&dead_letter))?;
                let mut head = letter.clone();
                let body = head.as_object_mut().and_then(|fields| fields.remove("body"));
                let text = format!(
                    "{}\n\n{}",
                    record(&head),
                    body.as_ref().map(indented).unwrap_or_default()
                );
                console.say(&letter, &text)
            }
            Self::Redrive { dead_letter } => {
                let answer = client.post(&format!("{}/redrive", one(&dead_letter)), None)?;
                let text = format!("  {}  {}", at(&answer, "/result"), at(&answer, "/event"));
                console.say(&answer, &text)
            }
            Self::Discard { dead_letter } => {
                client.delete(&one(&dead_letter))?;
                console.done("discarded", &dead_letter)
            }
        }
    }
}

/// The body under its fields; a line break in it is a line break, other controls are escaped.
fn indented(body: &Value) -> String {
    let lines = body.as_str().unwrap_or_default().lines();
    let lines =
        lines.map(|line| format!("  {}", super::output::printable(&line.replace('\t', "  "))));
    lines.collect::<Vec<_>>().join("\n")
}
