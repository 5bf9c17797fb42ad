//! The path of a sale, measured from outside: `cargo bench --bench path`.
//!
//! It starts the gateway as users do and prints, as ratios against floors of the same run:
//! - a signed POST until its 200, against an answer of the same server that does nothing (`/livez`);
//! - a signed POST until its `play` frame, against two synced writes and that answer;
//! - memory per idle overlay.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "a bench")]

#[allow(dead_code, unused_imports, reason = "shared with the integration tests")]
#[path = "../tests/it/support.rs"]
mod support;

use std::{
    fs::{self, File},
    io::{Seek as _, SeekFrom, Write as _},
    path::Path,
    time::{Duration, Instant},
};

use support::{Gateway, Page, checkout};

const SECRET: &str = "whsec_of_the_bench";
const ROUNDS: u32 = 300;
const PAGES: usize = 500;

/// Runs `work` many times; the median and the 99th percentile.
fn measure(mut work: impl FnMut(u32)) -> (Duration, Duration) {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|n| {
            let start = Instant::now();
            work(n);
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

fn synced_write(dir: &Path) -> (Duration, Duration) {
    let mut file = File::create(dir.join("floor")).unwrap();
    let page = [7; 4096];
    file.write_all(&page).unwrap();
    file.sync_all().unwrap();
    measure(|_| {
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(&page).unwrap();
        file.sync_data().unwrap();
    })
}

fn row(what: &str, (p50, p99): (Duration, Duration), floor: Duration) {
    let ratio = p50.as_secs_f64() / floor.as_secs_f64();
    println!("  {what:<28} p50 {p50:>10.1?}  p99 {p99:>10.1?}  {ratio:>5.2} x floor");
}

/// Resident memory of the gateway, in bytes.
fn resident(gateway: &Gateway) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", gateway.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

fn main() {
    let gateway = Gateway::with_secret(SECRET);
    let sync = synced_write(gateway.data.path());
    let noop = measure(|_| assert_eq!(gateway.request("GET", "/livez", &[], ()).status, 200));
    let deliver = |n: u32| {
        let body = checkout(n).to_string();
        let answer = gateway.deliver("/webhooks/stripe/me", body.as_bytes(), SECRET);
        assert_eq!(answer.status, 200);
    };
    println!("floors, {ROUNDS} rounds each");
    row("write 4 KiB and sync", sync, sync.0);
    row("answer that does nothing", noop, noop.0);
    println!("one sale at a time");
    row("signed POST to 200", measure(|n| deliver(1_000_000 + n)), sync.0 + noop.0);
    gateway.post("/api/v1/streamers/me/queue/clear", &serde_json::json!({}));
    let mut page = gateway.page();
    let mut shown = Duration::ZERO;
    let to_screen = measure(|n| {
        deliver(2_000_000 + n);
        let play = page.expect("play");
        let drawn = Instant::now();
        page.show(&play);
        shown += drawn.elapsed();
    });
    let mean = shown / ROUNDS;
    let to_screen = (to_screen.0.saturating_sub(mean), to_screen.1);
    row("signed POST to play", to_screen, 2 * sync.0 + noop.0);
    let before = resident(&gateway);
    let key = gateway.overlay_key("me", "main");
    // Below the limit of one streamer's connections; several streamers would only add rows.
    let pages: Vec<Page> = (0..PAGES.min(190)).map(|_| Page::welcomed(&gateway, &key)).collect();
    let each = resident(&gateway).saturating_sub(before) / u64::try_from(pages.len()).unwrap();
    println!("idle overlays\n  {} held, {each} bytes each", pages.len());
}
