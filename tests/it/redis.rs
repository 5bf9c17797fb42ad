//! Nodes that share a Redis, and everything that can happen to it: whatever was answered 200 is shown
//! once. Each test has two nodes, an overlay that goes to the other one when its node is gone, and a
//! Stripe that delivers again what was refused.

mod durability;
mod groups;
mod migrate;
mod network;
mod nodes;
mod receipt;
mod screen;
mod seller;
mod server;
mod start;
mod tls;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{Gateway, PATIENCE, Setup, wait_for, within};
use screen::Screen;
use seller::Seller;

const SECRET: &str = "whsec_on_redis";

/// When a fault is over, all works again within this. Mostly it takes a second or two; a busy machine
/// has the rest.
const RECOVERY: Duration = Duration::from_secs(20);

/// How a node is started.
fn node(redis: &str, durability: &str) -> Setup {
    let set = |key: &str, value: &str| (format!("TILLBELL__{key}"), value.to_owned());
    Setup {
        redis: Some(redis.into()),
        env: vec![set("REDIS__DURABILITY", durability), set("STRIPE__WEBHOOK_SECRET", SECRET)],
        ..Setup::default()
    }
}

/// Two nodes, an overlay, and a shop that sells all the time.
struct Stand {
    nodes: Vec<Gateway>,
    screen: Screen,
    seller: Seller,
}

impl Stand {
    /// Nodes that reach one durable server at these addresses, which may differ.
    fn on(first: &str, second: &str) -> Self {
        Self::of([node(first, "always"), node(second, "always")])
    }

    /// The overlay's page is at the first node, as long as that one lives.
    fn of(nodes: [Setup; 2]) -> Self {
        let nodes = nodes.map(Gateway::start_with);
        let ports = nodes.each_ref().map(|node| node.port);
        // A page finishes what it plays at once; this is how long a node waits for one that does not.
        nodes[0].set(&json!({ "duration": "3s" }));
        let screen = Screen::open(&ports, &nodes[0].overlay_key("me", "main"));
        wait_for("the overlay's welcome", || (screen.welcomes() > 0).then_some(()));
        let seller = Seller::start(&ports);
        let stand = Self { nodes: nodes.into(), screen, seller };
        stand.wait_for_sales();
        stand
    }

    /// Waits until each node has taken one more sale.
    #[track_caller]
    fn wait_for_sales(&self) {
        for node in &self.nodes {
            let before = self.seller.accepted_at(node.port);
            wait_for("a sale", || (self.seller.accepted_at(node.port) > before).then_some(()));
        }
    }

    /// Waits until one more sale was refused.
    #[track_caller]
    fn wait_for_refusal(&self) {
        let before = self.seller.refused();
        wait_for("a refusal", || (self.seller.refused() > before).then_some(()));
    }

    /// Waits until a node's readiness has this status; how long that took.
    #[track_caller]
    fn wait_until_ready_is(&self, node: usize, status: u16) -> Duration {
        let begin = Instant::now();
        let node = &self.nodes[node];
        wait_for("readiness", || (node.get("/readyz").status == status).then_some(()));
        begin.elapsed()
    }

    /// Waits until the fault is over for all: nodes are ready, and each takes sales.
    #[track_caller]
    fn recover(&self) {
        let begin = Instant::now();
        for number in 0..self.nodes.len() {
            self.wait_until_ready_is(number, 200);
        }
        self.wait_for_sales();
        let took = begin.elapsed();
        println!("recovered after {:.2} s", took.as_secs_f64());
        assert!(took < RECOVERY, "it took {took:?}");
    }

    /// Stops selling; every sale that was accepted must then be shown, once.
    #[track_caller]
    fn settle(self) {
        self.settle_since(0);
    }

    /// The same where so many sales were accepted before a loss that nobody could help.
    #[track_caller]
    fn settle_since(mut self, gone: usize) {
        let sold = self.seller.stop();
        let accepted: BTreeSet<u64> = sold.accepted.iter().map(|(sale, _)| *sale).collect();
        let kept: BTreeSet<u64> = sold.accepted[gone..].iter().map(|(sale, _)| *sale).collect();
        // Whether it happened is judged below, where it can be said what is missing.
        let _all = within(PATIENCE, || {
            let alerts = self.alerts()?;
            let ended = |alert: &&Value| !OPEN.contains(&text(alert, "state"));
            let sales: BTreeSet<u64> = alerts.iter().filter(ended).map(sale_of).collect();
            (kept.is_subset(&sales) && alerts.len() == sales.len()).then_some(())
        });
        let drawn = self.screen.close();
        let alerts = wait_for("the alerts", || self.alerts());
        let mut by_sale: BTreeMap<u64, Vec<&Value>> = BTreeMap::new();
        for alert in &alerts {
            by_sale.entry(sale_of(alert)).or_default().push(alert);
        }
        let lost: Vec<_> = kept.iter().filter(|sale| !by_sale.contains_key(sale)).collect();
        let unknown: Vec<_> = by_sale.keys().filter(|sale| !accepted.contains(sale)).collect();
        let twice: Vec<_> = by_sale.values().filter(|alerts| alerts.len() > 1).collect();
        let hidden: Vec<_> = alerts.iter().filter(|alert| alert["state"] != "shown").collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
        assert!(unknown.is_empty(), "nobody sold these: {unknown:?}");
        assert!(twice.is_empty(), "two alerts of one sale: {twice:?}");
        assert!(hidden.is_empty(), "not shown: {hidden:?}");
        for alert in &alerts {
            let times = drawn.get(text(alert, "id")).copied().unwrap_or(0);
            assert_eq!(times, 1, "drawn {times} times: {alert}");
        }
        assert_eq!(drawn.len(), alerts.len(), "what was drawn is known");
        let refused = sold.refused;
        println!("accepted {}, lost 0, shown twice 0, refused {refused:?}", kept.len());
    }

    /// All alerts, as the first node that answers tells them.
    fn alerts(&self) -> Option<Vec<Value>> {
        let answers = self.nodes.iter().map(|node| node.get(ALERTS));
        let answer = answers.into_iter().find(|answer| answer.status == 200)?;
        let all = answer.json()["data"].as_array().unwrap().clone();
        assert!(all.len() < 1000, "there may be more than one page");
        Some(all)
    }
}

/// The states of alerts that have not ended.
const OPEN: [&str; 3] = ["queued", "playing", "held"];

const ALERTS: &str = "/api/v1/streamers/me/alerts?limit=1000";

fn text<'a>(alert: &'a Value, name: &str) -> &'a str {
    alert[name].as_str().unwrap()
}

/// Each sale has an amount of its own.
fn sale_of(alert: &Value) -> u64 {
    alert["amount"]["minor"].as_u64().unwrap()
}
