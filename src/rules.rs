//! Which of a streamer's rules wins: the first that fits. Pure; what a rule can say is in
//! [`crate::settings::rules`].

mod fit;

use std::fmt;

use crate::{
    alert::{AlertKind, Item},
    money::Money,
    settings::rules::{Rule, When},
};

/// A sale, as far as rules look at it.
#[derive(Clone, Copy, Debug)]
pub struct Sold<'a> {
    /// What kind.
    pub kind: AlertKind,
    /// Whether it is a test.
    pub test: bool,
    /// What was paid, if the event says so.
    pub amount: Option<Money>,
    /// What was bought, as far as it is known when the sale arrives.
    pub items: &'a [Item],
    /// Which order of its buyer it is, counted from 1; 1 if nobody knows the buyer.
    pub order_count: u32,
}

/// Why a sale does not fit a rule: the condition that fails, and how the sale stands to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Miss {
    /// What was paid, or that it is not known.
    Amount(Option<Money>),
    /// Nothing of that name was bought.
    Product,
    /// How many were bought.
    Quantity(u64),
    /// What kind it is.
    Kind(AlertKind),
    /// Which order of the buyer's it is.
    FirstPurchase(u32),
    /// The same.
    Order(u32),
    /// Whether it is a test.
    Test(bool),
}

/// The rule that wins, with its number counted from 1.
#[must_use]
pub fn winner<'r>(rules: &'r [Rule], sold: &Sold<'_>) -> Option<(usize, &'r Rule)> {
    (1..).zip(rules).find(|(_, rule)| misses(&rule.when, sold).next().is_none())
}

/// Every condition of a rule that a sale fails, in the order of [`When`]; none if it fits.
pub fn misses<'a>(when: &'a When, sold: &'a Sold<'a>) -> impl Iterator<Item = Miss> + 'a {
    fit::CONDITIONS.iter().filter_map(move |condition| condition(when, sold))
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount(Some(paid)) => write!(f, "amount: it is {}", paid.text()),
            Self::Amount(None) => f.write_str("amount: it is not known"),
            Self::Product => f.write_str("product: nothing of that name was bought"),
            Self::Quantity(bought) => write!(f, "quantity: it is {bought}"),
            Self::Kind(kind) => write!(f, "kind: it is a {}", kind.name()),
            Self::FirstPurchase(order) => {
                write!(f, "first_purchase: it is the buyer's order number {order}")
            }
            Self::Order(order) => write!(f, "order: it is the buyer's order number {order}"),
            Self::Test(true) => f.write_str("test: it is a test"),
            Self::Test(false) => f.write_str("test: it is no test"),
        }
    }
}

#[cfg(test)]
mod tests;
