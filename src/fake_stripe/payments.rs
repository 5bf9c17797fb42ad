//! What a payment leaves behind: a payment intent with its charge, and the customer.

use serde_json::{Value, json};

use super::{books, till::Till};

/// A payment to be made.
pub(super) struct Payment<'a> {
    pub(super) amount: i64,
    pub(super) currency: &'a str,
    pub(super) customer: &'a Value,
    pub(super) metadata: &'a Value,
    pub(super) billing: &'a Value,
    /// `card`, or `sepa_debit` for one that takes days.
    pub(super) means: &'a str,
    /// The session it began in.
    pub(super) session: &'a str,
}

impl Payment<'_> {
    /// Makes the payment intent, as it is before any money moves.
    pub(super) fn intent(&self, till: &mut Till<'_>) -> String {
        let id = till.id("pi");
        let secret = till.world.random.letters(24);
        let intent = json!({
            "id": id, "object": "payment_intent", "amount": self.amount,
            "client_secret": format!("{id}_secret_{secret}"), "created": till.now_s(),
            "currency": self.currency, "customer": self.customer, "livemode": till.livemode(),
            "metadata": self.metadata, "payment_method": till.id("pm"),
            "payment_method_types": [self.means], "status": "processing",
        });
        let rest = json!({
            "amount_capturable": 0, "amount_details": { "tip": {} }, "amount_received": 0,
            "application": null, "application_fee_amount": null, "automatic_payment_methods": null,
            "canceled_at": null, "cancellation_reason": null, "capture_method": "automatic_async",
            "confirmation_method": "automatic", "description": null, "last_payment_error": null,
            "latest_charge": null, "next_action": null, "on_behalf_of": null,
            "payment_method_options": {}, "processing": null, "receipt_email": null, "review": null,
            "setup_future_usage": null, "shipping": null, "source": null,
            "statement_descriptor": null, "statement_descriptor_suffix": null,
            "transfer_data": null, "transfer_group": null,
        });
        till.add(books::whole(intent, rest));
        till.emit("payment_intent.created", &id);
        id
    }

    /// The money came: a charge of the intent, and the two events that say so.
    pub(super) fn succeed(&self, till: &mut Till<'_>, intent: &str) -> String {
        let charge = self.charge(till, intent, "succeeded");
        till.emit("charge.succeeded", &charge);
        let fields = json!({
            "status": "succeeded", "amount_received": self.amount, "latest_charge": charge,
        });
        till.change(intent, fields);
        till.emit("payment_intent.succeeded", intent);
        charge
    }

    /// The money did not come.
    pub(super) fn fail(&self, till: &mut Till<'_>, intent: &str) {
        let charge = self.charge(till, intent, "failed");
        till.emit("charge.failed", &charge);
        let error = json!({
            "charge": charge, "code": "card_declined", "message": "Your card was declined.",
            "type": "card_error",
        });
        let fields = json!({
            "status": "requires_payment_method", "latest_charge": charge,
            "last_payment_error": error,
        });
        till.change(intent, fields);
        till.emit("payment_intent.payment_failed", intent);
    }

    fn charge(&self, till: &mut Till<'_>, intent: &str, status: &str) -> String {
        let id = till.id("ch");
        let paid = status == "succeeded";
        let details = match self.means {
            "card" => json!({ "type": "card", "card": {
                "brand": "visa", "country": "US", "exp_month": 12, "exp_year": 2034,
                "funding": "credit", "last4": "4242", "network": "visa",
            }}),
            means => json!({ "type": means, means: { "last4": "3201" } }),
        };
        let charge = json!({
            "id": id, "object": "charge", "amount": self.amount,
            "amount_captured": if paid { self.amount } else { 0 }, "billing_details": self.billing,
            "captured": paid, "created": till.now_s(), "currency": self.currency,
            "customer": self.customer, "livemode": till.livemode(), "metadata": self.metadata,
            "failure_code": if paid { None } else { Some("card_declined") },
            "failure_message": if paid { None } else { Some("Your card was declined.") },
            "paid": paid, "payment_intent": intent, "payment_method": till.id("pm"),
            "payment_method_details": details, "status": status,
        });
        let rest = json!({
            "amount_refunded": 0, "application": null, "application_fee": null,
            "application_fee_amount": null, "balance_transaction": null,
            "calculated_statement_descriptor": "FAKE STRIPE", "description": null,
            "disputed": false, "failure_balance_transaction": null, "fraud_details": {},
            "on_behalf_of": null, "outcome": null, "receipt_email": null, "receipt_number": null,
            "receipt_url": null, "refunded": false, "review": null, "shipping": null,
            "source": null, "source_transfer": null, "statement_descriptor": null,
            "statement_descriptor_suffix": null, "transfer_data": null, "transfer_group": null,
        });
        till.add(books::whole(charge, rest));
        till.books().sessions.insert(id.clone(), self.session.to_owned());
        id
    }
}

/// Makes a customer.
pub(super) fn customer(
    till: &mut Till<'_>,
    email: &Value,
    name: &Value,
    metadata: &Value,
) -> Value {
    let id = till.id("cus");
    let prefix = till.world.random.letters(8).to_ascii_uppercase();
    let customer = json!({
        "id": id, "object": "customer", "address": null, "balance": 0, "created": till.now_s(),
        "currency": null, "default_source": null, "delinquent": false, "description": null,
        "discount": null, "email": email, "invoice_prefix": prefix, "livemode": till.livemode(),
        "metadata": metadata, "name": name, "next_invoice_sequence": 1, "phone": null,
        "preferred_locales": [], "shipping": null, "tax_exempt": "none", "test_clock": null,
        "invoice_settings": {
            "custom_fields": null, "default_payment_method": null, "footer": null,
            "rendering_options": null,
        },
    });
    let customer = till.add(customer);
    till.emit("customer.created", &id);
    customer
}
