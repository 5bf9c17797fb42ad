//! What an idle overlay costs.

use std::fs;

use crate::support::{Gateway, Page, Setup};

const SOCKETS: u64 = 200;
const BYTES_EACH_MAX: u64 = 8 * 1024;

/// The memory that a process holds, in bytes.
fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[test]
fn an_idle_socket_costs_less_than_8_kib() {
    let room = [("TILLBELL__LIMITS__CONNECTIONS_PER_STREAMER".into(), "1000".into())];
    let gateway = Gateway::start_with(Setup { env: room.into(), ..Setup::default() });
    let key = gateway.overlay_key("me", "main");
    let open = |n| (0..n).map(|_| Page::welcomed(&gateway, &key)).collect::<Vec<_>>();
    // What is there once, caches and threads, is not a socket's.
    let first = open(20);
    let before = resident(gateway.pid());
    let more = open(SOCKETS);
    let cost = resident(gateway.pid()).saturating_sub(before) / SOCKETS;
    assert!(cost < BYTES_EACH_MAX, "an idle socket costs {cost} bytes");
    drop((first, more));
}
