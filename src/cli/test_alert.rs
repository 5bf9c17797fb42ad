//! `test-alert`: one alert through the whole real path, told as it happens.

use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::client::{Client, segment};
use super::output::{at, counted};
use super::queue::waiting_for;
use super::{CliError, Console};
use crate::clock::Clock;
use crate::money::{Currency, Money};

/// How long a connected overlay has to show it (contract §2).
const SHOWN_WITHIN: Duration = Duration::from_secs(30);

/// Send a test alert through the whole real path and watch it.
#[derive(Debug, Args)]
pub(super) struct TestAlert {
    /// Whose [default: the only one, or me]
    streamer: Option<String>,
    /// How much was paid, like 25.00
    #[arg(long)]
    amount: Option<String>,
    /// In which currency [default: the streamer's]
    #[arg(long)]
    currency: Option<String>,
    /// The buyer's name
    #[arg(long)]
    name: Option<String>,
    /// What the buyer says
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,
    /// What was bought, like "Hoodie x2"; may be repeated
    #[arg(long = "item", value_name = "ITEM")]
    items: Vec<String>,
    /// Do not watch what becomes of it
    #[arg(long)]
    no_wait: bool,
}

/// What has happened so far.
struct Watch {
    clock: Clock,
    accepted: Value,
    stages: Vec<Value>,
}

/// How the watching ended.
enum End {
    Shown,
    Not {
        state: String,
        /// The contract's word for it, where there is one.
        reason: Option<String>,
        /// The same for a person.
        said: String,
    },
}

impl TestAlert {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        let id = client.streamer(self.streamer.as_deref())?;
        let streamer = format!("/streamers/{}", segment(&id));
        let body = self.body(&client, &streamer)?;
        // Listening begins before the alert is made, so that no stage can be over already.
        let news = match self.no_wait {
            true => None,
            false => Some(listen(&client, &id)?),
        };
        let clock = Clock::start();
        let accepted = client.post(&format!("{streamer}/test-alerts"), Some(&body))?;
        let mut watch = Watch { clock, accepted, stages: Vec::new() };
        watch.stage(console, "accepted", &at(&watch.accepted, "/alert_id"))?;
        let connected = watch.accepted["connections"].as_u64().unwrap_or(0) > 0;
        let Some(news) = news.filter(|_| connected) else {
            watch.report(console, "accepted", None)?;
            return if connected { Ok(()) } else { Err(CliError::NobodyConnected) };
        };
        match watch.follow(console, &client, &streamer, &news)? {
            End::Shown => watch.report(console, "shown", None),
            End::Not { state, reason, said } => {
                watch.report(console, &state, reason.as_deref())?;
                let id = at(&watch.accepted, "/alert_id");
                Err(CliError::Failed(format!(
                    "not shown: {said}; tillbell why {id} tells its story"
                )))
            }
        }
    }

    fn body(&self, client: &Client, streamer: &str) -> Result<Value, CliError> {
        let mut body = json!({});
        if self.amount.is_some() || self.currency.is_some() {
            let currency = match &self.currency {
                Some(currency) => currency.clone(),
                None => at(&client.get(streamer)?, "/currency"),
            };
            body["amount"] = amount(self.amount.as_deref().unwrap_or("25"), &currency)?;
        }
        for (key, value) in [("name", &self.name), ("message", &self.message)] {
            if let Some(value) = value {
                body[key] = value.as_str().into();
            }
        }
        if !self.items.is_empty() {
            body["items"] = self.items.iter().map(|text| item(text)).collect();
        }
        Ok(body)
    }
}

impl Watch {
    fn ms(&self) -> u128 {
        self.clock.uptime().as_millis()
    }

    fn stage(&mut self, console: &mut Console, stage: &str, detail: &str) -> Result<(), CliError> {
        let ms = self.ms();
        self.stages.push(json!({ "stage": stage, "ms": u64::try_from(ms).unwrap_or(u64::MAX) }));
        if console.is_json() {
            return Ok(());
        }
        let name = console.state(stage, &format!("{stage:<11}"));
        console.line(format!("  {name}  {ms:>6} ms  {detail}").trim_end())
    }

