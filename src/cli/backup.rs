//! `backup`: a copy of the gateway's data, taken while it runs.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use serde_json::json;

use super::{CliError, Console};
use crate::clock::Clock;

/// Copy everything the gateway keeps into a new file, while it runs.
///
/// Restore it by putting it in place of tillbell.db; docs/OPERATIONS.md has the steps. Keep
/// master.key with it, once: without that, links and secrets in the copy are worthless.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The file to make; one that is there is not touched
    file: PathBuf,
}

impl Backup {
    pub(super) fn run(self, console: &mut Console) -> Result<(), CliError> {
        let clock = Clock::start();
        let failed = |error: io::Error| {
            CliError::Failed(format!("cannot write {}: {error}", self.file.display()))
        };
        let Some(name) = self.file.file_name() else {
            return Err(CliError::Usage(format!("{} names no file", self.file.display())));
        };
        if self.file.exists() {
            return Err(CliError::Failed(format!(
                "{} is there already: name a new file, or remove it first",
                self.file.display()
            )));
        }
        let client = console.client()?;
        let draft =
            self.file.with_file_name([name, ".part".as_ref()].into_iter().collect::<OsString>());
        // Made first: a place that cannot be written to costs the gateway no work.
        let mut written = create(&draft).map_err(failed)?;
        let copied = client.download("/backup", &mut written).and_then(|bytes| {
            move_into_place(&written, &draft, &self.file).map_err(failed)?;
            Ok(bytes)
        });
        let bytes = copied.inspect_err(|_| {
            // The first error is the one to tell.
            let _ = fs::remove_file(&draft);
        })?;
        let file = self.file.display().to_string();
        let text = told(&file, bytes, clock.uptime());
        let took_ms = u64::try_from(clock.uptime().as_millis()).unwrap_or(u64::MAX);
        console.say(&json!({ "file": file, "bytes": bytes, "took_ms": took_ms }), &text)
    }
}

/// `  wrote copy.db: 4.2 MB in 0.3 s`
fn told(file: &str, bytes: u64, took: Duration) -> String {
    let size = match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    };
    format!("  wrote {file}: {size} in {:.1} s", took.as_secs_f64())
}

/// A file that only its owner may read.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Syncs what was written, gives it its name, and makes the name durable.
fn move_into_place(written: &File, draft: &Path, to: &Path) -> io::Result<()> {
    written.sync_all()?;
    fs::rename(draft, to)?;
    let directory = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_told_as_people_read_it() {
        let told = |bytes| told("f", bytes, Duration::from_millis(1250));
        assert_eq!(told(4096), "  wrote f: 5 kB in 1.2 s");
        assert_eq!(told(12_345_678), "  wrote f: 12.3 MB in 1.2 s");
    }
}
