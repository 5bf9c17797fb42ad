//! What in a raw event tells who bought: whether it is of a person, and what is left without that.

use serde_json::Value;

/// Fields of Stripe's objects, at any depth, that tell of a person or hold what they wrote.
const PERSONAL: [&str; 17] = [
    "billing_details",
    "collected_information",
    "custom_fields",
    "customer",
    "customer_address",
    "customer_details",
    "customer_email",
    "customer_name",
    "customer_phone",
    "customer_shipping",
    "customer_tax_ids",
    "payment_method_details",
    "receipt_email",
    "receipt_url",
    "shipping",
    "shipping_details",
    "source",
];

/// What of an object's metadata says whose the sale is and of what kind; the rest may be the buyer's.
const METADATA_KEPT: [&str; 3] = ["streamer", "kind", "checkout"];

/// Whether one of these texts, in lower case, is a value somewhere in a body. A body that is no JSON
/// is searched as it is.
#[must_use]
pub fn names_one_of(body: &[u8], texts: &[&str]) -> bool {
    match serde_json::from_slice::<Value>(body) {
        Ok(event) => holds(&event, texts),
        Err(_) => {
            let body = String::from_utf8_lossy(body).to_lowercase();
            texts.iter().any(|text| body.contains(text))
        }
    }
}

fn holds(value: &Value, texts: &[&str]) -> bool {
    match value {
        Value::String(found) => {
            let found = found.trim().to_lowercase();
            texts.contains(&found.as_str())
        }
        Value::Array(list) => list.iter().any(|item| holds(item, texts)),
        Value::Object(fields) => fields.values().any(|field| holds(field, texts)),
        _ => false,
    }
}

/// The event without what tells who bought: what it says of money, ids and whose it is stays, so that
/// it can still be brought to its channel. `None` for a body that is no JSON.
#[must_use]
pub fn without_person(body: &[u8]) -> Option<Vec<u8>> {
    let mut event: Value = serde_json::from_slice(body).ok()?;
    blank(&mut event);
    serde_json::to_vec(&event).ok()
}

fn blank(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(blank),
        Value::Object(fields) => {
            for (name, field) in fields {
                match (name.as_str(), &mut *field) {
                    ("metadata", Value::Object(data)) => {
                        data.retain(|key, _| METADATA_KEPT.contains(&key.as_str()));
                    }
                    (name, _) if PERSONAL.contains(&name) => *field = Value::Null,
                    (_, field) => blank(field),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_person_is_found_by_the_whole_value_in_any_case() {
        let body = json!({ "data": { "object": { "customer": "cus_Ab1",
            "customer_details": { "email": " Fan@Example.com" } } } });
        let body = body.to_string().into_bytes();
        assert!(names_one_of(&body, &["fan@example.com"]));
        assert!(names_one_of(&body, &["nobody", "cus_ab1"]));
        for other in ["an@example.com", "fan@example.co", "cus_ab", ""] {
            assert!(!names_one_of(&body, &[other]), "{other}");
        }
        assert!(names_one_of(b"no json: FAN@example.com", &["fan@example.com"]));
    }

    #[test]
    fn money_ids_and_whose_it_is_stay() {
        let body = json!({ "id": "evt_1", "type": "checkout.session.completed", "data": { "object": {
            "id": "cs_1", "amount_total": 500, "customer": "cus_1",
            "customer_details": { "email": "fan@example.com", "name": "F. An" },
            "custom_fields": [{ "key": "nickname", "text": { "value": "fan" } }],
            "metadata": { "streamer": "mika", "message": "hi" },
            "charges": [{ "billing_details": { "name": "F. An" }, "id": "ch_1" }],
        } } });
        let left = without_person(body.to_string().as_bytes()).unwrap();
        let left: Value = serde_json::from_slice(&left).unwrap();
        let object = json!({
            "id": "cs_1", "amount_total": 500, "customer": null, "customer_details": null,
            "custom_fields": null, "metadata": { "streamer": "mika" },
            "charges": [{ "billing_details": null, "id": "ch_1" }],
        });
        assert_eq!(left["data"]["object"], object);
        assert_eq!(left["id"], "evt_1");
        assert_eq!(without_person(b"no json"), None);
    }
}
