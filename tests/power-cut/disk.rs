//! A disk that can lose its power: a file system in a file, told to stop at once and to forget what
//! it has not written yet.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// A hole in a file, of which only what is written takes room; xfs wants 300 MiB at least.
const BYTES: u64 = 512 << 20;

/// Linux' `EXT4_IOC_SHUTDOWN`, xfs' `XFS_IOC_GOINGDOWN`: `_IOR('X', 125, __u32)`, with `NOLOGFLUSH`: from now on nothing is
/// written, not even the journal. Perl says it, because from Rust it would be unsafe.
const SHUTDOWN: &str =
    "open(F, '<', shift) or die $!; my $how = pack('L', 2); ioctl(F, 0x8004587d, $how) or die $!";

/// See the module. Dropping it unmounts it.
pub(crate) struct Disk {
    dir: TempDir,
}

impl Disk {
    /// A mounted one, with this file system; why not, if that cannot be had.
    pub(crate) fn new(fs: &str) -> Result<Self, String> {
        let disk = Self { dir: TempDir::new().unwrap() };
        fs::File::create(disk.image()).unwrap().set_len(BYTES).unwrap();
        fs::create_dir(disk.path()).unwrap();
        command(&format!("mkfs.{fs}"), &["-q".as_ref(), &disk.image()])?;
        disk.mount()?;
        Ok(disk)
    }

    /// A directory on it that outlives a cut.
    pub(crate) fn directory(&self, number: usize) -> PathBuf {
        let dir = self.path().join(number.to_string());
        fs::create_dir(&dir).unwrap();
        command("sync", &["-f".as_ref(), &dir]).unwrap();
        dir
    }

    /// Takes the power away.
    pub(crate) fn cut(&self) {
        command("perl", &["-e".as_ref(), SHUTDOWN.as_ref(), &self.path()]).unwrap();
    }

    /// Has it take no more writes, as after an error of its own.
    pub(crate) fn refuse_writes(&self) {
        command("mount", &["-o".as_ref(), "remount,abort".as_ref(), &self.path()]).unwrap();
    }

    /// Gives it back, once nobody has a file open there.
    pub(crate) fn mount_again(&self) {
        command("umount", &[&self.path()]).unwrap();
        self.mount().unwrap();
    }

    fn mount(&self) -> Result<(), String> {
        command("mount", &["-o".as_ref(), "loop".as_ref(), &self.image(), &self.path()])
    }

    fn image(&self) -> PathBuf {
        self.dir.path().join("image")
    }

    /// Where it is mounted.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("disk")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Also if somebody still has a file open, after a panic.
        let _never_mounted = command("umount", &["--lazy".as_ref(), &self.path()]);
    }
}

/// Runs a program to its end; what it said, if it failed.
pub(crate) fn command(program: &str, args: &[&Path]) -> Result<(), String> {
    let done = Command::new(program).args(args).output();
    let done = done.map_err(|error| format!("{program}: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    Err(format!("{program}: {}", String::from_utf8_lossy(&done.stderr).trim()))
}
