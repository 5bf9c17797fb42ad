//! `why`: the receipt chain of one event or alert.

use clap::Args;
use serde_json::Value;

use super::client::segment;
use super::output::{at, printable};
use super::{CliError, Console};

/// Tell what became of an event or alert, step by step.
#[derive(Debug, Args)]
pub(super) struct Why {
    /// An event (evt_…) or alert (al_…)
    id: String,
}

impl Why {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let receipt = console.client()?.get(&format!("/why/{}", segment(&self.id)))?;
        if console.is_json() {
            return console.line(&receipt.to_string());
        }
        let outcome = at(&receipt, "/outcome");
        let outcome = console.state(&outcome, &printable(&outcome));
        let text = chain(&receipt, &outcome);
        console.line(&text)
    }
}

/// What it is about, then each step with the time since the first.
fn chain(receipt: &Value, outcome: &str) -> String {
    let steps: Vec<_> = receipt["steps"].as_array().into_iter().flatten().collect();
    let moment = |step: &Value| step["at"].as_str()?.parse::<jiff::Timestamp>().ok();
    let first = steps.first().and_then(|step| moment(step));
    let names: Vec<_> = steps.iter().map(|step| printable(&at(step, "/step"))).collect();
    let about = ["event", "type", "alert", "streamer", "outcome"];
    let width = names.iter().map(String::len).chain(about.map(str::len)).max().unwrap_or(0);
    let mut lines: Vec<_> = about
        .iter()
        .map(|label| match *label {
            "outcome" => format!("  {label:<width$}  {outcome}"),
            label => {
                format!("  {label:<width$}  {}", printable(&at(receipt, &format!("/{label}"))))
            }
        })
        .collect();
    lines.push(String::new());
    for (nth, (step, name)) in steps.iter().zip(&names).enumerate() {
        let when = match (first, moment(step)) {
            (Some(first), Some(now)) if nth > 0 => {
                format!("{:+} ms", now.as_millisecond() - first.as_millisecond())
            }
            // The first step says when it all was; the others, how much later.
            (_, Some(now)) => format!("{now:.3}"),
            (_, None) => "-".into(),
        };
        let detail = step["detail"].as_str().map(printable).unwrap_or_default();
        lines.push(format!("  {name:<width$}  {when:>24}  {detail}").trim_end().to_owned());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn steps_are_timed_from_the_first() {
        let receipt = json!({
            "event": "evt_1", "type": "checkout.session.completed", "streamer": "me", "alert": null,
            "steps": [
                {"step": "received", "at": "2026-01-02T03:04:05.678Z", "detail": null},
                {"step": "shown", "at": "2026-01-02T03:04:11.690Z", "detail": "overlay \u{1b}main"},
            ],
        });
        let text = chain(&receipt, "shown");
        let lines: Vec<_> = text.lines().skip(6).collect();
        assert_eq!(
            lines,
            [
                "  received  2026-01-02T03:04:05.678Z",
                "  shown                     +6012 ms  overlay \u{fffd}main",
            ]
        );
    }
}
