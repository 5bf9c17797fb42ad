//! `payment_links`: an address that makes a session for each who opens it.

use serde_json::{Value, json};

use super::{
    forms::Params,
    lines,
    refusal::{Answer, Refusal},
    sessions,
    till::Till,
};

pub(super) fn create(till: &mut Till<'_>, params: &Params<'_>) -> Answer {
    let recurring = params.list("line_items").iter().any(|line| {
        let price = line.text("price").ok().flatten().and_then(|id| till.find("price", id));
        price.is_some_and(|price| price["type"] == "recurring")
    });
    let mode = if recurring { "subscription" } else { "payment" };
    let (lines, currency) = lines::read(till, params, mode)?;
    let redirect = params.part("after_completion").and_then(|after| after.part("redirect"));
    let redirect = redirect.map(|redirect| redirect.required("url")).transpose()?;
    let id = till.id("plink");
    let link = json!({
        "id": id, "object": "payment_link", "active": true, "allow_promotion_codes": false,
        "after_completion": match redirect {
            Some(url) => json!({ "type": "redirect", "redirect": { "url": url } }),
            None => json!({
                "type": "hosted_confirmation", "hosted_confirmation": { "custom_message": null },
            }),
        },
        "application": null, "application_fee_amount": null, "application_fee_percent": null,
        "automatic_tax": { "enabled": false, "liability": null },
        "billing_address_collection": "auto", "consent_collection": null, "currency": currency,
        "custom_fields": sessions::custom_fields(params)?,
        "custom_text": {
            "after_submit": null, "shipping_address": null, "submit": null,
            "terms_of_service_acceptance": null,
        },
        "customer_creation": "if_required", "inactive_message": null, "invoice_creation": null,
        "livemode": till.livemode(), "metadata": params.metadata()?, "on_behalf_of": null,
        "payment_intent_data": null, "payment_method_collection": "always",
        "payment_method_types": null, "phone_number_collection": { "enabled": false },
        "restrictions": null, "shipping_address_collection": null, "shipping_options": [],
        "submit_type": "auto", "subscription_data": null, "transfer_data": null,
        "tax_id_collection": { "enabled": false, "required": "never" },
        "url": format!("{}/buy/{id}", till.world.base),
    });
    let link = till.add(link);
    till.books().lines.insert(id.clone(), lines);
    till.emit("payment_link.created", &id);
    Ok(link)
}

/// Somebody opens the link: a session of their own. The reference comes from its address, as
/// `?client_reference_id=`.
pub(super) fn open(till: &mut Till<'_>, id: &str, query: &Params<'_>) -> Answer {
    let link = till.get("payment_link", id)?;
    if link["active"] != true {
        return Err(Refusal::request("This payment link is no longer active."));
    }
    let lines = till.books().lines.get(id).cloned().unwrap_or_default();
    let line_items: Vec<Value> = lines
        .iter()
        .map(|line| json!({ "price": line["price"]["id"], "quantity": line["quantity"] }))
        .collect();
    let done = format!("{}/thanks", till.world.base);
    let asked = json!({
        "mode": if lines.iter().any(|line| line["price"]["type"] == "recurring") {
            "subscription"
        } else {
            "payment"
        },
        "line_items": line_items, "payment_link": id, "metadata": link["metadata"],
        "custom_fields": link["custom_fields"],
        "client_reference_id": query.text("client_reference_id")?,
        "success_url": link["after_completion"]["redirect"]["url"].as_str().unwrap_or(&done),
    });
    sessions::create(till, &Params::new(&asked))
}
