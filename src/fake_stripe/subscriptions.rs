//! Subscriptions with their invoices: begun by a session, renewed when told.

use serde_json::{Value, json};

use super::{
    books, paying,
    payments::Payment,
    refusal::{Answer, Refusal},
    till::Till,
};

/// A month, near enough for a fake.
const PERIOD_S: i64 = 30 * 86_400;

/// Begins the subscription of a session; `paid` unless a bank has to say so first.
pub(super) fn begin(till: &mut Till<'_>, session: &Value, paid: bool) {
    let id = text(session, "id");
    let subscription = make(till, session);
    let means = if paid { "card" } else { "sepa_debit" };
    let invoice = invoice(till, &subscription, session, "subscription_create");
    till.change(&id, json!({ "subscription": subscription["id"], "invoice": invoice["id"] }));
    paying::with_payment(till, session, means, |till, payment| {
        let intent = payment.intent(till);
        pay_link(till, &invoice, &intent);
        if paid {
            payment.succeed(till, &intent);
        } else {
            till.emit("payment_intent.processing", &intent);
        }
    });
    let subscription = text(&subscription, "id");
    if paid {
        till.change(&subscription, json!({ "status": "active" }));
    }
    till.emit("customer.subscription.created", &subscription);
    if paid {
        mark_paid(till, &text(&invoice, "id"));
    }
}

/// The bank says whether the first payment worked.
pub(super) fn settle(till: &mut Till<'_>, session: &Value, succeeded: bool) {
    let invoice = text(session, "invoice");
    let intent = intent_of(till, &invoice);
    paying::with_payment(till, session, "sepa_debit", |till, payment| {
        if succeeded { _ = payment.succeed(till, &intent) } else { payment.fail(till, &intent) }
    });
    if succeeded {
        mark_paid(till, &invoice);
        let subscription = text(session, "subscription");
        till.change(&subscription, json!({ "status": "active" }));
        till.emit("customer.subscription.updated", &subscription);
    } else {
        till.emit("invoice.payment_failed", &invoice);
    }
}

/// Another period: an invoice with its payment, and no session.
pub(super) fn renew(till: &mut Till<'_>, id: &str) -> Answer {
    let subscription = till.get("subscription", id)?;
    if subscription["status"] != "active" {
        return Err(Refusal::request("Only an active subscription can be renewed."));
    }
    let session = till
        .books()
        .of_kind("checkout.session")
        .find(|session| session["subscription"] == id)
        .cloned()
        .unwrap_or_default();
    let invoice = invoice(till, &subscription, &session, "subscription_cycle");
    let payment = Payment {
        amount: invoice["amount_due"].as_i64().unwrap_or_default(),
        currency: invoice["currency"].as_str().unwrap_or_default(),
        customer: &subscription["customer"],
        metadata: &json!({}),
        billing: &json!({ "address": null, "email": null, "name": null, "phone": null }),
        means: "card",
        session: session["id"].as_str().unwrap_or_default(),
    };
    let intent = payment.intent(till);
    pay_link(till, &invoice, &intent);
    payment.succeed(till, &intent);
    let invoice = text(&invoice, "id");
    till.change(id, json!({ "latest_invoice": invoice }));
    till.emit("customer.subscription.updated", id);
    Ok(mark_paid(till, &invoice))
}

/// Ends it at once.
pub(super) fn cancel(till: &mut Till<'_>, id: &str) -> Answer {
    till.get("subscription", id)?;
    let now_s = till.now_s();
    let fields = json!({ "status": "canceled", "canceled_at": now_s, "ended_at": now_s });
    let subscription = till.change(id, fields);
    till.emit("customer.subscription.deleted", id);
    Ok(subscription)
}

