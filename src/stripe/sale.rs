//! What an event means in the shop: a sale, money that went back, ids that belong together, or
//! nothing. Every field may be missing or of another form than in the API version at hand; then it
//! is as good as absent.

mod basket;
mod checkout;
mod ids;
mod returns;

use std::fmt;

use secrecy::SecretString;
use serde_json::Value;

use super::event::{Envelope, word};
use crate::alert::{AlertKind, Item};
use crate::money::Money;
use crate::text::{MESSAGE_GRAPHEMES, NAME_GRAPHEMES, clean};

pub use self::basket::{ITEMS_MAX, item_text};
pub use self::checkout::{Checkout, Payment};
pub use self::ids::{IdKind, PurchaseId, PurchaseIdError};
pub use self::returns::{Dispute, DisputeOutcome, Refund, RefundStatus};

/// The settings of a streamer that say what a sale is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleSettings {
    /// Whether a subscription's later payments are sales.
    pub renewals: bool,
    /// Whether payment intents are the sales: for shops without Checkout. Then sessions are none.
    pub payment_intents: bool,
    /// The key of the Checkout custom field with the nickname.
    pub nickname_field: String,
    /// The key of the Checkout custom field with the message.
    pub message_field: String,
}

/// All that the gateway takes from an event.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The ids it says belong to one purchase; empty for the Dashboard's samples, whose ids are
    /// constants.
    pub ids: Vec<PurchaseId>,
    /// What says whose it is.
    pub routing: RoutingFacts,
    /// Who bought, as customer id or else lower-case e-mail: to be hashed, never to be shown or
    /// kept.
    pub buyer_key: Option<SecretString>,
    /// The lower-case e-mail address, if one is told beside the customer.
    pub buyer_email: Option<SecretString>,
    /// What happened.
    pub what: What,
    /// How the payment of a checkout of our store page stands, if it says.
    pub checkout: Option<Checkout>,
}

/// What in an event says which streamer it is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoutingFacts {
    /// `acct_…` of a connected account.
    pub account: Option<String>,
    /// `metadata.streamer` of the object or of its subscription.
    pub metadata_streamer: Option<String>,
    /// `plink_…`.
    pub payment_link: Option<String>,
    /// What the shop, or with a payment link anybody, set on the session.
    pub client_reference_id: Option<String>,
    /// `sub_…`.
    pub subscription: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Somebody paid for something: at most one alert for each purchase.
    Sale(Sale),
    /// Money went, or failed to go, back.
    Refund(Refund),
    /// The buyer's bank asks for the money.
    Dispute(Dispute),
    /// Another event of a purchase: only its ids are learnt.
    Join,
    /// A Checkout session ended, and nothing was paid: it expired, or a payment that takes days
    /// failed. What was set aside for it is free again.
    Unpaid,
    /// Nothing for us.
    Ignored(IgnoredBecause),
}

/// A paid sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// What kind.
    pub kind: AlertKind,
    /// What was paid, in the shop's currency; none when the event does not say or says nonsense.
    pub amount: Option<Money>,
    /// The nickname the buyer chose, cleaned; never the name on the card, never an e-mail address.
    pub name: Option<String>,
    /// The buyer's message, cleaned.
    pub message: Option<String>,
    /// What was bought, as far as the event says: Stripe leaves it out unless it was expanded.
    pub items: Vec<Item>,
    /// When Stripe made the event, in seconds since 1970.
    pub created_s: Option<i64>,
    /// Whether real money moved.
    pub livemode: bool,
}

/// Why an event is nothing for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IgnoredBecause {
    /// It has no object in it, only a reference.
    ThinEvent,
    /// A type that says nothing about a sale.
    OtherType,
    /// The object is not what the type says.
    OddObject,
    /// The buyer only left a payment method.
    SetupMode,
    /// A coupon or a free trial paid it all.
    NothingToPay,
    /// A later payment of a subscription, and the streamer has those off.
    RenewalsOff,
    /// An invoice for something else than a subscription's next period.
    OtherInvoice,
}

impl fmt::Display for IgnoredBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ThinEvent => {
                "thin event: set the event destination at Stripe to snapshot payloads"
            }
            Self::OtherType => "an event type that is no sale",
            Self::OddObject => "its object is not of the kind its type says",
            Self::SetupMode => "nothing was sold: a payment method was set up",
            Self::NothingToPay => "nothing was paid",
            Self::RenewalsOff => "a renewal, and the setting renewals is off",
            Self::OtherInvoice => "an invoice that is no renewal",
        })
    }
}

/// Reads an event. Total: whatever the object is, something comes out.
#[must_use]
pub fn read(envelope: &Envelope, settings: &SaleSettings) -> Reading {
    let object = envelope.object();
    let ids = if envelope.is_dashboard_sample() { Vec::new() } else { ids::of(object) };
    let words = |name| metadata(object).find_map(|metadata| word(&metadata[name]));
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let what = what(envelope, settings);
    Reading {
        ids,
        checkout: checkout::of(envelope, &what),
        routing: RoutingFacts {
            account: envelope.account.clone(),
            metadata_streamer: owned(words("streamer")),
            payment_link: owned(ids::id(&object["payment_link"])),
            client_reference_id: owned(word(&object["client_reference_id"])),
            subscription: owned(ids::subscription(object)),
        },
        buyer_key: basket::customer(object).or_else(|| basket::email(object)),
        buyer_email: basket::customer(object).and_then(|_| basket::email(object)),
        what,
    }
}

