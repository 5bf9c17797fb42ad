//! `explain-signature`: for a webhook that Stripe sends and the gateway refuses. Needs no gateway.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::output::printable;
use super::{CliError, Console};
use crate::clock;
use crate::stripe::explain::{Verdict, explain};

/// Say exactly why a webhook's signature does or does not verify (secret on stdin).
#[derive(Debug, Args)]
pub(super) struct ExplainSignature {
    /// The body, byte for byte as it arrived
    #[arg(long, value_name = "FILE")]
    payload: PathBuf,
    /// The value of its Stripe-Signature header
    #[arg(long, value_name = "H")]
    header: String,
}

impl ExplainSignature {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let body = fs::read(&self.payload).map_err(|error| {
            CliError::Failed(format!("cannot read {}: {error}", self.payload.display()))
        })?;
        let secret = console.secret_input(None, "paste the signing secret:")?;
        let now_s = clock::wall_now().as_millis() / 1000;
        let said = explain(&self.header, &body, &secret, now_s);
        let code = said.verdict.code();
        let verifies = said.verdict == Verdict::Verifies;
        if console.is_json() {
            let answer =
                json!({ "verifies": verifies, "verdict": code, "sentences": said.sentences });
            console.line(&answer.to_string())?;
        } else {
            let head = if verifies { "verifies" } else { "fails" };
            let reason = if verifies { String::new() } else { format!("  {code}") };
            let head = console.state(head, head);
            console.line(&format!("  {head}{reason}"))?;
            for sentence in &said.sentences {
                console.line(&format!("  - {}", printable(sentence)))?;
            }
        }
        // The answer is on stdout already; the exit code says it to scripts.
        if verifies { Ok(()) } else { Err(CliError::Failed(String::new())) }
    }
}
