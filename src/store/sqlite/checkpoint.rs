//! Moves what the write-ahead log gathered into the database, beside the writer: done inside a
//! commit, as SQLite does it by itself, it would make that commit ten times as long.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender},
    thread::{self, JoinHandle},
    time::Duration,
};

use rusqlite::{Connection, Row};

use super::writer::Broken;
use crate::store::StoreError;

/// How long commits gather before they are moved.
const PAUSE: Duration = Duration::from_millis(500);

/// Above so many pages in the log, commits shall write over it from its beginning. Under a load that
/// never ends they would not by themselves, and to make a file longer costs a sync four times as much
/// (docs/PERFORMANCE.md).
const OVER_ABOVE: i64 = 4096;

/// Above so many bytes the log is cut: a load that was has left it so long.
const CUT_ABOVE: u64 = 64 << 20;

/// The thread that does it.
pub(super) struct Checkpointer {
    committed: SyncSender<()>,
    running: Sender<()>,
    thread: JoinHandle<()>,
}

impl Checkpointer {
    /// Starts it with a connection of its own. A failed sync of the database is a broken store:
    /// the system may forget that it ever failed.
    pub(super) fn start(db: Connection, wal: PathBuf, broken: Broken) -> Result<Self, StoreError> {
        let (committed, commits) = mpsc::sync_channel(1);
        let (running, stop) = mpsc::channel();
        // Known before anybody is told that the store is open, and could remove it.
        let own = identity(&wal);
        let thread = thread::Builder::new()
            .name("store-checkpoint".into())
            .spawn(move || run(&db, (&wal, own), &commits, &stop, &broken))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self { committed, running, thread })
    }

    /// Says that there is something to move.
    pub(super) fn committed(&self) {
        // A full channel says so already.
        let _ = self.committed.try_send(());
    }

    /// Ends it. What is still in the log is moved when the last connection closes.
    pub(super) fn stop(self) {
        drop((self.running, self.committed));
        // A panic in it was reported when it happened.
        let _ = self.thread.join();
    }
}

fn run(
    db: &Connection,
    (wal, own): (&Path, Option<Identity>),
    commits: &Receiver<()>,
    stop: &Receiver<()>,
    broken: &Broken,
) {
    while commits.recv().is_ok() {
        if stop.recv_timeout(PAUSE) == Err(RecvTimeoutError::Disconnected) {
            return;
        }
        if identity(wal) != own {
            // Commits go on without an error, into a file that nobody will find again.
            let error = StoreError::Broken(format!("{} was removed", wal.display()));
            let _known_already = broken.set(error);
            return;
        }
        match checkpoint(db, wal) {
            Err(error @ StoreError::Broken(_)) => {
                let _known_already = broken.set(error);
                return;
            }
            // The log keeps what could not be moved: the next round tries again.
            Err(error) => tracing::warn!(%error, "a checkpoint did not succeed"),
            Ok(()) => {}
        }
    }
}

/// Moves what there is. Writer and readers must stand aside for the last of it, if the log is to begin
/// again, so most is moved before.
fn checkpoint(db: &Connection, wal: &Path) -> Result<(), StoreError> {
    let moved = |mode| {
        let pages = |row: &Row<'_>| row.get::<_, i64>("log");
        db.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], pages)
    };
    let pages = moved("PASSIVE")?;
    let long = fs::metadata(wal).is_ok_and(|file| file.len() > CUT_ABOVE);
    if long || pages > OVER_ABOVE {
        moved("PASSIVE")?;
        moved(if long { "TRUNCATE" } else { "RESTART" })?;
    }
    Ok(())
}

/// A file system, and a file of it.
type Identity = (u64, u64);

/// Which file this path leads to, if any.
#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// Elsewhere a file that is open cannot be removed.
#[cfg(not(unix))]
fn identity(_: &Path) -> Option<Identity> {
    None
}
