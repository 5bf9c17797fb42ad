//! The files beside the database: the boot counter, the ballast.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use crate::store::{
    StoreError,
    files::{private, unusable},
};

/// Makes a data directory; a new one only its owner may enter.
pub(super) fn private_dir(path: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| unusable(path, &error))
}

/// Syncs a written file, gives it its name, and makes the name durable.
pub(super) fn move_into_place(from: &Path, to: &Path) -> Result<(), StoreError> {
    let moved = File::open(from)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(from, to))
        .and_then(|()| File::open(directory_of(to))?.sync_all());
    moved.map_err(|error| unusable(to, &error))
}

/// The directory a path is in.
pub(super) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The boot counter beside the database; 0 if there is none.
pub(super) fn read_boot(dir: &Path) -> Result<i64, StoreError> {
    let path = dir.join("boot");
    match fs::read_to_string(&path) {
        // What is no number is no counter: it reads as a mismatch, which is the safe side.
        Ok(text) => Ok(text.trim().parse().unwrap_or(i64::MAX - 1)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(unusable(&path, &error)),
    }
}

/// Replaces the boot counter beside the database.
pub(super) fn write_boot(dir: &Path, boot: i64) -> Result<(), StoreError> {
    let draft = dir.join("boot.new");
    let mut file = private(&draft)?;
    file.set_len(0)
        .and_then(|()| writeln!(file, "{boot}"))
        .map_err(|error| unusable(&draft, &error))?;
    move_into_place(&draft, &dir.join("boot"))
}

/// Space kept for the day when the disk is full: even a deletion needs room in the write-ahead log.
#[derive(Debug)]
pub(super) struct Ballast(PathBuf);

impl Ballast {
    /// Fills it up to `size` bytes, if there is room; none for 0.
    pub(super) fn fill(dir: &Path, size: u64) -> Self {
        let path = dir.join("ballast");
        let missing = fs::metadata(&path).map_or(true, |file| file.len() < size);
        if size > 0 && missing {
            // Written, not only reserved: a hole takes no room.
            let written = private(&path).and_then(|mut file| {
                io::copy(&mut io::repeat(0).take(size), &mut file)
                    .map_err(|error| unusable(&path, &error))
            });
            if let Err(error) = written {
                tracing::warn!(%error, "no room for the ballast file");
                let _ = fs::remove_file(&path);
            }
        }
        Self(path)
    }

    /// Gives its room to the database. It is filled again at the next start.
    pub(super) fn drop_it(&self) {
        if fs::remove_file(&self.0).is_ok() {
            tracing::warn!("the disk is full: the ballast file was removed to make room");
        }
    }
}
