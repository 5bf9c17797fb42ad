//! Taking out of an alert, and of what was logged of it, who bought.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Channel, Entry, EntryType, Reply};
use crate::{
    alert::{Alert, Buyer},
    id::AlertId,
    store::{BuyerKey, Fact},
};

impl Channel<'_> {
    /// Takes name and message out of alerts. They go on as they were: what waits will play as
    /// someone's, what plays is not drawn again.
    pub(super) fn erase_buyer(&mut self, alerts: &[AlertId]) -> Reply {
        let now = self.now;
        for id in alerts {
            let tells = self.alert(*id).is_some_and(Alert::tells_who);
            if let Some(alert) = self.row(*id).filter(|_| tells) {
                alert.erase_buyer();
                alert.step("erased", now, Some("who bought".into()));
                self.log_alert(EntryType::AlertUpdated, *id, false, json!({}));
            }
        }
        Reply::Done
    }

    /// Takes keys off alerts, and what is counted under them out of the facts.
    pub(super) fn forget_buyer(&mut self, mut keys: Vec<BuyerKey>, alerts: &[AlertId]) -> Reply {
        for id in alerts {
            let taken = self.row(*id).map(|alert| std::mem::take(&mut alert.buyer_keys));
            // Orders are counted under the first; the other may be of more than these alerts.
            keys.extend(taken.into_iter().filter_map(|keys| keys.into_iter().next()));
        }
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            // Should they buy in this very commit, that is their first order again.
            self.buyers.remove(&key);
            self.change.facts.push(Fact::Forgotten(key));
        }
        Reply::Done
    }
}

impl Entry {
    /// Takes out who bought, where it tells of one of these alerts, be it as a member of another;
    /// whether it told anything of them.
    pub fn erase_buyer(&mut self, of: &BTreeSet<AlertId>) -> bool {
        let Some(alert) = self.data.get_mut("alert") else { return false };
        let mut erased = erase(alert, of);
        let members = alert.get_mut("members").and_then(Value::as_array_mut);
        for member in members.into_iter().flatten() {
            erased |= erase(member, of);
        }
        erased
    }

    /// Whether it tells of one of these alerts, be it as a member of another.
    #[must_use]
    pub fn tells_of(&self, alerts: &BTreeSet<AlertId>) -> bool {
        let alert = &self.data["alert"];
        let members = alert["members"].as_array().into_iter().flatten();
        std::iter::once(alert).chain(members).any(|alert| is_of(alert, alerts))
    }
}

fn is_of(alert: &Value, ids: &BTreeSet<AlertId>) -> bool {
    let id = alert["id"].as_str().and_then(|id| id.parse().ok());
    id.is_some_and(|id| ids.contains(&id))
}

fn erase(alert: &mut Value, of: &BTreeSet<AlertId>) -> bool {
    let told = alert["buyer"]["anonymous"] != true || !alert["message"].is_null();
    if !told || !is_of(alert, of) {
        return false;
    }
    alert["buyer"]["name"] = Buyer::SOMEONE.into();
    alert["buyer"]["anonymous"] = true.into();
    alert["message"] = Value::Null;
    true
}
