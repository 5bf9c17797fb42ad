//! Redis' memory: what a sale takes of it, and what happens when there is none left.

use super::Till;
use crate::{
    redis::screen::Screen,
    support::{RedisServer, checkout, wait_for},
};

/// What a sale takes beside its event as Stripe sent it; see docs/OPERATIONS.md.
const SALE_BYTES_MAX: u64 = 8 * 1024;

/// Many, so that what a Redis takes by and by for itself does not count.
const SALES: usize = 150;

#[test]
fn a_sale_takes_a_few_kilobytes() {
    let redis = RedisServer::start();
    let till = Till::on(&redis.url(), "always");
    let key = till.node.overlay_key("me", "main");
    let mut screen = Screen::open(&[till.node.port], &key);
    let used = || redis.info("used_memory_dataset").unwrap().parse::<u64>().unwrap();
    let sell = |count| {
        till.sell(count);
        wait_for("all to be shown", || {
            let alerts = till.node.alerts();
            let shown = alerts.iter().filter(|alert| alert["state"] == "shown").count();
            (shown == till.accepted().len()).then_some(())
        });
    };
    sell(10);
    let before = used();
    sell(SALES);
    let each = (used() - before) / u64::try_from(SALES).unwrap();
    screen.close();
    let body = u64::try_from(checkout(1).to_string().len()).unwrap();
    println!("{each} bytes a sale, of which {body} as Stripe sent them");
    assert!((body..body + SALE_BYTES_MAX).contains(&each), "{each}");
}

#[test]
fn a_full_memory_shows_in_the_answers_only() {
    let redis = RedisServer::start();
    let till = Till::on(&redis.url(), "always");
    let stored = till.sell(1).pop_first().unwrap();
    redis.command::<()>(&["CONFIG", "SET", "maxmemory", "1mb"]);
    assert_eq!(till.sell_one(), 503);
    assert_eq!(till.node.get("/readyz").status, 200);
    assert_eq!(till.why(stored), 200);
    redis.command::<()>(&["CONFIG", "SET", "maxmemory", "0"]);
    till.sell(1);
    till.assert_all_kept();
    let metrics = till.node.get("/metrics").text;
    assert!(metrics.contains("store_unavailable"), "{metrics}");
}
