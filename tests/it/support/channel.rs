//! A channel, seen and operated through the API.

use serde_json::{Value, json};

use super::{Answer, Gateway, Page, wait_for};

impl Gateway {
    /// Adds an overlay; its key.
    pub(crate) fn add_overlay(&self, streamer: &str, name: &str, kind: &str) -> String {
        let path = format!("/api/v1/streamers/{streamer}/overlays");
        let added = self.post(&path, &json!({ "name": name, "kind": kind }));
        assert_eq!(added.status, 201, "{added:?}");
        self.overlay_key(streamer, name)
    }

    /// Adds a streamer.
    pub(crate) fn add_streamer(&self, id: &str) {
        let added = self.post("/api/v1/streamers", &json!({ "id": id }));
        assert_eq!(added.status, 201, "{added:?}");
    }

    /// Changes settings of `me`.
    pub(crate) fn set(&self, settings: &Value) {
        let set = self.admin("PATCH", "/api/v1/streamers/me", Some(settings));
        assert_eq!(set.status, 200, "{set:?}");
    }

    /// A page of `me` that only looks.
    pub(crate) fn preview(&self) -> Page {
        Page::hello(self, &self.overlay_key("me", "main"), json!({ "mode": "preview" }))
    }

    /// Makes a test alert for `me`; its id.
    pub(crate) fn test_alert(&self) -> String {
        self.test_alert_for("me")
    }

    /// Makes a test alert; its id.
    pub(crate) fn test_alert_for(&self, streamer: &str) -> String {
        let path = format!("/api/v1/streamers/{streamer}/test-alerts");
        let made = self.post(&path, &json!({}));
        assert_eq!(made.status, 202, "{made:?}");
        made.json()["alert_id"].as_str().unwrap().to_owned()
    }

    /// The queue of `me`.
    pub(crate) fn queue(&self) -> Value {
        self.get("/api/v1/streamers/me/queue").json()
    }

    /// Waits until so many alerts wait in the queue of `me`.
    #[track_caller]
    pub(crate) fn wait_for_length(&self, length: usize) {
        wait_for("the queue's length", || (self.queue()["length"] == length).then_some(()));
    }

    /// Does something to the queue of `me`.
    pub(crate) fn operate(&self, operation: &str) -> Answer {
        self.post(&format!("/api/v1/streamers/me/queue/{operation}"), &json!({}))
    }

    /// An alert of `me`.
    pub(crate) fn alert(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/streamers/me/alerts/{id}")).json()
    }

    /// All alerts of `me`, newest first.
    pub(crate) fn alerts(&self) -> Vec<Value> {
        let all = self.get("/api/v1/streamers/me/alerts?limit=1000").json();
        all["data"].as_array().unwrap().clone()
    }

    /// Waits until an alert of `me` is in a state; the alert.
    #[track_caller]
    pub(crate) fn wait_for_state(&self, id: &str, state: &str) -> Value {
        wait_for(&format!("{id} being {state}"), || {
            Some(self.alert(id)).filter(|alert| alert["state"] == state)
        })
    }

    /// Asks for another play of an alert of `me`.
    pub(crate) fn replay(&self, id: &str) -> Answer {
        self.post(&format!("/api/v1/streamers/me/alerts/{id}/replay"), &json!({}))
    }
}
