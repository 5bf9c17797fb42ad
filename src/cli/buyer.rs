//! `buyer`: what is kept of one buyer. Who is meant is never an argument: those are in the shell's
//! history and in the list of processes.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::output::at;
use super::{CliError, Console};

/// Export or erase all that is kept of one buyer.
#[derive(Debug, Args)]
pub(super) struct Buyer {
    /// Whose buyer [default: the only streamer, or me]
    #[arg(long, global = true)]
    streamer: Option<String>,
    /// The file that names the buyer, instead of stdin: an e-mail address, a customer id cus_…, or
    /// one on each of two lines
    #[arg(long, global = true, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Action {
    /// Print all that is kept of a buyer as JSON
    Export,
    /// Erase what tells who bought, for good; amounts and totals stay
    Erase,
}

impl Buyer {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?.patient();
        let asked = "the buyer's e-mail address or customer id:";
        let who = who(&console.secret_input(self.file.as_deref(), asked)?)?;
        let path = format!("{}/buyers", client.at_streamer(self.streamer.as_deref())?);
        match self.action {
            Action::Export => {
                let kept = client.post(&format!("{path}/export"), Some(&who))?;
                let text = serde_json::to_string_pretty(&kept).unwrap_or_default();
                console.say(&kept, &text)
            }
            Action::Erase => {
                let done = client.post(&format!("{path}/erase"), Some(&who))?;
                console.say(&done, &sentence(&done))
            }
        }
    }
}

/// The body that names who is meant, out of the words that came in.
fn who(text: &str) -> Result<Value, CliError> {
    let mut who = Map::new();
    for word in text.split_whitespace() {
        let field = if word.contains('@') { "email" } else { "customer" };
        if who.insert(field.into(), word.into()).is_some() {
            let why = "one buyer at a time: an e-mail address, a customer id cus_…, or one of each";
            return Err(CliError::Usage(why.into()));
        }
    }
    if who.is_empty() {
        let why = "nobody was named: pipe an e-mail address or a customer id, or give --file";
        return Err(CliError::Usage(why.into()));
    }
    Ok(who.into())
}

fn sentence(done: &Value) -> String {
    let rows = [
        ("alerts", "made anonymous, their messages removed"),
        ("unfinished", "of those wait or play, and are shown as Someone's"),
        ("log", "log entries rewritten without name and message"),
        ("events", "raw events dropped"),
        ("open_events", "dead letters or waiting events stripped of what names the buyer"),
        ("orders", "orders no longer counted as this buyer's; totals stay"),
        ("under_way", "events are still on their way: run this again in a minute"),
    ];
    let lines = rows.iter().filter(|(field, _)| done[field] != 0);
    let lines: Vec<String> = lines
        .map(|(field, what)| format!("  {:>6}  {what}", at(done, &format!("/{field}"))))
        .collect();
    if lines.is_empty() { "  nothing is kept of this buyer".into() } else { lines.join("\n") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_buyer_is_named_by_one_word_of_each_kind() {
        assert_eq!(who(" fan@example.com\n").unwrap(), json!({ "email": "fan@example.com" }));
        let both = json!({ "email": "fan@example.com", "customer": "cus_1" });
        assert_eq!(who("cus_1\r\nfan@example.com").unwrap(), both);
        assert!(who("\n").is_err() && who("a@b.c d@e.f").is_err());
    }

    #[test]
    fn what_was_erased_is_said_in_numbers() {
        let mut done = json!({ "alerts": 2, "unfinished": 0, "log": 7, "events": 0,
            "open_events": 0, "orders": 0, "under_way": 0 });
        let said = sentence(&done);
        assert!(said.contains("2  made anonymous") && said.contains("7  log entries"), "{said}");
        assert_eq!(said.lines().count(), 2);
        (done["alerts"], done["log"]) = (0.into(), 0.into());
        assert_eq!(sentence(&done), "  nothing is kept of this buyer");
    }
}
