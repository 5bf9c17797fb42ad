//! `checkout/sessions`: from the shop's basket to a page where the buyer pays.

use serde_json::{Value, json};

use super::{
    books,
    forms::Params,
    lines, listing,
    refusal::{Answer, Refusal},
    till::Till,
};

/// How long a session stays open: by default and at most 24 h, at least 30 min.
const OPEN_S: (i64, i64) = (30 * 60, 24 * 3600);
/// Most custom fields, from docs.stripe.com/payments/checkout/custom-fields.
const FIELDS_MAX: usize = 3;
/// Longest `client_reference_id`, in characters.
const REFERENCE_MAX: usize = 200;

pub(super) fn create(till: &mut Till<'_>, params: &Params<'_>) -> Answer {
    let mode = params.word("mode", &["payment", "subscription"])?;
    let mode = mode.ok_or_else(|| Refusal::missing("mode"))?;
    let submit_type =
        params.word("submit_type", &["auto", "book", "donate", "pay", "subscribe"])?;
    if let Some(customer) = params.text("customer")?
        && till.find("customer", customer).is_none()
    {
        return Err(Refusal::no_such("customer", customer, Some("customer".into())));
    }
    if params.text("client_reference_id")?.is_some_and(|text| text.len() > REFERENCE_MAX) {
        let message = format!("Invalid string: must be at most {REFERENCE_MAX} characters");
        return Err(Refusal::param("client_reference_id", message));
    }
    let expires_at = expiry(till, params)?;
    let fields = custom_fields(params)?;
    let metadata = params.metadata()?;
    let passed_on =
        match (mode, params.part("payment_intent_data"), params.part("subscription_data")) {
            ("payment", Some(data), _) | ("subscription", _, Some(data)) => data.metadata()?,
            _ => json!({}),
        };
    let (lines, currency) = lines::read(till, params, mode)?;
    let total = lines::total(&lines);
    lines::check_total(total, &currency)?;
    let kind = if till.livemode() { "cs_live_b1" } else { "cs_test_b1" };
    let id = format!("{kind}{}", till.world.random.letters(58));
    let session = json!({
        "id": id, "object": "checkout.session", "created": till.now_s(), "livemode": till.livemode(),
        "mode": mode, "status": "open", "payment_status": "unpaid", "submit_type": submit_type,
        "amount_subtotal": total, "amount_total": total, "currency": currency,
        "client_reference_id": params.text("client_reference_id")?, "metadata": metadata,
        "success_url": checked_url(params, "success_url")?.ok_or_else(|| Refusal::missing("success_url"))?,
        "cancel_url": checked_url(params, "cancel_url")?, "expires_at": expires_at,
        "url": format!("{}/pay/{id}", till.world.base), "custom_fields": fields,
        "customer": params.text("customer")?, "customer_email": params.text("customer_email")?,
        "customer_creation": params.word("customer_creation", &["always", "if_required"])?,
        "locale": params.text("locale")?, "payment_link": params.text("payment_link")?,
        "allow_promotion_codes": params.flag("allow_promotion_codes")?,
    });
    let session = till.add(whole(session));
    till.books().lines.insert(id.clone(), lines);
    till.books().passed_on.insert(id, passed_on);
    Ok(session)
}

/// Adds all that a session also has and this one does not use.
fn whole(session: Value) -> Value {
    let rest = json!({
        "adaptive_pricing": { "enabled": false }, "after_expiration": null,
        "automatic_tax": { "enabled": false, "liability": null, "provider": null, "status": null },
        "billing_address_collection": null, "client_secret": null, "collected_information": null,
        "consent": null, "consent_collection": null, "currency_conversion": null,
        "custom_text": {
            "after_submit": null, "shipping_address": null, "submit": null,
            "terms_of_service_acceptance": null,
        },
        "customer_details": null, "discounts": [], "invoice": null, "invoice_creation": null,
        "origin_context": null, "payment_intent": null, "payment_method_collection": "if_required",
        "payment_method_configuration_details": null, "payment_method_options": {},
        "payment_method_types": ["card", "sepa_debit"], "permissions": null,
        "phone_number_collection": { "enabled": false }, "recovered_from": null,
        "saved_payment_method_options": null, "setup_intent": null,
        "shipping_address_collection": null, "shipping_cost": null, "shipping_options": [],
        "subscription": null, "ui_mode": "hosted", "wallet_options": null,
        "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 },
    });
    books::whole(session, rest)
}

