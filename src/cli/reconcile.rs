//! `reconcile`: has the gateway fetch what Stripe did not deliver, and waits for it.

use std::{io::IsTerminal as _, thread, time::Duration};

use clap::Args;
use serde_json::{Value, json};

use super::output::{at, counted};
use super::{CliError, Console};
use crate::reconcile::OLDEST;
use crate::reconcile::jobs::{AskError, SINCE_LEAST};
use crate::settings::length;

/// How often the job is asked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Cells of the bar.
const BAR: usize = 24;

/// Fetch from Stripe what no webhook brought. The same again, while it runs, is the same job.
#[derive(Debug, Args)]
pub(super) struct Reconcile {
    /// How far back, from 1h to 30d
    #[arg(long, value_name = "TIME", default_value = "3d", value_parser = since)]
    since: String,
    /// Print the job's id and do not wait for it
    #[arg(long)]
    no_wait: bool,
}

/// Reads how far back.
fn since(text: &str) -> Result<String, String> {
    let fits = |length| (SINCE_LEAST..=OLDEST).contains(&length);
    match length::parse(text) {
        Ok(length) if fits(length) => Ok(text.to_owned()),
        _ => Err(AskError::Since.to_string()),
    }
}

impl Reconcile {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        let mut job = client.post("/reconcile", Some(&json!({ "since": self.since })))?;
        let id = at(&job, "/id");
        if self.no_wait {
            return console.say(&job, &format!("  {id}"));
        }
        let mut bar = Bar::new(console);
        while job["state"] == "running" {
            bar.show(&job);
            thread::sleep(LOOK_EVERY);
            job = client.get(&format!("/jobs/{id}"))?;
        }
        bar.clear();
        if job["state"] != "done" {
            let why = job["error"].as_str().unwrap_or("the job ended early");
            return Err(CliError::Failed(format!("{why}; this was {id}")));
        }
        let events = counted(job["events"].as_u64().unwrap_or_default(), "event");
        let (since, new) = (at(&job, "/since"), at(&job, "/new"));
        let text = format!("  checked the last {since}: {events}, {new} of them new");
        console.say(&job, &text)
    }
}

/// How far it is: a bar on a terminal, else a line for each step.
struct Bar {
    is_quiet: bool,
    is_terminal: bool,
    said: String,
}

impl Bar {
    fn new(console: &Console) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        Self { is_quiet: console.is_json(), is_terminal, said: String::new() }
    }

    fn show(&mut self, job: &Value) {
        let line = line(job);
        if self.is_quiet || line == self.said {
            return;
        }
        if self.is_terminal {
            eprint!("\r{line}")
        } else {
            eprintln!("{line}")
        }
        self.said = line;
    }

    /// Leaves the terminal as it was.
    fn clear(&mut self) {
        if self.is_terminal && !self.said.is_empty() {
            eprint!("\r{}\r", " ".repeat(self.said.chars().count()));
        }
    }
}

/// `  [######------]  50 %  120 events, 3 new`
fn line(job: &Value) -> String {
    let progress = job["progress"].as_f64().unwrap_or_default().clamp(0.0, 1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is between 0 and 100"
    )]
    let percent = (progress * 100.0) as usize;
    let full = percent * BAR / 100;
    let (done, open) = ("#".repeat(full), "-".repeat(BAR - full));
    format!("  [{done}{open}] {percent:>3} %  {} events, {} new", job["events"], job["new"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_how_far_it_is() {
        let job = json!({ "progress": 0.5, "events": 120, "new": 3 });
        assert_eq!(line(&job), "  [############------------]  50 %  120 events, 3 new");
        assert!(line(&json!({})).starts_with("  [------------------------]   0 %"));
        assert!(line(&json!({ "progress": 1.0 })).contains("] 100 %"));
    }
}
