//! Integration tests: real processes of the real binary, over real sockets.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that fails may panic")]

mod support;

mod api;
mod bad_input;
mod boards;
mod commands;
mod dead_letters;
mod directory;
mod disk;
mod enrich;
mod fake_stripe;
mod feeds;
mod first_run;
mod kill;
mod life;
mod media;
mod moderation;
mod oracle;
mod receipt;
mod reconcile;
mod redis;
mod retention;
mod roles;
mod routing;
mod secrets_kept;
mod shop;
mod shop_ledger;
mod sim;
mod socket;
mod store_contract;
mod stripe_setup;
mod themes;
mod tidy;
mod webhook;