    /// Follows the alert to its end, or to the end of patience.
    fn follow(
        &mut self,
        console: &mut Console,
        client: &Client,
        streamer: &str,
        news: &Receiver<Value>,
    ) -> Result<End, CliError> {
        let id = at(&self.accepted, "/alert_id");
        loop {
            let left = SHOWN_WITHIN.saturating_sub(self.clock.uptime());
            let entry = match news.recv_timeout(left) {
                Ok(entry) => entry,
                Err(RecvTimeoutError::Timeout) => return reason_of_waiting(client, streamer, &id),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(client.away("went away while the alert was on its way"));
                }
            };
            let data = &entry["data"];
            if data.pointer("/alert/id").or(data.get("id")).and_then(Value::as_str) != Some(&id) {
                continue;
            }
            let kind = entry.pointer("/event/type").and_then(Value::as_str).unwrap_or_default();
            let Some(state) = kind.strip_prefix("Alert").map(str::to_lowercase) else { continue };
            let reason =
                data.pointer("/alert/reason").or(data.get("reason")).and_then(Value::as_str);
            match state.as_str() {
                "playing" => {
                    let connections = data["connections"].as_u64().unwrap_or(1);
                    let detail = format!("on {}", counted(connections, "connection"));
                    self.stage(console, &state, &detail)?;
                }
                "requeued" => self.stage(console, &state, "no overlay began to draw it in time")?,
                "shown" => {
                    self.stage(console, &state, "")?;
                    return Ok(End::Shown);
                }
                "missed" | "skipped" | "interrupted" | "silent" | "rejected" => {
                    let said = reason_in_words(reason.unwrap_or(&state));
                    self.stage(console, &state, &said)?;
                    return Ok(End::Not { state, reason: reason.map(str::to_owned), said });
                }
                "queued" => self.stage(console, &state, "")?,
                "held" => {
                    let said = "it is held: tillbell alerts approve lets it on".to_owned();
                    self.stage(console, &state, "")?;
                    return Ok(End::Not { state, reason: None, said });
                }
                _ => {}
            }
        }
    }

    /// The one JSON value of `--json`; people have read it all already.
    fn report(
        &self,
        console: &mut Console,
        state: &str,
        reason: Option<&str>,
    ) -> Result<(), CliError> {
        if !console.is_json() {
            return Ok(());
        }
        let mut report = self.accepted.clone();
        report["state"] = state.into();
        report["reason"] = reason.into();
        report["stages"] = self.stages.clone().into();
        console.line(&report.to_string())
    }
}

/// The streamer's log from now on. The thread ends with the process, or when nobody listens any more.
fn listen(client: &Client, streamer: &str) -> Result<Receiver<Value>, CliError> {
    let feed = client.feed(streamer, None)?;
    // A test alert makes a handful of entries; a busy channel's others only wait in the socket.
    let (to, news) = sync_channel(64);
    thread::spawn(move || {
        for item in feed {
            if to.send(item.entry).is_err() {
                break;
            }
        }
    });
    Ok(news)
}

fn reason_of_waiting(client: &Client, streamer: &str, id: &str) -> Result<End, CliError> {
    if client.get(&format!("{streamer}/alerts/{id}"))?["state"] == "held" {
        let said = format!("after 30 s it still waits for a person: tillbell alerts approve {id}");
        return Ok(End::Not { state: "held".into(), reason: None, said });
    }
    let queue = client.get(&format!("{streamer}/queue"))?;
    let playing = queue.pointer("/playing/alert/id").and_then(Value::as_str);
    let said = match (waiting_for(&queue), playing) {
        (Some(wait), _) => format!("after 30 s it still waits for {wait}"),
        (None, Some(playing)) if playing == id => "after 30 s it still plays".into(),
        (None, Some(_)) => "after 30 s it still waits for alerts before it".into(),
        (None, None) => "after 30 s no overlay had shown it".into(),
    };
    let state = if playing == Some(id) { "playing" } else { "queued" };
    Ok(End::Not { state: state.into(), reason: None, said })
}

fn reason_in_words(reason: &str) -> String {
    match reason {
        "never_started" => "the overlay is connected but never began to draw it",
        "nobody_present" => "no overlay was there to show it",
        "test_expired" => "it had not started after 30 s",
        "overlay_gone" => "the overlay went away while it drew",
        "failed" => "the overlay could not draw it",
        "panic" | "cleared" | "skipped" => "somebody skipped it",
        "rule" => "a rule says that it is not shown",
        "silent" => "this streamer's test alerts are not shown (show_test = false)",
        other => other,
    }
    .to_owned()
}

pub(super) fn amount(text: &str, currency: &str) -> Result<Value, CliError> {
    let usage = |error: crate::money::MoneyError| CliError::Usage(error.to_string());
    let currency = Currency::parse(currency).map_err(usage)?;
    let money = Money::parse(text, currency).map_err(usage)?;
    if money.minor <= 0 {
        return Err(CliError::Usage(format!("amount {text:?} is not more than 0")));
    }
    Ok(json!({ "minor": money.minor, "currency": currency.as_str() }))
}

/// `Hoodie x2`: two of them; without a number, one.
pub(super) fn item(text: &str) -> Value {
    let counted = text.rsplit_once(" x").and_then(|(name, count)| {
        count.parse::<u32>().ok().filter(|count| *count > 0).map(|count| (name.trim_end(), count))
    });
    let (name, quantity) = counted.unwrap_or((text, 1));
    json!({ "name": name, "quantity": quantity })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_may_end_in_a_count() {
        assert_eq!(item("Hoodie x2"), json!({ "name": "Hoodie", "quantity": 2 }));
        assert_eq!(item("Model x"), json!({ "name": "Model x", "quantity": 1 }));
        assert_eq!(item("Mug x0"), json!({ "name": "Mug x0", "quantity": 1 }));
    }

    #[test]
    fn amounts_are_minor_units_of_their_currency() {
        assert_eq!(amount("25.00", "usd").unwrap(), json!({ "minor": 2500, "currency": "usd" }));
        assert_eq!(amount("500", "JPY").unwrap(), json!({ "minor": 500, "currency": "jpy" }));
        for (bad, currency) in
            [("1.001", "usd"), ("1.5", "jpy"), ("-1", "usd"), ("0", "usd"), ("1", "x")]
        {
            assert_eq!(amount(bad, currency).unwrap_err().exit_code(), 2, "{bad} {currency}");
        }
    }
}
