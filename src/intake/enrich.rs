//! What was bought: Stripe's events do not say, so it is asked for after the 200, on the side. An
//! alert waits 2 s for the answer, then goes out with what its event has; what is learnt later
//! completes it in the log.

mod ask;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{Semaphore, oneshot};

use crate::{
    alert::{AlertKind, Item},
    backoff::Backoff,
    channel::{Input, NewSale},
    id::{AlertId, StreamerId},
    node::{Node, random},
    recall::Recall,
    store::{Door, StoredEvent},
    stripe::sale::{IdKind, Reading},
    stripe_api::{ApiError, LineProduct, StripeApi},
};

/// How long an alert waits (design §1).
const ALERT_WAITS: Duration = Duration::from_secs(2);

/// An alert of an older sale does not wait: nobody expects it now.
const WAITED_FOR_UNTIL: Duration = Duration::from_mins(5);

/// Lookups under way or waiting for another try. When it is full, alerts go out with what their
/// events have and stay so.
const LOOKUPS_MAX: usize = 1024;

/// Sessions asked about at a time (issue: at most four calls). A lookup keeps its place for all of its
/// calls, so that the first of a raid learn the price before the others ask.
const PLACES: usize = 4;

/// Products remembered, by price.
const PRODUCTS_MAX: usize = 1024;

/// How long a product is believed to be called and to look as it did.
const BELIEVED_FOR: Duration = Duration::from_mins(10);

/// Tries of one lookup, some minutes in all: what Stripe cannot say by then is old news.
const TRIES_MAX: u32 = 12;

/// Between two tries.
const RETRY: Backoff = Backoff { first: Duration::from_secs(2), most: Duration::from_secs(60) };

/// What the lookups share.
#[derive(Debug)]
pub(crate) struct Enrich {
    lookups: Arc<Semaphore>,
    places: Semaphore,
    /// What no alert waits for goes through here first, one at a time, and leaves the other places
    /// to what plays soon.
    unhurried: Semaphore,
    /// By price, its product.
    products: Mutex<Recall<LineProduct>>,
}

impl Enrich {
    pub(super) fn new() -> Self {
        Self {
            lookups: Arc::new(Semaphore::new(LOOKUPS_MAX)),
            places: Semaphore::new(PLACES),
            unhurried: Semaphore::new(1),
            products: Mutex::new(Recall::new(PRODUCTS_MAX, BELIEVED_FOR)),
        }
    }

    fn products(&self) -> MutexGuard<'_, Recall<LineProduct>> {
        self.products.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What to ask, and which alert it is for.
#[derive(Debug)]
struct Question {
    stripe: Arc<StripeApi>,
    account: Option<String>,
    session: String,
    streamer: StreamerId,
    alert: AlertId,
}

/// Where a lookup leaves what it finds, until the alert takes it and goes.
#[derive(Debug, Default)]
struct Board(Mutex<(Vec<Item>, bool)>);

impl Board {
    /// Whether the alert was still there to take it.
    fn put(&self, items: &[Item]) -> bool {
        let mut board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        board.0 = items.to_vec();
        !board.1
    }

    fn take(&self) -> Vec<Item> {
        let mut board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        board.1 = true;
        std::mem::take(&mut board.0)
    }
}

impl Node {
    /// Adds to a sale what was bought, if its event does not say and Stripe does in time.
    pub(super) async fn enrich(
        self: &Arc<Self>,
        streamer: &StreamerId,
        stored: &StoredEvent,
        reading: &Reading,
        sale: &mut NewSale,
    ) {
        let Some(question) = self.question(streamer, stored, reading, sale) else { return };
        let Ok(place) = Arc::clone(&self.intake.enrich.lookups).try_acquire_owned() else {
            return self.metrics.enrichment("full");
        };
        let board = Arc::new(Board::default());
        let waits = self.store.now().since(sale.created) < WAITED_FOR_UNTIL;
        let (done, is_done) = oneshot::channel();
        let lookup = Arc::clone(self).find_out(question, Arc::clone(&board), waits.then_some(done));
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            let _stopped = stop.run_until_cancelled(lookup).await;
            drop(place);
        });
        let _in_time = tokio::time::timeout(ALERT_WAITS, is_done).await;
        sale.items = board.take();
    }

    fn question(
        &self,
        streamer: &StreamerId,
        stored: &StoredEvent,
        reading: &Reading,
        sale: &NewSale,
    ) -> Option<Question> {
        let stripe = Arc::clone(self.stripe.as_ref()?);
        let session = reading.ids.iter().find(|id| id.kind == IdKind::Session)?;
        // A tip buys nothing.
        let nothing_to_ask = !sale.items.is_empty()
            || sale.kind == AlertKind::Tip
            || stored.event.door == Door::TestAlert;
        if nothing_to_ask {
            return None;
        }
        if stripe.key().livemode().is_some_and(|live| live == sale.test) {
            if self.first_time("sales in the mode that stripe.api_key is not of") {
                let mode = if sale.test { "test" } else { "live" };
                tracing::info!(
                    mode,
                    "stripe.api_key is of the other mode: what was bought stays unknown"
                );
            }
            return None;
        }
        Some(Question {
            stripe,
            account: reading.routing.account.clone(),
            session: session.id.clone(),
            streamer: streamer.clone(),
            alert: stored.event.alert,
        })
    }

    /// Asks until there is an answer or asking is in vain. `waiting` is dropped once the alert need
    /// wait no longer, which is after the first try.
    async fn find_out(
        self: Arc<Self>,
        question: Question,
        board: Arc<Board>,
        mut waiting: Option<oneshot::Sender<()>>,
    ) {
        let alert = question.alert;
        for tries in 0..TRIES_MAX {
            let error = match self.bought(&question, &board, waiting.is_some()).await {
                Ok(items) if board.put(&items) => return self.metrics.enrichment("in_time"),
                Ok(items) => {
                    self.metrics.enrichment("late");
                    return self.complete(&question, &items).await;
                }
                Err(error) => error,
            };
            self.metrics.enrichment(error.label());
            if !may_pass(&error) {
                if self.first_time(error.label()) {
                    tracing::warn!(alert.id = %alert, %error, "what was bought stays unknown");
                }
                return;
            }
            tracing::debug!(alert.id = %alert, %error, "what was bought is not known yet");
            drop(waiting.take());
            tokio::time::sleep(RETRY.wait(tries, random())).await;
        }
        tracing::warn!(alert.id = %alert, "what was bought stays unknown: Stripe gave no answer");
    }

    /// Completes an alert that has gone out. Its sale may not be committed yet: then it is tried again.
    async fn complete(self: &Arc<Self>, question: &Question, items: &[Item]) {
        let Question { streamer, alert, .. } = question;
        for tries in 0..TRIES_MAX {
            let input = Input::Complete(*alert, items.to_vec());
            match self.submit(streamer, input).await {
                Ok(_) => return,
                Err(error) => tracing::debug!(alert.id = %alert, %error, "not completed yet"),
            }
            tokio::time::sleep(RETRY.wait(tries, random())).await;
        }
    }
}

/// Whether asking again later may help; what stands between here and Stripe may answer nonsense.
fn may_pass(error: &ApiError) -> bool {
    error.may_pass() || *error == ApiError::Unreadable
}
