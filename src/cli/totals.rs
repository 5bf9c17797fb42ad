//! `totals`: what sales come to.

use clap::Args;

use super::output::{Column, at};
use super::{CliError, Console};

/// Show what sales come to, by currency: without tests and what went back.
#[derive(Debug, Args)]
pub(super) struct Totals {
    /// Whose [default: the only streamer, or me]
    streamer: Option<String>,
}

const COLUMNS: [Column; 3] = [
    ("currency", |row| at(row, "/currency")),
    ("orders", |row| at(row, "/orders")),
    ("amount", |row| at(row, "/amount/text")),
];

impl Totals {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        let path = format!("{}/totals", client.at_streamer(self.streamer.as_deref())?);
        console.list(&client.list(&path, None)?, &COLUMNS, "no sales yet; tests are not counted")
    }
}
