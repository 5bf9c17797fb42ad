//! Everything the fake knows. Pure: it is told the time, and does nothing by itself.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    books::{Books, Scope},
    deliveries::{Deliveries, Endpoint},
    faults::Faults,
    idempotency::Answered,
    keys::Keys,
    random::Random,
    refusal::Refusal,
    sessions,
    till::{Cause, Till},
};

/// An event as it was made, never changed.
pub(super) struct Event {
    pub(super) id: String,
    pub(super) event_type: String,
    pub(super) created_s: i64,
    pub(super) scope: Scope,
    pub(super) json: Value,
}

pub(super) struct World {
    /// Where the fake is reached, without a slash at the end.
    pub(super) base: String,
    /// The account that all keys belong to.
    pub(super) own_account: String,
    /// Now, in milliseconds since 1970; set before each call.
    pub(super) now_ms: i64,
    /// How far it was advanced beyond the wall's time.
    pub(super) ahead_ms: i64,
    pub(super) random: Random,
    pub(super) events: Vec<Event>,
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) deliveries: Deliveries,
    pub(super) faults: Faults,
    pub(super) keys: Keys,
    pub(super) answered: Answered,
    books: BTreeMap<Scope, Books>,
}

impl World {
    pub(super) fn new(seed: u64, base: String, now_ms: i64) -> Self {
        let mut random = Random::new(seed);
        let own_account = format!("acct_{}", random.letters(16));
        let keys = Keys::new(&mut random);
        Self {
            base,
            own_account,
            now_ms,
            ahead_ms: 0,
            random,
            events: Vec::new(),
            endpoints: Vec::new(),
            deliveries: Deliveries::default(),
            faults: Faults::default(),
            keys,
            answered: Answered::default(),
            books: BTreeMap::new(),
        }
    }

    pub(super) fn books(&mut self, scope: &Scope) -> &mut Books {
        self.books.entry(scope.clone()).or_default()
    }

    /// Opens one account's books for a call.
    pub(super) fn till(&mut self, scope: Scope, cause: Cause) -> Till<'_> {
        Till { world: self, scope, cause }
    }

    /// Opens the books that have this object, for whom the caller need not say whose it is.
    pub(super) fn till_of(&mut self, id: &str) -> Result<Till<'_>, Refusal> {
        let scope = self.books.iter().find(|(_, books)| books.get(id).is_some());
        let scope = scope.map(|(scope, _)| scope.clone());
        let scope = scope.ok_or_else(|| Refusal::no_such("object", id, None))?;
        Ok(self.till(scope, Cause::default()))
    }

    /// All books, with whose they are.
    pub(super) fn all_books(&self) -> impl Iterator<Item = (&Scope, &Books)> {
        self.books.iter()
    }

    /// Sets the time, and lets happen what is due by then.
    pub(super) fn turn(&mut self, wall_ms: i64) {
        let before_s = self.now_ms / 1000;
        self.now_ms = self.now_ms.max(wall_ms.saturating_add(self.ahead_ms));
        if self.now_ms / 1000 == before_s {
            return;
        }
        for scope in self.books.keys().cloned().collect::<Vec<_>>() {
            sessions::expire_due(&mut self.till(scope, Cause::default()));
        }
    }

    /// Keeps an event and makes its deliveries.
    pub(super) fn publish(&mut self, mut event: Value, scope: &Scope) {
        let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
        let (id, event_type) = (text("id"), text("type"));
        let wanted = |endpoint: &&Endpoint| endpoint.wants(&event_type, scope);
        let endpoints: Vec<String> =
            self.endpoints.iter().filter(wanted).map(|to| to.id.clone()).collect();
        event["pending_webhooks"] = json!(endpoints.len());
        for endpoint in endpoints {
            for delay_ms in self.faults.delays(&mut self.random) {
                self.deliveries.add(&id, &endpoint, &event, self.now_ms + delay_ms);
            }
        }
        self.events.push(Event {
            id,
            event_type,
            created_s: event["created"].as_i64().unwrap_or_default(),
            scope: scope.clone(),
            json: event,
        });
    }
}
