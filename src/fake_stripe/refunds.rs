//! Money that goes back: refunds, which may fail later, and disputes, which may be won.

use serde_json::{Value, json};

use super::{
    forms::Params,
    listing,
    refusal::{Answer, Refusal},
    till::Till,
};

pub(super) fn create(till: &mut Till<'_>, params: &Params<'_>) -> Answer {
    let charge = named_charge(till, params)?;
    let left = number(&charge, "amount") - number(&charge, "amount_refunded");
    let amount = params.whole("amount")?.unwrap_or(left);
    let id = text(&charge, "id");
    if charge["disputed"] == true {
        let message = format!("Charge {id} has been charged back; cannot issue a refund.");
        return Err(Refusal::request(message).code("charge_disputed"));
    }
    if left == 0 {
        let message = format!("Charge {id} has already been refunded.");
        return Err(Refusal::request(message).code("charge_already_refunded"));
    }
    if amount <= 0 {
        let message = "This value must be greater than or equal to 1.";
        return Err(Refusal::param("amount", message).code("parameter_invalid_integer"));
    }
    if amount > left {
        let message = format!(
            "Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        );
        return Err(Refusal::param("amount", message));
    }
    let reason = params.word("reason", &["duplicate", "fraudulent", "requested_by_customer"])?;
    let refund = json!({
        "id": till.id("re"), "object": "refund", "amount": amount, "balance_transaction": null,
        "charge": id, "created": till.now_s(), "currency": charge["currency"],
        "destination_details": { "type": "card" }, "metadata": params.metadata()?,
        "payment_intent": charge["payment_intent"], "reason": reason, "receipt_number": null,
        "source_transfer_reversal": null, "status": "succeeded", "transfer_reversal": null,
    });
    let refund = till.add(refund);
    set_refunded(till, &charge, number(&charge, "amount_refunded") + amount);
    till.emit("refund.created", &text(&refund, "id"));
    till.emit("charge.refunded", &id);
    Ok(refund)
}

/// The bank sends a refund back: the shop has the money again.
pub(super) fn fail(till: &mut Till<'_>, id: &str) -> Answer {
    let refund = till.get("refund", id)?;
    if refund["status"] == "failed" {
        return Err(Refusal::request("This refund has failed already."));
    }
    let charge = till.get("charge", &text(&refund, "charge"))?;
    set_refunded(till, &charge, number(&charge, "amount_refunded") - number(&refund, "amount"));
    let fields = json!({ "status": "failed", "failure_reason": "expired_or_canceled_card" });
    let refund = till.change(id, fields);
    for event in ["refund.updated", "refund.failed", "charge.refund.updated"] {
        till.emit(event, id);
    }
    Ok(refund)
}

pub(super) fn list(till: &mut Till<'_>, params: &Params<'_>) -> Answer {
    let (charge, intent) = (params.text("charge")?, params.text("payment_intent")?);
    let fits = |row: &&Value| {
        charge.is_none_or(|id| row["charge"] == id)
            && intent.is_none_or(|id| row["payment_intent"] == id)
    };
    let rows: Vec<&Value> = till.books().of_kind("refund").filter(fits).collect();
    listing::page(&rows, params, "/v1/refunds")
}

/// A buyer's bank takes back what is left of a charge, until the dispute is decided.
pub(super) fn dispute(till: &mut Till<'_>, params: &Params<'_>) -> Answer {
    let charge = named_charge(till, params)?;
    let left = number(&charge, "amount") - number(&charge, "amount_refunded");
    if charge["disputed"] == true || left == 0 {
        return Err(Refusal::request("Nothing is left of this charge to dispute."));
    }
    let dispute = json!({
        "id": till.id("du"), "object": "dispute", "amount": left, "balance_transactions": [],
        "charge": charge["id"], "created": till.now_s(), "currency": charge["currency"],
        "enhanced_eligibility_types": [], "evidence": { "enhanced_evidence": {} },
        "evidence_details": {
            "due_by": till.now_s() + 7 * 86_400, "enhanced_eligibility": {}, "has_evidence": false,
            "past_due": false, "submission_count": 0,
        },
        "is_charge_refundable": false, "livemode": till.livemode(), "metadata": {},
        "payment_intent": charge["payment_intent"], "payment_method_details": null,
        "reason": "fraudulent", "status": "needs_response",
    });
    let dispute = till.add(dispute);
    let id = text(&dispute, "id");
    till.change(&text(&charge, "id"), json!({ "disputed": true }));
    till.emit("charge.dispute.created", &id);
    till.emit("charge.dispute.funds_withdrawn", &id);
    Ok(dispute)
}

/// Decides a dispute; when it is won the money comes back.
pub(super) fn close_dispute(till: &mut Till<'_>, id: &str, won: bool) -> Answer {
    let dispute = till.get("dispute", id)?;
    if dispute["status"] != "needs_response" {
        return Err(Refusal::request("This dispute is closed already."));
    }
    let dispute = till.change(id, json!({ "status": if won { "won" } else { "lost" } }));
    till.emit("charge.dispute.updated", id);
    if won {
        till.emit("charge.dispute.funds_reinstated", id);
    }
    till.emit("charge.dispute.closed", id);
    Ok(dispute)
}

/// The paid charge that is meant: itself, its payment intent's or its session's.
fn named_charge(till: &mut Till<'_>, params: &Params<'_>) -> Answer {
    let named = ["charge", "payment_intent", "session"]
        .into_iter()
        .find_map(|key| params.text(key).transpose().map(|id| id.map(|id| (key, id))));
    let Some((key, id)) = named.transpose()? else {
        return Err(Refusal::request(
            "One of the following params should be provided for this \
                                     request: payment_intent or charge.",
        ));
    };
    let books = till.books();
    let is = |row: &&Value| match key {
        "charge" => row["id"] == id,
        "payment_intent" => row["payment_intent"] == id,
        _ => row["id"].as_str().and_then(|row| books.sessions.get(row)).is_some_and(|of| of == id),
    };
    if key == "payment_intent" && books.get(id).is_none() {
        return Err(Refusal::no_such("payment_intent", id, Some(key.into())));
    }
    let found = books.of_kind("charge").filter(|row| row["paid"] == true).find(is).cloned();
    found.ok_or_else(|| match key {
        "payment_intent" => {
            let message =
                format!("This PaymentIntent ({id}) does not have a successful charge to refund.");
            Refusal::request(message).code("payment_intent_unexpected_state")
        }
        _ => Refusal::no_such("charge", id, Some(key.into())),
    })
}

fn set_refunded(till: &mut Till<'_>, charge: &Value, refunded: i64) {
    let whole = refunded == number(charge, "amount");
    let fields = json!({ "amount_refunded": refunded, "refunded": whole });
    till.change(&text(charge, "id"), fields);
}

fn number(object: &Value, field: &str) -> i64 {
    object[field].as_i64().unwrap_or_default()
}

fn text(object: &Value, field: &str) -> String {
    object[field].as_str().unwrap_or_default().to_owned()
}
