//! What an event says of a checkout of our own store page, where pieces may be held for it.

use super::{What, metadata};
use crate::{
    id::CheckoutId,
    stripe::event::{Envelope, word},
};

/// A checkout, and how its payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkout {
    /// Which: `metadata.checkout`.
    pub id: CheckoutId,
    /// How its payment stands.
    pub payment: Payment,
}

/// How a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payment {
    /// It has arrived.
    Paid,
    /// The buyer has done their part, and their bank takes its time.
    Awaited,
    /// It will not come.
    Over,
}

/// What the event says; nothing for one that says nothing of a payment, or is of another shop.
pub(super) fn of(envelope: &Envelope, what: &What) -> Option<Checkout> {
    let object = envelope.object();
    let payment = match (what, envelope.event_type.as_str()) {
        (_, "checkout.session.expired" | "checkout.session.async_payment_failed") => Payment::Over,
        (What::Sale(_), _) => Payment::Paid,
        (What::Join, "checkout.session.completed") => Payment::Awaited,
        _ => return None,
    };
    let id = metadata(object).find_map(|metadata| word(&metadata["checkout"]))?;
    Some(Checkout { id: id.parse().ok()?, payment })
}