pub(super) fn list(till: &mut Till<'_>, params: &Params<'_>) -> Answer {
    let (intent, subscription) = (params.text("payment_intent")?, params.text("subscription")?);
    let (link, status) = (params.text("payment_link")?, params.text("status")?);
    let fits = |row: &&Value| {
        let is = |field: &str, wanted: Option<&str>| wanted.is_none_or(|id| row[field] == id);
        is("payment_intent", intent)
            && is("subscription", subscription)
            && is("payment_link", link)
            && is("status", status)
    };
    let rows: Vec<&Value> = till.books().of_kind("checkout.session").filter(fits).collect();
    listing::page(&rows, params, "/v1/checkout/sessions")
}

pub(super) fn line_items(till: &mut Till<'_>, id: &str, params: &Params<'_>) -> Answer {
    let kind = if id.starts_with("plink_") { "payment_link" } else { "checkout.session" };
    till.get(kind, id)?;
    let rows: Vec<&Value> = till.books().lines.get(id).into_iter().flatten().collect();
    listing::page(&rows, params, &format!("/v1/checkout/sessions/{id}/line_items"))
}

pub(super) fn expire(till: &mut Till<'_>, id: &str) -> Answer {
    let session = till.get("checkout.session", id)?;
    if session["status"] != "open" {
        let message = format!(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout \
             Session has a status of {}.",
            session["status"].as_str().unwrap_or_default()
        );
        return Err(Refusal::request(message));
    }
    let session = till.change(id, json!({ "status": "expired", "url": null }));
    till.emit("checkout.session.expired", id);
    Ok(session)
}

/// Ends the sessions whose time is over.
pub(super) fn expire_due(till: &mut Till<'_>) {
    let now_s = till.now_s();
    let over = |row: &&Value| {
        row["status"] == "open" && row["expires_at"].as_i64().is_some_and(|at| at <= now_s)
    };
    let due: Vec<String> = till
        .books()
        .of_kind("checkout.session")
        .filter(over)
        .filter_map(|row| Some(row["id"].as_str()?.to_owned()))
        .collect();
    for id in due {
        till.change(&id, json!({ "status": "expired", "url": null }));
        till.emit("checkout.session.expired", &id);
    }
}

fn expiry(till: &Till<'_>, params: &Params<'_>) -> Result<i64, Refusal> {
    let (least, most) = (till.now_s() + OPEN_S.0, till.now_s() + OPEN_S.1);
    let at = params.whole("expires_at")?.unwrap_or(most);
    // A caller counts from its own clock, which was read a moment ago.
    if (least - 60..=most + 60).contains(&at) {
        return Ok(at);
    }
    let message = "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours \
                   from Checkout Session creation.";
    Err(Refusal::param("expires_at", message))
}

fn checked_url<'a>(params: &Params<'a>, key: &str) -> Result<Option<&'a str>, Refusal> {
    let Some(url) = params.text(key)? else { return Ok(None) };
    if url.starts_with("http://") || url.starts_with("https://") {
        return Ok(Some(url));
    }
    Err(Refusal::param(params.name(key), "Not a valid URL").code("url_invalid"))
}

/// What the buyer is asked for on the page.
pub(super) fn custom_fields(params: &Params<'_>) -> Result<Vec<Value>, Refusal> {
    let given = params.list("custom_fields");
    if given.len() > FIELDS_MAX {
        let message = format!("You can have up to {FIELDS_MAX} custom fields.");
        return Err(Refusal::param("custom_fields", message));
    }
    given.iter().map(custom_field).collect()
}

fn custom_field(field: &Params<'_>) -> Answer {
    let key = field.required("key")?;
    if key.len() > 200 || !key.bytes().all(|b| b.is_ascii_alphanumeric()) {
        let message = "Custom field keys must be alphanumeric, up to 200 characters.";
        return Err(Refusal::param(field.name("key"), message));
    }
    let kind = field.word("type", &["text", "numeric", "dropdown"])?;
    let kind = kind.ok_or_else(|| Refusal::missing(field.name("type")))?;
    let label = field.part("label").ok_or_else(|| Refusal::missing(field.name("label")))?;
    let custom = label.required("custom")?;
    if custom.chars().count() > 50 {
        let message = "Custom field labels can have up to 50 characters.";
        return Err(Refusal::param(label.name("custom"), message));
    }
    let rules = field.part(kind);
    let bound = |key: &str| rules.as_ref().map_or(Ok(None), |rules| rules.whole(key));
    let mut read = json!({
        "key": key, "label": { "custom": custom, "type": "custom" },
        "optional": field.flag("optional")?.unwrap_or(false), "type": kind,
    });
    read[kind] = match (&rules, kind) {
        (Some(rules), "dropdown") => {
            let options = rules.raw("options").cloned().unwrap_or(json!([]));
            json!({ "default_value": null, "options": options, "value": null })
        }
        _ => json!({
            "default_value": null, "value": null, "minimum_length": bound("minimum_length")?,
            "maximum_length": bound("maximum_length")?,
        }),
    };
    Ok(read)
}
