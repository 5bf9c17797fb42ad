//! What was paid, what for, and what the buyer wrote.

use secrecy::SecretString;
use serde_json::Value;

use super::ids;
use crate::alert::Item;
use crate::money::{Currency, Money};
use crate::text::clean;

/// Most items kept of one sale: one page of Stripe's lists.
pub const ITEMS_MAX: usize = 100;
/// Longest product name or variant shown, in graphemes.
const ITEM_GRAPHEMES: usize = 80;

/// The first of `fields` that holds an amount, in the object's currency. A negative, a fraction or
/// more than 64 bits is no amount: then the sale has none, but it is still a sale.
pub(super) fn amount(object: &Value, fields: &[&str]) -> Option<Money> {
    let minor =
        fields.iter().find_map(|field| object[*field].as_i64()).filter(|minor| *minor >= 0)?;
    Some(Money::new(minor, currency(object)?))
}

/// What a session cost; until 2019 only its items said so.
pub(super) fn session_amount(object: &Value) -> Option<Money> {
    let items = || object["display_items"].as_array().filter(|items| !items.is_empty());
    amount(object, &["amount_total"]).or_else(|| {
        items()?.iter().map(display_item).reduce(|sum, item| sum?.checked_add(item?)).flatten()
    })
}

fn display_item(item: &Value) -> Option<Money> {
    let each = amount(item, &["amount"])
        .or_else(|| amount(&item["plan"], &["amount"]))
        .or_else(|| amount(&item["sku"], &["price"]))?;
    each.checked_mul(quantity(item))
}

fn currency(object: &Value) -> Option<Currency> {
    Currency::parse(object["currency"].as_str()?).ok()
}

/// What was bought: the line items if they were expanded, else what a session of 2019 displays.
pub(super) fn items(object: &Value) -> Vec<Item> {
    let lists = [&object["line_items"]["data"], &object["display_items"]];
    let lines = lists.into_iter().find_map(Value::as_array);
    lines.into_iter().flatten().take(ITEMS_MAX).filter_map(item).collect()
}

/// A product's name or variant, cleaned; `None` if nothing is left of it.
#[must_use]
pub fn item_text(raw: &str) -> Option<String> {
    Some(clean(raw, ITEM_GRAPHEMES)).filter(|text| !text.is_empty())
}

fn item(line: &Value) -> Option<Item> {
    let text = |value: &Value| item_text(value.as_str()?);
    let names = [
        &line["price"]["product"]["name"],
        &line["description"],
        &line["custom"]["name"],
        &line["plan"]["nickname"],
    ];
    let variants =
        [&line["price"]["metadata"]["variant"], &line["price"]["product"]["metadata"]["variant"]];
    Some(Item {
        name: names.into_iter().find_map(text)?,
        variant: variants.into_iter().find_map(text),
        quantity: quantity(line),
        image: None,
    })
}

/// At least one: Stripe leaves the quantity out where it cannot be counted.
fn quantity(line: &Value) -> u32 {
    let quantity = line["quantity"].as_u64().unwrap_or(1).max(1);
    u32::try_from(quantity).unwrap_or(u32::MAX)
}

/// What the buyer put into a Checkout field of the shop's: typed, typed in digits, or the label of
/// what was chosen.
pub(super) fn custom_field<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    let mut fields = object["custom_fields"].as_array()?.iter();
    let field =
        fields.find(|field| field["key"].as_str().is_some_and(|k| k.eq_ignore_ascii_case(key)))?;
    let typed = field["text"]["value"].as_str().or_else(|| field["numeric"]["value"].as_str());
    typed.or_else(|| {
        let chosen = field["dropdown"]["value"].as_str()?;
        let mut options = field["dropdown"]["options"].as_array().into_iter().flatten();
        let label = options.find(|option| option["value"] == chosen)?["label"].as_str();
        label.or(Some(chosen))
    })
}

/// The customer id.
pub(super) fn customer(object: &Value) -> Option<SecretString> {
    ids::id(&object["customer"]).map(Into::into)
}

/// The e-mail address in lower case.
pub(super) fn email(object: &Value) -> Option<SecretString> {
    let addresses = [
        &object["customer_details"]["email"],
        &object["customer_email"],
        &object["receipt_email"],
        &object["billing_details"]["email"],
    ];
    let address =
        addresses.into_iter().filter_map(Value::as_str).map(str::trim).find(|a| !a.is_empty())?;
    Some(address.to_lowercase().into())
}
