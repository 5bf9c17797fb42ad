//! The conductor: brings inputs to channels. For each channel with something to do runs one task, its
//! runner: it takes what has gathered, loads, applies, commits, shows the connections here what
//! changed, and sleeps until something is due. No runner owns its channel: another node may commit
//! first, and then everything is loaded and applied again.

mod listen;
mod sweeps;

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{mpsc, oneshot};

use crate::{
    backoff::Backoff,
    channel::{Channel, Input, Refusal, Reply, Said},
    directory::{DirectoryError, Streamer},
    fault,
    id::{AlertId, ConnectionId, EventId, StreamerId},
    node::{Node, random},
    position::Position,
    session::stale_lease,
    store::{Change, Committed, Names, Settlement, StoreError, Wake},
    time::Timestamp,
    wire::ServerFrame,
};

pub(crate) use sweeps::IDS_KEPT;
pub use sweeps::Retention;

/// Inputs that wait for one channel. When it is full: acknowledgements and requests wait, events are
/// left to the sweep, ticks are dropped, since one is on its way.
const INPUTS_MAX: usize = 256;

/// Inputs applied in one commit.
const BATCH_MAX: usize = 64;

/// A runner with nothing to do for so long ends.
const RUNNER_IDLE: Duration = Duration::from_secs(30);

/// Between tries while the store is away or others commit first.
const RETRY: Backoff = Backoff { first: Duration::from_millis(20), most: Duration::from_secs(2) };

/// How long a person's request waits for its commit.
const REQUEST_WITHIN: Duration = Duration::from_secs(5);

/// The runners of this node.
#[derive(Debug, Default)]
pub struct Runners(Mutex<HashMap<StreamerId, mpsc::Sender<Job>>>);

/// One input on its way.
#[derive(Debug)]
pub(crate) struct Job {
    /// Boxed: a runner's channel takes memory for 32 of them, and each busy streamer has a runner.
    input: Box<Input>,
    answer: Answer,
}

/// Who wants to know.
#[derive(Debug)]
enum Answer {
    Nobody,
    /// A task that waits.
    Caller(oneshot::Sender<Result<Reply, Refusal>>),
    /// A page that acknowledged.
    Page(ConnectionId),
}

/// What came of handing an event to its channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandedIn {
    /// Its outcome is durable, or made elsewhere.
    Settled,
    /// Too much waits there, or the rules panicked over it.
    Refused,
}

/// Why an input was not applied.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store is away, or too much waits.
    #[error("the gateway could not store that in time: try again")]
    Unavailable,
}

impl Job {
    fn new(input: Input, answer: Answer) -> Self {
        Self { input: Box::new(input), answer }
    }
}

impl Runners {
    fn lock(&self) -> MutexGuard<'_, HashMap<StreamerId, mpsc::Sender<Job>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Node {
    /// Applies an input, and waits until it is durable.
    ///
    /// # Errors
    /// When the rules refuse it, or it was not stored within 5 s; it may still be.
    pub async fn submit(
        self: &Arc<Self>,
        streamer: &StreamerId,
        input: Input,
    ) -> Result<Reply, SubmitError> {
        let (answer, answered) = oneshot::channel();
        let job = Job::new(input, Answer::Caller(answer));
        let all = async {
            self.runner(streamer).send(job).await.ok()?;
            answered.await.ok()
        };
        match tokio::time::timeout(REQUEST_WITHIN, all).await {
            Ok(Some(reply)) => Ok(reply?),
            _ => Err(SubmitError::Unavailable),
        }
    }

    /// Applies an input without waiting for its commit; `false` if too much waits already.
    pub(crate) fn hand_in(self: &Arc<Self>, streamer: &StreamerId, input: Input) -> bool {
        self.runner(streamer).try_send(Job::new(input, Answer::Nobody)).is_ok()
    }

    /// Applies an event, and waits until its outcome is durable, however long that takes. Who is not
    /// `patient` is refused by a channel that is busy.
    pub(crate) async fn settle_in_channel(
        self: &Arc<Self>,
        streamer: &StreamerId,
        input: Input,
        patient: bool,
    ) -> HandedIn {
        let (answer, answered) = oneshot::channel();
        let job = Job::new(input, Answer::Caller(answer));
        let runner = self.runner(streamer);
        let taken =
            if patient { runner.send(job).await.is_ok() } else { runner.try_send(job).is_ok() };
        // A dropped answer: the event was settled elsewhere meanwhile, or makes the rules panic. If
        // it has no outcome, the sweep comes back to it.
        if taken && (answered.await.is_ok() || !patient) {
            HandedIn::Settled
        } else {
            HandedIn::Refused
        }
    }

    /// Applies a page's acknowledgement; the page is told when it is durable.
    pub(crate) async fn acknowledge(
        self: &Arc<Self>,
        streamer: &StreamerId,
        input: Input,
        page: ConnectionId,
    ) {
        let job = Job::new(input, Answer::Page(page));
        let _stopping = self.runner(streamer).send(job).await;
    }

