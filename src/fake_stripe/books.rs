//! All that one account has in one mode: objects by id, in the order they were made.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Whose books: a connected account's or our own, of test or of live mode.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Scope {
    /// `acct_…` when it is a connected one.
    pub(super) account: Option<String>,
    pub(super) livemode: bool,
}

/// Objects as the API gives them. What is deleted stays as the stub that Stripe shows for it.
#[derive(Debug, Default)]
pub(super) struct Books {
    rows: Vec<Value>,
    by_id: BTreeMap<String, usize>,
    /// The lines of a session or a payment link, which are no part of it unless asked for.
    pub(super) lines: BTreeMap<String, Vec<Value>>,
    /// What the buyer is asked to pay with: the metadata for the payment or subscription to come.
    pub(super) passed_on: BTreeMap<String, Value>,
    /// The session whose payment a charge is.
    pub(super) sessions: BTreeMap<String, String>,
}

impl Books {
    pub(super) fn add(&mut self, object: Value) {
        let id = object["id"].as_str().unwrap_or_default().to_owned();
        self.by_id.insert(id, self.rows.len());
        self.rows.push(object);
    }

    pub(super) fn get(&self, id: &str) -> Option<&Value> {
        self.rows.get(*self.by_id.get(id)?)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Value> {
        self.rows.get_mut(*self.by_id.get(id)?)
    }

    /// All of one kind, newest first, without the deleted.
    pub(super) fn of_kind(&self, kind: &str) -> impl DoubleEndedIterator<Item = &Value> {
        let lives = move |row: &&Value| row["object"] == kind && row["deleted"] != true;
        self.rows.iter().rev().filter(lives)
    }

    /// Leaves only a stub.
    pub(super) fn delete(&mut self, id: &str) -> Option<Value> {
        let row = self.get_mut(id)?;
        *row = json!({ "id": row["id"], "object": row["object"], "deleted": true });
        Some(row.clone())
    }
}

/// An object with all fields of `rest` that it does not have itself.
pub(super) fn whole(mut object: Value, rest: Value) -> Value {
    if let (Value::Object(object), Value::Object(rest)) = (&mut object, rest) {
        for (name, value) in rest {
            object.entry(name).or_insert(value);
        }
    }
    object
}
