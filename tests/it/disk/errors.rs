//! A disk that reports an error, a log that is gone, and too few file descriptors.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use super::SECRET;
use crate::support::{Answer, Gateway, Setup, checkout, wait_for};

fn deliver(gateway: &Gateway, sale: u32) -> Answer {
    let body = checkout(sale).to_string();
    gateway.deliver("/webhooks/stripe", body.as_bytes(), SECRET)
}

/// What a page of the API calls the event of a sale.
fn why(gateway: &Gateway, sale: u32) -> u16 {
    gateway.get(&format!("/api/v1/why/evt_{sale:024}")).status
}

/// Starts the gateway again where it was.
fn restart(gateway: &Gateway) -> Gateway {
    Gateway::start_with(Setup { data: Some(gateway.data.clone()), ..Setup::default() })
}

/// Has every sync of a process fail from now on.
fn fail_syncs(pid: u32) -> Child {
    let mut strace = Command::new("strace")
        .args([
            "-f",
            "-e",
            "trace=fsync,fdatasync",
            "-e",
            "inject=fsync,fdatasync:error=EIO:when=1",
        ])
        .args(["-p", &pid.to_string()])
        .stderr(Stdio::piped())
        .spawn()
        .expect("strace is needed: apt-get install strace");
    let mut said = BufReader::new(strace.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(line.contains("attached"), "strace may not attach, run as root: {line}");
    // Read to its end, or it would wait for its reader.
    std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    strace
}

/// A sync that failed may not fail a second time, although nothing was written: no second try is
/// believed.
#[test]
fn a_failed_sync_is_never_answered_200_and_ends_the_process() {
    let mut gateway = Gateway::with_secret(SECRET);
    assert_eq!(deliver(&gateway, 1).status, 200);
    let mut strace = fail_syncs(gateway.pid());
    let refused = deliver(&gateway, 2);
    assert_eq!((refused.status, refused.code().as_str()), (503, "store_unavailable"));
    assert_eq!(gateway.ended().code(), Some(1), "{}", gateway.log());
    assert!(gateway.log().contains("the disk reported an error"), "{}", gateway.log());
    strace.wait().unwrap();

    let gateway = restart(&gateway);
    assert_eq!(why(&gateway, 1), 200);
    for (sale, result) in [(1, "duplicate"), (2, "accepted")] {
        let answer = deliver(&gateway, sale).json();
        // It may be on the disk all the same: then Stripe's next try is told so.
        assert!(answer["result"] == result || sale == 2 && answer["result"] == "duplicate");
    }
    wait_for("both alerts", || (gateway.alerts().len() == 2).then_some(()));
}

/// Commits would go on without an error, into files that nobody finds again.
#[test]
fn a_log_that_was_removed_ends_the_process() {
    let mut gateway = Gateway::with_secret(SECRET);
    fs::remove_file(gateway.data.path().join("tillbell.db-wal")).unwrap();
    let mut sale = 0;
    wait_for("its end", || {
        sale += 1;
        deliver(&gateway, sale);
        gateway.has_ended().then_some(())
    });
    assert_eq!(gateway.ended().code(), Some(1), "{}", gateway.log());
    assert!(gateway.log().contains("tillbell.db-wal was removed"), "{}", gateway.log());
}

/// The next sale may be hours away, and what is not in the database yet is lost with the process.
#[test]
fn a_log_that_was_removed_ends_the_process_also_if_nothing_more_is_sold() {
    let mut gateway = Gateway::with_secret(SECRET);
    fs::remove_file(gateway.data.path().join("tillbell.db-wal")).unwrap();
    deliver(&gateway, 1);
    wait_for("its end", || gateway.has_ended().then_some(()));
    assert_eq!(gateway.ended().code(), Some(1), "{}", gateway.log());
}

#[test]
fn a_gateway_without_descriptors_takes_connections_again_later() {
    let gateway = Gateway::with_secret(SECRET);
    let page = gateway.page();
    let pid = gateway.pid().to_string();
    let limited = Command::new("prlimit").args(["--pid", &pid, "--nofile=64:64"]).status();
    assert!(limited.expect("prlimit is needed: apt-get install util-linux").success());
    let files = || fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count();
    let many: Vec<TcpStream> =
        (0..100).map(|_| TcpStream::connect(("127.0.0.1", gateway.port)).unwrap()).collect();
    wait_for("the descriptors to run out", || (files() >= 64).then_some(()));
    drop(many);
    assert_eq!(deliver(&gateway, 1).status, 200);
    assert_eq!(gateway.get("/api/v1/status").json()["connections"], 1, "the page's socket lives");
    drop(page);
}
