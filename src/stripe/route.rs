//! Whose event it is, when it came in on the shared webhook: the order of contract §3, as questions
//! that the intake puts to the store one after the other.

use super::sale::{PurchaseId, Reading, What};
use crate::id::StreamerId;

/// One question. The first that is answered names the streamer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// Whose is this connected account? Nobody's makes a dead letter, whatever else is in the event.
    Account(String),
    /// Whose sale knows this id?
    Known(PurchaseId),
    /// Whose sale began this subscription, `sub_…`?
    Subscription(String),
    /// Is there a streamer of this id, named by the shop's metadata?
    Metadata(StreamerId),
    /// Whose is this payment link, `plink_…`?
    PaymentLink(String),
    /// Is there a streamer of this id, named by `client_reference_id`?
    ClientReference(StreamerId),
    /// Who is the default streamer?
    Default,
}

/// The questions for an event, in order. Where it was routed before, the store tells with the event.
#[must_use]
pub fn lookups(reading: &Reading) -> Vec<Lookup> {
    let facts = &reading.routing;
    if let Some(account) = &facts.account {
        return vec![Lookup::Account(account.clone())];
    }
    let streamer = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
    let mut lookups: Vec<_> = reading.ids.iter().cloned().map(Lookup::Known).collect();
    lookups.extend(facts.subscription.clone().map(Lookup::Subscription));
    lookups.extend(streamer(&facts.metadata_streamer).map(Lookup::Metadata));
    match &facts.payment_link {
        // Whoever opens a payment link can write the reference into its address.
        Some(link) => lookups.push(Lookup::PaymentLink(link.clone())),
        None => lookups.extend(streamer(&facts.client_reference_id).map(Lookup::ClientReference)),
    }
    if matches!(reading.what, What::Sale(_)) {
        lookups.push(Lookup::Default);
    }
    lookups
}

#[cfg(test)]
mod tests;
