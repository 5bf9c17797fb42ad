//! What the file system under a data directory cannot promise. Linux tells it in `/proc`; elsewhere
//! nothing is known.

use std::{fs, path::Path};

/// What the file system of this directory cannot promise, as a sentence that begins with its name.
#[must_use]
pub fn weakness(dir: &Path) -> Option<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    file_system(&mounts, &fs::canonicalize(dir).ok()?)
}

/// What the file system under `path` cannot promise, from the text of `/proc/self/mountinfo`.
fn file_system(mounts: &str, path: &Path) -> Option<String> {
    let kind = mounts
        .lines()
        .filter_map(|line| {
            // "36 35 98:0 / /mnt rw,noatime master:1 - ext4 /dev/root rw": proc_pid_mountinfo(5).
            let (place, source) = line.split_once(" - ")?;
            let point = place.split(' ').nth(4)?.replace("\\040", " ");
            let kind = source.split(' ').next()?;
            path.starts_with(&point).then_some((point.len(), kind))
        })
        .max_by_key(|(length, _)| *length)
        .map(|(_, kind)| kind)?;
    let text = match kind {
        "tmpfs" | "ramfs" => "keeps nothing over a restart; name a data directory on a disk",
        "nfs" | "nfs4" | "cifs" | "smb3" | "9p" | "fuse.sshfs" | "ceph" => {
            "is on the network, where SQLite's locks do not hold; name a data directory on a local disk"
        }
        "overlay" => {
            "is the container's own and goes with it; mount a volume for the data directory"
        }
        _ => return None,
    };
    Some(format!("{kind} {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_mount_point_decides() {
        let mounts = "1 0 8:1 / / rw - ext4 /dev/sda rw\n\
                      2 1 0:2 / /run rw shared:5 - tmpfs tmpfs rw\n\
                      3 1 0:3 / /mnt/my\\040share rw - nfs4 host:/x rw\n";
        let warns = |path: &str| file_system(mounts, Path::new(path));
        assert!(warns("/run/tillbell").unwrap().starts_with("tmpfs"));
        assert!(warns("/mnt/my share/tillbell").unwrap().starts_with("nfs4"));
        assert_eq!(warns("/running"), None);
    }
}
