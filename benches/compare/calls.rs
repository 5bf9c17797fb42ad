//! How many syscalls a process makes while it is watched: by `perf stat`, which costs it next to
//! nothing, else by `strace -c`, which slows it down and so makes its batches larger.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, Stdio},
};

const PERF: [&str; 3] =
    ["syscalls:sys_enter_fsync", "syscalls:sys_enter_fdatasync", "raw_syscalls:sys_enter"];

/// Watching goes on until it is asked for the counts.
pub(crate) struct Watch {
    child: Child,
    output: tempfile::NamedTempFile,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Calls {
    /// fsync and fdatasync.
    pub syncs: f64,
    pub all: f64,
}

/// Whether the machine lets us count this way.
fn perf_works() -> bool {
    let mut perf = Command::new("perf");
    perf.args(["stat", "-e", PERF[2], "--", "true"]).stdout(Stdio::null()).stderr(Stdio::null());
    perf.status().is_ok_and(|status| status.success())
}

impl Watch {
    /// Starts watching; nothing if the machine has neither program.
    pub(crate) fn start(pid: u32) -> Option<Self> {
        let output = tempfile::NamedTempFile::new().ok()?;
        let perf = perf_works();
        let mut command = Command::new(if perf { "perf" } else { "strace" });
        match perf {
            true => command.args(["stat", "-x", ",", "-e", &PERF.join(","), "-o"]),
            false => command.args(["-f", "-c", "-o"]),
        };
        command.arg(output.path()).args(["-p", &pid.to_string()]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().ok()?;
        if perf {
            // It says nothing when it has begun; its descriptors of events tell.
            crate::support::wait_for("perf to begin", || watches(child.id()).then_some(()));
        } else {
            let mut line = String::new();
            BufReader::new(child.stderr.as_mut()?).read_line(&mut line).ok()?;
        }
        Some(Self { child, output })
    }

    /// Stops watching.
    pub(crate) fn counts(mut self) -> Calls {
        let pid = self.child.id().to_string();
        let _told = Command::new("kill").args(["-INT", &pid]).status();
        let _ended = self.child.wait();
        let mut text = String::new();
        let _short = File::open(self.output.path()).map(|mut file| file.read_to_string(&mut text));
        let mut calls = Calls::default();
        for (name, count) in text.lines().filter_map(counted) {
            match name {
                "fsync" | "fdatasync" => calls.syncs += count,
                "syscalls:sys_enter_fsync" | "syscalls:sys_enter_fdatasync" => calls.syncs += count,
                "total" | "raw_syscalls:sys_enter" => calls.all += count,
                _ => {}
            }
        }
        calls
    }
}

fn watches(pid: u32) -> bool {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let link = |file: std::fs::DirEntry| std::fs::read_link(file.path()).ok();
    files.filter_map(link).any(|link| link.to_string_lossy().contains("perf_event"))
}

/// A line of either program: the call's name, and how often.
fn counted(line: &str) -> Option<(&str, f64)> {
    if let Some((count, rest)) = line.split_once(",,") {
        return Some((rest.split(',').next()?, count.parse().ok()?));
    }
    let mut columns = line.split_whitespace();
    let count = columns.nth(3)?.parse().ok()?;
    Some((columns.last()?, count))
}
