//! `products` and `prices`: the catalogue.

use serde_json::{Value, json};

use super::{
    forms::Params,
    listing,
    refusal::{Answer, Refusal},
    till::Till,
};
use crate::money::Currency;

/// The largest amount, from docs.stripe.com/currencies: eight digits.
const AMOUNT_MAX: i64 = 99_999_999;

pub(super) fn create_product(till: &mut Till<'_>, params: &Params<'_>) -> Answer {
    let active = params.flag("active")?.unwrap_or(true);
    let mut product = new_product(till, params, active)?;
    if let Some(price) = params.part("default_price_data") {
        let id = product["id"].as_str().unwrap_or_default().to_owned();
        let price = new_price(till, &price, &id, true)?;
        product = till.change(&id, json!({ "default_price": price["id"] }));
    }
    till.emit("product.created", product["id"].as_str().unwrap_or_default());
    Ok(product)
}

/// Makes a product; one made in passing by a session is not part of the catalogue.
pub(super) fn new_product(till: &mut Till<'_>, params: &Params<'_>, active: bool) -> Answer {
    let images = params.texts("images");
    if images.len() > 8 {
        return Err(Refusal::param(params.name("images"), "You can have up to 8 images."));
    }
    let id = match params.text("id")? {
        Some(id) => id.to_owned(),
        None => till.id("prod"),
    };
    let now_s = till.now_s();
    let product = json!({
        "id": id, "object": "product", "active": active, "created": now_s, "default_price": null,
        "description": params.text("description")?, "images": images, "livemode": till.livemode(),
        "marketing_features": [], "metadata": params.metadata()?, "name": params.required("name")?,
        "package_dimensions": null, "shippable": null, "statement_descriptor": null,
        "tax_code": null, "type": "service", "unit_label": null, "updated": now_s, "url": null,
    });
    Ok(till.add(product))
}

pub(super) fn update_product(till: &mut Till<'_>, id: &str, params: &Params<'_>) -> Answer {
    let mut product = till.get("product", id)?;
    for key in ["name", "description", "default_price"] {
        if let Some(text) = params.text(key)? {
            product[key] = json!(text);
        }
    }
    if let Some(active) = params.flag("active")? {
        product["active"] = json!(active);
    }
    if params.raw("images").is_some() {
        product["images"] = json!(params.texts("images"));
    }
    if params.raw("metadata").is_some() {
        product["metadata"] = params.metadata()?;
    }
    product["updated"] = json!(till.now_s());
    let product = till.change(id, product);
    till.emit("product.updated", id);
    Ok(product)
}

pub(super) fn delete_product(till: &mut Till<'_>, id: &str) -> Answer {
    till.get("product", id)?;
    till.emit("product.deleted", id);
    Ok(till.books().delete(id).unwrap_or_default())
}

pub(super) fn create_price(till: &mut Till<'_>, params: &Params<'_>) -> Answer {
    let product = match (params.text("product")?, params.part("product_data")) {
        (Some(id), _) => till
            .find("product", id)
            .ok_or_else(|| Refusal::no_such("product", id, Some("product".into())))?,
        (None, Some(data)) => new_product(till, &data, true)?,
        (None, None) => return Err(Refusal::missing("product")),
    };
    let active = params.flag("active")?.unwrap_or(true);
    let price = new_price(till, params, product["id"].as_str().unwrap_or_default(), active)?;
    till.emit("price.created", price["id"].as_str().unwrap_or_default());
    Ok(price)
}

pub(super) fn update_price(till: &mut Till<'_>, id: &str, params: &Params<'_>) -> Answer {
    let mut price = till.get("price", id)?;
    if let Some(active) = params.flag("active")? {
        price["active"] = json!(active);
    }
    if let Some(nickname) = params.text("nickname")? {
        price["nickname"] = json!(nickname);
    }
    if params.raw("metadata").is_some() {
        price["metadata"] = params.metadata()?;
    }
    let price = till.change(id, price);
    till.emit("price.updated", id);
    Ok(price)
}

