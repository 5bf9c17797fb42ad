//! Whose event it is, when it came in on the shared webhook: the order of contract §3, as questions
//! that the intake puts to the store one after the other.

use super::{
    event::Envelope,
    sale::{PurchaseId, Reading, What},
};
use crate::id::{EventId, StreamerId};

/// One question. The first that is answered names the streamer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// Where did this event go before?
    RoutedBefore(EventId),
    /// Whose is this connected account? Nobody's makes a dead letter.
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

impl Lookup {
    /// Whether "nobody" ends the search with a dead letter. An account that we do not know is
    /// somebody else's: no later rule may give its sales to one of ours.
    #[must_use]
    pub fn must_hit(&self) -> bool {
        matches!(self, Self::Account(_))
    }
}

/// The questions for an event, in order.
#[must_use]
pub fn lookups(envelope: &Envelope, reading: &Reading) -> Vec<Lookup> {
    let facts = &reading.routing;
    let mut lookups = Vec::new();
    if !envelope.is_dashboard_sample() {
        lookups.push(Lookup::RoutedBefore(envelope.id.clone()));
    }
    if let Some(account) = &facts.account {
        lookups.push(Lookup::Account(account.clone()));
        return lookups;
    }
    let streamer = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
    lookups.extend(reading.ids.iter().cloned().map(Lookup::Known));
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
