//! One account in one mode, open for one call: what the resources work on.

use serde_json::{Value, json};

use super::{
    books::{Books, Scope},
    refusal::{Answer, Refusal},
    world::World,
};

/// The version whose shapes the objects have; the one async-stripe is generated from.
pub(super) const API_VERSION: &str = "2026-09-30.endive";

/// What caused an event: the call's id and its idempotency key.
#[derive(Clone, Debug, Default)]
pub(super) struct Cause {
    pub(super) request: Option<String>,
    pub(super) idempotency_key: Option<String>,
}

pub(super) struct Till<'w> {
    pub(super) world: &'w mut World,
    pub(super) scope: Scope,
    pub(super) cause: Cause,
}

impl Till<'_> {
    /// A new id: `pi_…`.
    pub(super) fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}_{}", self.world.random.letters(24))
    }

    /// Now, in seconds since 1970.
    pub(super) fn now_s(&self) -> i64 {
        self.world.now_ms / 1000
    }

    pub(super) fn livemode(&self) -> bool {
        self.scope.livemode
    }

    pub(super) fn books(&mut self) -> &mut Books {
        self.world.books(&self.scope)
    }

    pub(super) fn add(&mut self, object: Value) -> Value {
        self.books().add(object.clone());
        object
    }

    /// The object of this kind that a path names.
    pub(super) fn get(&mut self, kind: &str, id: &str) -> Answer {
        self.find(kind, id).ok_or_else(|| Refusal::no_such(kind, id, None))
    }

    /// The object of this kind, deleted or not.
    pub(super) fn find(&mut self, kind: &str, id: &str) -> Option<Value> {
        self.books().get(id).filter(|row| row["object"] == kind).cloned()
    }

    /// Writes fields over those of an object, and gives what it is then.
    pub(super) fn change(&mut self, id: &str, fields: Value) -> Value {
        let Some(row) = self.books().get_mut(id) else { return Value::Null };
        if let Value::Object(fields) = fields {
            for (name, value) in fields {
                row[name] = value;
            }
        }
        row.clone()
    }

    /// Tells the world what happened to an object, as it is now.
    pub(super) fn emit(&mut self, event_type: &str, object_id: &str) {
        let object = self.books().get(object_id).cloned().unwrap_or_default();
        let id = self.id("evt");
        let mut event = json!({
            "id": id, "object": "event", "api_version": API_VERSION, "created": self.now_s(),
            "data": { "object": object }, "livemode": self.scope.livemode, "pending_webhooks": 0,
            "request": {
                "id": self.cause.request, "idempotency_key": self.cause.idempotency_key,
            },
            "type": event_type,
        });
        if let Some(account) = &self.scope.account {
            event["account"] = json!(account);
        }
        self.world.publish(event, &self.scope);
    }
}
