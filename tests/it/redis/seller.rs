//! A shop, and Stripe, which delivers each sale to the nodes in turn until one of them says 200.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::SECRET;
use crate::support::{checkout, sign};

/// Sales at the same time.
const SELLERS: u64 = 3;

/// Between two deliveries of one seller: alerts are to be shown about as fast as they come.
const BETWEEN: Duration = Duration::from_millis(60);

/// What Stripe waits for an answer.
const ANSWER: Duration = Duration::from_secs(20);

/// What became of the sales.
#[derive(Debug, Default)]
pub(super) struct Sold {
    /// The sale, which is its amount too, and the port of the node that said 200.
    pub accepted: Vec<(u64, u16)>,
    /// How often a delivery was answered with another status; 0 is no answer.
    pub refused: BTreeMap<u16, u64>,
}

/// See the module.
pub(super) struct Seller {
    sold: Arc<Mutex<Sold>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Seller {
    /// Sells and delivers to these ports.
    pub(super) fn start(ports: &[u16]) -> Self {
        let (sold, stop) = (Arc::<Mutex<Sold>>::default(), Arc::<AtomicBool>::default());
        let next = Arc::new(AtomicU64::new(100));
        let threads = (0..SELLERS).map(|first| {
            let (sold, stop) = (Arc::clone(&sold), Arc::clone(&stop));
            let (next, ports) = (Arc::clone(&next), ports.to_vec());
            thread::spawn(move || {
                let mut turn = usize::try_from(first).unwrap();
                while !stop.load(Ordering::Relaxed) {
                    sell(next.fetch_add(1, Ordering::Relaxed), &ports, &mut turn, &sold);
                }
            })
        });
        let threads = threads.collect();
        Self { sold, stop, threads }
    }

    /// How many sales were taken.
    pub(super) fn accepted(&self) -> usize {
        self.sold().accepted.len()
    }

    /// How many sales the node on this port has taken.
    pub(super) fn accepted_at(&self, port: u16) -> usize {
        self.sold().accepted.iter().filter(|(_, at)| *at == port).count()
    }

    /// How many deliveries were refused.
    pub(super) fn refused(&self) -> u64 {
        self.sold().refused.values().sum()
    }

    /// Sells no more; what is under way is delivered first.
    pub(super) fn stop(&mut self) -> Sold {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            thread.join().unwrap();
        }
        std::mem::take(&mut self.sold())
    }

    fn sold(&self) -> MutexGuard<'_, Sold> {
        self.sold.lock().unwrap()
    }
}

impl Drop for Seller {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn sell(sale: u64, ports: &[u16], turn: &mut usize, sold: &Mutex<Sold>) {
    let mut event = checkout(u32::try_from(sale).unwrap());
    event["data"]["object"]["amount_total"] = sale.into();
    let body = event.to_string();
    loop {
        let port = ports[*turn % ports.len()];
        *turn += 1;
        let status = deliver(port, &body);
        thread::sleep(BETWEEN);
        let mut sold = sold.lock().unwrap();
        if status == 200 {
            return sold.accepted.push((sale, port));
        }
        // 503 is the only answer that makes Stripe try again for days and nobody look for a mistake.
        assert!([0, 503].contains(&status), "answered {status}");
        *sold.refused.entry(status).or_default() += 1;
    }
}

/// Delivers; the status of the answer, 0 for none. Each try is signed anew.
fn deliver(port: u16, body: &str) -> u16 {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(ANSWER))
        .build()
        .into();
    let url = format!("http://127.0.0.1:{port}/webhooks/stripe");
    let request = agent.post(&url).header("stripe-signature", sign(body.as_bytes(), SECRET));
    request.send(body).map_or(0, |answer| answer.status().as_u16())
}
