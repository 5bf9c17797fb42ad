//! A few read-only connections. Each sees every commit that was told before it was asked.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::{damage::Damage, open::keep_plans, writer::Broken};
use crate::store::StoreError;

/// How many read at once; more wait for one of them.
const READERS: u32 = 4;

/// Statements kept prepared by each.
const STATEMENTS: usize = 64;

/// See the module.
pub(super) struct Readers {
    free: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
    broken: Broken,
    damage: Damage,
}

impl Readers {
    /// Opens them.
    pub(super) fn open(file: &Path, broken: Broken, damage: Damage) -> Result<Self, StoreError> {
        let idle = (0..READERS).map(|_| reader(file)).collect::<Result<Vec<_>, _>>()?;
        let free = Semaphore::new(READERS as usize);
        Ok(Self { free: Arc::new(free), idle: Arc::new(Mutex::new(idle)), broken, damage })
    }

    /// Does `work` in one read transaction, so on one state of the database.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        // Who only reads must hear of it too: what they would read may not be on disk.
        if let Some(error) = self.broken.get() {
            return Err(error.clone());
        }
        let closed = || StoreError::Unavailable("it is closed".into());
        let turn = Arc::clone(&self.free).acquire_owned().await.map_err(|_| closed())?;
        let idle = Arc::clone(&self.idle);
        let read = move || {
            // The turn lives in here: should the caller go away, the connection still comes back first.
            let _turn = turn;
            let take = || idle.lock().unwrap_or_else(PoisonError::into_inner);
            let db = take().pop().ok_or_else(closed)?;
            let found = in_transaction(&db, work);
            take().push(db);
            found
        };
        let found = tokio::task::spawn_blocking(read)
            .await
            .unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())));
        found.inspect_err(|error| self.damage.note(error))
    }

    /// Lets running reads end, then closes the connections.
    pub(super) async fn close(&self) {
        if let Ok(all) = self.free.acquire_many(READERS).await {
            self.free.close();
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
            drop(all);
        }
    }
}

fn in_transaction<T>(
    db: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = db.unchecked_transaction()?;
    work(&transaction).map_err(|error| match error {
        // A read that fails leaves what is on disk as it is.
        StoreError::Broken(why) => StoreError::Unreadable { what: "the database".into(), why },
        error => error,
    })
}

/// A connection that only reads.
pub(super) fn reader(file: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    db.busy_timeout(Duration::from_secs(1))?;
    keep_plans(&db)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}
