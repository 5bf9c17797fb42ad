//! Events in: received, verified and stored ([`receive`]), then read, routed and brought to their
//! channel. What is stored and has no outcome yet is taken up again, with growing waits, until it has
//! one; after five attempts a person decides.

mod dead_letters;
mod enrich;
pub mod receive;
mod routing;
pub mod test_alert;
mod waiting;

pub use dead_letters::{DeadLetter, DeadLetterFilter};
use enrich::Enrich;

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::{
    alert::HeldBecause,
    backoff::Backoff,
    channel::{Event, Input, NewSale, What},
    conductor::HandedIn,
    directory::DirectoryError,
    id::{EventId, StreamerId},
    moderation::Filter,
    node::{Node, random},
    settings::Settings,
    store::{Door, Settlement, StoreError, StoredEvent},
    stripe::{
        event::{DASHBOARD_SAMPLE, Envelope},
        sale::{self, Reading, Sale, SaleSettings},
    },
    time::Timestamp,
};

/// Fresh events on their way between store and channel. What is more waits in the store for the
/// sweep.
const FRESH_MAX: usize = 512;

/// Events the sweep has on their way: places of their own, so that a backlog keeps no fresh one out.
pub(crate) const SWEPT_MAX: usize = 256;

/// Swept events of one streamer on their way.
const SWEPT_OF_ONE_MAX: usize = 64;

/// How long an event rests after its first attempt failed, its second, and so on; the store keeps when
/// it is due. After the attempt that follows the last of these it is a dead letter (design §3: five).
/// A fault that passes by itself, as a lookup's or a disk's, has passed after a quarter of an hour.
const RESTS: [Duration; 4] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
];

/// Why an event is given up.
const GIVEN_UP: &str = "five attempts to bring it to its channel failed";

/// Between two tries while the store is away.
const RETRY: Backoff = Backoff { first: Duration::from_millis(100), most: Duration::from_secs(2) };

/// Events on their way.
#[derive(Debug)]
pub struct Intake {
    fresh: Arc<Semaphore>,
    swept: Arc<Semaphore>,
    /// What is on its way is not taken up a second time, however long its channel takes. With the
    /// streamer it is known to be for.
    under_way: Arc<Mutex<HashMap<EventId, Option<StreamerId>>>>,
    /// Something was left to the sweep.
    pub(crate) left: Notify,
    /// The last pass of the sweep left something for want of places.
    crowded: AtomicBool,
    enrich: Enrich,
}

impl Intake {
    pub(crate) fn new() -> Self {
        Self {
            fresh: Arc::new(Semaphore::new(FRESH_MAX)),
            swept: Arc::new(Semaphore::new(SWEPT_MAX)),
            under_way: Arc::default(),
            left: Notify::new(),
            crowded: AtomicBool::new(false),
            enrich: Enrich::new(),
        }
    }

    /// Notes that an event is on its way; `None` if it is already, or (`swept`) if so many of its
    /// streamer are that a channel that takes nothing would leave no place to others.
    fn set_out(
        &self,
        stored: &StoredEvent,
        permit: OwnedSemaphorePermit,
        swept: bool,
    ) -> Option<UnderWay> {
        let id = stored.event.id.clone();
        let streamer = stored.streamer().cloned();
        let mut all = self.lock();
        let crowd = || all.values().filter(|other| **other == streamer).count();
        if all.contains_key(&id) || (swept && crowd() >= SWEPT_OF_ONE_MAX) {
            return None;
        }
        all.insert(id.clone(), streamer);
        Some(UnderWay { id, all: Arc::clone(&self.under_way), _permit: permit })
    }

