//! `dead-letters`: events whose outcome could not be made, kept until a person decides.

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::{Client, segment};
use super::output::{Column, at, counted, record};
use super::{CliError, Console};

/// List, show, redrive or discard events whose outcome could not be made.
#[derive(Debug, Subcommand)]
pub(super) enum DeadLetters {
    /// List them
    List(Which),
    /// Show one with its body
    Show {
        /// Its id, dl_…
        dead_letter: String,
    },
    /// Try one again, or all
    Redrive {
        /// Its id, dl_…
        #[arg(required_unless_present = "all", conflicts_with_all = ["all", "streamer", "kind", "reason"])]
        dead_letter: Option<String>,
        /// All of them, oldest first
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Give it up for good
    Discard {
        /// Its id, dl_…
        dead_letter: String,
    },
}

/// Which of them; without anything, all.
#[derive(Debug, clap::Args)]
pub(super) struct Which {
    /// Only this streamer's
    #[arg(long)]
    streamer: Option<String>,
    /// Only of this type of Stripe's, like charge.refunded
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Only those whose reason has this in it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Which {
    /// An address with these as its query.
    fn of(&self, path: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(format!("{path}?"));
        let members =
            [("streamer", &self.streamer), ("type", &self.kind), ("reason", &self.reason)];
        for (name, value) in members {
            query.extend_pairs(value.as_ref().map(|value| (name, value)));
        }
        query.finish()
    }
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
            Self::List(which) => {
                let rows = client.list(&which.of("/dead-letters"), None)?;
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
            Self::Redrive { dead_letter: None, which, .. } => {
                let redriven = redrive_all(&client, &which)?;
                let text = format!("  redriven {}", counted(redriven, "dead letter"));
                console.say(&json!({ "redriven": redriven }), &text)
            }
            Self::Redrive { dead_letter: Some(dead_letter), .. } => {
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

/// Redrives a page at a time, each dead letter once; how many.
fn redrive_all(client: &Client, which: &Which) -> Result<u64, CliError> {
    let path = which.of("/dead-letters/redrive");
    let (mut redriven, mut after) = (0, String::new());
    loop {
        let answer = client.post(&format!("{path}&limit=1000{after}"), None)?;
        redriven += answer["redriven"].as_u64().unwrap_or(0);
        match answer["next"].as_str() {
            Some(next) => after = format!("&after={}", segment(next)),
            None => return Ok(redriven),
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
