//! What each durability keeps, and what it loses: every promise of docs/OPERATIONS.md, and every loss
//! it admits. What was answered 200 is looked for one by one; where something must be lost, the test
//! has to see that.

mod away;
mod backup;
mod handover;
mod killed;
mod memory;
mod replicas;
mod restarts;

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
};

use super::{SECRET, node};
use crate::support::{Answer, Gateway, RedisServer, Setup, checkout, wait_for};

const WEBHOOK: &str = "/webhooks/stripe";
const LOG: &str = "/api/v1/streamers/me/log";

/// Sellers at the same time, and how many sales they make before something happens to Redis.
const SELLERS: usize = 4;
const BEFORE: usize = 20;

/// A node, and the sales that it answered with 200.
struct Till {
    node: Gateway,
    next: AtomicU32,
    accepted: Mutex<BTreeSet<u32>>,
}

impl Till {
    fn on(redis: &str, durability: &str) -> Self {
        Self::of(node(redis, durability))
    }

    fn of(setup: Setup) -> Self {
        let node = Gateway::start_with(setup);
        Self { node, next: AtomicU32::new(100), accepted: Mutex::default() }
    }

    /// All that was answered 200.
    fn accepted(&self) -> BTreeSet<u32> {
        self.accepted.lock().unwrap().clone()
    }

    /// Delivers a sale; its number is its amount too.
    fn deliver(&self, sale: u32) -> Answer {
        let mut event = checkout(sale);
        event["data"]["object"]["amount_total"] = sale.into();
        let answer = self.node.deliver(WEBHOOK, event.to_string().as_bytes(), SECRET);
        if answer.status == 200 {
            self.accepted.lock().unwrap().insert(sale);
        }
        answer
    }

    /// Delivers one sale more; the status of its answer.
    fn sell_one(&self) -> u16 {
        self.deliver(self.next.fetch_add(1, Ordering::Relaxed)).status
    }

    /// Sells so many, all of which must be accepted; which.
    #[track_caller]
    fn sell(&self, count: usize) -> BTreeSet<u32> {
        let before = self.accepted();
        for _ in 0..count {
            assert_eq!(self.sell_one(), 200);
        }
        &self.accepted() - &before
    }

    /// Sells as fast as it can while this happens, until nothing is accepted any more.
    #[track_caller]
    fn sell_through(&self, fault: impl FnOnce()) {
        let before = self.accepted().len();
        let struck = AtomicBool::new(false);
        thread::scope(|threads| {
            for _ in 0..SELLERS {
                // Before, a refusal is no more than what is left of the fault before this one.
                threads
                    .spawn(|| while self.sell_one() == 200 || !struck.load(Ordering::Relaxed) {});
            }
            let sold = || (self.accepted().len() >= before + BEFORE).then_some(());
            wait_for("sales", sold);
            struck.store(true, Ordering::Relaxed);
            fault();
        });
    }

    /// Waits until it is ready and takes sales again.
    #[track_caller]
    fn recover(&self) {
        wait_for("readiness", || (self.node.get("/readyz").status == 200).then_some(()));
        wait_for("a sale", || (self.sell_one() == 200).then_some(()));
    }

    /// What was answered 200 and nobody knows of any more.
    #[track_caller]
    fn lost(&self) -> BTreeSet<u32> {
        let unknown = |sale: &u32| match self.why(*sale) {
            200 => false,
            404 => true,
            status => panic!("asked for {sale}: {status}"),
        };
        self.accepted().into_iter().filter(unknown).collect()
    }

    /// The status of the answer to what became of a sale's event.
    fn why(&self, sale: u32) -> u16 {
        self.node.get(&format!("/api/v1/why/evt_{sale:024}")).status
    }

    /// Nothing is lost, and each sale is one alert.
    #[track_caller]
    fn assert_all_kept(&self) {
        assert_eq!(self.lost(), BTreeSet::new(), "of {}", self.accepted().len());
        self.assert_alerts_of(&self.accepted());
    }

    /// Waits until each of these is an alert; each of them is one, and so is no more than one.
    #[track_caller]
    fn assert_alerts_of(&self, sales: &BTreeSet<u32>) {
        let alerts = wait_for("the alerts", || {
            let alerts = self.amounts();
            sales.iter().all(|sale| alerts.contains(sale)).then_some(alerts)
        });
        let once: BTreeSet<u32> = alerts.iter().copied().collect();
        assert_eq!(once.len(), alerts.len(), "two alerts of one sale: {alerts:?}");
    }

