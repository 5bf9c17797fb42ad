//! Committing a change of a channel: one script that looks whether it may, and then writes all. What
//! is written is prepared here as plain commands, so that the script cannot fail half-way.

use redis::ToRedisArgs;

use super::{
    call::{Call, lua},
    events,
    link::Link,
    names::all_of_streamer,
    row::{json, random, to_json, unreadable, word},
    seen::Seen,
    streamers,
    times::MARKS_KEPT,
};
use crate::{
    alert::{Alert, AlertState},
    channel::{Entry, Purchase, State},
    id::{EventId, StreamerId},
    position::Position,
    store::{Change, Committed, Fact, Settlement, StoreError, Token},
};

lua!(COMMIT, "open", "forget", "commit");

/// The keys of the script; it knows the first eight by their places.
const PARTS: [&str; 16] = [
    "channel",
    "log",
    "settled",
    "settled_at",
    "purchases",
    "purchases_changed",
    "purchase_ids",
    "removed",
    "alerts",
    "ids",
    "queue",
    "tests",
    "held",
    "ended",
    "totals",
    "buyers",
];

pub(super) async fn commit(
    link: &Link,
    seen: &Seen,
    streamer: &StreamerId,
    token: Token,
    change: &Change,
) -> Result<Committed, StoreError> {
    let new = random()?;
    if token == Token(0) {
        streamers::add(link, streamer).await?;
    }
    let found: Vec<String> = link.run_durably(&prepare(streamer, token, new, change)?).await?;
    match found.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["done"] => {
            if let Some(last) = change.entries.last() {
                seen.note(streamer, last.position, new);
            }
            finish(link, &change.settles).await;
            Ok(Committed::Done)
        }
        // Of a streamer that was removed a moment ago: who looks again finds that out.
        ["conflict" | "removed"] => Ok(Committed::Conflict),
        ["settled", event, outcome] => {
            let event: EventId = word(event, "an event's id")?;
            let outcome = json(outcome.as_bytes(), "an outcome")?;
            finish(link, &[(event.clone(), outcome)]).await;
            Ok(Committed::AlreadySettled(event))
        }
        _ => Err(unreadable("what came of a commit")),
    }
}

/// What is settled here is settled. Should its events not learn of it now, they are found unsettled,
/// tried again, and learn of it then.
async fn finish(link: &Link, settled: &[(EventId, Settlement)]) {
    if let Err(error) = events::finish(link, settled).await {
        tracing::debug!(%error, "events were not told what became of them");
    }
}

fn prepare(
    streamer: &StreamerId,
    token: Token,
    new: u64,
    change: &Change,
) -> Result<Call, StoreError> {
    check(change)?;
    let epoch = change.state.as_ref().map(|state| state.epoch.to_string());
    let first = change.entries.first().map(|entry| entry.position.offset.to_string());
    let settles =
        change.settles.iter().flat_map(|(event, outcome)| [event.to_string(), to_json(outcome)]);
    let mut writes = Writes::default();
    if let Some(state) = &change.state {
        writes.state(state, new);
        if !change.entries.is_empty() {
            writes.push("HSET", "channel", ("wrote", new));
        }
    }
    change.alerts.iter().for_each(|alert| writes.alert(alert));
    change.purchases.iter().for_each(|purchase| writes.purchase(purchase));
    // After those that took over their ids: these stay.
    change.absorbed.iter().for_each(|set| writes.push("FORGET", "purchases", set.to_string()));
    change.entries.iter().for_each(|entry| writes.entry(entry, new));
    change.facts.iter().for_each(|fact| writes.fact(fact));
    Ok(Call::new(&COMMIT, all_of_streamer(streamer, &PARTS))
        .arg(token.0)
        .arg(new)
        .arg(epoch.unwrap_or_default())
        .arg(first.unwrap_or_default())
        .arg(u64::try_from(MARKS_KEPT.as_millis()).unwrap_or(u64::MAX))
        .arg(change.settles.len())
        .arg(settles.collect::<Vec<_>>())
        .arg(writes.0))
}

