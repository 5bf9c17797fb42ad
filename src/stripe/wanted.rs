//! The types of events that the gateway reads: what a webhook endpoint is set to, and what is fetched.

/// All of them. Stripe's list of events takes at most 20 types at a time.
pub const WANTED: [&str; 18] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "invoice.paid",
    "invoice_payment.paid",
    "payment_intent.succeeded",
    "charge.succeeded",
    "charge.refunded",
    "charge.refund.updated",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::stripe::{
        event::Envelope,
        sale::{IgnoredBecause, SaleSettings, What, read},
    };

    /// The types about payments that Stripe has beside the wanted ones (docs.stripe.com/api/events/types).
    const OTHERS: [&str; 33] = [
        "charge.captured",
        "charge.expired",
        "charge.failed",
        "charge.pending",
        "charge.updated",
        "credit_note.created",
        "customer.created",
        "customer.subscription.created",
        "customer.subscription.deleted",
        "customer.subscription.updated",
        "invoice.created",
        "invoice.deleted",
        "invoice.finalization_failed",
        "invoice.finalized",
        "invoice.marked_uncollectible",
        "invoice.overdue",
        "invoice.overpaid",
        "invoice.payment_action_required",
        "invoice.payment_attempt_required",
        "invoice.payment_failed",
        "invoice.sent",
        "invoice.upcoming",
        "invoice.updated",
        "invoice.voided",
        "invoice.will_be_due",
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "payment_intent.created",
        "payment_intent.partially_funded",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "payment_link.created",
    ];

    fn is_read(event_type: &str) -> bool {
        let body = json!({ "id": "evt_1", "type": event_type, "data": { "object": {} } });
        let envelope = Envelope::read_trusted(body.to_string().as_bytes()).unwrap();
        let settings = SaleSettings {
            renewals: true,
            payment_intents: false,
            nickname_field: String::new(),
            message_field: String::new(),
        };
        !matches!(read(&envelope, &settings).what, What::Ignored(IgnoredBecause::OtherType))
    }

    #[test]
    fn what_is_wanted_is_read_and_what_is_read_is_wanted() {
        for event_type in WANTED {
            assert!(is_read(event_type), "{event_type} is fetched for nothing");
        }
        for event_type in OTHERS {
            assert!(!is_read(event_type), "{event_type} is read, and never fetched");
        }
        // Read where somebody's endpoint has it; it says nothing that invoice.paid does not.
        assert!(is_read("invoice.payment_succeeded"));
        assert!(WANTED.len() <= 20, "Stripe lists at most 20 types at a time");
    }
}
