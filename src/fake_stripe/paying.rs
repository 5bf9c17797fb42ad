//! What a buyer does on the pay page, and what it makes of the session. The events come in the
//! order Stripe sends them: the session's own last.

use serde_json::{Value, json};

use super::{
    payments::{self, Payment},
    refusal::{Answer, Refusal},
    subscriptions,
    till::Till,
};

/// How a buyer pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// At once.
    Card,
    /// By a debit of which the bank says days later whether it worked.
    Later,
    /// With a card that is declined: the session stays open.
    Declined,
}

/// Who pays, and what they wrote into the custom fields, by key.
pub(super) struct Buyer {
    pub(super) email: String,
    pub(super) name: String,
    pub(super) fields: Value,
}

/// Pays an open session.
pub(super) fn pay(till: &mut Till<'_>, id: &str, how: How, buyer: &Buyer) -> Answer {
    let session = till.get("checkout.session", id)?;
    if session["status"] != "open" {
        let status = session["status"].as_str().unwrap_or_default();
        let message = format!("This Checkout Session is {status}: it can not be paid any more.");
        return Err(Refusal::request(message));
    }
    let fields = filled(&session["custom_fields"], &buyer.fields)?;
    let details = json!({
        "address": null, "business_name": null, "email": buyer.email,
        "individual_name": buyer.name, "name": buyer.name, "phone": null, "tax_exempt": "none",
        "tax_ids": [],
    });
    let mut customer = session["customer"].clone();
    let wants = session["mode"] == "subscription" || session["customer_creation"] == "always";
    if customer.is_null() && wants && how != How::Declined {
        let (email, name) = (json!(buyer.email), json!(buyer.name));
        customer = payments::customer(till, &email, &name, &json!({}))["id"].clone();
    }
    let session = till.change(
        id,
        json!({ "custom_fields": fields, "customer_details": details, "customer": customer }),
    );
    if session["amount_total"] == 0 && session["mode"] == "payment" {
        return Ok(complete(till, id, "no_payment_required"));
    }
    match how {
        How::Card | How::Declined if session["mode"] == "payment" => {
            card(till, &session, how == How::Card)
        }
        How::Declined => {
            with_payment(till, &session, "card", |till, payment| {
                let intent = payment.intent(till);
                payment.fail(till, &intent);
            });
            Err(Refusal::declined())
        }
        How::Card => {
            subscriptions::begin(till, &session, true);
            Ok(complete(till, id, "paid"))
        }
        How::Later => {
            if session["mode"] == "payment" {
                with_payment(till, &session, "sepa_debit", |till, payment| {
                    let intent = payment.intent(till);
                    till.emit("payment_intent.processing", &intent);
                    till.change(id, json!({ "payment_intent": intent }));
                });
            } else {
                subscriptions::begin(till, &session, false);
            }
            Ok(complete(till, id, "unpaid"))
        }
    }
}

fn card(till: &mut Till<'_>, session: &Value, works: bool) -> Answer {
    let id = session["id"].as_str().unwrap_or_default();
    with_payment(till, session, "card", |till, payment| {
        let intent = payment.intent(till);
        if works {
            payment.succeed(till, &intent);
            till.change(id, json!({ "payment_intent": intent }));
        } else {
            payment.fail(till, &intent);
        }
    });
    if works { Ok(complete(till, id, "paid")) } else { Err(Refusal::declined()) }
}

fn complete(till: &mut Till<'_>, id: &str, payment_status: &str) -> Value {
    let fields = json!({ "status": "complete", "payment_status": payment_status, "url": null });
    let session = till.change(id, fields);
    till.emit("checkout.session.completed", id);
    session
}

/// Whether a debit is under way, of which the bank has said nothing yet.
pub(super) fn waits_for_bank(till: &mut Till<'_>, session: &Value) -> bool {
    let intent = match session["invoice"].as_str() {
        Some(invoice) => subscriptions::intent_of(till, invoice),
        None => session["payment_intent"].as_str().unwrap_or_default().to_owned(),
    };
    till.find("payment_intent", &intent).is_some_and(|intent| intent["status"] == "processing")
}

/// The bank says, days later, whether a debit worked.
pub(super) fn settle(till: &mut Till<'_>, id: &str, succeeded: bool) -> Answer {
    let session = till.get("checkout.session", id)?;
    if !waits_for_bank(till, &session) {
        return Err(Refusal::request("This Checkout Session waits for no bank."));
    }
    if session["mode"] == "payment" {
        let intent = session["payment_intent"].as_str().unwrap_or_default().to_owned();
        with_payment(till, &session, "sepa_debit", |till, payment| {
            if succeeded {
                payment.succeed(till, &intent);
            } else {
                payment.fail(till, &intent);
            }
        });
    } else {
        subscriptions::settle(till, &session, succeeded);
    }
    if succeeded {
        let session = till.change(id, json!({ "payment_status": "paid" }));
        till.emit("checkout.session.async_payment_succeeded", id);
        return Ok(session);
    }
    till.emit("checkout.session.async_payment_failed", id);
    Ok(session)
}

/// Calls `act` with the payment that a session asks for.
pub(super) fn with_payment<T>(
    till: &mut Till<'_>,
    session: &Value,
    means: &str,
    act: impl FnOnce(&mut Till<'_>, &Payment<'_>) -> T,
) -> T {
    let id = session["id"].as_str().unwrap_or_default();
    let payment_mode = session["mode"] == "payment";
    let passed_on = till.books().passed_on.get(id).cloned().filter(|_| payment_mode);
    let details = &session["customer_details"];
    let billing = json!({
        "address": null, "email": details["email"], "name": details["name"], "phone": null,
        "tax_id": null,
    });
    let payment = Payment {
        amount: session["amount_total"].as_i64().unwrap_or_default(),
        currency: session["currency"].as_str().unwrap_or_default(),
        customer: &session["customer"],
        metadata: &passed_on.unwrap_or(json!({})),
        billing: &billing,
        means,
        session: id,
    };
    act(till, &payment)
}

/// The custom fields with what the buyer wrote, within the rules of each.
fn filled(fields: &Value, written: &Value) -> Answer {
    let mut fields = fields.clone();
    for field in fields.as_array_mut().into_iter().flatten() {
        let key = field["key"].as_str().unwrap_or_default().to_owned();
        let kind = field["type"].as_str().unwrap_or_default().to_owned();
        let param = format!("custom_fields[{key}]");
        let text = written[&key].as_str().unwrap_or_default();
        if text.is_empty() {
            if field["optional"] == true {
                continue;
            }
            return Err(Refusal::missing(param));
        }
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        let rules = &field[&kind];
        // 255 when nothing else is said, from docs.stripe.com/payments/checkout/custom-fields.
        let most = rules["maximum_length"].as_i64().unwrap_or(255);
        let least = rules["minimum_length"].as_i64().unwrap_or(0);
        let digits = kind != "numeric" || text.bytes().all(|b| b.is_ascii_digit());
        if !(least..=most).contains(&length) || !digits {
            let message = format!("{key} must have {least} to {most} characters of its type.");
            return Err(Refusal::param(param, message));
        }
        field[&kind]["value"] = json!(text);
    }
    Ok(fields)
}
