//! What the gateway says in the end, held against what was seen.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde_json::Value;

use super::{
    books::Seen,
    scene::{Scene, streamer},
    shop::purchase_of,
    support::Gateway,
};

/// See the module. All numbers but the last ones must be 0.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Sales that were answered 200 and have no alert.
    pub(crate) lost: usize,
    /// Sales with a second alert.
    pub(crate) doubled: usize,
    /// Alerts that have not ended.
    pub(crate) open: usize,
    /// Showings given once more after the gateway had noted that they had begun.
    pub(crate) shown_twice: usize,
    /// Alerts that were drawn and that nobody knows any more.
    pub(crate) ghosts: usize,
    /// Alerts that are `shown`, and nobody drew them.
    pub(crate) unseen: usize,
    /// Streamers whose totals are not what was paid less what went back.
    pub(crate) wrong_totals: usize,
    /// Streamers whose log has a gap, or is of more than one epoch.
    pub(crate) gaps: usize,
    /// Alerts by state and reason.
    pub(crate) ends: BTreeMap<String, u64>,
    /// From the first delivery of a sale to the first drawing, shortest first.
    pub(crate) waited: Vec<Duration>,
}

impl Verdict {
    pub(crate) fn of(gateway: &Gateway, scene: &Scene) -> Self {
        let seen = scene.books.seen();
        let mut verdict = Self { shown_twice: seen.played_after_noted().len(), ..Self::default() };
        let mut made: BTreeMap<u64, u32> = BTreeMap::new();
        let mut known = BTreeSet::new();
        let drawn: BTreeSet<&str> = seen.drawn.keys().map(|(alert, _)| alert.as_str()).collect();
        for number in 0..scene.streamers {
            let alerts = all(gateway, &format!("/api/v1/streamers/{}/alerts", streamer(number)));
            for alert in &alerts {
                if let Some(event) = alert["event"].as_str() {
                    *made.entry(purchase_of(event)).or_default() += 1;
                    let drawn = seen.drawn.get(&(word(&alert["id"]), 1));
                    let told = seen.told.get(&purchase_of(event));
                    verdict.waited.extend(drawn.zip(told).map(|(drawn, told)| *drawn - *told));
                }
                known.insert(word(&alert["id"]));
                verdict.judge(alert);
            }
            verdict.unseen += unseen(&alerts, &drawn);
            verdict.judge_streamer(gateway, &seen, number);
        }
        verdict.waited.sort();
        let sales = seen.sales();
        verdict.lost = sales.iter().filter(|sale| !made.contains_key(sale)).count();
        verdict.doubled = made.values().filter(|count| **count > 1).count();
        verdict.ghosts = drawn.iter().filter(|id| !known.contains(**id)).count();
        verdict
    }

    pub(crate) fn is_good(&self) -> bool {
        let Self { lost, doubled, open, shown_twice, ghosts, unseen, wrong_totals, gaps, .. } =
            self;
        [lost, doubled, open, shown_twice, ghosts, unseen, wrong_totals, gaps]
            .iter()
            .all(|count| **count == 0)
    }

    fn judge(&mut self, alert: &Value) {
        let state = word(&alert["state"]);
        self.open += usize::from(["held", "queued", "playing"].contains(&state.as_str()));
        let end = format!("{state} ({})", word(&alert["reason"]));
        *self.ends.entry(end).or_default() += 1;
    }

    fn judge_streamer(&mut self, gateway: &Gateway, seen: &Seen, number: usize) {
        let of = format!("/api/v1/streamers/{}", streamer(number));
        let totals = gateway.get(&format!("{of}/totals")).json();
        let minor = totals["data"][0]["amount"]["minor"].as_u64().unwrap_or_default();
        self.wrong_totals += usize::from(minor != seen.worth(number));
        let (mut after, mut epochs, mut gapless) = (0, BTreeSet::new(), true);
        loop {
            let page = gateway.get(&format!("{of}/log?after={after}&limit=1000")).json();
            let entries = page["data"].as_array().cloned().unwrap_or_default();
            for entry in &entries {
                epochs.insert(word(&entry["epoch"]));
                gapless &= entry["offset"] == after + 1;
                after += 1;
            }
            if entries.is_empty() {
                break;
            }
        }
        self.gaps += usize::from(!gapless || epochs.len() > 1);
    }
}

/// The alerts that are `shown` and were drawn neither alone nor as part of another.
fn unseen(alerts: &[Value], drawn: &BTreeSet<&str>) -> usize {
    let is_drawn = |alert: &Value| drawn.contains(word(&alert["id"]).as_str());
    let carriers = alerts.iter().filter(|alert| is_drawn(alert));
    let members = carriers.filter_map(|carrier| carrier["members"].as_array()).flatten();
    let carried: BTreeSet<String> = members.map(|member| word(&member["id"])).collect();
    let shown = alerts.iter().filter(|alert| alert["state"] == "shown");
    shown.filter(|alert| !is_drawn(alert) && !carried.contains(&word(&alert["id"]))).count()
}

/// All of a list, page by page.
fn all(gateway: &Gateway, path: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let after =
            all.last().map_or(String::new(), |last| format!("&after={}", word(&last["id"])));
        let page = gateway.get(&format!("{path}?limit=1000{after}")).json();
        let page = page["data"].as_array().cloned().unwrap_or_default();
        let full = page.len() == 1000;
        all.extend(page);
        if !full {
            return all;
        }
    }
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or("none").to_owned()
}
