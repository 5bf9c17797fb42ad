//! `connections`: the overlay pages that are open.

use std::io::{self, Read as _};

use clap::Subcommand;
use serde_json::Value;

use super::client::{of_streamer, segment};
use super::output::{Column, at};
use super::{CliError, Console};

/// List, show, message or close overlay connections.
#[derive(Debug, Subcommand)]
pub(super) enum Connections {
    /// List them, on all nodes
    List {
        /// Only this streamer's
        #[arg(long)]
        streamer: Option<String>,
    },
    /// Show one
    Show {
        /// Its id, con_…
        connection: String,
    },
    /// Send a JSON message to one page
    Send {
        /// Its id, con_…
        connection: String,
        /// The message [default: read from stdin]
        #[arg(value_name = "JSON")]
        message: Option<String>,
    },
    /// Close one; the page connects again by itself
    Close {
        /// Its id, con_…
        connection: String,
    },
}

const COLUMNS: [Column; 9] = [
    ("id", |row| at(row, "/id")),
    ("node", |row| at(row, "/node")),
    ("streamer", |row| at(row, "/streamer")),
    ("overlay", |row| at(row, "/overlay/name")),
    ("mode", |row| at(row, "/mode")),
    ("obs", |row| at(row, "/obs")),
    ("state", |row| match row["active"].as_bool() {
        Some(true) => "active".into(),
        Some(false) => "inactive".into(),
        None => "-".into(),
    }),
    ("round trip", |row| match row["round_trip_ms"].as_u64() {
        Some(millis) => format!("{millis} ms"),
        None => "-".into(),
    }),
    ("since", |row| at(row, "/since")),
];

impl Connections {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        let one = |id: &str| format!("/connections/{}", segment(id));
        match self {
            Self::List { streamer } => {
                let rows = client.list(&of_streamer("/connections", streamer.as_deref()), None)?;
                console.list(
                    &rows,
                    &COLUMNS,
                    "no overlay is connected: tillbell overlay url prints the URL to open",
                )
            }
            Self::Show { connection } => console.show(&client.get(&one(&connection))?),
            Self::Send { connection, message } => {
                client
                    .post(&format!("{}/messages", one(&connection)), Some(&read_json(message)?))?;
                console.done("sent", &connection)
            }
            Self::Close { connection } => {
                client.delete(&one(&connection))?;
                console.done("closed", &connection)
            }
        }
    }
}

fn read_json(given: Option<String>) -> Result<Value, CliError> {
    let text = match given {
        Some(text) => text,
        None => io::read_to_string(io::stdin().lock().take(1 << 20))?,
    };
    serde_json::from_str(&text)
        .map_err(|error| CliError::Usage(format!("the message is not JSON: {error}")))
}