    /// The amounts of all alerts, which are the numbers of their sales.
    fn amounts(&self) -> Vec<u32> {
        let alerts = self.node.alerts();
        assert!(alerts.len() < 1000, "there may be more than one page");
        let amount = |alert: &serde_json::Value| alert["amount"]["minor"].as_u64().unwrap();
        alerts.iter().map(|alert| u32::try_from(amount(alert)).unwrap()).collect()
    }

    /// The end of the log.
    fn head(&self) -> String {
        let log = self.node.get(&format!("{LOG}?limit=1")).json();
        log["head"].as_str().unwrap().to_owned()
    }

    /// What followed this position is no longer there, and its readers are told.
    #[track_caller]
    fn assert_history_lost(&self, position: &str) {
        let epoch = |position: &str| position.split(':').next().unwrap().to_owned();
        // It begins with the first commit that meets what is missing.
        wait_for("a new epoch", || (epoch(&self.head()) != epoch(position)).then_some(()));
        let told = self.node.get(&format!("{LOG}?after={position}"));
        assert_eq!((told.status, &*told.code()), (410, "history_lost"));
    }
}

/// By default a primary waits five seconds for more replicas to come.
const QUICK_SYNC: &str = "repl-diskless-sync-delay 0\nrepl-ping-replica-period 1\n";

/// A primary with replicas. Its port is the address of whoever is the primary.
struct Group {
    primary: RedisServer,
    replicas: Vec<RedisServer>,
}

impl Group {
    fn start(replicas: usize) -> Self {
        Self::with(replicas, "")
    }

    /// The same, its primary with more lines of configuration.
    fn with(replicas: usize, config: &str) -> Self {
        let primary = RedisServer::with(&format!("{QUICK_SYNC}{config}"));
        let mut group = Self { primary, replicas: Vec::new() };
        for _ in 0..replicas {
            group.add_replica();
        }
        group
    }

    fn url(&self) -> String {
        self.primary.url()
    }

    fn add_replica(&mut self) {
        let config = format!("{QUICK_SYNC}replicaof 127.0.0.1 {}\n", self.primary.port);
        self.replicas.push(RedisServer::with(&config));
        self.wait_until_whole();
    }

    /// Waits until each replica has confirmed all that the primary has written by now.
    fn wait_until_whole(&self) {
        let written = wait_for("the primary", || self.primary.info("master_repl_offset"));
        let written: u64 = written.parse().unwrap();
        wait_for("replicas in sync", || {
            let confirmed = confirmed(&self.primary);
            let whole = confirmed.len() == self.replicas.len()
                && confirmed.iter().all(|offset| *offset > 0 && *offset >= written);
            whole.then_some(())
        });
    }

    /// Makes this replica deaf to the primary: it becomes one itself, at its own address, where
    /// nobody looks for it.
    fn cut_off(&self, replica: usize) {
        self.replicas[replica].command::<()>(&["REPLICAOF", "NO", "ONE"]);
    }

    /// Kills the primary if it lives, and puts this replica in its place. The others go.
    fn promote(&mut self, replica: usize) {
        self.primary.kill();
        let port = self.primary.port;
        self.primary = self.replicas.swap_remove(replica);
        self.replicas.clear();
        self.primary.command::<()>(&["REPLICAOF", "NO", "ONE"]);
        self.primary.command::<()>(&["CONFIG", "SET", "port", &port.to_string()]);
        self.primary.port = port;
    }
}

/// Of each replica, how many bytes of this primary's writes it has confirmed.
fn confirmed(primary: &RedisServer) -> Vec<u64> {
    let offset = |number| {
        let about = primary.info(&format!("slave{number}"))?;
        about.split(',').find_map(|part| part.strip_prefix("offset=")?.parse().ok())
    };
    (0..).map_while(offset).collect()
}

/// A node that needs so many replicas.
fn replicated(redis: &str, replicas: u32) -> Setup {
    let mut setup = node(redis, "replicated");
    setup.env.push(("TILLBELL__REDIS__REPLICAS".into(), replicas.to_string()));
    setup
}
