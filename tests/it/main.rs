//! Integration tests: real processes of the real binary, over real sockets.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that fails may panic")]

mod support;

mod oracle;
mod sim;
mod store_contract;
mod tidy;
mod webhook;
