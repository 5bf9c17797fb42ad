//! A gateway of its own on some disk, and what it was sold: delivered again until it says 200, as
//! Stripe does, and some of it once more.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use tempfile::TempDir;

use crate::{
    disk::command,
    random::Random,
    support::{Gateway, Setup, checkout, wait_for},
};

const SECRET: &str = "whsec_power_cut";

/// Sellers at the same time.
const SELLERS: u64 = 4;

/// How many deliveries of a hundred are of a sale that was accepted before.
const AGAIN: u64 = 10;

/// What became of the sales.
#[derive(Default)]
struct Book {
    next: u32,
    /// Not answered 200 yet.
    open: BTreeSet<u32>,
    /// Answered 200.
    accepted: BTreeSet<u32>,
    /// Deliveries that were answered otherwise or not at all.
    refused: u64,
}

/// See the module.
pub(crate) struct Ledger {
    pub(crate) setup: Setup,
    pub(crate) data: Arc<TempDir>,
    book: Mutex<Book>,
}

impl Ledger {
    /// A data directory on a disk that is mounted here.
    pub(crate) fn on(disk: &Path, env: &[(&str, &str)]) -> Self {
        let data = Arc::new(TempDir::new_in(disk).unwrap());
        command("sync", &["-f".as_ref(), disk]).unwrap();
        let mut env: Vec<_> =
            env.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        env.push(("TILLBELL__STRIPE__WEBHOOK_SECRET".into(), SECRET.into()));
        let setup = Setup { data: Some(Arc::clone(&data)), env, ..Setup::default() };
        Self { setup, data, book: Mutex::default() }
    }

    /// Starts the gateway. A crash may have left the address of the one before.
    pub(crate) fn start(&self) -> Gateway {
        let _mostly_missing = std::fs::remove_file(self.data.path().join("address"));
        Gateway::start_with(self.setup.clone())
    }

    pub(crate) fn accepted(&self) -> usize {
        self.book().accepted.len()
    }

    pub(crate) fn refused(&self) -> u64 {
        self.book().refused
    }

    /// Sells until this is done; which sales were accepted meanwhile.
    pub(crate) fn sell_until(
        &self,
        node: &Gateway,
        seed: u64,
        deed: impl FnOnce(),
    ) -> BTreeSet<u32> {
        let (done, before) = (AtomicBool::new(false), self.book().accepted.clone());
        thread::scope(|threads| {
            for seller in 0..SELLERS {
                let (done, mut chance) = (&done, Random(seed * SELLERS + seller));
                threads.spawn(move || {
                    while !done.load(Ordering::Relaxed) {
                        self.sell(node, &mut chance);
                    }
                });
            }
            deed();
            done.store(true, Ordering::Relaxed);
        });
        &self.book().accepted - &before
    }

    /// Delivers one sale: a new one, one that was refused, or one that was accepted before.
    fn sell(&self, node: &Gateway, chance: &mut Random) {
        let sale = {
            let book = self.book();
            let again = !book.accepted.is_empty() && chance.chance(AGAIN);
            if again {
                let at = chance.index(book.accepted.len());
                *book.accepted.iter().nth(at).unwrap()
            } else if let Some(sale) = book.open.first().copied().filter(|_| chance.chance(50)) {
                sale
            } else {
                drop(book);
                self.new_sale()
            }
        };
        self.deliver(node, sale);
    }

    /// Delivers a sale; the status of the answer, 0 for none.
    pub(crate) fn deliver(&self, node: &Gateway, sale: u32) -> u16 {
        let mut event = checkout(sale);
        event["data"]["object"]["amount_total"] = sale.into();
        let body = event.to_string();
        let answer = node.deliver("/webhooks/stripe", body.as_bytes(), SECRET);
        let mut book = self.book();
        match answer.status {
            200 => {
                book.open.remove(&sale);
                book.accepted.insert(sale);
            }
            // 503 is the only answer that makes Stripe try again and nobody look for a mistake.
            0 | 503 => book.refused += 1,
            other => panic!("answered {other}"),
        }
        answer.status
    }

    /// Sells one new sale after the other, until so many in a row are refused.
    pub(crate) fn sell_until_refused(&self, node: &Gateway, in_a_row: u32) {
        let mut refused = 0;
        while refused < in_a_row {
            let sale = self.new_sale();
            refused = if self.deliver(node, sale) == 200 { 0 } else { refused + 1 };
        }
    }

    /// A sale that was not delivered yet.
    pub(crate) fn new_sale(&self) -> u32 {
        let mut book = self.book();
        book.next += 1;
        let sale = book.next;
        book.open.insert(sale);
        sale
    }

    /// Delivers all that was refused until it is accepted, as Stripe does.
    pub(crate) fn deliver_the_rest(&self, node: &Gateway) {
        let open: Vec<u32> = self.book().open.iter().copied().collect();
        for sale in open {
            wait_for("a sale to be accepted", || (self.deliver(node, sale) == 200).then_some(()));
        }
    }

    /// Which of these the gateway does not know any more.
    pub(crate) fn lost(node: &Gateway, sales: &BTreeSet<u32>) -> Vec<u32> {
        let known = |sale: u32| match node.get(&format!("/api/v1/why/evt_{sale:024}")).status {
            200 => true,
            404 => false,
            status => panic!("answered {status}"),
        };
        sales.iter().copied().filter(|sale| !known(*sale)).collect()
    }

    /// Of the sales that were accepted: how many have no alert, and how many have more than one.
    pub(crate) fn missing_and_doubled(&self, node: &Gateway) -> (usize, usize) {
        wait_for("all events to have an outcome", || {
            (node.get("/api/v1/status").json()["unsettled"] == 0).then_some(())
        });
        let mut alerts: BTreeMap<u64, usize> = BTreeMap::new();
        let mut after = String::new();
        loop {
            let path = format!("/api/v1/streamers/me/alerts?limit=1000{after}");
            let page = node.get(&path).json();
            for alert in page["data"].as_array().unwrap() {
                *alerts.entry(alert["amount"]["minor"].as_u64().unwrap()).or_default() += 1;
            }
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        let missing = self
            .book()
            .accepted
            .iter()
            .filter(|sale| !alerts.contains_key(&u64::from(**sale)))
            .count();
        (missing, alerts.values().filter(|count| **count > 1).count())
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }
}
