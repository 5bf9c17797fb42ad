//! Copies of the database, made while it is in use.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use rusqlite::Connection;

use super::open::{FILE, connect};
use crate::store::{
    StoreError,
    files::{private, unusable},
};

/// The `application_id` of a copy that nobody has opened yet: `TBcp`.
const MARK: i32 = i32::from_be_bytes(*b"TBcp");

/// Where a database file has it (sqlite.org/fileformat2.html, 1.3).
const MARK_AT: u64 = 68;

/// Makes copies in a data directory, one after the other.
pub(super) struct Copier {
    dir: PathBuf,
    turn: Mutex<()>,
}

impl Copier {
    /// One for this directory. What a crash left of a copy goes.
    pub(super) fn new(dir: &Path) -> Self {
        let copier = Self { dir: dir.to_owned(), turn: Mutex::new(()) };
        copier.remove_draft();
        copier
    }

    /// A consistent copy, marked as one, at its beginning. It has no name: its room is free again
    /// once it is closed.
    pub(super) fn copy(&self) -> Result<File, StoreError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let copied = self.draft();
        self.remove_draft();
        copied
    }

    fn draft(&self) -> Result<File, StoreError> {
        let draft = self.dir.join("backup.draft");
        let mut file = private(&draft)?;
        file.set_len(0).map_err(|error| unusable(&draft, &error))?;
        let path = draft.to_str().ok_or_else(|| StoreError::Unusable {
            path: draft.display().to_string(),
            why: "its name is not Unicode".into(),
        })?;
        connect(&self.dir.join(FILE))?.execute("VACUUM INTO ?1", [path])?;
        mark(&connect(&draft)?, MARK)?;
        file.seek(SeekFrom::Start(0)).map_err(|error| unusable(&draft, &error))?;
        Ok(file)
    }

    fn remove_draft(&self) {
        for name in ["backup.draft", "backup.draft-journal"] {
            let _mostly_missing = fs::remove_file(self.dir.join(name));
        }
    }
}

/// Whether this database file is a copy that no gateway has opened yet. A log beside it is then that
/// of another database, and SQLite must not see it.
pub(super) fn is_untouched(file: &Path) -> Result<bool, StoreError> {
    let mut found = [0; 4];
    let read = File::open(file).and_then(|mut file| {
        file.seek(SeekFrom::Start(MARK_AT))?;
        file.read_exact(&mut found)
    });
    match read {
        Ok(()) => Ok(i32::from_be_bytes(found) == MARK),
        // An empty one.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(unusable(file, &error)),
    }
}

/// Whether the database is a copy that was not gone on with.
pub(super) fn is_marked(db: &Connection) -> Result<bool, StoreError> {
    Ok(db.query_row("PRAGMA application_id", [], |row| row.get::<_, i32>(0))? == MARK)
}

/// Makes it a database like any other.
pub(super) fn unmark(db: &Connection) -> Result<(), StoreError> {
    mark(db, 0)
}

fn mark(db: &Connection, id: i32) -> Result<(), StoreError> {
    Ok(db.execute_batch(&format!("PRAGMA application_id = {id}"))?)
}

/// Removes the log that another database left where a copy was put.
pub(super) fn remove_log(log: &Path, index: &Path) -> Result<(), StoreError> {
    for path in [log, index] {
        match fs::remove_file(path) {
            Ok(()) => tracing::warn!(file = %path.display(), "removed: it was not the copy's"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unusable(path, &error)),
        }
    }
    Ok(())
}
