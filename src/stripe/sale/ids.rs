//! Which of Stripe's ids mean one purchase, and where in an object they are, through all API
//! versions: a field may hold an id or the object itself, and has moved more than once.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::word;

/// What an id is of. Never a customer, who buys more than once, nor a subscription, which is paid
/// every month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdKind {
    /// A Checkout session, `cs_…`.
    Session,
    /// A payment intent, `pi_…`.
    PaymentIntent,
    /// An invoice, `in_…`.
    Invoice,
    /// A charge, `ch_…` or `py_…`.
    Charge,
}

impl IdKind {
    const ALL: [Self; 4] = [Self::Session, Self::PaymentIntent, Self::Invoice, Self::Charge];

    /// The word before the colon.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::PaymentIntent => "payment_intent",
            Self::Invoice => "invoice",
            Self::Charge => "charge",
        }
    }

    fn of(object: &Value) -> Option<Self> {
        Some(match object["object"].as_str()? {
            "checkout.session" => Self::Session,
            "payment_intent" => Self::PaymentIntent,
            "invoice" => Self::Invoice,
            "charge" => Self::Charge,
            _ => return None,
        })
    }
}

/// One of the ids by which a purchase is known; as text `session:cs_…`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PurchaseId {
    /// What it is of.
    pub kind: IdKind,
    /// Stripe's id.
    pub id: String,
}

/// A text that is no purchase id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a purchase id: write it as in session:cs_123, or with payment_intent, invoice or charge"
)]
pub struct PurchaseIdError;

impl PurchaseId {
    /// An id of this kind.
    #[must_use]
    pub fn new(kind: IdKind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into() }
    }
}

impl fmt::Display for PurchaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.name(), self.id)
    }
}

impl fmt::Debug for PurchaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PurchaseId {
    type Err = PurchaseIdError;

    fn from_str(text: &str) -> Result<Self, PurchaseIdError> {
        let (name, id) = text.split_once(':').ok_or(PurchaseIdError)?;
        let kind = IdKind::ALL.into_iter().find(|kind| kind.name() == name && !id.is_empty());
        kind.map(|kind| Self::new(kind, id)).ok_or(PurchaseIdError)
    }
}

impl TryFrom<String> for PurchaseId {
    type Error = PurchaseIdError;

    fn try_from(text: String) -> Result<Self, PurchaseIdError> {
        text.parse()
    }
}

impl From<PurchaseId> for String {
    fn from(id: PurchaseId) -> Self {
        id.to_string()
    }
}

/// Most ids taken from one event: a purchase has four, an invoice paid in parts some more. One
/// event cannot tie together more purchases than that, however odd it is.
const IDS_MAX: usize = 32;

/// The ids an object says belong to one purchase, its own first, each once.
pub(super) fn of(object: &Value) -> Vec<PurchaseId> {
    let mut ids = Vec::new();
    visit(object, IdKind::of(object), &mut ids);
    ids
}

/// Notes an id, or the id of an expanded object and all that this object names.
fn visit(value: &Value, kind: Option<IdKind>, ids: &mut Vec<PurchaseId>) {
    if let (Some(kind), Some(id)) = (kind, id(value)) {
        let id = PurchaseId::new(kind, id);
        if !ids.contains(&id) && ids.len() < IDS_MAX {
            ids.push(id);
        }
    }
    let mut go = |value: &Value, kind| visit(value, Some(kind), ids);
    match value["object"].as_str() {
        Some("checkout.session") => {
            go(&value["payment_intent"], IdKind::PaymentIntent);
            go(&value["invoice"], IdKind::Invoice);
        }
        Some("payment_intent") => {
            go(&value["invoice"], IdKind::Invoice);
            go(&value["latest_charge"], IdKind::Charge);
            list(&value["charges"]).for_each(|charge| go(charge, IdKind::Charge));
        }
        Some("invoice") => {
            go(&value["payment_intent"], IdKind::PaymentIntent);
            go(&value["charge"], IdKind::Charge);
            for part in list(&value["payments"]) {
                go(&part["payment"]["payment_intent"], IdKind::PaymentIntent);
                go(&part["payment"]["charge"], IdKind::Charge);
            }
        }
        Some("charge" | "refund" | "dispute") => {
            go(&value["charge"], IdKind::Charge);
            go(&value["payment_intent"], IdKind::PaymentIntent);
            go(&value["invoice"], IdKind::Invoice);
        }
        Some("invoice_payment") => {
            go(&value["invoice"], IdKind::Invoice);
            go(&value["payment"]["payment_intent"], IdKind::PaymentIntent);
            go(&value["payment"]["charge"], IdKind::Charge);
        }
        _ => {}
    }
}

/// An id, be it alone or of an expanded object.
pub(super) fn id(value: &Value) -> Option<&str> {
    word(value).or_else(|| word(&value["id"]))
}

/// The subscription that a session or an invoice belongs to, or that the object is.
pub(super) fn subscription(object: &Value) -> Option<&str> {
    let places = [
        &object["subscription"],
        &object["parent"]["subscription_details"]["subscription"],
        if object["object"] == "subscription" { object } else { &Value::Null },
    ];
    places.into_iter().find_map(id)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value["data"].as_array().into_iter().flatten()
}
