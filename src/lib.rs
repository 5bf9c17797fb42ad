//! Tillbell: a self-hosted real-time alert gateway. A viewer buys something, Stripe sends a webhook,
//! Tillbell verifies it, stores it durably, and the alert plays on the streamer's overlay.
//!
//! The modules stand in the order of the floors of docs/ARCHITECTURE.md: each may use those above it
//! and none below. Read from top to bottom, they are the design.

// Floor 0, words: what things are called. No clock, no IO.
pub mod id;
pub mod time;
pub mod money;
pub mod position;
pub mod close;
pub mod connection;
pub mod alert;
pub mod settings;

// Floor 1, rules: pure. What plays when is in `channel`, the socket's protocol in `session`.
pub mod clock;
pub mod backoff;
pub mod text;
pub mod theme;
pub mod moderation;
pub mod recall;
pub mod stripe;
pub mod rules;
pub mod board;
pub mod channel;
pub mod wire;
pub mod session;
pub mod receipt;

// Floor 2, keeping: what outlives a process.
pub mod fault;
pub mod keys;
pub mod metrics;
pub mod stripe_api;
pub mod store;
pub mod single_flight;
pub mod directory;
pub mod media;

// Floor 3, moving: events in, frames out.
pub mod shop;
pub mod hub;
pub mod node;
pub mod onboarding;
pub mod conductor;
pub mod intake;
pub mod reconcile;
pub mod buyer;

// Floor 4, edges.
pub mod http;
pub mod fake_stripe;

// Floor 5, assembly.
pub mod config;
pub mod telemetry;
pub mod server;
pub mod cli;
