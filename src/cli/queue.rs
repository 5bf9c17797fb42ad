//! `queue`: what plays, what waits, and the hand on it.

use clap::Subcommand;
use serde_json::{Value, json};

use super::alerts::{COLUMNS, buyer};
use super::output::{at, counted, labelled};
use super::{CliError, Console};

/// Show or steer what plays.
#[derive(Debug, Subcommand)]
pub(super) enum Queue {
    /// Show what plays and what waits
    Show(Whose),
    /// Let what plays end, start nothing new
    Pause(Whose),
    /// End pause and panic
    Resume(Whose),
    /// Skip what plays, or the alert named
    Skip {
        #[command(flatten)]
        whose: Whose,
        /// This one, waiting or playing
        #[arg(long, value_name = "ALERT")]
        alert: Option<String>,
    },
    /// Skip everything that waits
    Clear(Whose),
    /// No sound
    Mute(Whose),
    /// Sound again
    Unmute(Whose),
    /// Take everything off the screen, pause and mute
    Panic(Whose),
}

/// Whose queue.
#[derive(Debug, clap::Args)]
pub(super) struct Whose {
    /// Whose [default: the only one, or me]
    streamer: Option<String>,
}

impl Queue {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let client = console.client()?;
        let (verb, whose) = match self {
            Self::Show(whose) => {
                let queue =
                    client.get(&queue_of(&client.at_streamer(whose.streamer.as_deref())?))?;
                return show(console, &queue);
            }
            Self::Skip { whose, alert } => {
                let path = queue_of(&client.at_streamer(whose.streamer.as_deref())?);
                let body = alert.map(|alert| json!({ "alert_id": alert }));
                let skipped = client.post(&format!("{path}/skip"), body.as_ref())?;
                let text = format!("  {}  {}", at(&skipped, "/state"), at(&skipped, "/id"));
                return console.say(&skipped, &text);
            }
            Self::Pause(whose) => ("pause", whose),
            Self::Resume(whose) => ("resume", whose),
            Self::Clear(whose) => ("clear", whose),
            Self::Mute(whose) => ("mute", whose),
            Self::Unmute(whose) => ("unmute", whose),
            Self::Panic(whose) => ("panic", whose),
        };
        let path = queue_of(&client.at_streamer(whose.streamer.as_deref())?);
        let queue = client.post(&format!("{path}/{verb}"), None)?;
        show(console, &queue)
    }
}

fn queue_of(streamer: &str) -> String {
    format!("{streamer}/queue")
}

fn show(console: &mut Console, queue: &Value) -> Result<(), CliError> {
    if console.is_json() {
        return console.line(&queue.to_string());
    }
    let flags = ["panic", "paused", "muted"].into_iter().filter(|flag| queue[*flag] == true);
    let state = match flags.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "running".into(),
        flags => flags,
    };
    let playing = match queue.pointer("/playing/alert") {
        Some(alert) => {
            let [id, amount] = ["/id", "/amount/text"].map(|part| at(alert, part));
            format!("{id}  {amount}  {}", buyer(alert))
        }
        None => "nothing".into(),
    };
    let length = queue["length"].as_u64().unwrap_or(0);
    let waiting = match waiting_for(queue) {
        Some(why) if length > 0 => format!("{} for {why}", counted(length, "alert")),
        _ => counted(length, "alert"),
    };
    let rows = [("queue", state), ("playing", playing), ("waiting", waiting)];
    let head = labelled(&rows.map(|(label, value)| (label.to_owned(), value)));
    console.line(&head)?;
    match queue["next"].as_array() {
        Some(next) if !next.is_empty() => {
            console.line("")?;
            console.list(next, &COLUMNS, "")
        }
        _ => Ok(()),
    }
}

/// What a queue that does not move waits for, in words.
pub(super) fn waiting_for(queue: &Value) -> Option<&'static str> {
    Some(match queue["waiting"].as_str()? {
        "present" => "an overlay to connect",
        "active" => "the overlay's scene to be shown in OBS",
        "live" => "the stream to begin",
        "paused" => "a resume (tillbell queue resume)",
        _ => "what the gateway's log says",
    })
}
