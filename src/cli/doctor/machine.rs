//! What the machine itself may lack. Linux tells most of it in `/proc`; elsewhere less is checked.

use std::fs;
use std::path::Path;

use super::{Finding, Level, finding};

/// File descriptors that are not sockets of overlays: database, listeners, webhooks in flight.
const OWN_FILES: usize = 200;

pub(super) fn data_directory(data: &Path) -> Vec<Finding> {
    const ABOUT: &str = "data directory";
    let shown = data.display();
    let Ok(metadata) = fs::metadata(data) else {
        return vec![finding(
            Level::Ok,
            ABOUT,
            format!("{shown} is not there yet; serve makes it"),
        )];
    };
    if !metadata.is_dir() {
        let text = format!("{shown} is not a directory; name another with --data");
        return vec![finding(Level::Fails, ABOUT, text)];
    }
    let mut findings = vec![access(&metadata, data)];
    let warning = crate::store::weakness(data);
    findings.extend(warning.map(|text| finding(Level::Warning, "file system", text)));
    findings
}

#[cfg(unix)]
fn access(metadata: &fs::Metadata, data: &Path) -> Finding {
    use std::os::unix::fs::PermissionsExt as _;
    let (shown, mode) = (data.display(), metadata.permissions().mode() & 0o777);
    if mode & 0o077 != 0 {
        let text =
            format!("{shown} is open to others ({mode:04o}) and holds keys; chmod 700 {shown}");
        return finding(Level::Fails, "data directory", text);
    }
    if mode & 0o200 == 0 || metadata.permissions().readonly() {
        let text = format!("{shown} cannot be written ({mode:04o}); chmod 700 {shown}");
        return finding(Level::Fails, "data directory", text);
    }
    finding(Level::Ok, "data directory", format!("{shown} ({mode:04o})"))
}

#[cfg(not(unix))]
fn access(_: &fs::Metadata, data: &Path) -> Finding {
    finding(Level::Ok, "data directory", data.display().to_string())
}

pub(super) fn open_files(connections: usize) -> Finding {
    const ABOUT: &str = "open files";
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    match soft_limit(&limits) {
        Some(limit) if limit < connections + OWN_FILES => finding(
            Level::Warning,
            ABOUT,
            format!(
                "this shell allows {limit}, limits.connections is {connections}; raise it for the \
                 gateway (ulimit -n, LimitNOFILE=) or lower limits.connections"
            ),
        ),
        Some(limit) => finding(Level::Ok, ABOUT, format!("{limit} allowed")),
        None => finding(Level::Ok, ABOUT, "no limit known"),
    }
}

/// The soft limit in the text of `/proc/self/limits`; none also when there is no limit.
fn soft_limit(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_is_the_first_number() {
        let limits = "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 4096                 files\n";
        assert_eq!(soft_limit(limits), Some(1024));
        assert_eq!(soft_limit(""), None);
    }
}