fn what(envelope: &Envelope, settings: &SaleSettings) -> What {
    use IgnoredBecause::{OddObject, OtherType, ThinEvent};
    let event_type = envelope.event_type.as_str();
    let object_kind = match event_type {
        _ if envelope.is_thin() => return What::Ignored(ThinEvent),
        "checkout.session.completed"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.async_payment_failed"
        | "checkout.session.expired" => "checkout.session",
        "payment_intent.succeeded" => "payment_intent",
        "invoice.paid" | "invoice.payment_succeeded" => "invoice",
        "invoice_payment.paid" => "invoice_payment",
        "charge.succeeded" | "charge.refunded" => "charge",
        "charge.refund.updated" | "refund.created" | "refund.updated" | "refund.failed" => "refund",
        _ if event_type.starts_with("charge.dispute.") => "dispute",
        _ => return What::Ignored(OtherType),
    };
    let object = envelope.object();
    if object["object"] != object_kind {
        return What::Ignored(OddObject);
    }
    let or_odd = |what: Option<What>| what.unwrap_or(What::Ignored(OddObject));
    match (object_kind, event_type) {
        ("checkout.session", _) if object["mode"] == "setup" => {
            What::Ignored(IgnoredBecause::SetupMode)
        }
        (_, "checkout.session.async_payment_failed" | "checkout.session.expired") => What::Unpaid,
        ("checkout.session", _) if settings.payment_intents => What::Join,
        ("checkout.session", _) => session(envelope, settings),
        ("payment_intent", _) if settings.payment_intents => {
            let received = basket::amount(object, &["amount_received", "amount"]);
            What::Sale(sale(envelope, settings, AlertKind::Sale, received))
        }
        ("invoice", "invoice.paid") => invoice(envelope, settings),
        ("charge", "charge.refunded") => or_odd(returns::charge_refunded(object).map(What::Refund)),
        ("refund", _) => or_odd(returns::refund(object).map(What::Refund)),
        ("dispute", _) => or_odd(returns::dispute(object).map(What::Dispute)),
        _ => What::Join,
    }
}

/// A Checkout session, payment links and buy buttons included: a sale once it is paid.
fn session(envelope: &Envelope, settings: &SaleSettings) -> What {
    let object = envelope.object();
    let paid_later = envelope.event_type == "checkout.session.async_payment_succeeded";
    match object["payment_status"].as_str() {
        _ if paid_later => {}
        Some("no_payment_required") => return What::Ignored(IgnoredBecause::NothingToPay),
        // Before 2020 there was no such field, and no way to pay later.
        Some("paid") | None => {}
        Some(_) => return What::Join,
    }
    let subscribes = object["mode"] == "subscription" || ids::subscription(object).is_some();
    let kind = if subscribes { AlertKind::Subscription } else { AlertKind::Sale };
    What::Sale(sale(envelope, settings, kind, basket::session_amount(object)))
}

/// A paid invoice: a sale only if it is the next period of a subscription. The first period's
/// invoice belongs to the Checkout session.
fn invoice(envelope: &Envelope, settings: &SaleSettings) -> What {
    use IgnoredBecause::{NothingToPay, OtherInvoice, RenewalsOff};
    let object = envelope.object();
    let paid = basket::amount(object, &["amount_paid"]);
    match object["billing_reason"].as_str() {
        Some("subscription_create") | None => What::Join,
        Some("subscription_cycle") if !settings.renewals => What::Ignored(RenewalsOff),
        // Marked as paid by hand, or nothing was due.
        Some("subscription_cycle") if paid.is_none_or(|paid| paid.minor == 0) => {
            What::Ignored(NothingToPay)
        }
        Some("subscription_cycle") => {
            What::Sale(sale(envelope, settings, AlertKind::Renewal, paid))
        }
        Some(_) => What::Ignored(OtherInvoice),
    }
}

fn sale(
    envelope: &Envelope,
    settings: &SaleSettings,
    kind: AlertKind,
    amount: Option<Money>,
) -> Sale {
    let object = envelope.object();
    let written = |field: &str, plain: &str, longest: usize| {
        let texts = [basket::custom_field(object, field)]
            .into_iter()
            .chain(metadata(object).flat_map(|data| [data[field].as_str(), data[plain].as_str()]));
        texts.flatten().map(|text| clean(text, longest)).find(|text| !text.is_empty())
    };
    let tip =
        object["submit_type"] == "donate" || metadata(object).any(|data| data["kind"] == "tip");
    Sale {
        kind: if kind == AlertKind::Sale && tip { AlertKind::Tip } else { kind },
        amount,
        name: written(&settings.nickname_field, "nickname", NAME_GRAPHEMES)
            .filter(|name| !is_e_mail(name)),
        message: written(&settings.message_field, "message", MESSAGE_GRAPHEMES),
        items: basket::items(object),
        created_s: envelope.created_s,
        livemode: envelope.livemode,
    }
}

/// The shop's metadata: the object's own, then its subscription's, where each API version has that.
fn metadata(object: &Value) -> impl Iterator<Item = &Value> {
    let lines = object["lines"]["data"].as_array().into_iter().flatten();
    [
        &object["metadata"],
        &object["subscription_details"]["metadata"],
        &object["parent"]["subscription_details"]["metadata"],
    ]
    .into_iter()
    .chain(lines.map(|line| &line["metadata"]))
}

/// Buyers mistake the field for one that wants their address; viewers must not learn it.
fn is_e_mail(name: &str) -> bool {
    name.split(' ').any(|word| {
        word.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'))
    })
}

#[cfg(test)]
mod tests;
