//! One purchase: the set of Stripe's ids that mean it, the sale it made, and the money that went back.
//! Stripe tells of one purchase in up to five events, in any order; whichever event names two ids
//! joins their sets.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{id::AlertId, money::Money, position::Position, stripe::sale::PurchaseId};

/// Most refunds and disputes remembered one by one of a purchase. The charge's own total counts all.
const RETURNS_KEPT: usize = 64;

/// A set of ids and what is known of its purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// Names the set: the alert id minted for the event that began it.
    pub id: AlertId,
    /// The ids.
    pub ids: BTreeSet<PurchaseId>,
    /// The sale, once one claimed the set.
    pub sale: Option<Claim>,
    /// Refunds by their id, those that failed too.
    pub refunds: BTreeMap<String, Money>,
    /// Refunds that failed: that is final, whichever event arrives later.
    pub failed: BTreeSet<String>,
    /// The largest total of what was refunded that the charge told; what failed is in it.
    pub refunded_total: Option<Money>,
    /// Whether the charge said that nothing of it is left.
    pub whole: bool,
    /// Disputes by their id: whether one was lost, so that the money is away.
    pub disputes: BTreeMap<String, bool>,
    /// What they are about, by the same ids, as far as told; the largest told.
    #[serde(default)]
    pub disputed: BTreeMap<String, Money>,
    /// Disputes that were won: that is final, also after one was lost, whichever event arrives later.
    #[serde(default)]
    pub won: BTreeSet<String>,
    /// Whether its checkout ended without a payment. A sale outweighs it.
    #[serde(default)]
    pub unpaid: bool,
}

/// The sale of a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Its alert.
    pub alert: AlertId,
    /// What was paid.
    pub amount: Option<Money>,
    /// Whether it is a test, so in no total.
    pub test: bool,
    /// What has been taken out of the totals again, in minor units.
    pub returned: i64,
    /// Whether it counts in the totals' orders: not a test, not refunded in full, no duplicate.
    pub counted: bool,
    /// The goal it counts towards: the one at hand when it was taken in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Position>,
}

impl Purchase {
    /// An empty set named by the event that begins it.
    #[must_use]
    pub fn new(id: AlertId, ids: impl IntoIterator<Item = PurchaseId>) -> Self {
        Self {
            id,
            ids: ids.into_iter().collect(),
            sale: None,
            refunds: BTreeMap::new(),
            failed: BTreeSet::new(),
            refunded_total: None,
            whole: false,
            disputes: BTreeMap::new(),
            disputed: BTreeMap::new(),
            won: BTreeSet::new(),
            unpaid: false,
        }
    }

    /// Takes over ids and returns of `other`, a set that turned out to be the same purchase.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.ids.extend(other.ids.iter().cloned());
        self.refunds.extend(other.refunds.iter().map(|(key, money)| (key.clone(), *money)));
        self.failed.extend(other.failed.iter().cloned());
        for (key, lost) in &other.disputes {
            *self.disputes.entry(key.clone()).or_default() |= lost;
        }
        for (key, amount) in &other.disputed {
            self.note_disputed(key, *amount);
        }
        self.won.extend(other.won.iter().cloned());
        self.refunded_total = larger(self.refunded_total, other.refunded_total);
        self.whole |= other.whole;
        self.unpaid |= other.unpaid;
    }

    /// Whether all of it went back, as far as that can be said without an amount.
    pub(super) fn is_gone(&self) -> bool {
        self.lost().next().is_some() || (self.whole && self.failed.is_empty())
    }

    /// The disputes that took the money for good.
    fn lost(&self) -> impl Iterator<Item = &String> {
        let lost = self.disputes.iter().filter(|(key, lost)| **lost && !self.won.contains(*key));
        lost.map(|(key, _)| key)
    }

    /// Remembers a refund. Totals of a charge may arrive in any order, and only grow.
    pub(super) fn note_refund(&mut self, key: &str, amount: Option<Money>, total: Option<Money>) {
        if let Some(amount) = amount.filter(|_| self.has_room_for(key)) {
            self.refunds.insert(key.into(), amount);
        }
        self.refunded_total = larger(self.refunded_total, total);
    }

    /// Remembers that a refund failed, also if it was not heard of yet.
    pub(super) fn note_failure(&mut self, key: &str, amount: Option<Money>) {
        if self.has_room_for(key) {
            self.failed.insert(key.into());
            self.refunds.extend(amount.map(|amount| (key.into(), amount)));
        }
    }

    fn has_room_for(&self, refund: &str) -> bool {
        let known = self.refunds.contains_key(refund) || self.failed.contains(refund);
        known || self.refunds.len().max(self.failed.len()) < RETURNS_KEPT
    }

    /// Remembers how a dispute stands: `lost` once it is decided. Events may come in any order, so
    /// that it was opened undoes no decision, and that it was lost none in the shop's favour.
    pub(super) fn note_dispute(&mut self, key: &str, lost: Option<bool>, amount: Option<Money>) {
        if self.disputes.len() >= RETURNS_KEPT && !self.disputes.contains_key(key) {
            return;
        }
        *self.disputes.entry(key.into()).or_default() |= lost == Some(true);
        if lost == Some(false) {
            self.won.insert(key.into());
        }
        if let Some(amount) = amount {
            self.note_disputed(key, amount);
        }
    }

    fn note_disputed(&mut self, key: &str, amount: Money) {
        let told = larger(self.disputed.get(key).copied(), Some(amount));
        self.disputed.extend(told.map(|told| (key.into(), told)));
    }

    /// How much of the sale's `amount` went back, in minor units: never more than was paid.
    pub(super) fn returned(&self, amount: Money) -> i64 {
        let same = |money: &&Money| money.currency == amount.currency;
        let (mut listed, mut failed) = (0_i64, 0_i64);
        for (key, refund) in self.refunds.iter().filter(|(_, refund)| same(refund)) {
            let sum = if self.failed.contains(key) { &mut failed } else { &mut listed };
            *sum = sum.saturating_add(refund.minor);
        }
        let told = self.refunded_total.as_ref().filter(same).map_or(0, |total| total.minor);
        // The charge may be of another amount than the sale, as of an invoice with a credit.
        let total = if self.whole { amount.minor } else { told };
        let refunded = listed.max(total.saturating_sub(failed));
        // A lost dispute of which no amount is told took all there was.
        let lost = self.lost().map(|key| {
            self.disputed.get(key).filter(same).map_or(amount.minor, |disputed| disputed.minor)
        });
        lost.fold(refunded, i64::saturating_add).clamp(0, amount.minor.max(0))
    }
}

fn larger(one: Option<Money>, other: Option<Money>) -> Option<Money> {
    match (one, other) {
        (Some(one), Some(other)) if other.minor > one.minor => Some(other),
        (one, other) => one.or(other),
    }
}
