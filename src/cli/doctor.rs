//! `doctor`: looks at what usually goes wrong, with or without a running gateway, and says which.

mod machine;
mod redis;
mod stripe;

use std::net::TcpListener;

use serde_json::{Value, json};

use super::client::{Client, segment};
use super::output::counted;
use super::{CliError, Console};
use crate::clock;
use crate::config::Config;

/// How a check came out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Ok,
    Warning,
    Fails,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Fails => "fails",
        }
    }
}

/// One check.
struct Finding {
    level: Level,
    /// What was looked at.
    about: &'static str,
    /// What is so, and when it is not good, what to do.
    text: String,
}

fn finding(level: Level, about: &'static str, text: impl Into<String>) -> Finding {
    Finding { level, about, text: text.into() }
}

pub(super) fn run(console: &mut Console) -> Result<(), CliError> {
    let config = match console.config(Vec::new()) {
        Ok(config) => config,
        Err(error) => {
            report(console, &[finding(Level::Fails, "configuration", "cannot be used:")], false)?;
            return Err(error);
        }
    };
    let running = console.client().and_then(|client| Ok((client.readiness()?, client)));
    let mut findings = vec![finding(Level::Ok, "configuration", "every key and value is valid")];
    findings.extend(
        config.warnings().into_iter().map(|text| finding(Level::Warning, "configuration", text)),
    );
    findings.extend(machine::data_directory(&config.data));
    findings.push(machine::open_files(config.limits.connections));
    findings.extend(redis::findings(&config));
    let client = running.as_ref().ok().map(|(_, client)| client);
    findings.extend(stripe::findings(&config, client));
    let found = match &running {
        Ok(((ready, date), client)) => {
            findings.push(readiness(client, *ready));
            findings.push(clock_beside(date.as_deref()));
            findings.push(secrets_of(client, &config));
            findings.extend(damage(client));
            true
        }
        Err(error) => {
            findings.push(not_running(error));
            findings.push(port(&config));
            findings.push(clock_alone());
            findings.push(secrets_in(&config));
            false
        }
    };
    report(console, &findings, found)?;
    match findings.iter().filter(|finding| finding.level == Level::Fails).count() {
        0 => Ok(()),
        1 => Err(CliError::Failed("one check fails".into())),
        count => Err(CliError::Failed(format!("{count} checks fail"))),
    }
}

fn report(console: &mut Console, findings: &[Finding], gateway: bool) -> Result<(), CliError> {
    if console.is_json() {
        let checks: Vec<_> = findings
            .iter()
            .map(|found| json!({ "level": found.level.word(), "about": found.about, "text": found.text }))
            .collect();
        return console.line(&json!({ "gateway": gateway, "checks": checks }).to_string());
    }
    for Finding { level, about, text } in findings {
        let word = console.state(level.word(), &format!("{:<7}", level.word()));
        console.line(&format!("  {word}  {about:<14}  {text}"))?;
    }
    Ok(())
}

fn readiness(client: &Client, ready: bool) -> Finding {
    let url = client.address();
    if ready {
        finding(Level::Ok, "gateway", format!("runs at {url} and is ready"))
    } else {
        finding(
            Level::Fails,
            "gateway",
            format!("runs at {url} but is not ready; its log says why"),
        )
    }
}

/// What the gateway has found to be damaged, if anything.
fn damage(client: &Client) -> Option<Finding> {
    let status = match client.get("/status") {
        Ok(status) => status,
        Err(error) => {
            let text = format!("cannot be asked what is damaged: {error}");
            return Some(finding(Level::Warning, "records", text));
        }
    };
    let damage = status["damage"].as_array()?;
    let first = damage.first()?.as_str()?;
    let text = match damage.len() - 1 {
        0 => first.to_owned(),
        more => format!("{first}; and {more} more, which GET /api/v1/status names"),
    };
    Some(finding(Level::Fails, "records", text))
}

fn not_running(error: &CliError) -> Finding {
    match error {
        CliError::NoGateway(_) => {
            finding(Level::Ok, "gateway", "none runs here, so these checks are made without one")
        }
        // Its address is still there: it ran, and did not end by itself or listens elsewhere.
        error => {
            finding(Level::Warning, "gateway", format!("{error}; these checks are made without it"))
        }
    }
}

fn port(config: &Config) -> Finding {
    let listen = config.server.listen;
    match TcpListener::bind(listen) {
        Ok(_) => finding(Level::Ok, "port", format!("{listen} is free")),
        Err(error) => finding(
            Level::Fails,
            "port",
            format!("cannot listen on {listen}: {error}; stop what uses it, or set server.listen"),
        ),
    }
}

/// The start of the year this was written in: a clock before it was never set.
const NOT_BEFORE_S: i64 = 1_767_225_600;

fn clock_alone() -> Finding {
    if clock::wall_now().as_millis() / 1000 < NOT_BEFORE_S {
        let text = "is far in the past, so every signature would be refused; set it, best by NTP";
        return finding(Level::Fails, "clock", text);
    }
    finding(Level::Ok, "clock", "is set; compared with no other")
}

fn clock_beside(date: Option<&str>) -> Finding {
    date.and_then(|date| apart_from(date, "the gateway's")).unwrap_or_else(clock_alone)
}

/// How far this clock is from another, by the date of an answer; `None` if that is no date.
fn apart_from(date: &str, whose: &str) -> Option<Finding> {
    // Stripe's tolerance is 300 s; a clock 30 s off is on its way there.
    const APART_S: u64 = 30;
    let theirs = jiff::fmt::rfc2822::parse(date).ok()?;
    let apart = (clock::wall_now().as_millis() / 1000).abs_diff(theirs.timestamp().as_second());
    if apart > APART_S {
        let text = format!(
            "is {apart} s apart from {whose}; signatures are refused when it is wrong by 300 s"
        );
        return Some(finding(Level::Warning, "clock", text));
    }
    Some(finding(Level::Ok, "clock", format!("agrees with {whose}")))
}

fn secrets_in(config: &Config) -> Finding {
    match config.stripe.webhook_secret.len() {
        0 => finding(
            Level::Warning,
            "secrets",
            "the configuration has no signing secret; one may be stored: start the gateway and look again",
        ),
        count => finding(
            Level::Ok,
            "secrets",
            format!("{} in the configuration", counted(count as u64, "signing secret")),
        ),
    }
}

fn secrets_of(client: &Client, config: &Config) -> Finding {
    let count = || -> Result<u64, CliError> {
        let mut count = client.list("/secrets", None)?.len() as u64;
        for streamer in client.list("/streamers", None)? {
            let id = streamer.get("id").and_then(Value::as_str).unwrap_or_default();
            count +=
                client.list(&format!("/streamers/{}/secrets", segment(id)), None)?.len() as u64;
            // The gateway's own: its environment may hold some that this shell's does not.
            count += streamer.get("configured_secrets").and_then(Value::as_u64).unwrap_or_default();
        }
        Ok(count)
    };
    match count() {
        Ok(0) if config.stripe.poll => {
            finding(Level::Ok, "secrets", "no signing secret, and polling needs none")
        }
        Ok(0) => finding(
            Level::Warning,
            "secrets",
            "no signing secret yet, so Stripe's events are not accepted: tillbell secret add",
        ),
        Ok(count) => finding(Level::Ok, "secrets", counted(count, "signing secret")),
        Err(error) => finding(Level::Warning, "secrets", format!("cannot be counted: {error}")),
    }
}
