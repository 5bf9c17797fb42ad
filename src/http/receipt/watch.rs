//! One receipt as it changes. Wakes say when to look; what is told is what the store has then.

use std::{sync::Arc, time::Duration};

use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{look, room::Seat};
use crate::{
    id::StreamerId,
    node::{Node, random},
    receipt::Receipt,
    store::Wake,
    stripe::sale::PurchaseId,
    time::Timestamp,
};

/// Least time between two looks: in a raid a channel changes many times a second.
const GAP: Duration = Duration::from_secs(1);

/// How often one that hears nothing looks all the same, should a wake have been lost.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// How long a receipt is followed. A page that is still there comes again by itself.
const FOLLOWED_FOR: Duration = Duration::from_hours(1);

/// How long after its final state, so that a page that has just come need not come again.
const AFTER_FINAL: Duration = Duration::from_mins(1);

/// When a page whose stream broke off comes again, at the earliest; at the latest after twice that.
const AGAIN_SEATED: Duration = Duration::from_secs(3);

/// The same for one that found no seat: it is told how things stand now, and comes to ask again.
const AGAIN_STANDING: Duration = Duration::from_secs(12);

/// Follows one receipt.
pub(super) struct Watch {
    node: Arc<Node>,
    session: PurchaseId,
    streamer: Option<StreamerId>,
    wakes: Receiver<Wake>,
    told: Option<Receipt>,
    looked: Option<Timestamp>,
    until: Timestamp,
    seat: Option<Seat>,
}

impl Watch {
    /// Begins to follow. Without a seat it ends after the first look.
    pub(super) fn new(node: Arc<Node>, session: PurchaseId, seat: Option<Seat>) -> Self {
        let (wakes, until) = (node.store.wakes(), node.clock.now() + FOLLOWED_FOR);
        Self { node, session, streamer: None, wakes, told: None, looked: None, until, seat }
    }

    /// When a page comes again, should the stream end: at random, so that not all come at once.
    pub(super) fn again(&self) -> Duration {
        let least = if self.seat.is_some() { AGAIN_SEATED } else { AGAIN_STANDING };
        let most = u64::try_from(least.as_millis()).unwrap_or(u64::MAX);
        least + Duration::from_millis(random() % most)
    }

    /// The receipt, once it is another than was told last; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<Receipt> {
        while self.looked.is_none() || self.wait().await {
            // What was heard so far is answered by this look; what comes during it, by the next.
            self.wakes = self.wakes.resubscribe();
            self.looked = Some(self.node.clock.now());
            match look(&self.node, &self.session, &mut self.streamer).await {
                Ok(receipt) if self.told != Some(receipt) => {
                    self.told = Some(receipt);
                    if receipt.is_final() {
                        self.until = self.until.min(self.node.clock.now() + AFTER_FINAL);
                    }
                    return Some(receipt);
                }
                Ok(_) => {}
                // It is looked at again after the next wake, or by and by.
                Err(error) => tracing::debug!(%error, "a receipt could not be looked at"),
            }
        }
        None
    }

    /// Waits until there may be something new; `false` at the end.
    async fn wait(&mut self) -> bool {
        let left = self.until.since(self.node.clock.now());
        if self.seat.is_none() || left.is_zero() {
            return false;
        }
        let draining = self.node.draining.clone();
        tokio::select! {
            () = self.woken() => true,
            () = tokio::time::sleep(LOOK_EVERY.min(left)) => true,
            () = draining.cancelled() => false,
        }
    }

    /// Waits for a wake that may concern it, and until the last look is long enough ago. As long as
    /// nobody knows whose the purchase is, it may be anybody's.
    async fn woken(&mut self) {
        loop {
            match self.wakes.recv().await {
                Ok(Wake::Channel(woken, _))
                    if self.streamer.as_ref().is_none_or(|s| *s == woken) =>
                {
                    break;
                }
                Ok(Wake::All) | Err(RecvError::Lagged(_)) => break,
                Ok(_) => {}
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
        let looked = self.looked.unwrap_or_default();
        tokio::time::sleep(GAP.saturating_sub(self.node.clock.now().since(looked))).await;
    }
}
