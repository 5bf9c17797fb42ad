//! `product`: what a streamer's store page sells.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use super::client::segment;
use super::output::{Column, at};
use super::{CliError, Console};
use crate::money::{Currency, Money};

/// Whose, and what to do.
#[derive(Debug, Args)]
pub(super) struct Product {
    /// Whose [default: the only streamer, or me]
    #[arg(long, global = true, value_name = "STREAMER")]
    streamer: Option<String>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Put something on sale
    Add {
        /// a-z, 0-9, - and _; or the id of a price in Stripe's catalogue, price_…
        id: String,
        #[command(flatten)]
        fields: Fields,
    },
    /// List what is on sale
    List,
    /// Show one
    Show {
        /// Which
        id: String,
    },
    /// Change one; `none` takes a picture, stock or interval away
    Set {
        /// Which
        id: String,
        #[command(flatten)]
        fields: Fields,
    },
    /// Take something off the page
    Remove {
        /// Which
        id: String,
    },
}

#[derive(Debug, Args)]
struct Fields {
    /// What buyers read
    #[arg(long)]
    name: Option<String>,
    /// What one costs, like 25.99
    #[arg(long)]
    amount: Option<String>,
    /// Three letters [default: the product's, else the streamer's]
    #[arg(long)]
    currency: Option<Currency>,
    /// The https address of a picture
    #[arg(long, value_name = "URL")]
    image: Option<String>,
    /// How many there are; without it Stripe sells as many as are asked for
    #[arg(long, value_name = "NUMBER", value_parser = number_or_none)]
    stock: Option<Value>,
    /// Paid again each
    #[arg(long)]
    every: Option<Every>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Every {
    Day,
    Week,
    Month,
    Year,
    None,
}

impl Every {
    fn json(self) -> Value {
        match self {
            Self::Day => json!("day"),
            Self::Week => json!("week"),
            Self::Month => json!("month"),
            Self::Year => json!("year"),
            Self::None => Value::Null,
        }
    }
}

fn number_or_none(text: &str) -> Result<Value, String> {
    if text == "none" {
        return Ok(Value::Null);
    }
    let number: Result<u32, _> = text.parse();
    number.map(Value::from).map_err(|_| "a whole number, or none".into())
}

const COLUMNS: [Column; 6] = [
    ("id", |row| at(row, "/id")),
    ("name", |row| at(row, "/name")),
    ("amount", |row| at(row, "/amount")),
    ("each", |row| at(row, "/recurring")),
    ("stock", |row| at(row, "/stock")),
    ("held", |row| at(row, "/held")),
];

impl Product {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        let streamer = client.at_streamer(self.streamer.as_deref())?;
        let all = format!("{streamer}/products");
        let one = |id: &str| format!("{all}/{}", segment(id));
        match self.action {
            Action::Add { id, fields } => {
                let mut body = fields.json(|| Ok(client.get(&streamer)?["currency"].clone()))?;
                body.insert("id".into(), id.into());
                console.show(&client.post(&all, Some(&body.into()))?)
            }
            Action::List => console.list(&client.list(&all, None)?, &COLUMNS, "nothing on sale"),
            Action::Show { id } => console.show(&client.get(&one(&id))?),
            Action::Set { id, fields } => {
                let was = || Ok(client.get(&one(&id))?["amount"]["currency"].clone());
                console.show(&client.patch(&one(&id), &fields.json(was)?.into())?)
            }
            Action::Remove { id } => {
                client.delete(&one(&id))?;
                console.done("removed", &id)
            }
        }
    }
}

impl Fields {
    /// What was given, as the API takes it. `currency` is asked for that of an amount alone.
    fn json(
        self,
        currency: impl FnOnce() -> Result<Value, CliError>,
    ) -> Result<Map<String, Value>, CliError> {
        let mut fields = Map::new();
        let usage = |error: &dyn std::fmt::Display| CliError::Usage(error.to_string());
        match (self.amount, self.currency) {
            (Some(amount), named) => {
                let currency = match named {
                    Some(currency) => currency,
                    None => serde_json::from_value(currency()?).unwrap_or(Currency::USD),
                };
                let amount = Money::parse(&amount, currency).map_err(|error| usage(&error))?;
                fields.insert("amount".into(), json!(amount));
            }
            (None, Some(_)) => return Err(usage(&"give --amount with --currency")),
            (None, None) => {}
        }
        let image =
            self.image.map(|image| if image == "none" { Value::Null } else { image.into() });
        let given = [
            ("name", self.name.map(Value::from)),
            ("image", image),
            ("stock", self.stock),
            ("recurring", self.every.map(Every::json)),
        ];
        fields.extend(given.into_iter().filter_map(|(name, value)| Some((name.into(), value?))));
        Ok(fields)
    }
}
