//! Whose event it is, on the one webhook that many streamers share (contract §3).

mod default;
mod holdings;
mod waiting;

use serde_json::{Value, json};

use crate::support::{Gateway, Setup, wait_for};

const SECRET: &str = "whsec_of_the_gateway";
const SHARED: &str = "/webhooks/stripe";

/// A gateway of `me`, `mika` and `rosa`, whose one endpoint is the gateway's own.
fn shop_of_three() -> Gateway {
    shop(Setup::default())
}

fn shop(setup: Setup) -> Gateway {
    let gateway = Gateway::start_with(setup);
    for streamer in ["mika", "rosa"] {
        gateway.add_streamer(streamer);
    }
    let added = gateway.post("/api/v1/secrets", &json!({ "secret": SECRET }));
    assert_eq!(added.status, 201, "{added:?}");
    gateway
}

/// Delivers an event to the shared webhook, where it is new.
#[track_caller]
fn deliver(gateway: &Gateway, event: &Value) {
    let answer = gateway.deliver(SHARED, event.to_string().as_bytes(), SECRET);
    assert_eq!((answer.status, &answer.json()["result"]), (200, &json!("accepted")), "{answer:?}");
}

/// What `why` says of an event.
fn why(gateway: &Gateway, event: &str) -> Value {
    gateway.get(&format!("/api/v1/why/{event}")).json()
}

/// Waits until an event has an outcome; what `why` says of it then.
#[track_caller]
fn settled(gateway: &Gateway, event: &str) -> Value {
    wait_for("the event's outcome", || {
        let why = why(gateway, event);
        let open = why["outcome"].as_str().unwrap().starts_with("not settled");
        (!open).then_some(why)
    })
}

/// All alerts of a streamer, newest first.
fn alerts(gateway: &Gateway, streamer: &str) -> Vec<Value> {
    let all = gateway.get(&format!("/api/v1/streamers/{streamer}/alerts?limit=1000")).json();
    all["data"].as_array().unwrap().clone()
}
