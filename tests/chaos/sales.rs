//! Stripe: it signs, delivers to any node, and delivers again until it is told 200.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use serde_json::json;

use crate::{
    fleet::{Fleet, SECRET, random_below, streamer},
    ledger::{Ledger, now},
    support::{checkout, sign},
};

/// Deliveries at the same time.
const SELLERS: u32 = 8;

/// Between two deliveries of an event that was not accepted. Stripe takes longer.
const AGAIN: Duration = Duration::from_millis(300);

/// How long an event is delivered when no more are sold. Stripe goes on for three days.
const PATIENCE: Duration = Duration::from_mins(1);

/// One of so many accepted events is delivered a second time, to another node perhaps.
const DOUBLED: u64 = 10;

pub(crate) fn start(
    per_second: f64,
    fleet: &Arc<Fleet>,
    ledger: &Arc<Ledger>,
    selling: &Arc<AtomicBool>,
) -> Vec<JoinHandle<()>> {
    let next = Arc::new(AtomicU32::new(1));
    let between = Duration::from_secs_f64(f64::from(SELLERS) / per_second);
    let seller = |_| {
        let (fleet, ledger) = (Arc::clone(fleet), Arc::clone(ledger));
        let (selling, next) = (Arc::clone(selling), Arc::clone(&next));
        thread::spawn(move || {
            while selling.load(Ordering::Relaxed) {
                sell(&fleet, &ledger, &selling, next.fetch_add(1, Ordering::Relaxed));
                thread::sleep(between);
            }
        })
    };
    (0..SELLERS).map(seller).collect()
}

fn sell(fleet: &Fleet, ledger: &Ledger, selling: &AtomicBool, number: u32) {
    let whose = usize::try_from(number).unwrap() % fleet.streamers;
    let mut event = checkout(number);
    event["data"]["object"]["amount_total"] = number.into();
    // Half of them come to the address of all, and say whose they are.
    let path = if number.is_multiple_of(2) {
        event["data"]["object"]["metadata"] = json!({ "streamer": streamer(whose) });
        "/webhooks/stripe".to_owned()
    } else {
        format!("/webhooks/stripe/{}", streamer(whose))
    };
    let body = event.to_string();
    let deliver = || {
        let begin = now();
        // Stripe signs each try anew.
        let status = fleet.post(&path, &body, &sign(body.as_bytes(), SECRET));
        (status, begin.elapsed())
    };
    let first = now();
    loop {
        let (status, took) = deliver();
        if status == 200 {
            ledger.accept((whose, u64::from(number)), took, first.elapsed());
            break;
        }
        ledger.refuse(status, took);
        // When all is whole again and it is refused still, what it needs is gone with Redis' data.
        if !selling.load(Ordering::Relaxed) && first.elapsed() > PATIENCE {
            return;
        }
        thread::sleep(AGAIN);
    }
    if random_below(DOUBLED) == 0 {
        deliver();
    }
}
