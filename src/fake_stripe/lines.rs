//! The lines of a basket: prices of the catalogue, or made in passing.

use serde_json::{Value, json};

use super::{forms::Params, products, refusal::Refusal, till::Till};

/// Most lines, from docs.stripe.com/api/checkout/sessions/create; most pieces of one line.
const LINES_MAX: usize = 100;
const QUANTITY_MAX: i64 = 999_999;

/// Reads `line_items` for a mode; the currency is that of all of them.
pub(super) fn read(
    till: &mut Till<'_>,
    params: &Params<'_>,
    mode: &str,
) -> Result<(Vec<Value>, String), Refusal> {
    let given = params.list("line_items");
    if given.is_empty() {
        return Err(Refusal::missing("line_items"));
    }
    if given.len() > LINES_MAX {
        let message = format!("You can have up to {LINES_MAX} line items.");
        return Err(Refusal::param("line_items", message));
    }
    let lines: Vec<Value> =
        given.iter().map(|line| one(till, line)).collect::<Result<_, Refusal>>()?;
    let currency = lines[0]["currency"].clone();
    if lines.iter().any(|line| line["currency"] != currency) {
        let message = "All line items must have the same currency.";
        return Err(Refusal::param("line_items", message));
    }
    let recurring = lines.iter().any(|line| line["price"]["type"] == "recurring");
    match mode {
        "payment" if recurring => Err(Refusal::param(
            "mode",
            "You specified `payment` mode but passed a recurring price. Either switch to \
             `subscription` mode or use only one-time prices.",
        )),
        "subscription" if !recurring => Err(Refusal::param(
            "mode",
            "You must provide at least one recurring price in `subscription` mode when using \
             prices.",
        )),
        _ => Ok((lines, currency.as_str().unwrap_or_default().to_owned())),
    }
}

fn one(till: &mut Till<'_>, line: &Params<'_>) -> Result<Value, Refusal> {
    let price = match (line.text("price")?, line.part("price_data")) {
        (Some(id), _) => {
            let param = line.name("price");
            let price = till.find("price", id);
            let price = price.ok_or_else(|| Refusal::no_such("price", id, Some(param.clone())))?;
            if price["active"] != true {
                let message = "The price specified is inactive. This field only accepts active \
                               prices.";
                return Err(Refusal::param(param, message));
            }
            price
        }
        (None, Some(data)) => {
            let product = match (data.text("product")?, data.part("product_data")) {
                (Some(id), _) => {
                    let param = data.name("product");
                    let found = till.find("product", id);
                    found.ok_or_else(|| Refusal::no_such("product", id, Some(param)))?
                }
                (None, Some(product)) => products::new_product(till, &product, false)?,
                (None, None) => return Err(Refusal::missing(data.name("product_data"))),
            };
            products::new_price(till, &data, product["id"].as_str().unwrap_or_default(), false)?
        }
        (None, None) => return Err(Refusal::missing(line.name("price"))),
    };
    let quantity = line.whole("quantity")?;
    let quantity = quantity.ok_or_else(|| Refusal::missing(line.name("quantity")))?;
    if !(1..=QUANTITY_MAX).contains(&quantity) {
        let message = format!("This value must be between 1 and {QUANTITY_MAX}.");
        let refusal = Refusal::param(line.name("quantity"), message);
        return Err(refusal.code("parameter_invalid_integer"));
    }
    Ok(item(till, &price, quantity))
}

/// A line: what `line_items` shows.
fn item(till: &mut Till<'_>, price: &Value, quantity: i64) -> Value {
    // A price that the buyer chooses is taken at its preset, since the fake's page does not ask.
    let custom = &price["custom_unit_amount"];
    let chosen = custom["preset"].as_i64().or_else(|| custom["minimum"].as_i64()).unwrap_or(100);
    let total = price["unit_amount"].as_i64().unwrap_or(chosen).saturating_mul(quantity);
    let product = price["product"].as_str().unwrap_or_default().to_owned();
    let name = till.books().get(&product).map(|product| product["name"].clone());
    json!({
        "id": till.id("li"), "object": "item", "adjustable_quantity": null, "amount_discount": 0,
        "amount_subtotal": total, "amount_tax": 0, "amount_total": total, "metadata": {},
        "currency": price["currency"], "description": name, "price": price, "quantity": quantity,
    })
}

pub(super) fn total(lines: &[Value]) -> i64 {
    lines.iter().filter_map(|line| line["amount_total"].as_i64()).fold(0, i64::saturating_add)
}

/// Whether the total is one that can be charged, in minor units. Nothing at all is: it is free.
pub(super) fn check_total(total: i64, currency: &str) -> Result<(), Refusal> {
    // From docs.stripe.com/currencies, "minimum charge amounts"; not all are listed there.
    let least = match currency {
        "usd" | "eur" | "aud" | "brl" | "cad" | "chf" | "inr" | "nzd" | "sgd" | "jpy" => 50,
        "gbp" => 30,
        "dkk" => 250,
        "nok" | "sek" => 300,
        "hkd" => 400,
        "mxn" => 1000,
        "pln" => 200,
        _ => 1,
    };
    if total > 99_999_999 {
        let message = "The Checkout Session's total amount must be at most eight digits.";
        return Err(Refusal::param("line_items", message).code("amount_too_large"));
    }
    if total != 0 && total < least {
        let message = format!(
            "The Checkout Session's total amount due must add up to at least {least} in {currency}"
        );
        return Err(Refusal::param("line_items", message).code("amount_too_small"));
    }
    Ok(())
}
