//! Erasing what is kept of a buyer. Until the last step everything can still be found by the buyer's
//! keys, so that what broke off is done again by asking again.

use std::{collections::BTreeSet, sync::Arc};

use bytes::Bytes;
use serde::Serialize;

use super::{Buyer, BuyerError, Search, search::alert_of};
use crate::{
    alert::Alert,
    channel::Input,
    id::AlertId,
    node::Node,
    position::After,
    store::{BuyerKey, Settlement, StoredEvent},
    stripe::personal,
};

/// Alerts changed by one commit.
const AT_ONCE: usize = 32;

/// Entries gathered before the log is rewritten: what is held in memory.
const REWRITTEN_AT_ONCE: usize = 5_000;

/// What was erased, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// Alerts that no longer tell who bought.
    pub alerts: usize,
    /// Of those, alerts that have yet to play, and will as someone's.
    pub unfinished: usize,
    /// Entries of the log that were rewritten.
    pub log: usize,
    /// Events whose raw body was dropped.
    pub events: usize,
    /// Dead letters and waiting events, which keep their body without what tells who bought.
    pub open_events: usize,
    /// Orders that are no longer counted as this buyer's; totals stay.
    pub orders: u32,
    /// Events on their way, which were left alone: ask again when they have arrived.
    pub under_way: usize,
}

impl Node {
    /// Erases what is kept of a buyer: alerts and log entries lose name and message, Stripe's events
    /// their raw body, and the buyer's orders are no longer counted. Amounts, what was bought, and
    /// totals stay, and so do Stripe's ids of the purchases: a refund must still find its sale.
    ///
    /// # Errors
    /// When the store is away; the same asked again does the rest.
    pub async fn erase_buyer(self: &Arc<Self>, buyer: &Buyer) -> Result<Erased, BuyerError> {
        let search = Search { store: &*self.store, buyer };
        let mut work = Work {
            node: self,
            buyer,
            ids: BTreeSet::new(),
            counted: BTreeSet::new(),
            erased: Erased::default(),
        };
        work.alerts(&search).await?;
        work.events(&search).await?;
        work.log(&search).await?;
        work.erased.orders = search.orders(std::mem::take(&mut work.counted)).await?;
        work.forget().await?;
        self.store.scrub().await?;
        Ok(work.erased)
    }
}

struct Work<'w> {
    node: &'w Arc<Node>,
    buyer: &'w Buyer,
    ids: BTreeSet<AlertId>,
    /// The keys that those are counted under.
    counted: BTreeSet<BuyerKey>,
    erased: Erased,
}

impl Work<'_> {
    async fn alerts(&mut self, search: &Search<'_>) -> Result<(), BuyerError> {
        let (mut before, mut more) = (None, true);
        while more {
            let (alerts, next) = search.alerts(before).await?;
            self.blank(&alerts).await?;
            (before, more) = (next, next.is_some());
        }
        Ok(())
    }

    async fn blank(&mut self, alerts: &[Alert]) -> Result<(), BuyerError> {
        self.ids.extend(alerts.iter().map(|alert| alert.id));
        self.counted.extend(alerts.iter().filter_map(|alert| alert.buyer_keys.first().cloned()));
        let telling: Vec<&Alert> = alerts.iter().filter(|alert| alert.tells_who()).collect();
        for some in telling.chunks(AT_ONCE) {
            let ids = some.iter().map(|alert| alert.id).collect();
            self.submit(Input::EraseBuyer(ids)).await?;
        }
        self.erased.alerts += telling.len();
        self.erased.unfinished += telling.iter().filter(|alert| !alert.state.is_end()).count();
        Ok(())
    }

    async fn events(&mut self, search: &Search<'_>) -> Result<(), BuyerError> {
        let (mut after, mut more) = (None, true);
        while more {
            let (events, next) = search.events(after.as_deref(), &self.ids).await?;
            for event in events {
                self.event(&event).await?;
            }
            more = next.is_some();
            after = next;
        }
        Ok(())
    }

    async fn event(&mut self, stored: &StoredEvent) -> Result<(), BuyerError> {
        // What was taken in before alerts had keys is found by its event.
        if let Some(id) = alert_of(stored).filter(|id| !self.ids.contains(id)) {
            let alert = self.node.store.alert(&self.buyer.streamer, id).await?;
            self.blank(alert.as_slice()).await?;
        }
        let (body, count) = match &stored.settled {
            None => (None, &mut self.erased.under_way),
            Some(Settlement::DeadLetter(_) | Settlement::Waiting) => {
                let body = personal::without_person(&stored.event.body);
                (body.map(Bytes::from), &mut self.erased.open_events)
            }
            Some(_) if stored.event.body.is_empty() => return Ok(()),
            Some(_) => (None, &mut self.erased.events),
        };
        *count += 1;
        if stored.settled.is_some() && !self.node.store.put_body(&stored.event.id, body).await? {
            // It was taken up again meanwhile.
            *count -= 1;
            self.erased.under_way += 1;
        }
        Ok(())
    }

    async fn log(&mut self, search: &Search<'_>) -> Result<(), BuyerError> {
        let mut after = Some(After::Oldest);
        let mut rewritten = Vec::new();
        while let Some(from) = after {
            let (entries, next) = search.entries(from, &self.ids).await?;
            for mut entry in entries {
                if entry.erase_buyer(&self.ids) {
                    rewritten.push(entry);
                }
            }
            after = next;
            // Seldom before the end: a store may have to copy the whole log.
            if after.is_none() || rewritten.len() >= REWRITTEN_AT_ONCE {
                self.node.store.rewrite(&self.buyer.streamer, &rewritten).await?;
                self.erased.log += rewritten.len();
                rewritten.clear();
            }
        }
        Ok(())
    }

    /// The last step: from here on nothing is found by the buyer's keys.
    async fn forget(&self) -> Result<(), BuyerError> {
        let ids: Vec<AlertId> = self.ids.iter().copied().collect();
        for some in ids.chunks(AT_ONCE) {
            self.submit(Input::ForgetBuyer(Vec::new(), some.to_vec())).await?;
        }
        self.submit(Input::ForgetBuyer(self.buyer.keys.clone(), Vec::new())).await
    }

    async fn submit(&self, input: Input) -> Result<(), BuyerError> {
        self.node.submit(&self.buyer.streamer, input).await?;
        Ok(())
    }
}
