//! What a process costs, by the kernel's own books.

use std::fs;

/// Ticks of `/proc/PID/stat` in a second: `USER_HZ`, which is 100 on every Linux Rust knows.
const TICKS: f64 = 100.0;

/// A reading of what a server has used so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Used {
    /// Seconds of CPU, its own and the kernel's for it.
    pub cpu: f64,
    /// Bytes it caused to be written to a disk.
    pub written: f64,
}

/// What these processes have used together.
pub(crate) fn used(pids: &[u32]) -> Used {
    pids.iter().fold(Used::default(), |sum, pid| Used {
        cpu: sum.cpu + cpu(*pid),
        written: sum.written + field(&read(*pid, "io"), "write_bytes:"),
    })
}

impl Used {
    /// What was used since an earlier reading.
    pub(crate) fn since(self, before: Self) -> Self {
        Self { cpu: self.cpu - before.cpu, written: self.written - before.written }
    }
}

/// The memory of these processes in bytes: what they share is counted once.
pub(crate) fn memory(pids: &[u32]) -> f64 {
    pids.iter().map(|pid| field(&read(*pid, "smaps_rollup"), "Pss:") * 1024.0).sum()
}

/// A process and all that it started, and they.
pub(crate) fn family(pid: u32) -> Vec<u32> {
    let children = read(pid, &format!("task/{pid}/children"));
    let below = children.split_whitespace().filter_map(|pid| pid.parse().ok()).flat_map(family);
    std::iter::once(pid).chain(below).collect()
}

fn cpu(pid: u32) -> f64 {
    let stat = read(pid, "stat");
    // The name stands in parentheses and may hold anything; the fields count from behind it.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let ticks: f64 = fields.skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / TICKS
}

fn field(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0.0)
}

/// Empty for a process that has ended.
fn read(pid: u32, file: &str) -> String {
    fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default()
}
