//! Fetching the events of one source, a slice at a time.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{CheckError, poll::Seen, slices::Slices};
use crate::{
    directory::Held,
    id::StreamerId,
    intake::receive::Received,
    node::Node,
    store::StoreError,
    stripe::{event::Envelope, wanted::WANTED},
    stripe_api::{ApiError, Manner, StripeApi, Window},
    time::Timestamp,
};

/// While so many events are on their way, no more are fetched: fresh ones have places left.
const UNDER_WAY_MAX: usize = 128;

/// How soon it is looked whether there is room again.
const ROOM_EVERY: std::time::Duration = std::time::Duration::from_millis(50);

/// Whose events are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// The connected account; none is the key's own.
    pub account: Option<String>,
    /// Whose account that is; events of the key's own are routed like a delivery.
    pub streamer: Option<StreamerId>,
    /// Since when it is the streamer's: what was before was not for us.
    pub added: Option<Timestamp>,
}

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Answers of Stripe's.
    pub pages: u64,
    /// Events in them.
    pub events: u64,
    /// Events that no webhook had brought.
    pub new: u64,
}

/// Asks for events, and takes in what is new.
pub(super) struct Fetcher<'a> {
    pub node: &'a Arc<Node>,
    pub api: &'a StripeApi,
    /// Held while fetching; see [`super::LEASE`].
    pub lease: &'a str,
    pub counted: Counted,
    /// Ids that need not be looked up again.
    pub seen: Option<&'a mut Seen>,
    /// The newest event's moment, by Stripe's clock.
    pub newest_s: Option<i64>,
    /// Events made after this second are left to their webhook, which is on its way.
    pub until_s: i64,
}

impl<'a> Fetcher<'a> {
    pub(super) fn new(node: &'a Arc<Node>, api: &'a StripeApi, lease: &'a str) -> Self {
        let (counted, newest_s, until_s) = (Counted::default(), None, i64::MAX);
        Self { node, api, lease, counted, seen: None, newest_s, until_s }
    }

    /// Fetches all of a window.
    pub(super) async fn all(
        &mut self,
        source: &Source,
        mut slices: Slices,
    ) -> Result<(), CheckError> {
        while self.step(source, &mut slices).await? {}
        Ok(())
    }

    /// Fetches the next slice; `false` when there is none.
    pub(super) async fn step(
        &mut self,
        source: &Source,
        slices: &mut Slices,
    ) -> Result<bool, CheckError> {
        let Some(window) = slices.next() else { return Ok(false) };
        let (events, mut next) = self.page(source, window, None).await?;
        if next.is_some() && slices.halve() {
            return Ok(true);
        }
        // More than a page within one second has no order worth keeping.
        let mut taken = self.take(source, events).await?;
        while let Some(after) = next {
            let (events, further) = self.page(source, window, Some(&after)).await?;
            taken += self.take(source, events).await?;
            next = further;
        }
        slices.covered(taken);
        Ok(true)
    }

    async fn page(
        &mut self,
        source: &Source,
        window: Window,
        after: Option<&str>,
    ) -> Result<(Vec<Vec<u8>>, Option<String>), CheckError> {
        let node = self.node;
        while node.intake.under_way() >= UNDER_WAY_MAX {
            tokio::time::sleep(ROOM_EVERY).await;
        }
        if !node.store.lease(self.lease, node.id, super::LEASE).await? {
            return Err(CheckError::TakenOver);
        }
        let account = source.account.as_deref();
        let page = self.api.events(Manner::Waiting, account, &WANTED, window, after).await?;
        self.counted.pages += 1;
        Ok((page.events, page.next))
    }

    /// Takes in a page, oldest first; how many there were.
    async fn take(&mut self, source: &Source, events: Vec<Vec<u8>>) -> Result<usize, CheckError> {
        let count = events.len();
        for body in events.into_iter().rev() {
            self.counted.events += 1;
            self.node.metrics.events_fetched.inc();
            match Envelope::read_trusted(&body) {
                Ok(envelope) => self.take_one(source, envelope, body).await?,
                Err(error) => tracing::warn!(%error, "Stripe listed something that is no event"),
            }
        }
        Ok(count)
    }

    async fn take_one(
        &mut self,
        source: &Source,
        envelope: Envelope,
        body: Vec<u8>,
    ) -> Result<(), CheckError> {
        if envelope.created_s > Some(self.until_s) {
            return Ok(());
        }
        self.newest_s = self.newest_s.max(envelope.created_s);
        if self.seen.as_ref().is_some_and(|seen| seen.holds(&envelope.id)) {
            return Ok(());
        }
        // Most are known, and reading costs less than the durable write that would find it out.
        let known = match self.node.store.event(&envelope.id).await {
            // It comes in again, whole.
            Err(StoreError::Unreadable { .. }) => false,
            found => found?.is_some(),
        };
        let id = envelope.id.clone();
        if !known && !envelope.is_dashboard_sample() {
            let streamer = source.streamer.clone();
            let received = self.node.receive_fetched(envelope, body.into(), streamer).await?;
            if let Received::Accepted(event, _) = received {
                self.counted.new += 1;
                self.node.metrics.events_missing.inc();
                tracing::debug!(event.id = %event, "fetched an event that no webhook brought");
            }
        }
        if let Some(seen) = &mut self.seen {
            seen.add(id);
        }
        Ok(())
    }
}

impl Source {
    /// The key's own account.
    pub(super) const OWN: Self = Self { account: None, streamer: None, added: None };

    fn of(held: Held) -> Self {
        Self { account: Some(held.id), streamer: Some(held.streamer), added: Some(held.created) }
    }

    /// Whether an error is about this account alone, so that others go on: it was disconnected.
    pub(super) fn is_alone_with(&self, error: &CheckError) -> bool {
        use ApiError::{Forbidden, NotFound, Refused};
        let about = matches!(error, CheckError::Api(Forbidden | NotFound | Refused { .. }));
        self.account.is_some() && about
    }

    /// All there are: the key's own account first, then the connected ones by id, after `after`.
    pub(super) async fn all(node: &Node) -> Result<Vec<Self>, CheckError> {
        let mut all = vec![Self::OWN];
        let mut after: Option<String> = None;
        loop {
            let page = node.directory.accounts(after.as_deref()).await?;
            let Some(last) = page.last() else { return Ok(all) };
            after = Some(last.id.clone());
            all.extend(page.into_iter().map(Self::of));
        }
    }
}
