//! What happened, as it was seen from outside, and what it means.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::fleet::Fleet;

/// A sale: its streamer's number, and an amount that no other sale of that streamer has.
pub(crate) type Sale = (usize, u64);

#[derive(Default)]
pub(crate) struct Ledger(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    accepted: Vec<Sale>,
    /// From first delivery to 200, of sales that were refused first.
    waited: Vec<Duration>,
    refused: BTreeMap<u16, u64>,
    slowest_answer: Duration,
    faults: BTreeMap<&'static str, u32>,
    connects: Vec<Instant>,
    /// How often each page began to draw each showing of an alert.
    drawn: HashMap<(usize, String, u64), u32>,
    given_again: u64,
    closes: BTreeMap<u16, u64>,
}

impl Ledger {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap()
    }

    /// What came before was only getting ready.
    pub(crate) fn begin(&self) {
        *self.seen() = Seen::default();
    }

    pub(crate) fn connected(&self) -> usize {
        self.seen().connects.len()
    }

    pub(crate) fn connect(&self) {
        self.seen().connects.push(now());
    }

    pub(crate) fn close(&self, code: u16) {
        *self.seen().closes.entry(code).or_default() += 1;
    }

    pub(crate) fn fault(&self, what: &'static str) {
        *self.seen().faults.entry(what).or_default() += 1;
    }

    pub(crate) fn accept(&self, sale: Sale, took: Duration, since_first: Duration) {
        let mut seen = self.seen();
        seen.accepted.push(sale);
        if since_first > took + took {
            seen.waited.push(since_first);
        }
        seen.slowest_answer = seen.slowest_answer.max(took);
    }

    pub(crate) fn refuse(&self, status: u16, took: Duration) {
        let mut seen = self.seen();
        *seen.refused.entry(status).or_default() += 1;
        seen.slowest_answer = seen.slowest_answer.max(took);
    }

    pub(crate) fn draw(&self, page: usize, alert: &str, showing: u64) {
        *self.seen().drawn.entry((page, alert.into(), showing)).or_default() += 1;
    }

    pub(crate) fn give_again(&self) {
        self.seen().given_again += 1;
    }

    /// Prints the report; whether nothing was lost and nothing shown twice.
    pub(crate) fn report(&self, fleet: &Fleet, settled: Duration) -> bool {
        let alerts = fleet.alerts();
        let seen = self.seen();
        let mut made: HashMap<Sale, u32> = HashMap::new();
        let mut states: BTreeMap<String, u64> = BTreeMap::new();
        let (mut unfinished, mut extra_showings) = (0, 0);
        for (streamer, alert) in &alerts {
            let minor = alert["amount"]["minor"].as_u64().unwrap_or_default();
            *made.entry((*streamer, minor)).or_default() += 1;
            let text = |name: &str| alert[name].as_str().unwrap_or("none").to_owned();
            let (state, reason) = (text("state"), text("reason"));
            unfinished += u64::from(["queued", "playing", "held"].contains(&state.as_str()));
            extra_showings +=
                u64::from(alert["showing"].as_u64().is_some_and(|showing| showing > 1));
            *states.entry(format!("{state} ({reason})")).or_default() += 1;
        }
        let sold: HashSet<Sale> = seen.accepted.iter().copied().collect();
        let lost = sold.iter().filter(|sale| !made.contains_key(*sale)).count();
        let doubled = made.values().filter(|count| **count > 1).count();
        let twice = seen.drawn.values().filter(|count| **count > 1).count();
        let kept: HashSet<&str> = alerts.iter().filter_map(|(_, a)| a["id"].as_str()).collect();
        let ghosts = seen.drawn.keys().filter(|(_, id, _)| !kept.contains(id.as_str()));
        let ghosts: HashSet<&str> = ghosts.map(|(_, id, _)| id.as_str()).collect();

        println!("\nfaults");
        for (what, count) in &seen.faults {
            println!("  {what:<31} {count:>8}");
        }
        println!("sales");
        println!("  accepted                {:>8}", sold.len());
        println!("  LOST                    {lost:>8}");
        println!("  with two alerts         {doubled:>8}");
        for (status, count) in &seen.refused {
            let what = if *status == 0 { "no answer".into() } else { format!("answered {status}") };
            println!("  {what:<22}  {count:>8}  (sent again)");
        }
        let mut waited = seen.waited.clone();
        waited.sort();
        if let (Some(median), Some(longest)) = (waited.get(waited.len() / 2), waited.last()) {
            let (median, longest) = (median.as_secs_f64(), longest.as_secs_f64());
            println!(
                "  then accepted after     {median:>8.1} s (median), {longest:.1} s (longest)"
            );
        }
        println!("  slowest answer          {:>8.1} s", seen.slowest_answer.as_secs_f64());
        println!("alerts");
        for (state, count) in &states {
            println!("  {state:<22}  {count:>8}");
        }
        println!("  SHOWN TWICE by a page   {twice:>8}");
        println!("  with a second showing   {extra_showings:>8}");
        println!("  drawn, then unknown     {:>8}", ghosts.len());
        println!("  given again, not drawn  {:>8}", seen.given_again);
        println!("  all ended after         {:>8.1} s", settled.as_secs_f64());
        println!("connections");
        println!("  reconnects              {:>8}", seen.connects.len());
        println!("  most in one second      {:>8}", peak(&seen.connects));
        for (code, count) in &seen.closes {
            println!("  closed with {code:<10}  {count:>8}");
        }
        let good = lost + doubled + twice + ghosts.len() == 0 && unfinished + extra_showings == 0;
        println!("\n{}", if good { "0 lost, 0 twice" } else { "FAILED" });
        good
    }
}

/// The most connects that lie within one second.
fn peak(connects: &[Instant]) -> usize {
    let mut sorted = connects.to_vec();
    sorted.sort();
    let within = |from: usize| {
        sorted[from..].iter().take_while(|at| **at - sorted[from] < Duration::from_secs(1)).count()
    };
    (0..sorted.len()).map(within).max().unwrap_or(0)
}

#[expect(clippy::disallowed_methods, reason = "this measures from outside")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// A field of a frame as text.
pub(crate) fn text(frame: &Value, field: &str) -> String {
    frame[field].as_str().unwrap_or_default().to_owned()
}
