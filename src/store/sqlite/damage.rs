//! What becomes of a record that is no longer what was written: it is noted, and where others can go on
//! without it, it is left out.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{Builder, JoinHandle},
};

use rusqlite::{Connection, Params, Row, Statement};

use super::seal::{ALL, whole};
use crate::store::StoreError;

/// Most damaged records that are remembered by name.
const NAMED_MAX: usize = 100;

/// The records found damaged since the start, by what was said of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Damage(Arc<Mutex<BTreeSet<String>>>);

impl Damage {
    /// Notes the error of a damaged record, and logs each once.
    pub(super) fn note(&self, error: &StoreError) {
        if !matches!(error, StoreError::Unreadable { .. }) {
            return;
        }
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if found.len() < NAMED_MAX && found.insert(error.to_string()) {
            tracing::error!(%error, "a record is damaged");
        }
    }

    /// The record, if it is whole; a damaged one is noted, so that others go on without it.
    pub(super) fn without<T>(
        &self,
        record: Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match record {
            Ok(record) => Ok(Some(record)),
            Err(error @ StoreError::Unreadable { .. }) => {
                self.note(&error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The records of a query that are whole; damaged ones are noted.
    pub(super) fn rows_without<'s, T>(
        &'s self,
        statement: &'s mut Statement<'_>,
        params: impl Params,
        record: impl Fn(&Row<'_>) -> rusqlite::Result<T> + 's,
    ) -> Result<impl Iterator<Item = Result<T, StoreError>> + 's, StoreError>
    where
        T: 's,
    {
        let rows = statement.query_map(params, move |row| Ok(record(row)))?;
        Ok(rows.filter_map(|row| {
            let record = row.map_err(StoreError::from);
            record.and_then(|record| self.without(record.map_err(StoreError::from))).transpose()
        }))
    }

    /// Reads every record there is, also those that nobody would find, since their keys are damaged;
    /// ends early when it shall not `go_on`.
    pub(super) fn look_for(
        &self,
        db: &Connection,
        go_on: impl Fn() -> bool,
    ) -> Result<(), StoreError> {
        for records in ALL {
            let mut all = db.prepare(&format!("SELECT * FROM {} NOT INDEXED", records.table))?;
            let rows = self.rows_without(&mut all, [], |row| whole(row, &records))?;
            rows.take_while(|_| go_on()).collect::<Result<(), _>>()?;
        }
        Ok(())
    }

    /// What was noted.
    pub(super) fn found(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// Looks at every record beside the work, on a thread of its own, until it is dropped.
pub(super) struct Look {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Look {
    pub(super) fn start(db: Connection, damage: Damage) -> Result<Self, StoreError> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let look = move || {
            let looked = damage.look_for(&db, || !stopped.load(Ordering::Relaxed));
            if let Err(error) = looked {
                damage.note(&error);
            }
        };
        let thread = Builder::new().name("store-look".into()).spawn(look);
        let thread = thread.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // A panic in it was reported when it happened.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
