//! `alerts`: what was sold and what became of it.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::segment;
use super::output::{Column, at, counted, labelled, printable};
use super::{CliError, Console};

/// List, show, replay, approve or reject alerts.
#[derive(Debug, Args)]
pub(super) struct Alerts {
    /// Whose [default: the only streamer, or me]
    #[arg(long, global = true, value_name = "STREAMER")]
    streamer: Option<String>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List them, newest first
    List {
        /// Only those that viewers missed
        #[arg(long)]
        missed: bool,
        /// Only those in this state, like held
        #[arg(long, conflicts_with = "missed", value_name = "STATE")]
        state: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 20, value_name = "N", value_parser = limit)]
        limit: usize,
    },
    /// Show one
    Show {
        /// Its id, al_…
        alert: String,
    },
    /// Play one again, or all that viewers missed, after those that wait
    Replay {
        /// Its id, al_…
        #[arg(required_unless_present = "missed", conflicts_with = "missed")]
        alert: Option<String>,
        /// All that viewers missed or did not see to its end, the oldest first
        #[arg(long)]
        missed: bool,
        /// At most so many, the newest
        #[arg(long, requires = "missed", default_value_t = 1000, value_name = "N", value_parser = limit)]
        limit: usize,
    },
    /// Let a held one play
    Approve {
        /// Its id, al_…
        alert: String,
        /// How much of it is shown
        #[arg(long = "as", value_name = "HOW", default_value = "full",
              value_parser = ["full", "no_message", "anonymous", "silent"])]
        how: String,
    },
    /// Keep a held one from the stream
    Reject {
        /// Its id, al_…
        alert: String,
    },
}

/// What a list of alerts shows of each; the queue shows the same.
pub(super) const COLUMNS: [Column; 6] = [
    ("id", |row| at(row, "/id")),
    ("created", |row| at(row, "/created")),
    ("state", |row| at(row, "/state")),
    ("amount", |row| at(row, "/amount/text")),
    ("buyer", buyer),
    ("why", why),
];

impl Alerts {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        let all = format!("{}/alerts", client.at_streamer(self.streamer.as_deref())?);
        let one = |id: &str| format!("{all}/{}", segment(id));
        let alert = match self.action {
            Action::List { missed, state, limit } => {
                let (filter, none) = match state {
                    Some(state) => {
                        (format!("?state={}", segment(&state)), format!("none is {state}"))
                    }
                    None if missed => ("?missed=true".into(), "none missed".into()),
                    None => (String::new(), "no alerts yet: tillbell test-alert makes one".into()),
                };
                let rows = client.list(&format!("{all}{filter}"), Some(limit))?;
                return console.list(&rows, &COLUMNS, &none);
            }
            Action::Show { alert } => client.get(&one(&alert))?,
            Action::Replay { alert: Some(alert), .. } => {
                client.post(&format!("{}/replay", one(&alert)), None)?
            }
            Action::Replay { alert: None, limit, .. } => {
                let what = json!({ "missed": true, "limit": limit });
                let answer = client.post(&format!("{all}/replay"), Some(&what))?;
                let text = replayed(answer["replayed"].as_u64().unwrap_or(0));
                return console.say(&answer, &text);
            }
            Action::Approve { alert, how } => {
                client.post(&format!("{}/approve", one(&alert)), Some(&json!({ "as": how })))?
            }
            Action::Reject { alert } => client.post(&format!("{}/reject", one(&alert)), None)?,
        };
        let text = card(&alert);
        console.say(&alert, &text)
    }
}

fn replayed(count: u64) -> String {
    match count {
        0 => "nothing to replay: none missed".into(),
        _ => format!("{} will play again", counted(count, "alert")),
    }
}

fn why(alert: &Value) -> String {
    let marks = [
        (alert["test"] == true, "test"),
        (alert["refunded"] == true, "refunded"),
        (alert["replay_waiting"] == true, "replay waits"),
    ];
    let reason = alert["reason"].as_str();
    let marks = marks.into_iter().filter_map(|(is, mark)| is.then_some(mark));
    let marks = marks.filter(|mark| reason != Some(mark));
    reason.into_iter().chain(marks).collect::<Vec<_>>().join(", ")
}

/// Who bought; of an alert that shows several as one, how many it shows.
pub(super) fn buyer(alert: &Value) -> String {
    match alert["members"].as_array().map_or(0, Vec::len) {
        0 => at(alert, "/buyer/name"),
        several => counted(several as u64, "order"),
    }
}

/// Which page showed it, and whether it was heard.
fn proof(alert: &Value) -> String {
    let Some(overlay) = alert.pointer("/proof/overlay").and_then(Value::as_str) else {
        return "-".into();
    };
    let sound = match alert.pointer("/proof/audio").and_then(Value::as_bool) {
        Some(true) => ", with sound",
        Some(false) => ", without sound",
        None => "",
    };
    format!("{} by {overlay} {}{sound}", at(alert, "/proof/by"), at(alert, "/proof/connection"))
}

/// One alert as a person tells it.
fn card(alert: &Value) -> String {
    let items: Vec<_> = alert["items"].as_array().into_iter().flatten().map(item).collect();
    let state = match why(alert) {
        why if why.is_empty() => at(alert, "/state"),
        why => format!("{} ({why})", at(alert, "/state")),
    };
    let mut rows = vec![
        ("alert", at(alert, "/id")),
        ("state", state),
        ("amount", at(alert, "/amount/text")),
        ("buyer", buyer(alert)),
        ("items", if items.is_empty() { "-".into() } else { items.join(", ") }),
        ("message", at(alert, "/message/text")),
        ("created", at(alert, "/created")),
        ("proof", proof(alert)),
        ("event", at(alert, "/event")),
    ];
    // Each is an alert of its own: to be shown, explained and replayed by its id.
    let members = alert["members"].as_array().into_iter().flatten();
    rows.extend(members.map(|member| {
        let (id, amount, name) = (at(member, "/id"), at(member, "/amount/text"), buyer(member));
        ("one of them", format!("{id}  {amount}  {name}"))
    }));
    // What is shown to nobody but who decides about it.
    if let Some(written) = alert.get("written").filter(|written| written.is_object()) {
        rows.push(("held for", at(alert, "/held_for")));
        rows.push(("its name", at(written, "/name")));
        rows.push(("its message", at(written, "/message")));
    }
    let rows: Vec<_> = rows.into_iter().map(|(label, value)| (label.to_owned(), value)).collect();
    labelled(&rows)
}

/// `2 Hoodie (L)`
fn item(item: &Value) -> String {
    let variant = item["variant"].as_str().map(|variant| format!(" ({variant})"));
    printable(&format!("{} {}{}", item["quantity"], at(item, "/name"), variant.unwrap_or_default()))
}

/// A number of rows the API gives at once.
fn limit(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=1000).contains(number));
    number.ok_or_else(|| "a limit is a number from 1 to 1000".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_says_each_thing_once() {
        let refunded = json!({ "reason": "refunded", "refunded": true });
        assert_eq!(why(&refunded), "refunded");
        let shown = json!({ "reason": "finished", "refunded": true, "test": true });
        assert_eq!(why(&shown), "finished, test, refunded");
    }

    #[test]
    fn a_card_names_the_members() {
        let combo = json!({ "id": "al_1", "members": [
            { "id": "al_2", "amount": { "text": "$5.00" }, "buyer": { "name": "mika" } },
        ] });
        assert!(card(&combo).contains("  one of them  al_2  $5.00  mika"), "{}", card(&combo));
    }
}
