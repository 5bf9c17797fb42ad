//! Handing out what is kept of a buyer.

use std::{collections::BTreeSet, sync::Arc};

use serde::Serialize;
use serde_json::{Value, json};

use super::{Buyer, BuyerError, Search, search::alert_of};
use crate::{alert::Alert, node::Node, position::After, store::StoredEvent};

/// Most records of one export, which is one answer, made in memory.
const RECORDS_MAX: usize = 10_000;

/// All that is kept of a buyer.
#[derive(Debug, Serialize)]
pub struct Export {
    /// Orders counted, under the address or the customer.
    pub orders: u32,
    /// Alerts as they are kept.
    pub alerts: Vec<Alert>,
    /// Entries of the log that tell of those.
    pub log: Vec<Value>,
    /// Stripe's events that name the buyer or are of those sales, with their raw bodies; dead letters
    /// and what waits for its sale too.
    pub events: Vec<Value>,
}

impl Export {
    fn check(&self) -> Result<(), BuyerError> {
        let records = self.alerts.len() + self.log.len() + self.events.len();
        if records > RECORDS_MAX {
            return Err(BuyerError::TooMany { most: RECORDS_MAX });
        }
        Ok(())
    }
}

impl Node {
    /// All that is kept of a buyer; nothing changes.
    ///
    /// # Errors
    /// When the store is away, or there is more than one answer can hold.
    pub async fn export_buyer(self: &Arc<Self>, buyer: &Buyer) -> Result<Export, BuyerError> {
        let search = Search { store: &*self.store, buyer };
        let mut export = Export { orders: 0, alerts: vec![], log: vec![], events: vec![] };
        let (mut before, mut more) = (None, true);
        while more {
            let (alerts, next) = search.alerts(before).await?;
            export.alerts.extend(alerts);
            export.check()?;
            (before, more) = (next, next.is_some());
        }
        let mut ids: BTreeSet<_> = export.alerts.iter().map(|alert| alert.id).collect();
        let (mut after, mut more) = (None, true);
        while more {
            let (events, next) = search.events(after.as_deref(), &ids).await?;
            for event in events {
                // What was taken in before alerts had keys is found by its event.
                if let Some(id) = alert_of(&event).filter(|id| ids.insert(*id)) {
                    export.alerts.extend(self.store.alert(&buyer.streamer, id).await?);
                }
                export.events.push(view(&event));
            }
            export.check()?;
            more = next.is_some();
            after = next;
        }
        let mut after = Some(After::Oldest);
        while let Some(from) = after {
            let (entries, next) = search.entries(from, &ids).await?;
            export.log.extend(entries.iter().map(|entry| json!(entry.wire())));
            export.check()?;
            after = next;
        }
        let counted = export.alerts.iter().filter_map(|alert| alert.buyer_keys.first());
        export.orders = search.orders(counted.cloned().collect()).await?;
        Ok(export)
    }
}

fn view(stored: &StoredEvent) -> Value {
    let event = &stored.event;
    let body = serde_json::from_slice(&event.body)
        .unwrap_or_else(|_| json!(String::from_utf8_lossy(&event.body)));
    json!({
        "id": event.id,
        "type": event.kind,
        "received": event.received.wire(),
        "outcome": stored.settled,
        "body": (!event.body.is_empty()).then_some(body),
    })
}
