//! A node, and the sales that it answered with 200, with the time of the answer.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::Instant,
};

use crate::support::{Gateway, Setup, checkout, wait_for};

const SECRET: &str = "whsec_power_cut";

/// Sellers at the same time.
const SELLERS: usize = 4;

/// See the module.
pub(crate) struct Till {
    node: Gateway,
    accepted: Mutex<BTreeMap<u32, Instant>>,
}

impl Till {
    pub(crate) fn start(redis: &str, durability: &str) -> Self {
        let set = |key: &str, value: &str| (format!("TILLBELL__{key}"), value.to_owned());
        let env = vec![set("REDIS__DURABILITY", durability), set("STRIPE__WEBHOOK_SECRET", SECRET)];
        let setup = Setup { redis: Some(redis.into()), env, ..Setup::default() };
        Self { node: Gateway::start_with(setup), accepted: Mutex::default() }
    }

    /// How many were answered 200.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.lock().unwrap().len()
    }

    /// Sells until this is done; what came of it.
    pub(crate) fn sell_until<T>(&self, deed: impl FnOnce() -> T) -> T {
        let (next, done) = (AtomicU32::new(1), AtomicBool::new(false));
        thread::scope(|threads| {
            for _ in 0..SELLERS {
                threads.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        self.sell(next.fetch_add(1, Ordering::Relaxed));
                    }
                });
            }
            let result = deed();
            done.store(true, Ordering::Relaxed);
            result
        })
    }

    fn sell(&self, sale: u32) {
        let body = checkout(sale).to_string();
        let answer = self.node.deliver("/webhooks/stripe", body.as_bytes(), SECRET);
        if answer.status == 200 {
            self.accepted.lock().unwrap().insert(sale, Instant::now());
        }
    }

    /// When those were answered of which nobody knows any more.
    pub(crate) fn lost(&self) -> Vec<Instant> {
        wait_for("readiness", || (self.node.get("/readyz").status == 200).then_some(()));
        let accepted = self.accepted.lock().unwrap();
        let known = |sale: u32| {
            let why = format!("/api/v1/why/evt_{sale:024}");
            wait_for("an answer", || match self.node.get(&why).status {
                200 => Some(true),
                404 => Some(false),
                _ => None,
            })
        };
        accepted.iter().filter(|(sale, _)| !known(**sale)).map(|(_, at)| *at).collect()
    }
}
