//! The checks a gateway makes by itself: at its start and every five minutes, by one node for all.

use std::{sync::Arc, time::Duration};

use super::{
    CheckError, LastCheck,
    cursor::{Cursor, secs},
    fetch::{Counted, Fetcher, Source},
    poll::{POLL_EVERY, Polling},
};
use crate::{
    backoff::Backoff,
    node::{Node, random},
    stripe_api::{ApiError, StripeApi},
    time::Timestamp,
};

/// Which lease the node has that checks for all.
pub(super) const LEASE_NAME: &str = "reconcile";

/// How often everything is checked, give or take a tenth, so that gateways do not ask all at once.
const CHECK_EVERY: Duration = Duration::from_mins(5);

/// How often it is looked whether the lease is free, or a check is due.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// How young an event is left to its webhook, so that what is found was really missing. The first check
/// takes all: nobody was there to be told.
const LEFT_TO_WEBHOOK: Duration = Duration::from_mins(1);

/// Between tries while Stripe or the store is away, or the key is refused.
const RETRY: Backoff = Backoff { first: Duration::from_secs(4), most: Duration::from_mins(1) };

/// The shortest wait after a failure: a refused key is no reason for a storm of calls.
const RETRY_LEAST: Duration = Duration::from_secs(1);

/// What the checking task knows.
pub(super) struct Checks<'a> {
    pub node: &'a Arc<Node>,
    pub api: &'a StripeApi,
    poll: bool,
    is_first: bool,
    next_check: Timestamp,
    /// Failures in a row, and the sentence that was logged for them.
    failures: u32,
    said: String,
    pub polling: Polling,
}

impl Node {
    /// Fetches what Stripe did not deliver, until the node stops; with `poll`, every other second.
    pub async fn reconcile(self: Arc<Self>, poll: bool) {
        let checking = async {
            let Some(api) = &self.stripe else { return std::future::pending().await };
            let mut checks = Checks::new(&self, api, poll);
            loop {
                let wait = checks.turn().await;
                tokio::time::sleep(wait).await;
            }
        };
        tokio::select! {
            () = checking => {}
            () = self.stop.cancelled() => {}
        }
    }
}

impl<'a> Checks<'a> {
    fn new(node: &'a Arc<Node>, api: &'a StripeApi, poll: bool) -> Self {
        let (failures, said, polling) = (0, String::new(), Polling::default());
        let next_check = node.store.now();
        Self { node, api, poll, is_first: true, next_check, failures, said, polling }
    }

    /// Does what is due; how long until the next turn.
    async fn turn(&mut self) -> Duration {
        if self.node.is_draining() {
            return LOOK_EVERY;
        }
        match self.due().await {
            Ok(()) => {
                if std::mem::take(&mut self.failures) > 0 {
                    tracing::info!("events can be fetched from Stripe again");
                    self.said.clear();
                }
                if self.poll { POLL_EVERY } else { LOOK_EVERY }
            }
            Err(CheckError::TakenOver) => LOOK_EVERY,
            Err(error) => self.failed(&error),
        }
    }

    async fn due(&mut self) -> Result<(), CheckError> {
        let node = self.node;
        if !node.store.lease(LEASE_NAME, node.id, super::LEASE).await? {
            return Err(CheckError::TakenOver);
        }
        if node.store.now() >= self.next_check {
            self.check().await?;
            self.is_first = false;
            let tenth = CHECK_EVERY.as_secs() / 10;
            let jitter = Duration::from_secs(random() % (2 * tenth + 1));
            self.next_check = node.store.now() + CHECK_EVERY + jitter - Duration::from_secs(tenth);
        } else if self.poll {
            self.poll().await?;
        }
        Ok(())
    }

    /// Has the next check come before its time.
    pub(super) fn check_soon(&mut self) {
        self.next_check = self.node.store.now();
    }

    /// Says once what is wrong, and tries again later.
    fn failed(&mut self, error: &CheckError) -> Duration {
        let sentence = error.to_string();
        if sentence != self.said {
            match error {
                CheckError::Api(ApiError::Unauthorized | ApiError::Forbidden) => {
                    tracing::error!(%error, "events cannot be fetched from Stripe");
                }
                _ => tracing::warn!(%error, "events cannot be fetched from Stripe, trying again"),
            }
            self.said = sentence;
        }
        let wait = RETRY.wait(self.failures, random()).max(RETRY_LEAST);
        self.failures = self.failures.saturating_add(1);
        wait
    }

    /// Goes over every source from where the last check ended.
    async fn check(&mut self) -> Result<(), CheckError> {
        let mut all = Counted::default();
        for source in Source::all(self.node).await? {
            match self.check_one(&source).await {
                Ok(counted) => {
                    all.events += counted.events;
                    all.new += counted.new;
                }
                Err(error) if source.is_alone_with(&error) => {
                    self.polling.refused(&source);
                    let account = source.account.as_deref().unwrap_or_default();
                    if self.node.first_time(&format!("unreachable {account}")) {
                        tracing::warn!(account, %error, "an account's events cannot be fetched");
                    }
                }
                Err(error) => return Err(error),
            }
        }
        self.note(all).await
    }

    async fn check_one(&mut self, source: &Source) -> Result<Counted, CheckError> {
        let now = self.node.store.now();
        let cursor = Cursor::read(self.node, source).await?;
        let slices = cursor.window(now);
        let began_s = slices.open_from_s();
        let mut fetcher = Fetcher::new(self.node, self.api, LEASE_NAME);
        if !self.poll && !self.is_first {
            fetcher.until_s = secs(now - LEFT_TO_WEBHOOK);
        }
        fetcher.all(source, slices).await?;
        let (counted, newest_s) = (fetcher.counted, fetcher.newest_s);
        Cursor { until: now, ..cursor }.write(self.node, source).await?;
        self.polling.checked(source, began_s, newest_s);
        Ok(counted)
    }

    /// Remembers what a whole check found.
    async fn note(&self, found: Counted) -> Result<(), CheckError> {
        let before = self.node.last_check().await?.unwrap_or_default();
        let at = self.node.store.now();
        self.node.metrics.checked.set(at.as_millis().div_euclid(1000));
        if found.new > 0 {
            let Counted { events, new, .. } = found;
            tracing::info!(events, new, "fetched events that no webhook brought");
        }
        let new_ever = before.new_ever + found.new;
        LastCheck { at, events: found.events, new: found.new, new_ever }.write(self.node).await
    }
}
