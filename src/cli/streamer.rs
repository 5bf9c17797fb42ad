//! `streamer`: who has a channel, and their settings.

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::client::segment;
use super::output::{Column, at, counted};
use super::{CliError, Console};

/// Add, list, change or remove streamers.
#[derive(Debug, Subcommand)]
pub(super) enum Streamer {
    /// Add a streamer, with an overlay `main`
    Add {
        /// a-z, 0-9, - and _; it is part of their links
        id: String,
        /// The name that people see
        #[arg(long)]
        name: Option<String>,
    },
    /// List them
    List,
    /// Show one with all settings
    Show {
        /// Which [default: the only one, or me]
        id: Option<String>,
    },
    /// Change settings, like currency=eur duration=8s
    Set {
        /// Which
        id: String,
        /// What, as KEY=VALUE
        #[arg(required = true, value_name = "KEY=VALUE")]
        settings: Vec<String>,
    },
    /// Remove a streamer with overlays, keys and alerts
    Remove {
        /// Which
        id: String,
        /// Also while alerts wait or play
        #[arg(long)]
        force: bool,
    },
}

const COLUMNS: [Column; 4] = [
    ("id", |row| at(row, "/id")),
    ("name", |row| at(row, "/name")),
    ("currency", |row| at(row, "/currency")),
    ("created", |row| at(row, "/created")),
];

impl Streamer {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        let one = |id: &str| format!("/streamers/{}", segment(id));
        match self {
            Self::Add { id, name } => {
                let mut body = json!({ "id": id });
                if let Some(name) = name {
                    body["name"] = name.into();
                }
                let added = client.post("/streamers", Some(&body))?;
                show(console, added)
            }
            Self::List => console.list(&client.list("/streamers", None)?, &COLUMNS, "no streamers"),
            Self::Show { id } => show(console, client.get(&client.at_streamer(id.as_deref())?)?),
            Self::Set { id, settings } => {
                show(console, client.patch(&one(&id), &assignments(&settings)?)?)
            }
            Self::Remove { id, force } => {
                let force = if force { "?force=true" } else { "" };
                client.delete(&format!("{}{force}", one(&id)))?;
                console.done("removed", &id)
            }
        }
    }
}

/// A streamer with all settings; to a person only how many rules there are.
fn show(console: &mut Console, mut streamer: Value) -> Result<(), CliError> {
    if let Some(rules) = streamer["rules"].as_array().filter(|_| !console.is_json()) {
        let many = counted(rules.len().try_into().unwrap_or(u64::MAX), "rule");
        streamer["rules"] = format!("{many} (tillbell rules show)").into();
    }
    console.show(&streamer)
}

/// `KEY=VALUE` words as one object. The gateway knows which keys there are; only yes, no and numbers
/// differ from text in JSON, and only for keys that are not free text.
fn assignments(words: &[String]) -> Result<Value, CliError> {
    const FREE_TEXT: [&str; 3] = ["name", "nickname_field", "message_field"];
    let mut settings = Map::new();
    for word in words {
        let Some((key, value)) = word.split_once('=') else {
            return Err(CliError::Usage(format!("{word:?} is not KEY=VALUE, like currency=eur")));
        };
        let value = match (value.parse::<bool>(), value.parse::<u32>()) {
            _ if FREE_TEXT.contains(&key) => value.into(),
            _ if key == "goal" => serde_json::from_str(value).unwrap_or_else(|_| value.into()),
            (Ok(flag), _) => flag.into(),
            (_, Ok(number)) => number.into(),
            _ => value.into(),
        };
        settings.insert(key.into(), value);
    }
    Ok(settings.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_key_and_value() {
        let words = [
            "renewals=true",
            "name=true",
            "missed_after=15m",
            "message_field=a=b",
            "buyer_limit=3",
        ];
        let settings = assignments(&words.map(String::from)).unwrap();
        let expected = json!({
            "renewals": true, "name": "true", "missed_after": "15m", "message_field": "a=b", "buyer_limit": 3,
        });
        assert_eq!(settings, expected);
        assert_eq!(assignments(&["currency".into()]).unwrap_err().exit_code(), 2);
    }
}
