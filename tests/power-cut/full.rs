//! A disk that fills up, and has room again.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
    process::Command,
    time::Instant,
};

use tempfile::TempDir;

use crate::{disk::command, ledger::Ledger, support::wait_for};

/// Of the disk, in MiB: the ballast's 16 and a bit.
const SIZE: &str = "size=40m";

/// Deliveries refused one after the other until the disk counts as full for good.
const IN_A_ROW: u32 = 20;

/// What the sales have at first, in bytes.
const LEFT: u64 = 512 << 10;

struct Mounted(TempDir);

impl Mounted {
    fn new() -> Result<Self, String> {
        let dir = TempDir::new().unwrap();
        let args = ["-t", "tmpfs", "-o", SIZE, "tmpfs"].map(Path::new);
        command("mount", &[&args[..], &[dir.path()]].concat())?;
        Ok(Self(dir))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _still_in_use = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

/// Whether sales were refused with 503 while the disk was full, reads and sockets lived on, and all
/// went on by itself afterwards.
pub(crate) fn run() -> Result<bool, String> {
    let disk = Mounted::new()?;
    let ledger = Ledger::on(disk.0.path(), &[]);
    let mut node = ledger.start();
    assert!(node.log().contains("tmpfs keeps nothing over a restart"), "{}", node.log());
    let mut page = node.page();
    assert_eq!(node.operate("pause").status, 200);
    let filler = disk.0.path().join("filler");
    fill(&filler, LEFT);
    let ballast = node.data.path().join("ballast");
    wait_for("the ballast to be dropped", || {
        ledger.deliver(&node, ledger.new_sale());
        (!ballast.exists()).then_some(())
    });
    let before = ledger.accepted();
    (0..IN_A_ROW).for_each(|_| _ = ledger.deliver(&node, ledger.new_sale()));
    ledger.deliver_the_rest(&node);
    let in_its_room = ledger.accepted() - before;
    fill(&filler, 0);
    ledger.sell_until_refused(&node, IN_A_ROW);
    let refused = ledger.refused();
    let reads = ["/readyz", "/api/v1/streamers/me/queue", "/api/v1/streamers/me/alerts"];
    let reads_live = reads.iter().all(|path| node.get(path).status == 200);
    page.send(&serde_json::json!({ "type": "nonsense" }));
    page.expect("error");
    fs::remove_file(&filler).unwrap();
    let begun = Instant::now();
    ledger.deliver_the_rest(&node);
    let recovered = begun.elapsed();
    let (missing, doubled) = ledger.missing_and_doubled(&node);
    node.kill();
    let after_kill = ledger.missing_and_doubled(&ledger.start());
    println!(
        "a full disk: {before} sales accepted until it was, {in_its_room} in the ballast's room, \
         {refused} refused with 503; reads and sockets {}; room again: all accepted after {} ms; of \
         {} accepted {missing} without an alert, {doubled} with two; after kill -9 {} and {}",
        if reads_live { "lived" } else { "DID NOT LIVE" },
        recovered.as_millis(),
        ledger.accepted(),
        after_kill.0,
        after_kill.1,
    );
    let whole = missing + doubled + after_kill.0 + after_kill.1 == 0;
    Ok(reads_live && before > 0 && in_its_room > 0 && whole)
}

/// Takes all the room there is but so many bytes.
fn fill(filler: &Path, left: u64) {
    let mut file = File::options().append(true).create(true).open(filler).unwrap();
    let block = [0; 4096];
    let full = std::iter::repeat_with(|| file.write_all(&block)).find_map(Result::err).unwrap();
    assert_eq!(full.kind(), io::ErrorKind::StorageFull);
    file.set_len(file.metadata().unwrap().len() - left).unwrap();
}
