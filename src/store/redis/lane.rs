//! A connection that is made again whenever it breaks, for ever, each step under a time-out.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    conn::{Conn, Opener, within},
    row::jitter,
    times::{CONNECTED, OPEN, RECONNECT},
};
use crate::{clock::Clock, store::StoreError, time::Timestamp};

/// How often Sentinel is asked who the master is.
const MASTER_ASKED: Duration = Duration::from_secs(1);

/// One connection that is made again whenever it breaks.
#[derive(Clone)]
pub(super) struct Lane {
    current: watch::Receiver<Option<(u64, Conn)>>,
    broken: mpsc::Sender<u64>,
    clock: Clock,
    /// When the last answer came, by our own clock.
    answered: Arc<AtomicI64>,
}

impl Lane {
    pub(super) fn start(
        opener: Opener,
        response: Duration,
        connects: &Arc<AtomicU32>,
        tasks: &mut JoinSet<()>,
    ) -> Self {
        let (found, current) = watch::channel(None);
        let (broken, reports) = mpsc::channel(16);
        tasks.spawn(keep(opener, response, Arc::clone(connects), found, reports));
        let clock = Clock::start();
        let answered = Arc::new(AtomicI64::new(clock.now().as_millis()));
        Self { current, broken, clock, answered }
    }

    /// The connection, with its number, as soon as there is one.
    pub(super) async fn connected(&self) -> Result<(u64, Conn), StoreError> {
        let mut current = self.current.clone();
        let found = timeout(CONNECTED, current.wait_for(Option::is_some)).await;
        let found = found.ok().and_then(Result::ok).and_then(|found| found.clone());
        found.ok_or_else(|| StoreError::Unavailable("there is no connection to Redis".into()))
    }

    /// Notes that an answer came.
    pub(super) fn answered(&self) {
        self.answered.store(self.clock.now().as_millis(), Ordering::Relaxed);
    }

    /// How long no answer has come.
    pub(super) fn silent(&self) -> Duration {
        let last = Timestamp::from_millis(self.answered.load(Ordering::Relaxed));
        self.clock.now().since(last)
    }

    /// Has this connection replaced.
    pub(super) fn report(&self, broken: u64) {
        // A full queue holds reports of the same connection.
        let _reported = self.broken.try_send(broken);
        self.answered();
    }

    /// Has the present connection replaced, whatever its state.
    fn renew(&self) {
        if let Some((id, _)) = &*self.current.borrow() {
            self.report(*id);
        }
    }
}

/// Leaves a master that Sentinels have replaced. It may live on, and for about ten seconds takes
/// writes that are lost.
pub(super) async fn follow_master(opener: Opener, lanes: Vec<Lane>) {
    let mut master = None;
    loop {
        if let Ok(client) = within(OPEN, opener.client()).await {
            let found = client.get_connection_info().addr().clone();
            let before = master.replace(found.clone());
            if before.is_some_and(|before| before != found) {
                tracing::info!("Sentinel names another master, connecting to it");
                lanes.iter().for_each(Lane::renew);
            }
        }
        sleep(MASTER_ASKED).await;
    }
}

async fn keep(
    opener: Opener,
    response: Duration,
    connects: Arc<AtomicU32>,
    found: watch::Sender<Option<(u64, Conn)>>,
    mut reports: mpsc::Receiver<u64>,
) {
    let (mut id, mut attempt) = (0, 0);
    loop {
        match opener.open(response).await {
            Ok(conn) => {
                if attempt > 0 {
                    tracing::info!("Redis is reached again");
                }
                (id, attempt) = (id + 1, 0);
                connects.fetch_add(1, Ordering::Relaxed);
                found.send_replace(Some((id, conn)));
                loop {
                    match reports.recv().await {
                        None => return,
                        Some(broken) if broken == id => break,
                        // Of the connection before.
                        Some(_) => {}
                    }
                }
                found.send_replace(None);
            }
            Err(error) => {
                if attempt == 0 {
                    tracing::warn!(%error, "Redis cannot be reached, trying again");
                }
                sleep(RECONNECT.wait(attempt, jitter())).await;
                attempt += 1;
            }
        }
    }
}
