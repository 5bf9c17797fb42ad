//! Files in a data directory, whatever the store: private ones, and the lock.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    path::Path,
};

use super::StoreError;

/// The right to use a data directory; ends with the process, however it ends.
#[derive(Debug)]
pub struct DirLock(#[expect(dead_code, reason = "held, not read")] File);

impl DirLock {
    /// Takes it.
    ///
    /// # Errors
    /// When another process has it, or its file cannot be used.
    pub fn take(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join("tillbell.lock");
        let mut file = private(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                // Whose it is, is worth a word, not a failure of its own.
                let _ = file.read_to_string(&mut pid);
                let pid = pid.trim().parse::<u32>().map(|pid| format!(" (process {pid})"));
                return Err(StoreError::InUse { pid: pid.unwrap_or_default() });
            }
            Err(TryLockError::Error(error)) => return Err(unusable(&path, &error)),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(|error| unusable(&path, &error))?;
        Ok(Self(file))
    }
}

/// Opens a file to read and write; a new one only its owner may read.
pub(super) fn private(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| unusable(path, &error))
}

/// A file that cannot be used, and why.
pub(super) fn unusable(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Unusable { path: path.display().to_string(), why: error.to_string() }
}