    /// Applies news that must not be lost, once there is room for it.
    pub(crate) async fn tell(self: &Arc<Self>, streamer: &StreamerId, input: Input) {
        let _stopping = self.runner(streamer).send(Job::new(input, Answer::Nobody)).await;
    }

    /// Looks whether something is due in a channel.
    pub fn look(self: &Arc<Self>, streamer: &StreamerId) {
        let _one_is_on_its_way = self.hand_in(streamer, Input::Tick);
    }

    fn runner(self: &Arc<Self>, streamer: &StreamerId) -> mpsc::Sender<Job> {
        let mut runners = self.runners.lock();
        // A runner that died of a panic has left its sender behind.
        if let Some(runner) = runners.get(streamer).filter(|runner| !runner.is_closed()) {
            return runner.clone();
        }
        let (jobs, waiting) = mpsc::channel(INPUTS_MAX);
        runners.insert(streamer.clone(), jobs.clone());
        self.tasks.spawn(Arc::clone(self).run(streamer.clone(), waiting));
        jobs
    }

    async fn run(self: Arc<Self>, streamer: StreamerId, mut waiting: mpsc::Receiver<Job>) {
        let mut batch = Vec::new();
        let mut due: Option<Timestamp> = None;
        loop {
            let sleep = due.map_or(RUNNER_IDLE, |due| due.since(self.store.now()));
            let woken = tokio::select! {
                biased;
                _ = waiting.recv_many(&mut batch, BATCH_MAX) => true,
                () = tokio::time::sleep(sleep) => due.is_some(),
                () = self.stop.cancelled() => return,
            };
            if woken {
                // Boxed: what a runner holds while it sleeps is held for every busy streamer.
                due = Box::pin(self.turn(&streamer, &mut batch)).await;
                continue;
            }
            // Senders are given out under the lock. If the map's is the only one, nobody is about
            // to hand anything in, and nobody can be until the lock is free.
            let mut runners = self.runners.lock();
            if waiting.is_empty() && waiting.sender_strong_count() == 1 {
                runners.remove(&streamer);
                return;
            }
        }
    }

    /// Applies a batch, however often it takes, and answers; when something is due next.
    async fn turn(
        self: &Arc<Self>,
        streamer: &StreamerId,
        batch: &mut Vec<Job>,
    ) -> Option<Timestamp> {
        let mut attempt = 0;
        loop {
            match self.try_turn(streamer, batch).await {
                Ok(due) => return due,
                Err(Again::Alone) => {
                    // Something in this batch makes the rules panic, or names what is damaged: each
                    // goes alone, so that only the one at fault is lost, and its event counts another
                    // attempt.
                    let mut due = None;
                    for job in std::mem::take(batch) {
                        due = Box::pin(self.turn(streamer, &mut vec![job])).await;
                    }
                    return due;
                }
                Err(Again::Later) => {
                    if self.stop.is_cancelled() {
                        batch.clear();
                        return None;
                    }
                    tokio::time::sleep(RETRY.wait(attempt, random())).await;
                    attempt += 1;
                }
                Err(Again::Now) => {}
            }
        }
    }

    async fn try_turn(
        self: &Arc<Self>,
        streamer: &StreamerId,
        batch: &mut Vec<Job>,
    ) -> Result<Option<Timestamp>, Again> {
        let Some(known) = self.settings_of(streamer).await? else {
            // Removed meanwhile: there is no channel to apply anything to.
            batch.clear();
            return Ok(None);
        };
        // Who gave up waiting was told so: what they asked for must not happen later.
        batch.retain(|job| !matches!(&job.answer, Answer::Caller(caller) if caller.is_closed()));
        let mut names = Names::default();
        batch.iter().for_each(|job| job.input.name(&mut names));
        let loaded = match self.store.load(streamer, &names).await {
            Ok(loaded) => loaded,
            Err(error @ StoreError::Unreadable { .. }) => return give_up(streamer, &error, batch),
            Err(error) => return Err(self.store_failed(&error)),
        };
        let token = loaded.token;
        let mut channel = Channel::new(loaded, &names, &known.settings, self.here());
        let applied = catch_unwind(AssertUnwindSafe(|| apply(&mut channel, batch)));
        let Ok(replies) = applied else {
            return give_up(streamer, &"applying them panicked", batch);
        };
        if let Some(change) = channel.take_change() {
            self.commit(streamer, token, change, batch).await?;
        }
        // A page hears that its acknowledgement counts before it is given the next play.
        for (job, reply) in batch.drain(..).zip(replies) {
            self.answer(job, reply);
        }
        if self.hub.shown(streamer) != Some(channel.state().position()) {
            self.refresh_boards(streamer);
        }
        self.hub.show(streamer, &channel, &self.metrics);
        Ok(channel.next_due())
    }

