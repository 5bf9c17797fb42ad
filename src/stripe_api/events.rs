//! Listing events, as reconciliation and poll mode do it.

use miniserde::{Deserialize, json};
use stripe_core::event::ListEvent;
use stripe_types::{RangeBoundsTs, RangeQueryTs};

use super::{ApiError, Manner, StripeApi};

/// Events in one answer, the most Stripe gives.
const PAGE: i64 = 100;

/// A span of time, by the second in which Stripe made the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// From this second on.
    pub from_s: i64,
    /// To the end of this second; none is now.
    pub to_s: Option<i64>,
}

/// Some events, newest first.
#[derive(Clone, Debug, Default)]
pub struct EventPage {
    /// Whole events, each as Stripe's JSON in the API version it was made with.
    pub events: Vec<Vec<u8>>,
    /// The id of the last, to go on after; none when there are no more.
    pub next: Option<String>,
}

#[derive(Deserialize)]
struct Events {
    data: Vec<json::Value>,
    has_more: Option<bool>,
}

impl StripeApi {
    /// One page of the events of these types (Stripe allows 20) in a window, newest first. Stripe
    /// keeps events for 30 days.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn events(
        &self,
        manner: Manner,
        account: Option<&str>,
        types: &[&str],
        window: Window,
        after: Option<&str>,
    ) -> Result<EventPage, ApiError> {
        let created = RangeBoundsTs {
            gte: Some(window.from_s),
            lte: window.to_s,
            ..RangeBoundsTs::default()
        };
        let types: Vec<String> = types.iter().map(|kind| (*kind).to_owned()).collect();
        let mut request =
            ListEvent::new().types(types).created(RangeQueryTs::Bounds(created)).limit(PAGE);
        if let Some(after) = after {
            request = request.starting_after(after);
        }
        let page: Events = self.call(manner, account, &request).await?;
        let last = page.data.last().and_then(|event| match event {
            json::Value::Object(event) => event.get("id"),
            _ => None,
        });
        let next = match last {
            Some(json::Value::String(id)) if page.has_more == Some(true) => Some(id.clone()),
            _ => None,
        };
        let whole = |event| json::to_string(&with_account(event, account)).into_bytes();
        Ok(EventPage { events: page.data.into_iter().map(whole).collect(), next })
    }
}

/// An event as it is delivered: that says which connected account it happened in, where one listed
/// in that account's name need not.
fn with_account(mut event: json::Value, account: Option<&str>) -> json::Value {
    if let (json::Value::Object(event), Some(account)) = (&mut event, account) {
        event.insert("account".into(), json::Value::String(account.into()));
    }
    event
}