    /// How many events are on their way.
    pub(crate) fn under_way(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<EventId, Option<StreamerId>>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An event on its way, until it is dropped.
struct UnderWay {
    id: EventId,
    all: Arc<Mutex<HashMap<EventId, Option<StreamerId>>>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// An event as it was just stored.
struct Fresh {
    /// What its body says.
    envelope: Envelope,
    /// Whether others may have waited for it.
    awaited: bool,
}

/// Why an event got no outcome this time.
#[derive(Debug, thiserror::Error)]
enum IntakeError {
    /// The store or the directory is away: tried again, for as long as it takes.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// Its channel could not take it in now.
    #[error("its channel is busy")]
    Busy,
    /// Something on its way to its channel panicked.
    #[error("the gateway panicked over it: this is a bug")]
    Panicked,
    /// Its sale came when it was about to wait for it.
    #[error("its sale came at the same moment")]
    Met,
}

impl IntakeError {
    /// Whether it goes well as soon as the store is back.
    fn may_pass(&self) -> bool {
        use StoreError::{Full, OutOfMemory, Unavailable};
        let Self::Directory(DirectoryError::Store(error)) = self else { return false };
        matches!(error, Unavailable(_) | Full | OutOfMemory)
    }
}

impl From<StoreError> for IntakeError {
    fn from(error: StoreError) -> Self {
        Self::Directory(error.into())
    }
}

impl Node {
    /// Brings a fresh event on its way, or leaves it to the sweep when too many are. `fresh` if it
    /// was stored just now.
    fn bring(self: &Arc<Self>, stored: StoredEvent, fresh: Option<Fresh>) {
        let permit = Arc::clone(&self.intake.fresh).try_acquire_owned();
        match permit.ok().map(|permit| self.intake.set_out(&stored, permit, false)) {
            Some(Some(under_way)) => self.travel(stored, fresh, under_way, false),
            // It is still on its way to its last outcome, which was taken back.
            Some(None) | None => self.intake.left.notify_one(),
        }
    }

    /// Takes up an event that a process before, or a try before, left without an outcome.
    pub(crate) async fn take_up(self: &Arc<Self>, mut stored: StoredEvent) {
        let permit = Arc::clone(&self.intake.swept).try_acquire_owned().ok();
        let under_way = permit.and_then(|permit| self.intake.set_out(&stored, permit, true));
        let Some(under_way) = under_way else {
            return self.intake.crowded.store(true, Ordering::Relaxed);
        };
        let id = &stored.event.id;
        match self.store.attempt(id).await {
            Ok(0) => {}
            // The last attempt ended with the process that made it.
            Ok(attempts) if rest_before(attempts).is_none() => {
                self.bury(&stored, attempts - 1, GIVEN_UP).await;
            }
            Ok(attempts) => {
                stored.attempts = attempts;
                self.travel(stored, None, under_way, true);
            }
            Err(error) => tracing::warn!(event.id = %id, %error, "an attempt could not be counted"),
        }
    }

    fn travel(
        self: &Arc<Self>,
        stored: StoredEvent,
        fresh: Option<Fresh>,
        under_way: UnderWay,
        patient: bool,
    ) {
        let node = Arc::clone(self);
        self.tasks.spawn(async move {
            let tried = AssertUnwindSafe(node.outcome_once_possible(&stored, fresh, patient));
            match tried.catch_unwind().await.unwrap_or(Err(IntakeError::Panicked)) {
                Ok(()) => {}
                // What this process could not do any more is the next one's, at once.
                Err(_) if node.stop.is_cancelled() => {}
                Err(IntakeError::Met) => node.intake.left.notify_one(),
                Err(IntakeError::Busy) if !patient => node.intake.left.notify_one(),
                Err(error) => node.failed(&stored, &error).await,
            }
            drop(under_way);
            // A place is free again: a backlog need not wait for the next pass.
            if patient && node.intake.crowded.swap(false, Ordering::Relaxed) {
                node.intake.left.notify_one();
            }
        });
    }

    /// An attempt failed: the event rests, or is given up after its last.
    async fn failed(&self, stored: &StoredEvent, error: &IntakeError) {
        let id = &stored.event.id;
        tracing::warn!(event.id = %id, attempt = stored.attempts, %error, "an event has no outcome yet");
        let Some(rest) = rest_before(stored.attempts + 1) else {
            return self.bury(stored, stored.attempts, GIVEN_UP).await;
        };
        if let Err(error) = self.store.put_off(id, self.store.now() + rest).await {
            tracing::warn!(event.id = %id, %error, "an event's next attempt could not be put off");
        }
    }

    /// Waits while the store is away: that is no failed attempt of the event's.
    async fn outcome_once_possible(
        self: &Arc<Self>,
        stored: &StoredEvent,
        fresh: Option<Fresh>,
        patient: bool,
    ) -> Result<(), IntakeError> {
        let again = || Envelope::read_trusted(&stored.event.body).ok();
        let fresh = fresh.or_else(|| Some(Fresh { envelope: again()?, awaited: true }));
        let mut tries = 0;
        loop {
            let error = match self.outcome(stored, fresh.as_ref(), patient).await {
                Err(error) if error.may_pass() => error,
                done => return done,
            };
            tokio::select! {
                () = tokio::time::sleep(RETRY.wait(tries, random())) => tries += 1,
                () = self.stop.cancelled() => return Err(error),
            }
        }
    }

    async fn outcome(
        self: &Arc<Self>,
        stored: &StoredEvent,
        fresh: Option<&Fresh>,
        patient: bool,
    ) -> Result<(), IntakeError> {
        let id = &stored.event.id;
        let Some(Fresh { envelope, awaited }) = fresh else {
            self.bury(stored, stored.attempts, "its body is no event").await;
            return Ok(());
        };
        let anyones = sale::read(envelope, &anyones_settings());
        let streamer = match self.streamer_of(stored, envelope, &anyones).await? {
            routing::Route::To(streamer) => streamer,
            routing::Route::Nobody(why) => {
                self.store.settle(id, Settlement::Ignored(why.into())).await?;
                return Ok(());
            }
            routing::Route::Waits => {
                let waits = self.store.settle(id, Settlement::Waiting).await?;
                return if waits { Ok(()) } else { Err(IntakeError::Met) };
            }
            routing::Route::DeadLetter(why) => {
                self.bury(stored, stored.attempts, &why).await;
                return Ok(());
            }
        };
        let Some(known) = self.directory.streamer(&streamer).await? else {
            let why = format!("there is no streamer {streamer} any more");
            self.bury(stored, stored.attempts, &why).await;
            return Ok(());
        };
        let mut settings = sale_settings(&known.settings);
        // A test alert is a Checkout session, whatever the shop sells with.
        settings.payment_intents &= stored.event.door != Door::TestAlert;
        let reading = sale::read(envelope, &settings);
        if let Some(checkout) = reading.checkout {
            self.hear_of_payment(&streamer, checkout.id, checkout.payment).await?;
        }
        let Some(mut what) = self.what(&streamer, stored, &reading, &known.settings) else {
            let sale::What::Ignored(why) = &reading.what else { return Ok(()) };
            self.store.settle(id, Settlement::Ignored(why.to_string())).await?;
            return Ok(());
        };
        self.remember_route(stored, &streamer, &reading, *awaited).await?;
        if let What::Sale(sale) = &mut what {
            self.enrich(&streamer, stored, &reading, sale).await;
        }
        let event = Event {
            id: id.clone(),
            alert: stored.event.alert,
            stored: stored.stored,
            ids: reading.ids,
            what,
        };
        match self.settle_in_channel(&streamer, Input::Event(event), patient).await {
            HandedIn::Settled => Ok(()),
            HandedIn::Refused => Err(IntakeError::Busy),
        }
    }

    /// What a reading means for the channel; `None` if nothing.
    fn what(
        &self,
        streamer: &StreamerId,
        stored: &StoredEvent,
        reading: &Reading,
        settings: &Settings,
    ) -> Option<What> {
        match &reading.what {
            sale::What::Sale(sale) => {
                Some(What::Sale(self.new_sale(streamer, stored, reading, sale, settings)))
            }
            other => What::besides_a_sale(other),
        }
    }

    fn new_sale(
        &self,
        streamer: &StreamerId,
        stored: &StoredEvent,
        reading: &Reading,
        sale: &Sale,
        settings: &Settings,
    ) -> NewSale {
        let test = !sale.livemode;
        let keyed = |who: &Option<SecretString>| {
            let who = who.as_ref()?.expose_secret();
            Some(self.directory.keys().buyer(streamer.as_str(), who))
        };
        let made_by_us = stored.event.door == Door::TestAlert;
        let filter = Filter::new(&settings.moderation);
        let name = sale.name.as_deref().map(|name| filter.name(name));
        let message = sale.message.as_deref().map(|message| filter.message(message));
        let held = name.iter().chain(&message).any(|moderated| moderated.held);
        NewSale {
            kind: sale.kind,
            test,
            hidden: test && !made_by_us && !settings.show_test,
            held_for: held.then_some(HeldBecause::Words),
            // The Dashboard's samples are all of one day in 2012.
            created: sale
                .created_s
                .filter(|_| !is_sample(&stored.event.id))
                .map_or(stored.event.received, Timestamp::from_secs),
            name: name.and_then(|name| name.text),
            buyer: keyed(&reading.buyer_key),
            buyer_email: keyed(&reading.buyer_email),
            amount: sale.amount,
            items: sale.items.clone(),
            message: message.and_then(|message| message.text),
        }
    }
}

/// How long an event rests before its attempt of this number, from 1; `None` if there is no such
/// attempt any more.
fn rest_before(attempt: u32) -> Option<Duration> {
    let made = usize::try_from(attempt).unwrap_or(usize::MAX).saturating_sub(1);
    if made == 0 { Some(Duration::ZERO) } else { RESTS.get(made - 1).copied() }
}

/// Settings under which nothing is ignored that could be a sale to anyone.
fn anyones_settings() -> SaleSettings {
    SaleSettings { renewals: true, ..sale_settings(&Settings::default()) }
}

fn sale_settings(settings: &Settings) -> SaleSettings {
    SaleSettings {
        renewals: settings.renewals,
        payment_intents: settings.payment_intents,
        nickname_field: settings.nickname_field.clone(),
        message_field: settings.message_field.clone(),
    }
}

/// Whether an event is one of the Dashboard's samples, each stored under an id of its own.
fn is_sample(event: &EventId) -> bool {
    event.as_str().strip_prefix(DASHBOARD_SAMPLE).is_some_and(|own| own.starts_with('_'))
}

#[cfg(test)]
mod tests {
    use super::{RESTS, rest_before};

    #[test]
    fn rests_grow_and_come_to_an_end() {
        assert!(RESTS.is_sorted_by(|one, next| one < next));
        assert!(RESTS.iter().all(|rest| *rest <= crate::store::REST_MAX));
        let rests: Vec<_> = (1..).map_while(rest_before).collect();
        assert_eq!((rests.len(), rests[0].is_zero()), (5, true), "the first attempt is at once");
        assert_eq!(rests[1..], RESTS);
        assert_eq!(rest_before(u32::MAX), None);
    }
}
