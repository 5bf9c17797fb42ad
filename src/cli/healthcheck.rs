//! `healthcheck`: for containers, which then need no curl.

use serde_json::json;

use super::{CliError, Console};

pub(super) fn run(console: &mut Console) -> Result<(), CliError> {
    let client = console.anonymous()?;
    match client.readiness()? {
        (true, _) => console.say(&json!({"ready": true}), "  ready"),
        (false, _) => Err(client.away("is running but not ready: its log says why")),
    }
}
