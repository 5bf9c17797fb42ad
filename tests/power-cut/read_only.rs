//! A disk that takes no more writes, as a file system does that met an error.

use std::process::Stdio;

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
    // One after the other: what is under way while ext4 gives up may be told that it succeeded.
    while ledger.accepted() < 20 {
        ledger.deliver(&node, ledger.new_sale());
    }
    disk.refuse_writes();
    wait_for("its end", || {
        ledger.deliver(&node, ledger.new_sale());
        node.has_ended().then_some(())
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
