//! Reading back what was written, through the same functions that nodes read with.

use bytes::Bytes;
use futures_util::future::try_join_all;
use sha2::{Digest as _, Sha256};

use super::Import;
use crate::{
    channel::State,
    id::StreamerId,
    position::After,
    store::{
        Batch, BuyerKey, Change, Document, DocumentKind, Fact, LogPage, Names, StoreError,
        StoredEvent,
        redis::{channels, documents, events, facts, log, routes},
    },
};

impl Import {
    /// Whether a batch reads back as it was written.
    ///
    /// # Errors
    /// When Redis does not answer, or a record cannot be read.
    pub async fn has(&self, batch: &Batch) -> Result<bool, StoreError> {
        let found = match batch {
            Batch::Blobs(all) => try_join_all(all.iter().map(|one| self.has_blob(one))).await?,
            Batch::Documents(kind, all) => {
                try_join_all(all.iter().map(|one| self.has_document(*kind, one))).await?
            }
            Batch::Events(all) => try_join_all(all.iter().map(|one| self.has_event(one))).await?,
            Batch::Routes(streamer, all) => {
                try_join_all(all.iter().map(|key| self.has_route(key, streamer))).await?
            }
            Batch::Channel(streamer, change) => vec![self.has_part(streamer, change).await?],
        };
        Ok(found.into_iter().all(|found| found))
    }

    async fn has_blob(&self, bytes: &Bytes) -> Result<bool, StoreError> {
        let hash = hex::encode(Sha256::digest(bytes));
        Ok(documents::blob(&self.link, &hash).await?.as_ref() == Some(bytes))
    }

    async fn has_event(&self, event: &StoredEvent) -> Result<bool, StoreError> {
        Ok(events::by_id(&self.link, &event.event.id).await?.as_ref() == Some(event))
    }

    async fn has_route(&self, key: &String, streamer: &StreamerId) -> Result<bool, StoreError> {
        let found = routes::find(&self.link, std::slice::from_ref(key)).await?;
        Ok(found.as_ref() == Some(streamer))
    }

    async fn has_document(
        &self,
        kind: DocumentKind,
        document: &Document,
    ) -> Result<bool, StoreError> {
        let found = documents::one(&self.link, kind, &document.id).await?;
        let lapsed = document.expires.is_some_and(|at| at <= self.link.clock.now());
        Ok(found.as_ref() == Some(document) || (found.is_none() && lapsed))
    }

    async fn has_part(&self, streamer: &StreamerId, change: &Change) -> Result<bool, StoreError> {
        let names = Names {
            alerts: change.alerts.iter().map(|alert| alert.id).collect(),
            purchases: change.purchases.iter().flat_map(|set| set.ids.iter().cloned()).collect(),
            buyers: change.facts.iter().filter_map(buyer).map(|(key, _)| key.clone()).collect(),
        };
        let loaded = channels::load(&self.link, &self.seen, streamer, &names).await?;
        let totals = facts::totals(&self.link, streamer).await?;
        let has_total = |fact: &Fact| match fact {
            Fact::Total { currency, minor, orders } => totals.iter().any(|total| {
                (total.currency, total.minor, total.orders) == (*currency, *minor, *orders)
            }),
            Fact::Buyer { .. } | Fact::Forgotten(_) => true,
        };
        let orders = change.facts.iter().filter_map(buyer).map(|(_, orders)| orders);
        Ok(stands(change, &loaded.state)
            && change.alerts.iter().all(|alert| loaded.named.contains(alert))
            && change.purchases.iter().all(|set| loaded.purchases.contains(set))
            && orders.eq(loaded.buyers.iter().copied())
            && change.facts.iter().all(has_total)
            && self.has_entries(streamer, change).await?)
    }

    async fn has_entries(
        &self,
        streamer: &StreamerId,
        change: &Change,
    ) -> Result<bool, StoreError> {
        let Some(first) = change.entries.first() else { return Ok(true) };
        let after = After::Offset(first.position.offset.saturating_sub(1));
        let page = log::page(&self.link, streamer, after, change.entries.len()).await?;
        Ok(matches!(page, LogPage::Page { entries, .. } if entries == change.entries))
    }
}

/// Whether this is the state that a change brought; entries that came later have moved it on.
fn stands(change: &Change, loaded: &State) -> bool {
    let Some(state) = &change.state else { return false };
    let moved = State { offset: loaded.offset, ..state.clone() };
    *loaded == if change.entries.is_empty() { state.clone() } else { moved }
}

/// A buyer and the orders so far, as a load tells them.
fn buyer(fact: &Fact) -> Option<(&BuyerKey, u32)> {
    match fact {
        Fact::Buyer { key, orders } => {
            Some((key, u32::try_from((*orders).max(0)).unwrap_or(u32::MAX)))
        }
        Fact::Total { .. } | Fact::Forgotten(_) => None,
    }
}
