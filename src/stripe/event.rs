//! The envelope around everything Stripe sends, read so that no API version from 2014 on fails:
//! only an id and a type are needed, whatever else is missing or odd is as good as absent.

use serde_json::Value;

use super::signature::Verified;
use crate::id::EventId;

/// The Dashboard's "send test webhook" gives this id to everything it sends.
pub(crate) const DASHBOARD_SAMPLE: &str = "evt_00000000000000";
/// Longest type and account id read, in bytes; Stripe's are below 80.
const WORD_MAX: usize = 255;

/// Why a body is no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// Not JSON, not UTF-8, nested over 128 deep, or a number beyond what floats reach.
    #[error("the body is not JSON: send the event as Stripe wrote it")]
    NotJson,
    /// No `id`, or one that is not 1 to 255 printable ASCII characters.
    #[error("the body has no event id: send a whole event, not its object alone")]
    NoId,
    /// No `type`, or one that is not 1 to 255 printable ASCII characters.
    #[error("the body has no event type: send a whole event, not its object alone")]
    NoType,
}

impl EventError {
    /// The code of contract §3.
    #[must_use]
    pub const fn code(self) -> &'static str {
        "body_not_an_event"
    }
}

/// An event of Stripe's.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// `evt_…`. Not unique for Dashboard samples.
    pub id: EventId,
    /// What happened: `checkout.session.completed`.
    pub event_type: String,
    /// When it happened, in seconds since 1970. Never to order or to dedupe by, says Stripe.
    pub created_s: Option<i64>,
    /// Whether real money moved. What does not say so is a test.
    pub livemode: bool,
    /// The connected account it happened in, `acct_…`.
    pub account: Option<String>,
    /// The shape of `data.object`, such as `2024-04-10`.
    pub api_version: Option<String>,
    thin: bool,
    object: Value,
}

impl Envelope {
    /// Reads the event of a body that Stripe signed.
    ///
    /// # Errors
    /// When it is not JSON with an id and a type.
    pub fn read(verified: &Verified<'_>) -> Result<Self, EventError> {
        Self::read_trusted(verified.body())
    }

    /// Reads an event that was verified before it was stored, or came from Stripe's API.
    ///
    /// # Errors
    /// When it is not JSON with an id and a type.
    pub fn read_trusted(body: &[u8]) -> Result<Self, EventError> {
        // Duplicate keys: the last wins, as in JavaScript. Depth: serde_json's own limit.
        let mut event: Value = serde_json::from_slice(body).map_err(|_| EventError::NotJson)?;
        let id = event["id"].as_str().and_then(|id| id.parse().ok()).ok_or(EventError::NoId)?;
        let event_type = word(&event["type"]).ok_or(EventError::NoType)?.to_owned();
        let object = event.pointer_mut("/data/object").map(Value::take).unwrap_or_default();
        let livemode = event["livemode"].as_bool().or_else(|| object["livemode"].as_bool());
        Ok(Self {
            id,
            event_type,
            created_s: event["created"].as_i64(),
            livemode: livemode.unwrap_or(false),
            account: word(&event["account"]).map(str::to_owned),
            api_version: word(&event["api_version"]).map(str::to_owned),
            thin: event["object"].as_str().is_some_and(|kind| kind.starts_with("v2.")),
            object,
        })
    }

    /// What the event is about, as it was when the event was made; null if it says nothing.
    #[must_use]
    pub fn object(&self) -> &Value {
        &self.object
    }

    /// Whether it only points to its object, as "thin" event destinations have it.
    #[must_use]
    pub fn is_thin(&self) -> bool {
        self.thin
    }

    /// Whether it is one of the Dashboard's samples. They all have one id and one created, so a
    /// second test would be taken for a duplicate of the first.
    #[must_use]
    pub fn is_dashboard_sample(&self) -> bool {
        self.id.as_str() == DASHBOARD_SAMPLE
    }
}

/// A string fit to be an id or a word of Stripe's.
pub(super) fn word(value: &Value) -> Option<&str> {
    let fits = |text: &&str| {
        (1..=WORD_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
    };
    value.as_str().filter(fits)
}

#[cfg(test)]
mod tests;