/// Entries lead up to the state's position, without a gap. That the first follows what is stored is
/// for the script to see.
fn check(change: &Change) -> Result<(), StoreError> {
    let mut wanted = change.state.as_ref().map(State::position);
    for entry in change.entries.iter().rev() {
        if Some(entry.position) != wanted || entry.position.offset == 0 {
            return Err(StoreError::Unavailable("entries with a gap are refused".into()));
        }
        wanted = wanted.map(|at| Position { offset: at.offset - 1, ..at });
    }
    Ok(())
}

/// Commands as the script takes them: a verb, the place of its key, how many arguments, and they.
#[derive(Default)]
struct Writes(Vec<Vec<u8>>);

impl Writes {
    fn push(&mut self, verb: &str, part: &str, args: impl ToRedisArgs) {
        let place = PARTS.iter().position(|other| *other == part);
        let place = place.expect("all parts that are written to are in the list") + 1;
        (verb, place, args.num_of_args()).write_redis_args(&mut self.0);
        args.write_redis_args(&mut self.0);
    }

    fn state(&mut self, state: &State, token: u64) {
        let play = state.play.as_ref().map(|play| play.alert.to_string()).unwrap_or_default();
        let playing = u8::from(state.playing().is_some());
        self.push("HSET", "channel", ("token", token, "state", to_json(state)));
        self.push("HSET", "channel", ("epoch", state.epoch.to_string(), "offset", state.offset));
        self.push("HSET", "channel", ("play", play, "playing", playing));
        let members = state.play.iter().flat_map(|play| &play.members);
        let members: Vec<String> = members.map(ToString::to_string).collect();
        self.push("HSET", "channel", ("members", members.join(" ")));
    }

    /// Where an alert stands follows from the alert alone, so it is also taken out of where it may
    /// have stood before.
    fn alert(&mut self, alert: &Alert) {
        let id = alert.id.to_string();
        let held = alert.state == AlertState::Held;
        let ended = alert.state.is_end() && alert.spot.is_none();
        let spot_of_test = alert.spot.filter(|_| alert.test);
        self.push("HSET", "alerts", (&id, to_json(alert)));
        self.push("ZADD", "ids", (0, &id));
        for (part, score) in [
            ("queue", alert.spot.map(|spot| spot.order.cast_signed())),
            ("tests", spot_of_test.map(|spot| spot.entered.as_millis())),
            ("held", held.then(|| alert.entered.as_millis())),
            ("ended", ended.then(|| alert.created.as_millis())),
        ] {
            match score {
                Some(score) => self.push("ZADD", part, (score, &id)),
                None => self.push("ZREM", part, &id),
            }
        }
    }

    fn purchase(&mut self, purchase: &Purchase) {
        let set = purchase.id.to_string();
        self.push("HSET", "purchases", (&set, to_json(purchase)));
        self.push("STAMP", "purchases_changed", &set);
        for id in &purchase.ids {
            self.push("HSET", "purchase_ids", (id.to_string(), &set));
        }
    }

    fn entry(&mut self, entry: &Entry, token: u64) {
        let id = format!("{}-0", entry.position.offset);
        let time = entry.time.as_millis();
        self.push("XADD", "log", (id, "time", time, "entry", to_json(entry), "token", token));
    }

    fn fact(&mut self, fact: &Fact) {
        match fact {
            Fact::Total { currency, minor, orders } => {
                self.push("SUM", "totals", (format!("{currency}:minor"), *minor));
                self.push("SUM", "totals", (format!("{currency}:orders"), *orders));
            }
            Fact::Buyer { key, orders } => self.push("SUM", "buyers", (&key.0, *orders)),
            Fact::Forgotten(key) => self.push("HDEL", "buyers", &key.0),
        }
    }
}
