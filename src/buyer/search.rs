//! Going through what is kept, page by page.

use std::collections::BTreeSet;

use super::Buyer;
use crate::{
    alert::Alert,
    channel::Entry,
    id::AlertId,
    position::After,
    store::{AlertFilter, BuyerKey, LogPage, Names, Settlement, Store, StoreError, StoredEvent},
    stripe::personal,
};

/// Rows read at once: few enough that a page takes milliseconds.
const PAGE: usize = 200;

/// A search for one buyer.
pub(super) struct Search<'s> {
    pub(super) store: &'s dyn Store,
    pub(super) buyer: &'s Buyer,
}

/// Where a search goes on; `None` once it has seen all.
pub(super) type Place<T> = Option<T>;

impl Search<'_> {
    /// Orders counted as the buyer's: under the keys given, and those that these are counted under.
    pub(super) async fn orders(&self, counted: BTreeSet<BuyerKey>) -> Result<u32, StoreError> {
        let keys: BTreeSet<BuyerKey> = self.buyer.keys.iter().cloned().chain(counted).collect();
        let names = Names { buyers: keys.into_iter().collect(), ..Names::default() };
        let orders = self.store.load(&self.buyer.streamer, &names).await?.buyers;
        Ok(orders.into_iter().fold(0, u32::saturating_add))
    }

    /// The buyer's alerts of the next page, and where the one after begins.
    pub(super) async fn alerts(
        &self,
        before: Option<AlertId>,
    ) -> Result<(Vec<Alert>, Place<AlertId>), StoreError> {
        let filter = AlertFilter { before, limit: PAGE, ..AlertFilter::default() };
        let mut alerts = self.store.alerts(&self.buyer.streamer, filter).await?;
        let next = (alerts.len() == PAGE).then(|| alerts.last().map(|last| last.id)).flatten();
        alerts.retain(|alert| alert.buyer_keys.iter().any(|key| self.buyer.keys.contains(key)));
        Ok((alerts, next))
    }

    /// The entries of the next page that tell of these alerts.
    pub(super) async fn entries(
        &self,
        after: After,
        of: &BTreeSet<AlertId>,
    ) -> Result<(Vec<Entry>, Place<After>), StoreError> {
        let page = self.store.log(&self.buyer.streamer, after, PAGE).await?;
        let mut entries = match page {
            LogPage::Page { entries, .. } => entries,
            // Retention went on meanwhile, or a new epoch began.
            LogPage::HistoryLost { oldest } => {
                return Ok((Vec::new(), Some(After::Position(oldest))));
            }
        };
        let next = entries.last().map(|last| After::Position(last.position));
        entries.retain(|entry| entry.tells_of(of));
        Ok((entries, next))
    }

    /// The events of the next page that name the buyer, or are of the sales of these alerts.
    pub(super) async fn events(
        &self,
        after: Option<&str>,
        of: &BTreeSet<AlertId>,
    ) -> Result<(Vec<StoredEvent>, Place<String>), StoreError> {
        let page = self.store.events(after, PAGE).await?;
        let mut events = page.events;
        events.retain(|event| self.is_about(event, of));
        Ok((events, page.next))
    }

    fn is_about(&self, event: &StoredEvent, of: &BTreeSet<AlertId>) -> bool {
        let ours = match event.streamer() {
            Some(streamer) => *streamer == self.buyer.streamer,
            None => self.buyer.nobodys,
        };
        let texts: Vec<&str> = self.buyer.texts.iter().map(String::as_str).collect();
        ours && (alert_of(event).is_some_and(|alert| of.contains(&alert))
            || personal::names_one_of(&event.event.body, &texts))
    }
}

/// The alert of the sale that an event is of, as far as its outcome tells.
pub(super) fn alert_of(event: &StoredEvent) -> Option<AlertId> {
    match event.settled {
        Some(Settlement::Alert(alert) | Settlement::DuplicateOf(alert)) => Some(alert),
        _ => None,
    }
}
