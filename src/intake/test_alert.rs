//! A test alert: an event of our own, signed in the process, that takes the whole real path.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::receive::{Delivery, ReceiveError, Received};
use crate::{
    alert::Item,
    clock::wall_now,
    id::{AlertId, EventId},
    money::Money,
    node::Node,
    settings::Settings,
    store::Door,
    stripe::signature::sign,
};

/// What a person may choose of a test alert.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TestAlert {
    /// What was paid; 25.00 in the streamer's currency by default.
    pub amount: Option<Money>,
    /// The buyer's nickname.
    pub name: Option<String>,
    /// The buyer's message.
    pub message: Option<String>,
    /// What was bought.
    pub items: Vec<TestItem>,
}

/// One line of a test order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestItem {
    /// The product.
    pub name: String,
    /// How many.
    #[serde(default = "one")]
    pub quantity: u32,
}

impl TestItem {
    /// As an alert has it.
    #[must_use]
    pub fn into_item(self) -> Item {
        Item { name: self.name, variant: None, quantity: self.quantity, image: None }
    }
}

const fn one() -> u32 {
    1
}

/// Why no test alert was made.
#[derive(Debug, thiserror::Error)]
pub enum TestAlertError {
    /// The gateway did not take its own event.
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    /// The store had an event of that id already.
    #[error("the test event was not accepted as new")]
    NotAccepted,
}

impl Node {
    /// Makes a test alert; its event and the alert it will be.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn test_alert(
        self: &Arc<Self>,
        streamer: &crate::id::StreamerId,
        settings: &Settings,
        test: &TestAlert,
    ) -> Result<(EventId, AlertId), TestAlertError> {
        let received = self.store.now();
        let now_s = wall_now().as_millis().div_euclid(1000);
        let body = serde_json::to_vec(&event(settings, test, received.as_millis() / 1000))
            .expect("a test event is plain JSON");
        let signature = sign(&body, &self.test_secret, now_s);
        let delivery = Delivery {
            streamer: Some(streamer.clone()),
            signature: Some(signature.into_bytes()),
            body: body.into(),
            door: Door::TestAlert,
            received,
        };
        match self.receive(delivery).await? {
            Received::Accepted(event, alert) => Ok((event, alert)),
            _ => Err(TestAlertError::NotAccepted),
        }
    }
}

/// A paid Checkout session in test mode, in the shape Stripe sends it.
fn event(settings: &Settings, test: &TestAlert, created_s: i64) -> Value {
    let unique = AlertId::new().to_string().replace("al_", "");
    let amount = test.amount.unwrap_or_else(|| {
        let minor = 25 * 10_i64.pow(settings.currency.exponent());
        Money::new(minor, settings.currency)
    });
    let field =
        |key: &str, value: &str| json!({ "key": key, "type": "text", "text": { "value": value } });
    let name = test.name.as_deref().unwrap_or("Tillbell");
    let message = test.message.as_deref().unwrap_or("This is a test alert.");
    let items: Vec<Value> = match &test.items[..] {
        [] => vec![json!({ "description": "Test order", "quantity": 1 })],
        items => items
            .iter()
            .map(|item| json!({ "description": item.name, "quantity": item.quantity }))
            .collect(),
    };
    json!({
        "id": format!("evt_test_{unique}"),
        "object": "event",
        "type": "checkout.session.completed",
        "created": created_s,
        "livemode": false,
        "data": { "object": {
            "id": format!("cs_test_{unique}"),
            "object": "checkout.session",
            "mode": "payment",
            "status": "complete",
            "payment_status": "paid",
            "amount_total": amount.minor,
            "currency": amount.currency,
            "custom_fields": [
                field(&settings.nickname_field, name),
                field(&settings.message_field, message),
            ],
            "line_items": { "object": "list", "data": items },
        } },
    })
}
