//! Money that goes back: refunds and disputes.

use serde_json::Value;

use super::{basket::amount, ids};
use crate::money::Money;

/// A refund, or all refunds of a charge so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The refund, `re_…`, or the charge when the event tells of all its refunds together.
    pub key: String,
    /// All that was refunded of the charge so far, if the event says.
    pub refunded_total: Option<Money>,
    /// This refund alone, if the event is about one.
    pub amount: Option<Money>,
    /// Whether nothing of the charge is left, if the event says.
    pub full: Option<bool>,
    /// How far it got.
    pub status: RefundStatus,
}

/// How far a refund got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundStatus {
    /// On its way: pending, waiting for the buyer, or done.
    Holds,
    /// Failed or cancelled: the shop has the money again.
    Reversed,
}

/// A dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// `dp_…` (`du_…` today).
    pub key: String,
    /// How it stands. Events may arrive out of order: won and lost are final, opened never undoes
    /// them.
    pub outcome: DisputeOutcome,
    /// What it is about.
    pub amount: Option<Money>,
}

/// How a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisputeOutcome {
    /// Nothing is decided; an inquiry counts as this too.
    Opened,
    /// The shop keeps the money.
    Won,
    /// The buyer has it back.
    Lost,
}

/// `charge.refunded`: the sum of all refunds of a charge.
pub(super) fn charge_refunded(charge: &Value) -> Option<Refund> {
    Some(Refund {
        key: ids::id(charge)?.to_owned(),
        refunded_total: amount(charge, &["amount_refunded"]),
        amount: None,
        full: charge["refunded"].as_bool(),
        status: RefundStatus::Holds,
    })
}

/// One refund. Before 2016 it had no status: it was done at once.
pub(super) fn refund(refund: &Value) -> Option<Refund> {
    let reversed = matches!(refund["status"].as_str(), Some("failed" | "canceled"));
    Some(Refund {
        key: ids::id(refund)?.to_owned(),
        refunded_total: None,
        amount: amount(refund, &["amount"]),
        full: None,
        status: if reversed { RefundStatus::Reversed } else { RefundStatus::Holds },
    })
}

/// One dispute, whatever event tells of it: its status says how it stands.
pub(super) fn dispute(dispute: &Value) -> Option<Dispute> {
    let outcome = match dispute["status"].as_str() {
        Some("lost") => DisputeOutcome::Lost,
        Some("won" | "warning_closed" | "prevented") => DisputeOutcome::Won,
        _ => DisputeOutcome::Opened,
    };
    Some(Dispute {
        key: ids::id(dispute)?.to_owned(),
        outcome,
        amount: amount(dispute, &["amount"]),
    })
}
