//! The nodes, seen through their addresses only.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    faults::Target,
    ledger::now,
    support::{Gateway, Setup},
};

pub(crate) const NODES: usize = 3;

pub(crate) const SECRET: &str = "whsec_chaos";

/// How long after the last sale everything must have ended.
const ENDED_WITHIN: Duration = Duration::from_mins(3);

pub(crate) struct Fleet {
    nodes: Mutex<Vec<Gateway>>,
    ports: Vec<u16>,
    keys: Mutex<HashMap<usize, String>>,
    token: String,
    agent: ureq::Agent,
    pub(crate) streamers: usize,
}

/// A streamer's id.
pub(crate) fn streamer(number: usize) -> String {
    format!("s{number}")
}

pub(crate) fn random_below(bound: u64) -> u64 {
    getrandom::u64().unwrap() % bound
}

impl Fleet {
    pub(crate) fn start(target: &dyn Target, streamers: usize) -> Self {
        let nodes: Vec<_> = (0..NODES).map(|_| Gateway::start_with(target.setup())).collect();
        let first = &nodes[0];
        let added = first.post("/api/v1/secrets", &json!({ "secret": SECRET }));
        assert_eq!(added.status, 201, "{added:?}");
        for number in 0..streamers {
            let id = streamer(number);
            first.add_streamer(&id);
            let path = format!("/api/v1/streamers/{id}");
            let settings = json!({ "duration": "3s" });
            let set = first.admin("PATCH", &path, Some(&settings));
            assert_eq!(set.status, 200, "{set:?}");
            let added = first.post(&format!("{path}/secrets"), &json!({ "secret": SECRET }));
            assert_eq!(added.status, 201, "{added:?}");
        }
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(20)))
            .build()
            .into();
        Self {
            ports: nodes.iter().map(|node| node.port).collect(),
            token: first.admin_token(),
            nodes: Mutex::new(nodes),
            keys: Mutex::default(),
            agent,
            streamers,
        }
    }

    pub(crate) fn any_port(&self) -> u16 {
        self.ports[usize::try_from(random_below(self.ports.len() as u64)).unwrap()]
    }

    fn nodes(&self) -> MutexGuard<'_, Vec<Gateway>> {
        self.nodes.lock().unwrap()
    }

    /// Stops a node as a service manager does, and starts it again where it was.
    pub(crate) fn restart(&self, number: usize, setup: Setup) {
        let (data, port) = {
            let node = &mut self.nodes()[number];
            assert!(node.stop().success());
            (Arc::clone(&node.data), node.port)
        };
        let again = Gateway::start_with(Setup { data: Some(data), port: Some(port), ..setup });
        self.nodes()[number] = again;
    }

    /// The key of the overlay of a page: pages of one streamer share its overlay `main`.
    pub(crate) fn overlay_key(&self, page: usize) -> String {
        let whose = page % self.streamers;
        let known = self.keys.lock().unwrap().get(&whose).cloned();
        known.unwrap_or_else(|| {
            let key = self.nodes()[0].overlay_key(&streamer(whose), "main");
            self.keys.lock().unwrap().insert(whose, key.clone());
            key
        })
    }

    /// Delivers a webhook to any node; the answer's status, 0 for none.
    pub(crate) fn post(&self, path: &str, body: &str, signature: &str) -> u16 {
        let url = format!("http://127.0.0.1:{}{path}", self.any_port());
        let request = self.agent.post(&url).header("stripe-signature", signature);
        request.send(body).map_or(0, |answer| answer.status().as_u16())
    }

    /// An answer; null for what is not there, nothing when none comes.
    fn get(&self, path: &str) -> Option<Value> {
        let url = format!("http://127.0.0.1:{}{path}", self.any_port());
        let request =
            self.agent.get(&url).header("authorization", format!("Bearer {}", self.token));
        let mut answer = request.call().ok()?;
        match answer.status().as_u16() {
            200 => serde_json::from_str(&answer.body_mut().read_to_string().ok()?).ok(),
            404 => Some(Value::Null),
            _ => None,
        }
    }

    /// Waits until nothing waits or plays any more; how long that took.
    pub(crate) fn wait_until_all_ended(&self) -> Duration {
        let begin = now();
        let busy = |number: usize| {
            let queue = self.get(&format!("/api/v1/streamers/{}/queue", streamer(number)));
            queue.is_none_or(|queue| {
                queue["length"].as_u64() > Some(0) || !queue["playing"].is_null()
            })
        };
        let unsettled = || {
            let status = self.get("/api/v1/status");
            status.is_none_or(|status| status["unsettled"] != 0)
        };
        while begin.elapsed() < ENDED_WITHIN && (unsettled() || (0..self.streamers).any(busy)) {
            std::thread::sleep(Duration::from_millis(200));
        }
        begin.elapsed()
    }

    /// All alerts, with their streamers' numbers.
    pub(crate) fn alerts(&self) -> Vec<(usize, Value)> {
        let mut all = Vec::new();
        for number in 0..self.streamers {
            let mut after = String::new();
            loop {
                let id = streamer(number);
                let path = format!("/api/v1/streamers/{id}/alerts?limit=1000{after}");
                let page = crate::support::wait_for("a list of alerts", || self.get(&path));
                let page = page["data"].as_array().cloned().unwrap_or_default();
                let last = page.last().map(|alert| crate::ledger::text(alert, "id"));
                let full = page.len() == 1000;
                all.extend(page.into_iter().map(|alert| (number, alert)));
                match last.filter(|_| full) {
                    Some(last) => after = format!("&after={last}"),
                    None => break,
                }
            }
        }
        all
    }
}

/// The environment of a node.
pub(crate) fn node(url: &str, durability: &str) -> Setup {
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Setup {
        env: vec![
            variable("TILLBELL__REDIS__URL", url),
            variable("TILLBELL__REDIS__DURABILITY", durability),
        ],
        ..Setup::default()
    }
}
