//! How many of a product are left. A checkout holds its pieces before the buyer is sent to Stripe, so
//! that nobody pays for what another has paid for already; Stripe's events then take the pieces or
//! free them. One document for each counted product, changed by compare-and-set.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::products::key;
use crate::{
    backoff::Backoff,
    id::{CheckoutId, StreamerId},
    node::{Node, random},
    store::{Document, DocumentKind, Expect, Store, StoreError},
    stripe::sale::Payment,
    time::Timestamp,
};

/// Most holds of one product, lapsed ones included; the document is rewritten with each.
const HOLDS_MAX: usize = 500;

/// How long a hold that has lapsed is remembered: Stripe sends an event again for three days, and a
/// late one still takes its pieces.
const REMEMBERED: Duration = Duration::from_hours(7 * 24);

/// Stocks read of one streamer; there are no more products.
const LISTED: usize = 1000;

/// Tries of one change. Each lost one means that another checkout got through.
const TRIES: u32 = 100;

/// Between two tries.
const RETRY: Backoff =
    Backoff { first: Duration::from_millis(5), most: Duration::from_millis(100) };

/// What is left of a product, and for whom some of it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// Pieces that nobody has paid for.
    pub left: u32,
    holds: Vec<Hold>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Hold {
    checkout: CheckoutId,
    quantity: u32,
    /// None: for as long as the buyer's bank takes.
    until: Option<Timestamp>,
}

impl Hold {
    fn is_live(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

impl Stock {
    /// Pieces kept for checkouts under way.
    #[must_use]
    pub fn held(&self, now: Timestamp) -> u32 {
        let live = self.holds.iter().filter(|hold| hold.is_live(now));
        live.fold(0, |held, hold| held.saturating_add(hold.quantity))
    }

    /// Pieces that can be bought now.
    #[must_use]
    pub fn free(&self, now: Timestamp) -> u32 {
        self.left.saturating_sub(self.held(now))
    }

    /// Keeps pieces for a checkout until then; whether there were enough.
    #[must_use]
    pub fn hold(
        &mut self,
        checkout: CheckoutId,
        quantity: u32,
        until: Timestamp,
        now: Timestamp,
    ) -> bool {
        self.forget(now);
        if self.free(now) < quantity || self.holds.len() >= HOLDS_MAX {
            return false;
        }
        self.holds.push(Hold { checkout, quantity, until: Some(until) });
        true
    }

    /// Takes in what is known of a checkout's payment; whether that changed anything. The same twice
    /// changes nothing, and nothing comes after paid or over.
    pub fn hear(&mut self, checkout: CheckoutId, payment: Payment) -> bool {
        let Some(at) = self.holds.iter().position(|hold| hold.checkout == checkout) else {
            return false;
        };
        match payment {
            Payment::Awaited => self.holds[at].until.take().is_some(),
            Payment::Paid => {
                self.left = self.left.saturating_sub(self.holds.remove(at).quantity);
                true
            }
            Payment::Over => {
                self.holds.remove(at);
                true
            }
        }
    }

    /// Forgets what lapsed long ago; with too many holds, what lapsed first.
    fn forget(&mut self, now: Timestamp) {
        self.holds.retain(|hold| hold.is_live(now - REMEMBERED));
        while self.holds.len() >= HOLDS_MAX {
            let lapsed = self.holds.iter().enumerate().filter(|(_, hold)| !hold.is_live(now));
            let Some((first, _)) = lapsed.min_by_key(|(_, hold)| hold.until) else { return };
            self.holds.remove(first);
        }
    }
}

/// All stocks of a streamer, by product.
pub(super) async fn all(
    store: &dyn Store,
    streamer: &StreamerId,
) -> Result<Vec<(String, Stock)>, StoreError> {
    let documents = store.documents(DocumentKind::Stock, Some(streamer), None, LISTED).await?;
    documents.into_iter().map(|document| Ok((product(&document), read(&document)?))).collect()
}

/// The stock of one product.
pub(super) async fn one(
    store: &dyn Store,
    streamer: &StreamerId,
    product: &str,
) -> Result<Option<Stock>, StoreError> {
    let document = store.document(DocumentKind::Stock, &key(streamer, product)).await?;
    document.as_ref().map(read).transpose()
}

/// Sets how many are left; pieces that are held stay so.
pub(super) async fn set(
    store: &dyn Store,
    streamer: &StreamerId,
    product: &str,
    left: Option<u32>,
) -> Result<(), StoreError> {
    let Some(left) = left else {
        store.remove_document(DocumentKind::Stock, &key(streamer, product)).await?;
        return Ok(());
    };
    let set = |stock: Option<Stock>| {
        let holds = stock.map(|stock| stock.holds).unwrap_or_default();
        Some(Stock { left, holds })
    };
    change(store, streamer, product, set).await?;
    Ok(())
}

/// Keeps pieces of a product for a checkout; whether there were enough.
pub(super) async fn hold(
    store: &dyn Store,
    streamer: &StreamerId,
    (product, quantity): (&str, u32),
    checkout: CheckoutId,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let hold = |stock: Option<Stock>| {
        // A product whose stock is counted and not there is not sold.
        let mut stock = stock?;
        stock.hold(checkout, quantity, until, store.now()).then_some(stock)
    };
    change(store, streamer, product, hold).await
}

impl Node {
    /// Tells the stocks of a streamer what became of a checkout's payment. Harmless when repeated, and
    /// when the checkout holds nothing.
    ///
    /// # Errors
    /// Those of the store: the event that tells it must be brought again.
    pub async fn hear_of_payment(
        &self,
        streamer: &StreamerId,
        checkout: CheckoutId,
        payment: Payment,
    ) -> Result<(), StoreError> {
        let store = &*self.store;
        for (product, stock) in all(store, streamer).await? {
            if stock.holds.iter().all(|hold| hold.checkout != checkout) {
                continue;
            }
            let hear = |stock: Option<Stock>| {
                let mut stock = stock?;
                stock.hear(checkout, payment).then_some(stock)
            };
            change(store, streamer, &product, hear).await?;
        }
        Ok(())
    }
}

/// Changes a stock as `apply` says, once nobody else does at the same time; `None` from it changes
/// nothing. Whether it was changed.
async fn change(
    store: &dyn Store,
    streamer: &StreamerId,
    product: &str,
    apply: impl Fn(Option<Stock>) -> Option<Stock>,
) -> Result<bool, StoreError> {
    let id = key(streamer, product);
    for tries in 0..TRIES {
        let document = store.document(DocumentKind::Stock, &id).await?;
        let expect = document.as_ref().map_or(Expect::Absent, |d| Expect::Version(d.version));
        let stock = document.as_ref().map(read).transpose()?;
        let Some(stock) = apply(stock) else { return Ok(false) };
        let changed = Document {
            id: id.clone(),
            owner: Some(streamer.clone()),
            version: 0,
            expires: None,
            body: serde_json::to_value(stock).expect("a stock is plain JSON"),
        };
        if store.put_document(DocumentKind::Stock, changed, expect).await?.is_some() {
            return Ok(true);
        }
        tokio::time::sleep(RETRY.wait(tries, random())).await;
    }
    Err(StoreError::Unavailable(format!("everybody wants {product} at once")))
}

fn product(document: &Document) -> String {
    document.id.split_once('/').map_or("", |(_, product)| product).to_owned()
}

fn read(document: &Document) -> Result<Stock, StoreError> {
    Stock::deserialize(&document.body).map_err(|error| StoreError::Unreadable {
        what: format!("the stock of {}", document.id),
        why: error.to_string(),
    })
}

#[cfg(test)]
mod tests;
