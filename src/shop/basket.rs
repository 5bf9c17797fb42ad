//! What an order costs. Prices come from the offers, never from the order.

use super::{
    order::{Fault, Order},
    product::{Every, Offer},
};
use crate::money::{Currency, Money};

/// An order that can be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basket {
    /// What is bought, each offer once, and how many.
    pub lines: Vec<(Offer, u32)>,
    /// Something on top, or alone.
    pub tip: Option<Money>,
    /// What it costs now, tip included.
    pub total: Money,
    /// How often it is paid again, if any of it is.
    pub recurring: Option<Every>,
    /// The nickname that is shown.
    pub name: Option<String>,
    /// The message that is shown.
    pub message: Option<String>,
}

impl Basket {
    /// Prices an order.
    ///
    /// # Errors
    /// The first field at fault: a product that is not offered, things that cannot be paid together,
    /// a tip or total out of bounds, or nothing at all. `currency` is that of a tip alone.
    pub fn of(order: Order, offers: &[Offer], currency: Currency) -> Result<Self, Fault> {
        let mut lines: Vec<(Offer, u32)> = Vec::with_capacity(order.lines.len());
        for (n, (product, quantity)) in order.lines.iter().enumerate() {
            let at = |what: &str| format!("items[{n}].{what}");
            let Some(offer) = offers.iter().find(|offer| offer.id == *product) else {
                return Err(Fault::new(at("product"), "that is not sold here (any more)"));
            };
            lines.push((offer.clone(), *quantity));
        }
        let currency = lines.first().map_or(currency, |(first, _)| first.own.amount.currency);
        let recurring = lines.iter().find_map(|(offer, _)| offer.own.recurring);
        let mut total = Some(order.tip.unwrap_or(Money::new(0, currency)));
        for (n, (offer, quantity)) in lines.iter().enumerate() {
            let at = format!("items[{n}].product");
            let own = &offer.own;
            if own.amount.currency != currency {
                return Err(Fault::new(at, "buy one currency at a time"));
            }
            if own.recurring.is_some_and(|every| Some(every) != recurring) {
                return Err(Fault::new(at, "buy subscriptions of one interval at a time"));
            }
            let price = own.amount.checked_mul(*quantity);
            total = total.zip(price).and_then(|(sum, price)| sum.checked_add(price));
        }
        if let Some(tip) = order.tip {
            check_tip(tip, currency)?;
        } else if lines.is_empty() {
            return Err(Fault::new("items", "the basket is empty: choose something first"));
        }
        let too_much = || Fault::new("items", "that is more than can be paid at once");
        let total = total.filter(|total| total.is_chargeable()).ok_or_else(too_much)?;
        let Order { tip, name, message, .. } = order;
        Ok(Self { lines, tip, total, recurring, name, message })
    }
}

/// The least and the most of a tip, in minor units: 1.00 to 10,000.00, and in currencies without
/// decimals, whose units are worth about as little as a cent, 100 to 1,000,000.
#[must_use]
pub fn tip_bounds(currency: Currency) -> (i64, i64) {
    let unit = 10_i64.pow(currency.exponent().max(2));
    (unit, 10_000 * unit)
}

fn check_tip(tip: Money, currency: Currency) -> Result<(), Fault> {
    if tip.currency != currency {
        return Err(Fault::new("tip.currency", "tip in the currency of the rest"));
    }
    let (least, most) = tip_bounds(currency);
    if !(least..=most).contains(&tip.minor) || !tip.is_chargeable() {
        return Err(Fault::new(
            "tip",
            "a tip is between 1.00 and 10,000.00, without decimals between 100 and 1,000,000",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