fn make(till: &mut Till<'_>, session: &Value) -> Value {
    let (id, now_s) = (till.id("sub"), till.now_s());
    let session_id = text(session, "id");
    let metadata = till.books().passed_on.get(&session_id).cloned().unwrap_or(json!({}));
    let lines = till.books().lines.get(&session_id).cloned().unwrap_or_default();
    let recurring = lines.iter().filter(|line| line["price"]["type"] == "recurring");
    let items: Vec<Value> = recurring
        .map(|line| {
            let price = &line["price"];
            json!({
                "id": till.id("si"), "object": "subscription_item", "billing_thresholds": null,
                "created": now_s, "current_period_start": now_s,
                "current_period_end": now_s + PERIOD_S, "discounts": [], "metadata": {},
                "plan": plan(price), "price": price, "quantity": line["quantity"],
                "subscription": id, "tax_rates": [],
            })
        })
        .collect();
    let subscription = json!({
        "id": id, "object": "subscription", "billing_cycle_anchor": now_s, "created": now_s,
        "currency": session["currency"], "customer": session["customer"],
        "items": {
            "object": "list", "data": items, "has_more": false,
            "url": format!("/v1/subscription_items?subscription={id}"),
        },
        "livemode": till.livemode(), "metadata": metadata, "start_date": now_s,
        "status": "incomplete",
    });
    let rest = json!({
        "application": null, "application_fee_percent": null,
        "automatic_tax": { "disabled_reason": null, "enabled": false, "liability": null },
        "billing_mode": { "type": "classic" }, "billing_schedules": [], "billing_thresholds": null,
        "cancel_at": null, "cancel_at_period_end": false, "canceled_at": null,
        "collection_method": "charge_automatically", "days_until_due": null,
        "default_payment_method": null, "default_source": null, "default_tax_rates": [],
        "description": null, "discounts": [], "ended_at": null,
        "invoice_settings": { "account_tax_ids": null, "issuer": { "type": "self" } },
        "latest_invoice": null, "on_behalf_of": null, "pause_collection": null,
        "pending_setup_intent": null, "pending_update": null, "schedule": null, "test_clock": null,
        "transfer_data": null, "trial_end": null, "trial_start": null,
    });
    till.add(books::whole(subscription, rest))
}

/// The older form of a price, which items still have.
fn plan(price: &Value) -> Value {
    json!({
        "id": price["id"], "object": "plan", "active": price["active"],
        "amount": price["unit_amount"], "billing_scheme": "per_unit", "created": price["created"],
        "currency": price["currency"], "interval": price["recurring"]["interval"],
        "interval_count": price["recurring"]["interval_count"], "livemode": price["livemode"],
        "metadata": {}, "product": price["product"], "usage_type": "licensed",
    })
}

/// An open invoice for one period.
fn invoice(till: &mut Till<'_>, subscription: &Value, session: &Value, reason: &str) -> Value {
    let (id, now_s) = (till.id("in"), till.now_s());
    let first = reason == "subscription_create";
    let basket = till.books().lines.get(&text(session, "id")).cloned().unwrap_or_default();
    let lines: Vec<Value> = basket
        .iter()
        .filter(|line| first || line["price"]["type"] == "recurring")
        .map(|line| invoice_line(till, line, &id, subscription))
        .collect();
    let total: i64 = lines.iter().filter_map(|line| line["amount"].as_i64()).sum();
    let parent = json!({
        "type": "subscription_details", "quote_details": null,
        "subscription_details": {
            "metadata": subscription["metadata"], "subscription": subscription["id"],
        },
    });
    let invoice = json!({
        "id": id, "object": "invoice", "amount_due": total, "amount_paid": 0,
        "amount_remaining": total, "billing_reason": reason, "created": now_s,
        "currency": subscription["currency"], "customer": subscription["customer"],
        "customer_email": session["customer_details"]["email"],
        "customer_name": session["customer_details"]["name"],
        "lines": {
            "object": "list", "data": lines, "has_more": false,
            "url": format!("/v1/invoices/{id}/lines"),
        },
        "livemode": till.livemode(), "number": format!("FAKE-{}", till.world.random.letters(6)),
        "parent": parent, "period_start": now_s, "period_end": now_s, "status": "open",
        "subtotal": total, "total": total,
    });
    let rest = json!({
        "amount_overpaid": 0, "amount_shipping": 0, "attempt_count": 1, "attempted": true,
        "auto_advance": false, "automatic_tax": { "enabled": false, "liability": null },
        "collection_method": "charge_automatically", "custom_fields": null,
        "default_payment_method": null, "default_tax_rates": [], "description": null,
        "discounts": [], "due_date": null, "ending_balance": 0, "footer": null,
        "hosted_invoice_url": null, "invoice_pdf": null, "issuer": { "type": "self" },
        "metadata": {}, "next_payment_attempt": null, "payment_settings": {},
        "post_payment_credit_notes_amount": 0, "pre_payment_credit_notes_amount": 0,
        "receipt_number": null, "starting_balance": 0, "statement_descriptor": null,
        "status_transitions": {
            "finalized_at": now_s, "marked_uncollectible_at": null, "paid_at": null,
            "voided_at": null,
        },
        "test_clock": null, "total_taxes": [], "webhooks_delivered_at": null,
    });
    till.change(&text(subscription, "id"), json!({ "latest_invoice": id }));
    till.add(books::whole(invoice, rest))
}

