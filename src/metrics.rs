//! Counters and gauges, for `/metrics` and `status`. One registry per gateway, none of it global, so
//! that several gateways in one process do not add to each other's figures.

use std::sync::atomic::AtomicU64;

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

/// The label of a count by outcome.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Outcome {
    /// A stable word: `accepted`, `duplicate`, `ignored`, or an error's code.
    pub result: &'static str,
}

/// The label of a count by close reason.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Closed {
    /// The reason's word.
    pub reason: &'static str,
}

/// All figures of one gateway.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Answers of the webhook, by result.
    pub webhooks: Family<Outcome, Counter>,
    /// Answers of the webhook in all.
    pub webhook_answers: Counter,
    /// Sockets closed by the gateway, by reason.
    pub closed: Family<Closed, Counter>,
    /// Open sockets of overlays.
    pub connections: Gauge,
    /// Plays handed to connections.
    pub plays: Counter,
    /// Changes committed to channels.
    pub commits: Counter,
    /// Commits that had to be made again because another came first.
    pub conflicts: Counter,
    /// Events that became dead letters.
    pub dead_letters: Counter,
    /// Answers to what was bought, by result: `in_time`, `late`, `full`, or a call's failure.
    pub enrichments: Family<Outcome, Counter>,
    /// Events that Stripe listed.
    pub events_fetched: Counter,
    /// Those of them that no webhook had brought.
    pub events_missing: Counter,
    /// When the last whole check of Stripe's list ended, in seconds since 1970; 0 for none yet.
    pub checked: Gauge,
}

impl Metrics {
    /// Counts an answer of the webhook.
    pub fn webhook(&self, result: &'static str) {
        self.webhooks.get_or_create(&Outcome { result }).inc();
        self.webhook_answers.inc();
    }

    /// How often the webhook answered at all.
    #[must_use]
    pub fn webhooks_total(&self) -> u64 {
        self.webhook_answers.get()
    }

    /// How often the webhook answered so.
    #[must_use]
    pub fn webhooks_with(&self, result: &'static str) -> u64 {
        self.webhooks.get_or_create(&Outcome { result }).get()
    }

    /// Counts a socket closed by the gateway.
    pub fn close(&self, reason: &'static str) {
        self.closed.get_or_create(&Closed { reason }).inc();
    }

    /// Counts how asking what was bought went.
    pub fn enrichment(&self, result: &'static str) {
        self.enrichments.get_or_create(&Outcome { result }).inc();
    }

    /// In Prometheus' text format, with what the store has to say.
    #[must_use]
    pub fn text(&self, store: Vec<(&'static str, &'static str, f64)>) -> String {
        let mut all = Registry::with_prefix("tillbell");
        all.register("webhooks", "Answers of the webhook, by result", self.webhooks.clone());
        all.register("closed", "Sockets closed by the gateway", self.closed.clone());
        all.register("connections", "Open sockets of overlays", self.connections.clone());
        all.register("plays", "Plays handed to connections", self.plays.clone());
        all.register("commits", "Changes committed to channels", self.commits.clone());
        all.register("conflicts", "Commits made again", self.conflicts.clone());
        all.register("dead_letters", "Events that became dead letters", self.dead_letters.clone());
        all.register("enrichments", "Lookups of what was bought", self.enrichments.clone());
        all.register("events_fetched", "Events Stripe listed", self.events_fetched.clone());
        let missing = "Listed events that no webhook had brought";
        all.register("events_missing", missing, self.events_missing.clone());
        let checked = "When Stripe's list was last checked, in seconds since 1970";
        all.register("checked_timestamp_seconds", checked, self.checked.clone());
        for (name, help, value) in store {
            let gauge = Gauge::<f64, AtomicU64>::default();
            gauge.set(value);
            all.register(name, help, gauge);
        }
        let mut text = String::new();
        encode(&mut text, &all).expect("a String takes everything");
        text
    }
}
