//! What a buyer asks for, read from the body of a checkout. Nothing in it is a price but the tip's.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::product::Offer;
use crate::{
    money::{Currency, Money},
    text::{MESSAGE_GRAPHEMES, NAME_GRAPHEMES, clean, graphemes},
};

/// Most lines of one order. A basket of more is none of a person's.
const LINES_MAX: usize = 20;

/// Most pieces of one product in one order.
pub const QUANTITY_MAX: u32 = 99;

/// Longest value of Stripe's metadata, in characters.
const METADATA_MAX: usize = 500;

/// An order as it was read: its texts are clean, its numbers within their bounds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// Product and quantity, 1 to [`QUANTITY_MAX`]; each product once.
    pub lines: Vec<(String, u32)>,
    /// Something on top, or alone.
    pub tip: Option<Money>,
    /// The nickname that is shown, if one was given.
    pub name: Option<String>,
    /// The message that is shown, if one was given.
    pub message: Option<String>,
}

/// What is wrong with an order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Fault {
    /// The field at fault, like `items[1].quantity`.
    pub field: String,
    /// What to do about it.
    pub why: &'static str,
}

impl Fault {
    pub(super) fn new(field: impl Into<String>, why: &'static str) -> Self {
        Self { field: field.into(), why }
    }
}

impl Order {
    /// Reads the JSON of contract §8. A field that does not belong there, like a price, is refused.
    ///
    /// # Errors
    /// The first field at fault.
    pub fn of_json(body: &[u8]) -> Result<Self, Fault> {
        let Ok(Value::Object(mut order)) = serde_json::from_slice(body) else {
            return Err(Fault::new("", "an order is one JSON object"));
        };
        let wrong = "items is a list of {product, quantity}";
        let items: Vec<Value> = take(&mut order, "items", "items", wrong)?.unwrap_or_default();
        let wrong = "a tip is {minor, currency}";
        let mut tip: Option<Map<String, Value>> = take(&mut order, "tip", "tip", wrong)?;
        let tip = match &mut tip {
            Some(tip) => {
                let minor = take(tip, "minor", "tip.minor", wrong)?;
                let currency = take(tip, "currency", "tip.currency", wrong)?;
                nothing_else(tip, "tip.")?;
                let (Some(minor), Some(currency)) = (minor, currency) else {
                    return Err(Fault::new("tip", wrong));
                };
                Some(Money::new(minor, currency))
            }
            None => None,
        };
        let name: Option<String> = take(&mut order, "name", "name", "a name is a text")?;
        let message: Option<String> =
            take(&mut order, "message", "message", "a message is a text")?;
        nothing_else(&order, "")?;
        let lines = items.into_iter().enumerate().map(|(n, item)| line(n, item));
        Self::new(lines.collect::<Result<_, _>>()?, tip, name.as_deref(), message.as_deref())
    }

    /// Reads the fields of the page's form, as a browser without scripts sends them: a quantity for
    /// each product, none or 0 for what is not wanted, and a tip as people write it. The tip is in the
    /// currency of what is bought, else in `currency`.
    ///
    /// # Errors
    /// The first field at fault.
    pub fn of_form(
        fields: &[(String, String)],
        offers: &[Offer],
        currency: Currency,
    ) -> Result<Self, Fault> {
        let mut lines = Vec::new();
        let (mut tip, mut name, mut message) = (None, None, None);
        for (field, value) in fields {
            let value = value.trim();
            if let Some(product) = field.strip_prefix("quantity:") {
                if !matches!(value, "" | "0") {
                    lines.push((product.to_owned(), value.parse().unwrap_or(u32::MAX)));
                }
                continue;
            }
            match field.as_str() {
                "tip" => tip = Some(value).filter(|tip| !tip.is_empty()),
                "name" => name = Some(value),
                "message" => message = Some(value),
                _ => return Err(unknown(field, "")),
            }
        }
        let of_first =
            lines.first().and_then(|(id, _)| offers.iter().find(|offer| offer.id == *id));
        let currency = of_first.map_or(currency, |offer| offer.own.amount.currency);
        let tip = tip
            .map(|tip| Money::parse(&tip.replace(',', "."), currency))
            .transpose()
            .map_err(|_| Fault::new("tip", "write the tip as a number, like 5 or 5.00"))?;
        Self::new(lines, tip, name, message)
    }

    fn new(
        lines: Vec<(String, u32)>,
        tip: Option<Money>,
        name: Option<&str>,
        message: Option<&str>,
    ) -> Result<Self, Fault> {
        if lines.len() > LINES_MAX {
            return Err(Fault::new("items", "an order has at most 20 products"));
        }
        let mut merged: Vec<(String, u32)> = Vec::new();
        for (n, (product, quantity)) in lines.into_iter().enumerate() {
            let known = merged.iter().position(|(other, _)| *other == product);
            let before = known.map_or(0, |at| merged[at].1);
            let sum = before.saturating_add(quantity);
            if quantity == 0 || sum > QUANTITY_MAX {
                let field = format!("items[{n}].quantity");
                return Err(Fault::new(field, "buy 1 to 99 of a product"));
            }
            match known {
                Some(at) => merged[at].1 = sum,
                None => merged.push((product, sum)),
            }
        }
        let name = written("name", name, NAME_GRAPHEMES, "a nickname has at most 50 characters")?;
        let long = "a message has at most 300 characters";
        let message = written("message", message, MESSAGE_GRAPHEMES, long)?;
        Ok(Self { lines: merged, tip, name, message })
    }
}

fn line(n: usize, item: Value) -> Result<(String, u32), Fault> {
    let at = format!("items[{n}]");
    let wrong = "an item is {product, quantity}";
    let Value::Object(mut item) = item else { return Err(Fault::new(at, wrong)) };
    let product = take(&mut item, "product", &format!("{at}.product"), wrong)?;
    let field = format!("{at}.quantity");
    let quantity = take(&mut item, "quantity", &field, "buy 1 to 99 of a product")?;
    nothing_else(&item, &format!("{at}."))?;
    let product = product.ok_or_else(|| Fault::new(format!("{at}.product"), wrong))?;
    Ok((product, quantity.ok_or_else(|| Fault::new(field, wrong))?))
}

/// Takes a field out of an object; `null` is as good as absent.
fn take<T: DeserializeOwned>(
    from: &mut Map<String, Value>,
    key: &str,
    field: &str,
    wrong: &'static str,
) -> Result<Option<T>, Fault> {
    let value = from.remove(key).unwrap_or_default();
    serde_json::from_value(value).map_err(|_| Fault::new(field, wrong))
}

/// That all fields were taken.
fn nothing_else(object: &Map<String, Value>, prefix: &str) -> Result<(), Fault> {
    object.keys().next().map_or(Ok(()), |key| Err(unknown(key, prefix)))
}

fn unknown(key: &str, prefix: &str) -> Fault {
    // It comes from a stranger: as much of it is repeated as a person needs.
    let key: String = clean(key, 40);
    Fault::new(format!("{prefix}{key}"), "no order has this field: leave it out")
}

/// A text for the stream, cleaned; none for an empty one. Too long is refused, not cut: it is the
/// buyer's to shorten.
fn written(
    field: &str,
    text: Option<&str>,
    longest: usize,
    long: &'static str,
) -> Result<Option<String>, Fault> {
    // One more than fits, so that what is too long still is after cleaning.
    let text = clean(text.unwrap_or_default(), longest + 1);
    if graphemes(&text) > longest || text.chars().count() > METADATA_MAX {
        return Err(Fault::new(field, long));
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests;
