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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{SaleSettings, read};
    use super::*;

    fn told(kind: &str, status: &str, payment_intents: bool) -> Option<Payment> {
        let object =
            if kind.starts_with("checkout") { "checkout.session" } else { "payment_intent" };
        let event = json!({
            "id": "evt_1", "object": "event", "type": kind, "created": 1, "livemode": true,
            "data": { "object": {
                "id": "cs_1", "object": object, "mode": "payment", "payment_status": status,
                "amount_total": 100, "amount_received": 100, "currency": "eur",
                "metadata": { "checkout": CheckoutId::from_u128(7).to_string() },
            } },
        });
        let envelope = Envelope::read_trusted(event.to_string().as_bytes()).unwrap();
        let settings = SaleSettings {
            renewals: false,
            payment_intents,
            nickname_field: "nickname".into(),
            message_field: "message".into(),
        };
        let checkout = read(&envelope, &settings).checkout?;
        assert_eq!(checkout.id, CheckoutId::from_u128(7));
        Some(checkout.payment)
    }

    #[test]
    fn each_end_of_a_checkout_is_told_by_its_event() {
        use Payment::{Awaited, Over, Paid};
        for (kind, status, payment) in [
            ("checkout.session.completed", "paid", Some(Paid)),
            ("checkout.session.completed", "unpaid", Some(Awaited)),
            ("checkout.session.async_payment_succeeded", "paid", Some(Paid)),
            ("checkout.session.async_payment_failed", "unpaid", Some(Over)),
            ("checkout.session.expired", "unpaid", Some(Over)),
            // Its payment has the same metadata, and is no second word about it.
            ("payment_intent.succeeded", "", None),
        ] {
            assert_eq!(told(kind, status, false), payment, "{kind}");
        }
        assert_eq!(told("payment_intent.succeeded", "", true), Some(Paid));
    }
}
