//! What a streamer sells towards, together with the viewers.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::money::{Currency, Money};

/// Longest title, in graphemes.
const TITLE_MAX: usize = 60;

/// Longest title, in bytes: a channel's state has a copy, and room for so many.
const TITLE_BYTES_MAX: usize = 300;

/// Largest target, in minor units or orders: far above any, and far from where sums overflow.
const TARGET_MAX: i64 = 1_000_000_000_000;

/// A goal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Goal {
    /// What it is for; at most 60 graphemes.
    pub title: String,
    /// How much it takes.
    pub target: Target,
}

/// When a goal is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// So much was paid in this currency; what is paid in another does not count.
    Amount(Money),
    /// So many orders were paid, in whatever currency.
    Orders(u32),
}

impl Target {
    /// The number to reach: minor units or orders.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::Amount(amount) => amount.minor,
            Self::Orders(orders) => i64::from(orders),
        }
    }

    /// What the number is of: a currency, or (`None`) orders.
    #[must_use]
    pub fn currency(self) -> Option<Currency> {
        match self {
            Self::Amount(amount) => Some(amount.currency),
            Self::Orders(_) => None,
        }
    }
}

impl Goal {
    /// Whether this is the same undertaking with, at most, another target: then what was counted stays.
    #[must_use]
    pub fn continues(&self, before: &Self) -> bool {
        self.title == before.title && self.target.currency() == before.target.currency()
    }

    /// Whether title and target are within bounds.
    #[must_use]
    pub(super) fn fits(&self) -> bool {
        let title = self.title.trim();
        let readable = !title.is_empty() && !title.chars().any(char::is_control);
        let short = title.len() <= TITLE_BYTES_MAX && title.graphemes(true).count() <= TITLE_MAX;
        readable && short && (1..=TARGET_MAX).contains(&self.target.number())
    }
}

/// A goal as it is written: either `amount` or `orders`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    orders: Option<u32>,
}

impl TryFrom<Written> for Goal {
    type Error = &'static str;

    fn try_from(Written { title, amount, orders }: Written) -> Result<Self, Self::Error> {
        let target = match (amount, orders) {
            (Some(amount), None) => Target::Amount(amount),
            (None, Some(orders)) => Target::Orders(orders),
            _ => return Err("a goal has either an amount or orders"),
        };
        Ok(Self { title: title.trim().into(), target })
    }
}

impl From<Goal> for Written {
    fn from(Goal { title, target }: Goal) -> Self {
        let (amount, orders) = match target {
            Target::Amount(amount) => (Some(amount), None),
            Target::Orders(orders) => (None, Some(orders)),
        };
        Self { title, amount, orders }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(goal: Value) -> Option<Goal> {
        serde_json::from_value(goal).ok()
    }

    #[test]
    fn a_goal_is_an_amount_or_a_number_of_orders() {
        let eur = json!({ "minor": 30_000, "currency": "eur" });
        for goal in
            [json!({ "title": "Mic", "amount": eur }), json!({ "title": "Mic", "orders": 5 })]
        {
            let read = read(goal.clone()).unwrap();
            assert!(read.fits());
            assert_eq!(serde_json::to_value(&read).unwrap(), goal);
        }
        assert_eq!(read(json!({ "title": "Mic" })), None);
        assert_eq!(read(json!({ "title": "Mic", "amount": eur, "orders": 5 })), None);
        assert_eq!(read(json!({ "title": "Mic", "order": 5 })), None);
    }

    #[test]
    fn titles_and_targets_have_bounds() {
        let fits = |title: &str, orders: u32| {
            read(json!({ "title": title, "orders": orders })).unwrap().fits()
        };
        assert!(fits(&"新".repeat(60), 1) && fits("  New mic  ", 1_000_000));
        assert!(!fits(&"n".repeat(61), 1) && !fits(&"e\u{301}".repeat(60).repeat(2), 1));
        assert!(!fits(&"👩‍🚀".repeat(60), 1), "60 graphemes, and too many bytes");
        assert!(!fits(" ", 1) && !fits("a\nb", 1) && !fits("Mic", 0));
    }
}