/// Makes a price of a product.
pub(super) fn new_price(
    till: &mut Till<'_>,
    params: &Params<'_>,
    product: &str,
    active: bool,
) -> Answer {
    let currency = currency(params)?;
    let custom = custom_amount(params)?;
    let unit_amount = match (amount(params, currency)?, &custom) {
        (Some(amount), _) => Some(amount),
        (None, Some(_)) => None,
        (None, None) => return Err(Refusal::missing(params.name("unit_amount"))),
    };
    let recurring = match params.part("recurring") {
        None => None,
        Some(recurring) => {
            let interval = recurring.word("interval", &["day", "week", "month", "year"])?;
            Some(json!({
                "interval": interval.ok_or_else(|| Refusal::missing(recurring.name("interval")))?,
                "interval_count": recurring.whole("interval_count")?.unwrap_or(1),
                "meter": null, "trial_period_days": null, "usage_type": "licensed",
            }))
        }
    };
    let price = json!({
        "id": till.id("price"), "object": "price", "active": active, "billing_scheme": "per_unit",
        "created": till.now_s(), "currency": currency.as_str(), "custom_unit_amount": custom,
        "livemode": till.livemode(), "lookup_key": params.text("lookup_key")?,
        "metadata": params.metadata()?, "nickname": params.text("nickname")?, "product": product,
        "type": if recurring.is_some() { "recurring" } else { "one_time" },
        "recurring": recurring, "tax_behavior": "unspecified", "tiers_mode": null,
        "transform_quantity": null, "unit_amount": unit_amount,
        "unit_amount_decimal": unit_amount.map(|amount| amount.to_string()),
    });
    Ok(till.add(price))
}

fn currency(params: &Params<'_>) -> Result<Currency, Refusal> {
    let code = params.required("currency")?;
    Currency::parse(code).map_err(|_| {
        let message = format!("Invalid currency: {code}. Use a code of three letters.");
        Refusal::param(params.name("currency"), message)
    })
}

/// `unit_amount`, or a `unit_amount_decimal` without decimals.
fn amount(params: &Params<'_>, currency: Currency) -> Result<Option<i64>, Refusal> {
    let amount = match params.whole("unit_amount")? {
        Some(amount) => amount,
        None => match params.whole("unit_amount_decimal")? {
            Some(amount) => amount,
            None => return Ok(None),
        },
    };
    let param = params.name("unit_amount");
    if amount < 0 {
        let message = "This value must be greater than or equal to 0.";
        return Err(Refusal::param(param, message).code("parameter_invalid_integer"));
    }
    if amount > AMOUNT_MAX {
        let message = format!("This value must be less than or equal to {AMOUNT_MAX}.");
        return Err(Refusal::param(param, message).code("amount_too_large"));
    }
    // Both from docs.stripe.com/currencies, "special cases" and "three-decimal currencies".
    let step = match currency.as_str() {
        "isk" | "ugx" => 100,
        _ if currency.exponent() == 3 => 10,
        _ => 1,
    };
    if amount % step != 0 {
        let message = format!("Invalid amount: amounts in {currency} must be divisible by {step}.");
        return Err(Refusal::param(param, message));
    }
    Ok(Some(amount))
}

/// A price that the buyer chooses, as for tips.
fn custom_amount(params: &Params<'_>) -> Result<Option<Value>, Refusal> {
    let Some(custom) = params.part("custom_unit_amount") else { return Ok(None) };
    if custom.flag("enabled")? != Some(true) {
        return Ok(None);
    }
    Ok(Some(json!({
        "maximum": custom.whole("maximum")?, "minimum": custom.whole("minimum")?,
        "preset": custom.whole("preset")?,
    })))
}

/// Products or prices, newest first, filtered by what Stripe filters them by.
pub(super) fn list(till: &mut Till<'_>, kind: &str, params: &Params<'_>) -> Answer {
    let active = params.flag("active")?;
    let (product, price_type) = (params.text("product")?, params.text("type")?);
    let (ids, keys) = (params.texts("ids"), params.texts("lookup_keys"));
    let named = |names: &[&str], value: &Value| {
        names.is_empty() || value.as_str().is_some_and(|text| names.contains(&text))
    };
    let fits = |row: &&Value| {
        active.is_none_or(|active| row["active"] == active)
            && product.is_none_or(|product| row["product"] == product)
            && (kind != "price" || price_type.is_none_or(|wanted| row["type"] == wanted))
            && named(&ids, &row["id"])
            && named(&keys, &row["lookup_key"])
    };
    let rows: Vec<&Value> = till.books().of_kind(kind).filter(fits).collect();
    listing::page(&rows, params, &format!("/v1/{kind}s"))
}
