//! What is learnt of a sale after its alert was made.

use serde_json::json;

use super::{Channel, EntryType, Refusal, Reply};
use crate::{alert::Item, id::AlertId};

impl Channel<'_> {
    /// Puts what was bought into the record. What waits will be drawn with it; what plays or has
    /// ended is not drawn again.
    pub(super) fn complete(&mut self, id: AlertId, items: Vec<Item>) -> Result<Reply, Refusal> {
        let alert = self.alert(id).ok_or(Refusal::UnknownAlert)?;
        if items.is_empty() || alert.items == items {
            return Ok(Reply::Done);
        }
        let now = self.now;
        let Some(alert) = self.row(id) else { return Err(Refusal::UnknownAlert) };
        alert.items = items;
        alert.step("completed", now, Some("what was bought".into()));
        self.log_alert(EntryType::AlertUpdated, id, false, json!({}));
        Ok(Reply::Done)
    }
}
