//! Contract §4: how a socket is greeted, what is said on it, and how it ends.

mod bytes;
mod cost;
mod ending;
mod flood;
mod greeting;
mod messages;
mod rfc6455;
mod unread;

use serde_json::json;

use crate::support::Page;

/// That a page is told why, and then closed with that reason.
#[track_caller]
fn assert_farewell(page: &mut Page, code: u16, reason: &str) {
    let bye = loop {
        match page.next() {
            Ok(frame) if frame["type"] == "bye" => break frame,
            Ok(_) => {}
            Err(closed) => panic!("closed {closed} without a bye"),
        }
    };
    assert_eq!((&bye["code"], &bye["reason"]), (&json!(code), &json!(reason)));
    assert_eq!(bye["reconnect"], json!(code < 4500), "{bye}");
    assert!(bye["retry_after_ms"].as_u64().unwrap() > 0, "{bye}");
    assert_eq!(page.next(), Err(code), "nothing stands between bye and close");
}
