//! The one writer. Jobs queue up while a transaction is being committed; the next transaction takes
//! all that are there, so under load many share one sync of the disk, and alone none waits.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use rusqlite::Connection;
use tokio::{
    sync::{SetOnce, mpsc, oneshot},
    time::timeout,
};

use super::{checkpoint::Checkpointer, files::Ballast};
use crate::store::StoreError;

/// Most jobs that wait, and most in one transaction. A full queue makes callers wait.
const QUEUE: usize = 1024;

/// How long a caller waits, for a place in the queue and the answer together. A job that was taken
/// may still be done: all of them can be asked again.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// Statements kept prepared.
const STATEMENTS: usize = 64;

/// Work inside a transaction, or the reason why there is none. Gives what came of it and how to
/// tell the caller, once it is known how the transaction ended.
type Job = Box<dyn FnOnce(Result<&Connection, StoreError>) -> (Outcome, Tell) + Send>;
type Tell = Box<dyn FnOnce(Outcome)>;
type Outcome = Result<(), StoreError>;

/// The first failure after which nothing may be written any more.
pub(super) type Broken = Arc<SetOnce<StoreError>>;

/// See the module.
pub(super) struct Writer {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    broken: Broken,
}

impl Writer {
    /// Starts the thread on an open connection; `wal` is the write-ahead log of its file.
    pub(super) fn start(
        db: Connection,
        checkpoints: Connection,
        wal: PathBuf,
        ballast: Ballast,
        broken: Broken,
    ) -> Result<Self, StoreError> {
        db.set_prepared_statement_cache_capacity(STATEMENTS);
        let (jobs, queue) = mpsc::channel(QUEUE);
        let checkpointer = Checkpointer::start(checkpoints, wal, Arc::clone(&broken))?;
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn({
                let broken = Arc::clone(&broken);
                move || write(&db, queue, &ballast, checkpointer, &broken)
            })
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self { jobs: Mutex::new(Some(jobs)), thread: Mutex::new(Some(thread)), broken })
    }

    /// Does `work` in a transaction and returns once that is durable. An error of `work` undoes what
    /// it did, and nothing else.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run_within(ANSWER_WITHIN, work).await
    }

    async fn run_within<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let jobs = lock(&self.jobs).clone();
        let jobs = jobs.ok_or_else(|| StoreError::Unavailable("it is closed".into()))?;
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |db| {
            let done = db.and_then(work);
            let outcome = done.as_ref().map(|_| ()).map_err(Clone::clone);
            // Who no longer waits does not need the answer.
            let tell = move |ended: Outcome| drop(answer.send(ended.and(done)));
            (outcome, Box::new(tell))
        });
        let stopped = || {
            let error = StoreError::Broken("the writer has stopped".into());
            let _known_already = self.broken.set(error.clone());
            error
        };
        let told = timeout(limit, async move {
            jobs.send(job).await.map_err(|_| stopped())?;
            answered.await.map_err(|_| stopped())?
        });
        told.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the disk is too slow".into())))
    }

    /// Does what is queued, then ends.
    pub(super) async fn stop(&self) {
        if let Some(thread) = self.take_thread() {
            // A panic in it was reported when it happened.
            let _ = tokio::task::spawn_blocking(|| thread.join()).await;
        }
    }

    /// The thread, which ends once its queue is empty.
    fn take_thread(&self) -> Option<JoinHandle<()>> {
        drop(lock(&self.jobs).take());
        lock(&self.thread).take()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(thread) = self.take_thread() {
            let _ = thread.join();
        }
    }
}

fn write(
    db: &Connection,
    mut queue: mpsc::Receiver<Job>,
    ballast: &Ballast,
    checkpointer: Checkpointer,
    broken: &Broken,
) {
    let mut batch = Vec::with_capacity(QUEUE);
    while queue.blocking_recv_many(&mut batch, QUEUE) > 0 {
        let outcome = broken.get().cloned().map_or(Ok(()), Err);
        let (outcome, tells) = transaction(db, outcome, &mut batch);
        match &outcome {
            Ok(()) => checkpointer.committed(),
            Err(StoreError::Full) => ballast.drop_it(),
            Err(error @ StoreError::Broken(_)) => {
                let _known_already = broken.set(error.clone());
            }
            Err(_) => {}
        }
        for tell in tells {
            tell(outcome.clone());
        }
    }
    checkpointer.stop();
}

/// Runs a batch in one transaction, unless `outcome` is bad already.
fn transaction(
    db: &Connection,
    mut outcome: Outcome,
    batch: &mut Vec<Job>,
) -> (Outcome, Vec<Tell>) {
    outcome = outcome.and_then(|()| Ok(db.execute_batch("BEGIN IMMEDIATE")?));
    let mut tells = Vec::with_capacity(batch.len());
    for job in batch.drain(..) {
        let (done, tell) = match &outcome {
            Ok(()) => in_savepoint(db, job),
            Err(error) => job(Err(error.clone())),
        };
        outcome = outcome.and(done);
        tells.push(tell);
    }
    outcome = outcome.and_then(|()| Ok(db.execute_batch("COMMIT")?));
    if outcome.is_err() && !db.is_autocommit() {
        outcome = outcome.and(db.execute_batch("ROLLBACK").map_err(StoreError::from));
    }
    (outcome, tells)
}

/// Runs one job; an error is one that ends the whole transaction.
fn in_savepoint(db: &Connection, job: Job) -> (Outcome, Tell) {
    let step = |sql| -> Outcome { Ok(db.prepare_cached(sql)?.execute([]).map(drop)?) };
    if let Err(error) = step("SAVEPOINT job") {
        let (_, tell) = job(Err(error.clone()));
        return (Err(error), tell);
    }
    let (done, tell) = job(Ok(db));
    let outcome = match done {
        Ok(()) => step("RELEASE job"),
        Err(error @ (StoreError::Full | StoreError::Broken(_))) => Err(error),
        Err(_) => step("ROLLBACK TO job").and_then(|()| step("RELEASE job")),
    };
    (outcome, tell)
}

/// These locks guard nothing that a panic could leave half done.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