    async fn settings_of(&self, id: &StreamerId) -> Result<Option<Arc<Streamer>>, Again> {
        match self.directory.streamer(id).await {
            Ok(streamer) => Ok(streamer),
            Err(DirectoryError::Store(error)) => Err(self.store_failed(&error)),
            Err(error) => {
                tracing::error!(streamer = %id, %error, "a streamer's settings cannot be read");
                Err(Again::Later)
            }
        }
    }

    async fn commit(
        self: &Arc<Self>,
        streamer: &StreamerId,
        token: crate::store::Token,
        change: Change,
        batch: &mut Vec<Job>,
    ) -> Result<(), Again> {
        let settled = change.settles.clone();
        let head = change.state.as_ref().map(crate::channel::State::position);
        let has_ack = batch.iter().any(|job| matches!(job.answer, Answer::Page(_)));
        let reach = |settle, ack| {
            if !settled.is_empty() {
                fault::point(settle);
            }
            if has_ack {
                fault::point(ack);
            }
        };
        reach("before_settle", "before_ack");
        match self.store.commit(streamer, token, change).await {
            Ok(Committed::Done) => {
                reach("after_settle", "after_ack");
                log_outcomes(streamer, &settled);
                self.metrics.commits.inc();
                if let Some(head) = head {
                    self.store.wake(Wake::Channel(streamer.clone(), head));
                }
                Ok(())
            }
            Ok(Committed::Conflict) => {
                self.metrics.conflicts.inc();
                Err(Again::Later)
            }
            Ok(Committed::AlreadySettled(event)) => {
                // Another node, or the sweep, was faster with this one.
                batch.retain(|job| !matches!(&*job.input, Input::Event(e) if e.id == event));
                Err(Again::Now)
            }
            Err(error) => Err(self.store_failed(&error)),
        }
    }

    /// What a failed call of the store means: try again, or stop for good.
    fn store_failed(&self, error: &StoreError) -> Again {
        match error {
            StoreError::Unreadable { .. } => tracing::error!(%error, "a record cannot be read"),
            _ => tracing::warn!(%error, "the store is away, trying again"),
        }
        Again::Later
    }

    fn answer(&self, job: Job, reply: Result<Reply, Refusal>) {
        match job.answer {
            Answer::Nobody => {}
            Answer::Caller(caller) => {
                let _gone = caller.send(reply);
            }
            Answer::Page(id) => {
                if let (Some(conn), Input::Ack(ack), Ok(reply)) =
                    (self.hub.get(id), &*job.input, reply)
                {
                    conn.send(&answer_to_ack(ack.alert, ack.lease, &ack.what, reply));
                    fault::point("after_noted");
                }
            }
        }
    }
}

/// Why a turn has to be made again.
enum Again {
    /// Each input alone.
    Alone,
    /// After a wait.
    Later,
    /// At once.
    Now,
}

/// What to do with inputs that would fail however often they are tried: each goes alone, and one that
/// is alone is dropped. The channel goes on with what comes next.
fn give_up(
    streamer: &StreamerId,
    why: &dyn std::fmt::Display,
    batch: &mut Vec<Job>,
) -> Result<Option<Timestamp>, Again> {
    tracing::error!(%streamer, inputs = batch.len(), %why, "inputs cannot be applied");
    if batch.len() > 1 {
        return Err(Again::Alone);
    }
    batch.clear();
    Ok(None)
}

fn apply(channel: &mut Channel<'_>, batch: &[Job]) -> Vec<Result<Reply, Refusal>> {
    if batch.is_empty() {
        let _always_done = channel.apply(Input::Tick);
    }
    batch.iter().map(|job| channel.apply((*job.input).clone())).collect()
}

/// The frame that tells a page what became of its acknowledgement.
#[must_use]
pub fn answer_to_ack(
    alert_id: AlertId,
    lease: Position,
    said: &Said,
    reply: Reply,
) -> ServerFrame<'static> {
    if reply == Reply::StaleLease {
        return stale_lease(alert_id.to_string(), lease.to_string());
    }
    let (started, finished) = match said {
        Said::Started { .. } => (true, false),
        Said::Finished => (true, true),
        Said::Failed { .. } => (false, true),
        Said::Kept { started, finished, lost } => (*started, *finished || *lost),
    };
    ServerFrame::Noted { alert_id, lease, started, finished }
}

/// One line for each outcome of an event: no name, no message, no amount.
fn log_outcomes(streamer: &StreamerId, settled: &[(EventId, Settlement)]) {
    for (event, outcome) in settled {
        match outcome {
            Settlement::Alert(alert) => {
                tracing::info!(event.id = %event, alert.id = %alert, %streamer, "sale became an alert");
            }
            Settlement::DuplicateOf(alert) => {
                tracing::info!(event.id = %event, alert.id = %alert, %streamer, "event is of a known sale");
            }
            _ => tracing::debug!(event.id = %event, %streamer, "event settled"),
        }
    }
}