fn invoice_line(till: &mut Till<'_>, line: &Value, invoice: &str, subscription: &Value) -> Value {
    let now_s = till.now_s();
    let price = &line["price"];
    json!({
        "id": till.id("il"), "object": "line_item", "amount": line["amount_total"],
        "currency": line["currency"], "description": line["description"], "discount_amounts": [],
        "discountable": true, "discounts": [], "invoice": invoice, "livemode": till.livemode(),
        "metadata": {}, "parent": null, "period": { "start": now_s, "end": now_s + PERIOD_S },
        "pretax_credit_amounts": [], "quantity": line["quantity"], "subtotal": line["amount_total"],
        "subscription": subscription["id"], "taxes": [],
        "pricing": {
            "type": "price_details",
            "price_details": { "price": price["id"], "product": price["product"] },
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
    })
}

/// Ties a payment intent to an invoice; neither names the other.
fn pay_link(till: &mut Till<'_>, invoice: &Value, intent: &str) {
    let link = json!({
        "id": till.id("inpay"), "object": "invoice_payment", "amount_paid": null,
        "amount_requested": invoice["amount_due"], "created": till.now_s(),
        "currency": invoice["currency"], "invoice": invoice["id"], "is_default": true,
        "livemode": till.livemode(), "status": "open",
        "payment": { "payment_intent": intent, "type": "payment_intent" },
        "status_transitions": { "canceled_at": null, "paid_at": null },
    });
    till.add(link);
}

fn link_of(till: &mut Till<'_>, invoice: &str) -> Value {
    let mut links = till.books().of_kind("invoice_payment");
    links.find(|link| link["invoice"] == invoice).cloned().unwrap_or_default()
}

/// The payment intent that pays an invoice.
pub(super) fn intent_of(till: &mut Till<'_>, invoice: &str) -> String {
    text(&link_of(till, invoice)["payment"], "payment_intent")
}

fn mark_paid(till: &mut Till<'_>, id: &str) -> Value {
    let now_s = till.now_s();
    let due = till.books().get(id).map_or(Value::Null, |invoice| invoice["amount_due"].clone());
    let mut fields = json!({ "status": "paid", "amount_paid": due, "amount_remaining": 0 });
    fields["status_transitions"] = json!({
        "finalized_at": now_s, "marked_uncollectible_at": null, "paid_at": now_s, "voided_at": null,
    });
    let invoice = till.change(id, fields);
    let link = text(&link_of(till, id), "id");
    let times = json!({ "canceled_at": null, "paid_at": now_s });
    till.change(
        &link,
        json!({ "status": "paid", "amount_paid": due, "status_transitions": times }),
    );
    till.emit("invoice.paid", id);
    till.emit("invoice.payment_succeeded", id);
    till.emit("invoice_payment.paid", &link);
    invoice
}

fn text(object: &Value, field: &str) -> String {
    object[field].as_str().unwrap_or_default().to_owned()
}
