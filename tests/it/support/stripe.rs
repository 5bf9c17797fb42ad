//! Events and signatures. The signer is written anew here, so that it proves something of the
//! gateway's.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

/// Seconds since 1970, by the wall's clock.
#[expect(clippy::disallowed_methods, reason = "signatures are made with the wall's time")]
pub(crate) fn unix_now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// A `Stripe-Signature` made now.
pub(crate) fn sign(body: &[u8], secret: &str) -> String {
    sign_at(body, secret, unix_now())
}

/// A `Stripe-Signature` made at a time.
pub(crate) fn sign_at(body: &[u8], secret: &str, at: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at}.").as_bytes());
    mac.update(body);
    format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// A paid Checkout session, live mode. `n` makes its ids its own.
pub(crate) fn checkout(n: u32) -> Value {
    json!({
        "id": format!("evt_{n:024}"),
        "object": "event",
        "api_version": "2024-04-10",
        "created": unix_now(),
        "livemode": true,
        "pending_webhooks": 1,
        "request": { "id": null, "idempotency_key": null },
        "type": "checkout.session.completed",
        "data": { "object": {
            "id": format!("cs_live_{n:024}"),
            "object": "checkout.session",
            "mode": "payment",
            "status": "complete",
            "payment_status": "paid",
            "amount_total": 2599,
            "currency": "eur",
            "client_reference_id": null,
            "customer": format!("cus_{n}"),
            "customer_details": { "email": "buyer@example.test", "name": "Legal Name" },
            "custom_fields": [
                { "key": "nickname", "type": "text", "text": { "value": "mika" } },
                { "key": "message", "type": "text", "text": { "value": "love the stream" } },
            ],
            "livemode": true,
            "metadata": {},
            "payment_intent": format!("pi_{n:024}"),
            "payment_link": null,
        } },
    })
}
