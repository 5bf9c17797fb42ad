//! Named points of the path of a sale at which a test lets the process die, as a crash would there:
//! `TILLBELL_FAULT=after_accept:2` is the second time that it comes to `after_accept`. Release builds
//! know nothing of it.

use std::sync::{
    OnceLock,
    atomic::{AtomicU32, Ordering},
};

/// Every point, in the order in which a sale comes to them.
pub const POINTS: [&str; 9] = [
    "before_accept",
    "after_accept",
    "before_settle",
    "after_settle",
    "before_play",
    "after_play",
    "before_ack",
    "after_ack",
    "after_noted",
];

/// Ends the process if a test wants it to die at this point now.
pub(crate) fn point(name: &'static str) {
    if cfg!(debug_assertions) && is_chosen(name) {
        std::process::abort();
    }
}

#[expect(clippy::disallowed_methods, reason = "only tests set it, and only debug builds look")]
fn is_chosen(name: &str) -> bool {
    debug_assert!(POINTS.contains(&name), "{name} is no point");
    static CHOSEN: OnceLock<Option<(String, AtomicU32)>> = OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| {
        let text = std::env::var("TILLBELL_FAULT").ok()?;
        let (point, nth) = text.split_once(':')?;
        Some((point.to_owned(), AtomicU32::new(nth.parse().ok()?)))
    });
    let Some((point, left)) = chosen else { return false };
    point == name && left.fetch_sub(1, Ordering::Relaxed) == 1
}
