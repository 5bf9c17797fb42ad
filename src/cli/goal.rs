//! `goal`: what the streamer sells towards.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::output::{at, labelled};
use super::test_alert::amount;
use super::{CliError, Console};
use crate::money::Currency;

/// Set, show or clear the goal that sales count towards.
#[derive(Debug, Args)]
pub(super) struct Goal {
    /// Whose [default: the only one, or me]
    #[arg(long, global = true, value_name = "STREAMER")]
    streamer: Option<String>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Set it; sales count from now on, and the same title in the same unit goes on counting
    Set(Set),
    /// Show how far it has come
    Show,
    /// Have none; set again, it begins at nothing
    Clear,
}

#[derive(Debug, Args)]
struct Set {
    /// What it is for, like "New mic"; at most 60 characters
    title: String,
    /// Reached once so much was paid, like 300.00
    #[arg(long, required_unless_present = "orders", conflicts_with = "orders")]
    amount: Option<String>,
    /// In which currency; others do not count [default: the streamer's]
    #[arg(long, requires = "amount")]
    currency: Option<Currency>,
    /// Reached once so many orders were paid, in any currency
    #[arg(long, value_name = "N")]
    orders: Option<u32>,
}

impl Goal {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        let path = client.at_streamer(self.streamer.as_deref())?;
        match self.action {
            Action::Show => {
                let goal = client.get(&format!("{path}/board?since=1s"))?["goal"].take();
                let text = if goal.is_null() {
                    "  no goal: tillbell goal set \"New mic\" --amount 300.00".into()
                } else {
                    told(&goal)
                };
                console.say(&goal, &text)
            }
            Action::Clear => {
                client.patch(&path, &json!({ "goal": null }))?;
                console.done("cleared", "goal")
            }
            Action::Set(Set { title, amount: text, currency, orders }) => {
                let mut goal = json!({ "title": title });
                if let Some(text) = text {
                    let currency = match currency {
                        Some(currency) => currency.to_string(),
                        None => at(&client.get(&path)?, "/currency"),
                    };
                    goal["amount"] = amount(&text, &currency)?;
                } else {
                    goal["orders"] = json!(orders);
                }
                let set = client.patch(&path, &json!({ "goal": goal }))?["goal"].take();
                let text = format!("  set {}: sales count from now on", at(&set, "/title"));
                console.say(&set, &text)
            }
        }
    }
}

/// A goal for people.
fn told(goal: &Value) -> String {
    let [done, target, unit] = match goal.get("amount") {
        Some(_) => [at(goal, "/amount/done"), at(goal, "/amount/target"), String::new()],
        None => [at(goal, "/orders/done"), at(goal, "/orders/target"), " orders".into()],
    };
    let reached = if goal["reached"] == true { ", reached" } else { "" };
    labelled(&[
        ("goal".into(), at(goal, "/title")),
        ("done".into(), format!("{done} of {target}{unit}")),
        ("percent".into(), format!("{} %{reached}", at(goal, "/percent"))),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_told_in_its_unit() {
        let orders = json!({ "title": "Cake", "percent": 40, "reached": false, "orders": { "target": 5, "done": 2 } });
        assert_eq!(told(&orders), "  goal     Cake\n  done     2 of 5 orders\n  percent  40 %");
        let money = |minor: i64| json!({ "minor": minor, "currency": "EUR" });
        let amount = json!({ "title": "Mic", "percent": 120, "reached": true,
            "amount": { "target": money(5000), "done": money(6000) } });
        assert!(told(&amount).ends_with("€60.00 of €50.00\n  percent  120 %, reached"));
    }
}
