//! Which endpoint is told of which event, how often it was tried, and when it is tried again.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::books::Scope;
use crate::stripe::{secret::SigningSecret, signature};

/// A webhook endpoint with what its object does not show.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) id: String,
    pub(super) scope: Scope,
    pub(super) url: String,
    pub(super) enabled: bool,
    /// Types, or `*`.
    pub(super) enabled_events: Vec<String>,
    /// Whether it hears of connected accounts instead of our own.
    pub(super) connect: bool,
    /// All of them sign: an old one stays valid while it is rolled.
    pub(super) secrets: Vec<SigningSecret>,
}

impl Endpoint {
    /// Whether it is told of such an event. A live Connect endpoint hears of test events too.
    pub(super) fn wants(&self, event_type: &str, scope: &Scope) -> bool {
        let named = |wanted: &String| wanted == "*" || wanted == event_type;
        let mode = self.scope.livemode == scope.livemode || (self.connect && self.scope.livemode);
        self.enabled
            && mode
            && self.connect == scope.account.is_some()
            && self.enabled_events.iter().any(named)
    }

    /// The `Stripe-Signature` of one attempt: a `v1` for each secret, and in test mode a `v0` that
    /// proves nothing, as Stripe adds it.
    pub(super) fn sign(&self, body: &str, now_s: i64) -> String {
        let mut header = format!("t={now_s}");
        for secret in &self.secrets {
            let signed = signature::sign(body.as_bytes(), secret, now_s);
            let (_, v1) = signed.split_once(',').expect("t comes first");
            let _infallible = write!(header, ",{v1}");
        }
        if !self.scope.livemode {
            let _infallible = write!(header, ",v0={now_s:064x}");
        }
        header
    }
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// To be tried at this time, in milliseconds since 1970.
    Due(i64),
    /// Being tried.
    Under,
    /// The endpoint took it.
    Done,
    /// Tried as often as it is.
    GivenUp,
}

/// One event for one endpoint.
#[derive(Debug)]
struct Delivery {
    event: String,
    event_type: String,
    endpoint: String,
    /// What is sent, the same bytes each time.
    body: String,
    state: State,
    /// What each attempt gave: a status, or why there was none.
    outcomes: Vec<String>,
}

/// What is to be sent now.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) delivery: usize,
    pub(super) endpoint: String,
    pub(super) body: String,
}

/// How Stripe tries again: the exact times are not documented, only that they grow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retries {
    /// The wait after the first failure; each further one is twice as long.
    pub(super) first_ms: i64,
    /// Attempts in all.
    pub(super) attempts: usize,
}

impl Default for Retries {
    /// Faster than Stripe's days: about half an hour in all.
    fn default() -> Self {
        Self { first_ms: 2000, attempts: 11 }
    }
}

#[derive(Debug, Default)]
pub(super) struct Deliveries {
    rows: Vec<Delivery>,
    pub(super) retries: Retries,
}

impl Deliveries {
    pub(super) fn add(&mut self, event_id: &str, endpoint: &str, event: &Value, due_ms: i64) {
        self.rows.push(Delivery {
            event: event_id.into(),
            event_type: event["type"].as_str().unwrap_or_default().into(),
            endpoint: endpoint.into(),
            body: format!("{event:#}"),
            state: State::Due(due_ms),
            outcomes: Vec::new(),
        });
    }

    /// Takes up to `most` that are due, the longest due first.
    pub(super) fn take_due(&mut self, now_ms: i64, most: usize) -> Vec<Attempt> {
        let due = |row: &Delivery| match row.state {
            State::Due(at) if at <= now_ms => Some(at),
            _ => None,
        };
        let mut found: Vec<(i64, usize)> =
            self.rows.iter().enumerate().filter_map(|(n, row)| Some((due(row)?, n))).collect();
        found.sort_unstable();
        let take = |(_, delivery): (i64, usize)| {
            let row = &mut self.rows[delivery];
            row.state = State::Under;
            Attempt { delivery, endpoint: row.endpoint.clone(), body: row.body.clone() }
        };
        found.into_iter().take(most).map(take).collect()
    }

    /// When the next one is due.
    pub(super) fn next_due_ms(&self) -> Option<i64> {
        let due = |row: &Delivery| match row.state {
            State::Due(at) => Some(at),
            _ => None,
        };
        self.rows.iter().filter_map(due).min()
    }

    /// Notes how an attempt ended. Only 2xx is success: a redirect is a failure too.
    pub(super) fn ended(&mut self, delivery: usize, outcome: Result<u16, String>, now_ms: i64) {
        let row = &mut self.rows[delivery];
        let taken = matches!(outcome, Ok(200..=299));
        row.outcomes.push(outcome.map_or_else(|why| why, |status| status.to_string()));
        let attempts = row.outcomes.len();
        row.state = match attempts {
            _ if taken => State::Done,
            attempts if attempts >= self.retries.attempts => State::GivenUp,
            _ => {
                let factor = 1_i64 << attempts.saturating_sub(1).min(30);
                State::Due(now_ms.saturating_add(self.retries.first_ms.saturating_mul(factor)))
            }
        };
    }

    /// How many endpoints have not taken an event yet, and how many never will.
    pub(super) fn of_event(&self, event: &str) -> (usize, usize) {
        let rows = self.rows.iter().filter(|row| row.event == event);
        rows.fold((0, 0), |(open, lost), row| match row.state {
            State::Due(_) | State::Under => (open + 1, lost),
            State::GivenUp => (open, lost + 1),
            State::Done => (open, lost),
        })
    }

    /// All of them, for people and tests.
    pub(super) fn show(&self) -> Value {
        let show = |row: &Delivery| {
            let (state, due_ms) = match row.state {
                State::Due(at) => ("due", Some(at)),
                State::Under => ("under_way", None),
                State::Done => ("delivered", None),
                State::GivenUp => ("given_up", None),
            };
            json!({
                "event": row.event, "type": row.event_type, "endpoint": row.endpoint,
                "state": state, "due_ms": due_ms, "attempts": row.outcomes,
            })
        };
        self.rows.iter().map(show).collect()
    }
}
