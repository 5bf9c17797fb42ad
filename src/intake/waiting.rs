//! Events that come before their sale to the webhook that many streamers share: a refund, a dispute, or
//! one that only links ids. Nothing in them names a streamer, so they wait under each of their ids
//! until an event with one of these ids has found its streamer.
//!
//! Who waits writes its rows, looks once more, and settles as waiting; who has found a streamer
//! indexes its ids, then routes what waits there and makes it unsettled. Whichever comes first, one
//! sees the other: the store refuses to let an event wait that was routed meanwhile. Both do all of it
//! before they have an outcome, so a crash in between repeats it.

use std::sync::Arc;

use futures_util::future::try_join_all;
use serde_json::Value;

use super::{IntakeError, routing::Route};
use crate::{
    conductor::IDS_KEPT,
    id::{EventId, StreamerId},
    node::Node,
    store::{Document, DocumentKind, Expect, Settlement, StoredEvent},
    stripe::sale::PurchaseId,
};

/// Rows looked at in one step. Mostly there is none; a purchase has up to five events, and a few
/// refunds.
const PAGE: usize = 16;

/// Where an event's row stands below an id: before all others of the same id.
fn prefix(id: &PurchaseId) -> String {
    format!("{id}/")
}

impl Node {
    /// Notes that an event waits for its sale, unless that has come meanwhile.
    pub(super) async fn await_sale(
        &self,
        event: &EventId,
        ids: &[PurchaseId],
    ) -> Result<Route, IntakeError> {
        let expires = Some(self.store.now() + IDS_KEPT);
        let notes = ids.iter().map(|id| {
            let body = Value::String(event.to_string());
            let id = format!("{}{event}", prefix(id));
            let row = Document { id, owner: None, version: 0, expires, body };
            self.store.put_document(DocumentKind::Waiting, row, Expect::Any)
        });
        try_join_all(notes).await?;
        // Its sale may have looked here before there was anything to see.
        let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
        Ok(self.store.routed(&keys).await?.map_or(Route::Waits, Route::To))
    }

    /// Takes up what waits for any of these ids, now that they are known to be this streamer's.
    pub(super) async fn take_up_waiting(
        self: &Arc<Self>,
        ids: &[PurchaseId],
        own: &EventId,
        streamer: &StreamerId,
    ) -> Result<(), IntakeError> {
        try_join_all(ids.iter().map(|id| self.take_up_below(id, own, streamer))).await?;
        Ok(())
    }

    async fn take_up_below(
        self: &Arc<Self>,
        id: &PurchaseId,
        own: &EventId,
        streamer: &StreamerId,
    ) -> Result<(), IntakeError> {
        let kind = DocumentKind::Waiting;
        let prefix = prefix(id);
        loop {
            let mut rows = self.store.documents(kind, None, Some(&prefix), PAGE).await?;
            rows.retain(|row| row.id.starts_with(&prefix));
            for row in &rows {
                let event = row.body.as_str().and_then(|event| event.parse().ok());
                if let Some(event) = event.filter(|event| event != own) {
                    self.wake_up(&event, streamer).await?;
                }
                self.store.remove_document(kind, &row.id).await?;
            }
            if rows.len() < PAGE {
                return Ok(());
            }
        }
    }

    /// Routes an event that waits, and brings it on its way again.
    async fn wake_up(
        self: &Arc<Self>,
        event: &EventId,
        streamer: &StreamerId,
    ) -> Result<(), IntakeError> {
        let waits =
            |stored: &StoredEvent| matches!(stored.settled, None | Some(Settlement::Waiting));
        let Some(stored) = self.store.event(event).await?.filter(waits) else { return Ok(()) };
        if stored.routed.is_none() {
            self.store.route(event, streamer).await?;
        }
        // If it has no outcome yet, it is on its way, and will not be let wait.
        if self.store.redrive(event).await?
            && let Some(stored) = self.store.event(event).await?
        {
            self.bring(stored, None);
        }
        Ok(())
    }
}
