//! A disk that takes no more writes, as a file system does that met an error.

use std::process::{Command, Stdio};

use crate::{
    disk::Disk,
    ledger::Ledger,
    support::{tillbell, wait_for},
};

/// Whether the gateway stopped with an error, nothing that was answered 200 was lost, and a start is
/// refused until the disk takes writes again.
pub(crate) fn run() -> Result<bool, String> {
    let disk = Disk::new("ext4")?;
    let ledger = Ledger::on(&disk.path(), &[]);
    let mut node = ledger.start();
    ledger.sell_until(&node, 1, || {
        wait_for("sales", || (ledger.accepted() >= 20).then_some(()));
        disk.refuse_writes();
        let (pid, refused) = (node.pid(), ledger.refused());
        wait_for("a refusal", || (ledger.refused() > refused).then_some(()));
        wait_for("its end", || has_ended(pid).then_some(()));
    });
    let status = node.ended();
    let mut again = tillbell();
    again.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(ledger.data.path());
    let refused = again.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).trim().to_owned();
    disk.mount_again();
    let accepted = ledger.accepted();
    let node = ledger.start();
    ledger.deliver_the_rest(&node);
    let (missing, doubled) = ledger.missing_and_doubled(&node);
    println!(
        "a disk that takes no more writes: {accepted} sales accepted, then the gateway ended with \
         {status}; a start meanwhile: {}, {said:?}; later {missing} without an alert, {doubled} \
         with two",
        refused.status,
    );
    let refused = refused.status.code() == Some(1) && said.lines().count() == 1;
    Ok(status.code() == Some(1) && refused && missing + doubled == 0)
}

/// Whether a process of ours has ended, and was not waited for yet.
fn has_ended(pid: u32) -> bool {
    let state = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    let state = String::from_utf8_lossy(&state.stdout).trim().to_owned();
    state.is_empty() || state.starts_with('Z')
}
