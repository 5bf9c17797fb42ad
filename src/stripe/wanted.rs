//! The events that a gateway wants of Stripe: what its endpoints are registered for, and what it asks
//! for where no webhook came.

/// The wanted types. Stripe takes at most 20 where it lists events (docs.stripe.com/api/events/list).
///
/// `invoice.payment_succeeded` is read when somebody's endpoint has it, and says nothing that
/// `invoice.paid` does not.
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
