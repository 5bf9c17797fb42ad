//! `rules`: which sales are shown differently, held or not shown.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::output::{Column, at, labelled};
use super::test_alert::{amount, item};
use super::{CliError, Console};
use crate::settings::rules::Rule;

/// Show, set or try the rules of a streamer. The first that fits a sale decides.
#[derive(Debug, Subcommand)]
pub(super) enum Rules {
    /// Show them, as JSON that `rules set` takes
    Show {
        /// Whose [default: the only one, or me]
        streamer: Option<String>,
    },
    /// Set all of them, from JSON on stdin or in a file; `[]` for none
    Set {
        /// Whose [default: the only one, or me]
        streamer: Option<String>,
        /// The file that holds them
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Say which rule would win for a sale, and why the others would not
    Try(Try),
}

#[derive(Debug, Args)]
pub(super) struct Try {
    /// Whose [default: the only one, or me]
    streamer: Option<String>,
    /// The sale of this alert, instead of one made up
    #[arg(long, value_name = "ALERT", conflicts_with_all = ["amount", "currency", "items", "kind", "order", "test"])]
    alert: Option<String>,
    /// How much is paid, like 25.00
    #[arg(long)]
    amount: Option<String>,
    /// In which currency [default: the streamer's]
    #[arg(long, requires = "amount")]
    currency: Option<String>,
    /// What is bought, like "Hoodie x2"; may be repeated
    #[arg(long = "item", value_name = "ITEM")]
    items: Vec<String>,
    /// What kind of sale
    #[arg(long, default_value = "sale", value_parser = ["sale", "subscription", "renewal", "tip"])]
    kind: String,
    /// Which of the buyer's orders it is
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    order: u32,
    /// As a test purchase
    #[arg(long)]
    test: bool,
}

const COLUMNS: [Column; 3] = [
    ("rule", |row| {
        let name = row["name"].as_str().filter(|name| !name.is_empty());
        name.map_or_else(|| at(row, "/rule"), |name| format!("{} {name}", at(row, "/rule")))
    }),
    ("fits", |row| at(row, "/fits")),
    ("why not", |row| {
        let why = row["why_not"].as_array().into_iter().flatten().filter_map(Value::as_str);
        why.collect::<Vec<_>>().join("; ")
    }),
];

impl Rules {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        match self {
            Self::Show { streamer } => {
                show(console, &client.setting(streamer.as_deref(), "rules")?)
            }
            Self::Set { streamer, file } => {
                let text = console.input(file.as_deref())?;
                let rules: Value = serde_json::from_str(&text)
                    .map_err(|error| CliError::Usage(format!("the rules are no JSON: {error}")))?;
                let path = client.at_streamer(streamer.as_deref())?;
                let streamer = client.patch(&path, &json!({ "rules": rules }))?;
                show(console, &streamer["rules"])
            }
            Self::Try(trial) => {
                let path = client.at_streamer(trial.streamer.as_deref())?;
                let default = || Ok(at(&client.get(&path)?, "/currency"));
                let body = trial.body(default)?;
                let tried = client.post(&format!("{path}/rules/try"), Some(&body))?;
                tell(console, &tried)
            }
        }
    }
}

impl Try {
    fn body(&self, currency: impl Fn() -> Result<String, CliError>) -> Result<Value, CliError> {
        if let Some(alert) = &self.alert {
            return Ok(json!({ "alert": alert }));
        }
        let items: Vec<Value> = self.items.iter().map(|text| item(text)).collect();
        let mut body = json!({
            "kind": self.kind, "test": self.test, "items": items, "order_count": self.order,
        });
        if let Some(paid) = &self.amount {
            let currency = self.currency.clone().map_or_else(currency, Ok)?;
            body["amount"] = amount(paid, &currency)?;
        }
        Ok(body)
    }
}

/// One rule a line, so that a list of them can be edited and set again.
fn show(console: &mut Console, rules: &Value) -> Result<(), CliError> {
    let lines: Vec<String> = rules.as_array().into_iter().flatten().map(line).collect();
    let text = if lines.is_empty() { "[]".into() } else { format!("[\n{}\n]", lines.join(",\n")) };
    console.say(rules, &text)
}

/// A rule in the order in which people read it; one of a newer gateway as it is.
fn line(rule: &Value) -> String {
    let known = Rule::deserialize(rule).and_then(|rule| serde_json::to_string(&rule));
    format!("  {}", known.unwrap_or_else(|_| rule.to_string()))
}

fn tell(console: &mut Console, tried: &Value) -> Result<(), CliError> {
    if console.is_json() {
        return console.line(&tried.to_string());
    }
    let wins = match tried["rule"].as_u64() {
        Some(number) => format!("rule {number}"),
        None => "no rule".into(),
    };
    let outcome = match at(tried, "/outcome").as_str() {
        "queued" if tried["message"] == false => "queued, without its message".into(),
        "held" => "held until somebody approves it".into(),
        "silent" => "recorded, not shown".into(),
        outcome => outcome.to_owned(),
    };
    let rows = [("wins", wins), ("outcome", outcome)];
    let head = labelled(&rows.map(|(label, value)| (label.to_owned(), value)));
    console.line(&head)?;
    match tried["rules"].as_array() {
        Some(rules) if !rules.is_empty() => {
            console.line("")?;
            console.list(rules, &COLUMNS, "")
        }
        _ => Ok(()),
    }
}
