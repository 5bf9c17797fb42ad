//! What a streamer's rules and limits make of a sale as it arrives.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Channel, EntryType, LATE_AFTER, NewSale};
use crate::{
    alert::{HeldBecause, Reason},
    id::AlertId,
    rules::{self, Sold},
    settings::rules::{Rule, Then},
    store::BuyerKey,
    time::Timestamp,
};

/// How long the sales of one buyer are counted together.
const LIMIT_WINDOW: Duration = Duration::from_mins(1);

/// Most buyers counted at once. When there are more, those with the fewest sales are forgotten: that
/// lets somebody off, and never limits anybody wrongly. The state has room for so many (4 KiB).
const BUYERS_COUNTED: usize = 16;

/// Characters of a buyer's key that are remembered: 32 bits of it tell 16 buyers apart.
const KEY_KEPT: usize = 8;

/// How many sales of one buyer arrived since the first of them: key, when, how many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recent(String, Timestamp, u32);

impl Recent {
    /// Reads a later time as now.
    pub(super) fn distrust(&mut self, now: Timestamp) {
        self.1 = self.1.min(now);
    }
}

impl<'s> Channel<'s> {
    /// The rule that decides about a sale, and its number.
    pub(super) fn rule_of(&self, sale: &NewSale, order_count: u32) -> Option<(usize, &'s Rule)> {
        let NewSale { kind, test, amount, items, .. } = sale;
        let sold = Sold { kind: *kind, test: *test, amount: *amount, items, order_count };
        rules::winner(&self.settings.rules, &sold)
    }

    /// Why a sale of this age is not shown by itself and not held, if it is not.
    pub(super) fn end_at_once(
        &mut self,
        sale: &NewSale,
        age: Duration,
        then: Option<&Then>,
    ) -> Option<Reason> {
        if sale.hidden {
            Some(Reason::TestsHidden)
        } else if age > self.settings.late_after {
            Some(Reason::TooLate)
        } else if then.is_some_and(|then| then.silent) {
            Some(Reason::Rule)
        } else if self.is_over_limit(sale, age > LATE_AFTER) {
            Some(Reason::BuyerLimit)
        } else {
            None
        }
    }

    /// Counts a sale for its buyer; whether it is one too many. Tests count for nobody, and neither
    /// do late sales: that they arrive together does not say that they were bought so.
    fn is_over_limit(&mut self, sale: &NewSale, late: bool) -> bool {
        let limit = self.settings.buyer_limit;
        let Some(buyer) = sale.buyer.as_ref().filter(|_| limit > 0 && !sale.test && !late) else {
            return false;
        };
        self.count_recent(buyer) > limit
    }

    /// How many sales of this buyer the window has, with this one.
    fn count_recent(&mut self, BuyerKey(key): &BuyerKey) -> u32 {
        let (now, recent) = (self.now, &mut self.state.recent);
        let key: String = key.chars().take(KEY_KEPT).collect();
        recent.retain(|Recent(_, since, _)| now.since(*since) < LIMIT_WINDOW);
        if let Some(Recent(.., count)) = recent.iter_mut().find(|other| other.0 == key) {
            *count = count.saturating_add(1);
            return *count;
        }
        if recent.len() >= BUYERS_COUNTED
            && let Some((least, _)) = recent.iter().enumerate().min_by_key(|(_, r)| (r.2, r.1))
        {
            recent.remove(least);
        }
        recent.push(Recent(key, now, 1));
        1
    }

    /// Tells that a new alert waits for a person's verdict.
    pub(super) fn hold(&mut self, id: AlertId, because: HeldBecause) {
        let now = self.now;
        let Some(alert) = self.row(id) else { return };
        alert.step("held", now, None);
        self.log_alert(EntryType::AlertHeld, id, false, json!({ "held_for": because }));
    }
}
