//! Sells and lets all of it grow old, several times over, and shows what that takes of Redis' memory.
//!
//! `cargo test --test memory -- [--sales 100000] [--rounds 3]`
//!
//! The exit code is 1 when a sale takes more than it may, or leaves anything behind.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod sold;
#[allow(dead_code, unused_imports, reason = "it is shared with the integration tests")]
#[path = "../it/support.rs"]
mod support;

use std::process::ExitCode;

/// How many sales, and how often.
fn plan() -> Result<(u32, u32), String> {
    let (mut sales, mut rounds) = (100_000, 3);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let number = args.next().and_then(|text| text.parse().ok()).filter(|number| *number > 0);
        let number = number.ok_or(format!("{arg} needs a number above 0"))?;
        match arg.as_str() {
            "--sales" => sales = number,
            "--rounds" => rounds = number,
            _ => return Err(format!("{arg}: --sales or --rounds")),
        }
    }
    Ok((sales, rounds))
}

#[tokio::main]
async fn main() -> ExitCode {
    let (sales, rounds) = match plan() {
        Ok(plan) => plan,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    match sold::problem(&sold::rounds(rounds, sales).await, sales) {
        None => ExitCode::SUCCESS,
        Some(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
