//! `config`: what holds, and why.

use super::output::Column;
use super::{CliError, Console};

const COLUMNS: [Column; 3] = [
    ("key", |row| row["key"].as_str().unwrap_or_default().into()),
    ("value", |row| match row["value"].as_str() {
        None | Some("") => "-".into(),
        Some(value) => value.into(),
    }),
    ("from", |row| row["from"].as_str().unwrap_or_default().into()),
];

pub(super) fn run(console: &mut Console) -> Result<(), CliError> {
    let config = console.config(Vec::new())?;
    let rows: Vec<_> = config
        .effective
        .iter()
        .map(|setting| serde_json::to_value(setting).expect("texts make JSON"))
        .collect();
    console.list(&rows, &COLUMNS, "")
}
