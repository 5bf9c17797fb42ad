//! The channel: everything that decides what plays when (contract §5). Pure: no IO, no clock, no
//! randomness. A node loads what the store has, applies what happened, and commits the [`Change`];
//! should another have committed first, it does all of that again.
//!
//! Every application ends with `Channel::advance`, which brings about what is due by itself:
//! a lapsed start, the end of a play, an alert whose time has passed, the next play. So the order
//! in which nodes notice things does not matter, and noticing twice is harmless.

mod acks;
mod arrival;
mod carrier;
mod complete;
mod entry;
mod erase;
mod goal;
mod input;
mod operations;
mod play;
mod presence;
mod purchase;
mod rush;
mod sales;
mod state;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::{Value, json};

use crate::{
    alert::{Alert, AlertState, Reason, WireAlert},
    connection::Connection,
    id::{AlertId, NodeId},
    position::Epoch,
    settings::Settings,
    store::{BuyerKey, Change, HEAD, Loaded, Names},
    time::Timestamp,
};

pub use arrival::Recent;
pub use entry::{Entry, EntryType, WireEntry};
pub use goal::{Progress, WireGoal};
pub use input::{Ack, Event, Input, NewSale, Refusal, Reply, Said, Verdict, What};
pub use presence::Waiting;
pub use purchase::{Claim, Purchase};
pub use state::{Clearing, End, Finished, PassedOver, Play, Started, State};

/// How long a page has to say `started` (contract §5).
pub const START_WITHIN: Duration = Duration::from_secs(5);

/// From when any other node than the leader's decides that nobody started.
pub const START_DECIDED_BY_ANY: Duration = Duration::from_secs(8);

/// How long after its duration a play ends without a `finished`.
pub const FINISH_GRACE: Duration = Duration::from_secs(3);

/// How long a test waits for its start.
pub const TEST_EXPIRES_AFTER: Duration = Duration::from_secs(30);

/// How long after its sale an alert is late. Stripe delivers within seconds: what comes later than
/// this waited for an outage to end, and its moment has passed.
pub const LATE_AFTER: Duration = Duration::from_mins(2);

/// How long after a node's start nothing is missed: its overlays must find their way back first.
const SETTLE_AFTER_START: Duration = Duration::from_mins(1);

/// After so many counted plays that nobody began, the alert is missed.
const PLAYS_COUNTED_AT_MOST: u8 = 3;

/// The moment and the place at which rules are applied.
#[derive(Clone, Copy, Debug)]
pub struct Here {
    /// The node that applies.
    pub node: NodeId,
    /// When that node started.
    pub node_started: Timestamp,
    /// Whether that node is stopping: it begins no play on its own connections.
    pub draining: bool,
}

/// A channel, loaded, while inputs are applied to it.
#[derive(Clone, Debug)]
pub struct Channel<'s> {
    settings: &'s Settings,
    here: Here,
    now: Timestamp,
    before: State,
    state: State,
    rows: BTreeMap<AlertId, Row>,
    /// Rows behind this order may exist in the store without being in `rows`.
    horizon: u64,
    purchases: Vec<(Purchase, bool)>,
    buyers: BTreeMap<BuyerKey, u32>,
    connections: Vec<Arc<Connection>>,
    last_registered: Option<Timestamp>,
    change: Change,
}

#[derive(Clone, Debug)]
struct Row {
    alert: Alert,
    changed: bool,
}

impl<'s> Channel<'s> {
    /// A channel as it was loaded for `names`.
    #[must_use]
    pub fn new(loaded: Loaded, names: &Names, settings: &'s Settings, here: Here) -> Self {
        let horizon =
            loaded.head.get(HEAD - 1).and_then(|row| row.spot).map_or(u64::MAX, |s| s.order);
        let rows = loaded.head.into_iter().chain(loaded.named);
        let mut channel = Self {
            settings,
            here,
            now: loaded.now,
            before: loaded.state.clone(),
            state: loaded.state,
            rows: rows.map(|alert| (alert.id, Row { alert, changed: false })).collect(),
            horizon,
            purchases: loaded.purchases.into_iter().map(|purchase| (purchase, false)).collect(),
            buyers: names.buyers.iter().cloned().zip(loaded.buyers).collect(),
            connections: loaded.connections,
            last_registered: loaded.last_registered,
            change: Change::default(),
        };
        channel.distrust_times();
        if let Some(epoch) = loaded.new_epoch {
            channel.begin_epoch(epoch);
        }
        channel.heed_goal();
        channel
    }

    /// Begins a history whose first entry says how the queue stands: readers of the one before are
    /// told that it is lost.
    fn begin_epoch(&mut self, epoch: Epoch) {
        self.state.epoch = epoch;
        self.state.offset = 0;
        self.log_queue();
    }

    /// Reads a stored time later than now as now, so that a clock that was once wrong cannot stop a
    /// channel for ever.
    fn distrust_times(&mut self) {
        let now = self.now;
        for row in self.rows.values_mut() {
            let spot = row.alert.spot.as_mut().map(|spot| &mut spot.entered);
            for entered in spot.into_iter().chain([&mut row.alert.entered]) {
                row.changed |= *entered > now;
                *entered = now.min(*entered);
            }
        }
        let state = &mut self.state;
        // Not written back: read as now, it would be so for as long as it lies ahead.
        self.last_registered = self.last_registered.filter(|at| *at <= now);
        state.last_presence = state.last_presence.min(now);
        state.last_resume = state.last_resume.min(now);
        for passed in &mut state.passed_over {
            passed.at = passed.at.min(now);
        }
        state.recent.iter_mut().for_each(|recent| recent.distrust(now));
        if let Some(play) = &mut state.play {
            play.since = play.since.min(now);
            play.entered = play.entered.min(now);
            if let Some(started) = &mut play.started {
                started.at = started.at.min(now);
            }
        }
    }

    /// Applies one input, then what is due.
    ///
    /// # Errors
    /// When the input asks for something that cannot be; it then changed nothing.
    pub fn apply(&mut self, input: Input) -> Result<Reply, Refusal> {
        let goal = self.goal_done();
        let reply = match input {
            Input::Event(event) => self.event(event),
            Input::Ack(ack) => self.ack(&ack),
            Input::Tick => Reply::Done,
            Input::Left => self.left(),
            Input::Restored => self.restored(),
            Input::Pause => self.pause(),
            Input::Resume => self.resume(),
            Input::Mute => self.set_muted(true),
            Input::Unmute => self.set_muted(false),
            Input::Clear => self.clear(),
            Input::Panic => self.panic(),
            Input::Skip(alert) => self.skip(alert)?,
            Input::Replay(alert) => self.replay(alert)?,
            Input::ReplayAll(alerts) => self.replay_all(alerts),
            Input::Approve(alert, verdict) => self.approve(alert, verdict)?,
            Input::Reject(alert) => self.reject(alert)?,
            Input::Complete(alert, items) => self.complete(alert, items)?,
            Input::EraseBuyer(alerts) => self.erase_buyer(&alerts),
            Input::ForgetBuyer(keys, alerts) => self.forget_buyer(keys, &alerts),
        };
        self.tell_goal(goal);
        self.advance();
        Ok(reply)
    }

    /// Brings about what is due now.
    fn advance(&mut self) {
        self.settle_passed_over();
        self.drain_clearing();
        self.end_what_is_due();
        self.expire_what_waits();
        self.start_next();
    }

    /// The state as it is now.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// An alert that was loaded, as it is now.
    #[must_use]
    pub fn alert(&self, id: AlertId) -> Option<&Alert> {
        self.rows.get(&id).map(|row| &row.alert)
    }

    /// The alerts that wait, in the order in which they will play, as far as loaded. What a clear
    /// under way has yet to end does not wait any more.
    #[must_use]
    pub fn queue(&self) -> Vec<&Alert> {
        let mut queue = self.rows_in_order();
        if let Some(Clearing { up_to, .. }) = self.state.clearing {
            queue.retain(|alert| alert.spot.is_some_and(|spot| spot.order > up_to));
        }
        queue
    }

    /// How many alerts wait.
    #[must_use]
    pub fn length(&self) -> u32 {
        let waiting = self.state.waiting;
        let since_clear = self.state.clearing.map(|c| self.state.next_order - 1 - c.up_to);
        since_clear.and_then(|n| u32::try_from(n).ok()).map_or(waiting, |n| n.min(waiting))
    }

    /// The rows with a place in the queue, in order, as far as loaded.
    fn rows_in_order(&self) -> Vec<&Alert> {
        let mut rows: Vec<_> = self
            .rows
            .values()
            .map(|row| &row.alert)
            .filter(|alert| alert.spot.is_some_and(|spot| spot.order <= self.horizon))
            .collect();
        rows.sort_unstable_by_key(|alert| alert.spot.map(|spot| spot.order));
        rows
    }

    /// The store's now at which this channel was loaded.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// What must be committed, or `None` if nothing changed. The channel stays as it is, to be shown.
    #[must_use]
    pub fn take_change(&mut self) -> Option<Change> {
        let mut change = std::mem::take(&mut self.change);
        let changed = self.rows.values().filter(|row| row.changed);
        change.alerts.extend(changed.map(|row| row.alert.clone()));
        let changed = self.purchases.iter().filter(|(_, changed)| *changed);
        change.purchases.extend(changed.map(|(purchase, _)| purchase.clone()));
        let unchanged = self.state == self.before
            && change.alerts.is_empty()
            && change.purchases.is_empty()
            && change.entries.is_empty()
            && change.facts.is_empty()
            && change.settles.is_empty();
        change.state = Some(self.state.clone());
        (!unchanged).then_some(change)
    }

    fn row(&mut self, id: AlertId) -> Option<&mut Alert> {
        let row = self.rows.get_mut(&id)?;
        row.changed = true;
        Some(&mut row.alert)
    }

    fn log(&mut self, what: EntryType, test: bool, replay: bool, data: Value) {
        self.state.offset += 1;
        let position = self.state.position();
        self.change.entries.push(Entry { position, time: self.now, what, test, replay, data });
    }

    /// Logs something about an alert, with `more` members beside it.
    fn log_alert(&mut self, what: EntryType, id: AlertId, replay: bool, more: Value) {
        let Some(alert) = self.alert(id) else { return };
        let test = alert.test;
        let mut data = json!({ "alert": self.wire(alert, replay) });
        if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
            data.extend(more);
        }
        self.log(what, test, replay, data);
    }

    /// The members of a carrier, in order.
    pub fn members_of<'a>(&'a self, alert: &'a Alert) -> impl Iterator<Item = &'a Alert> {
        alert.members.iter().filter_map(|id| self.alert(*id))
    }

    /// An alert in the form of contract §6, with its members if it is a carrier.
    #[must_use]
    pub fn wire<'a>(&'a self, alert: &'a Alert, replay: bool) -> WireAlert<'a> {
        alert.wire_with(replay, self.members_of(alert))
    }

    fn log_queue(&mut self) {
        let data = json!({
            "paused": self.state.paused,
            "muted": self.state.muted,
            "panic": self.state.panic,
            "length": self.length(),
            "waiting": self.waiting(),
        });
        self.log(EntryType::QueueChanged, false, false, data);
    }

    /// Ends an alert that waits, as itself or as a replay, in the state that belongs to `reason`.
    fn end_waiting(&mut self, id: AlertId, reason: Reason) {
        let now = self.now;
        let Some(alert) = self.row(id) else { return };
        let spot = alert.spot.take();
        let replay = spot.is_some_and(|spot| spot.replay);
        let state = end_state(reason);
        if !replay {
            alert.state = state;
            alert.reason = Some(reason);
        }
        let word = if replay { "replay_ended" } else { state.name() };
        alert.step(word, now, Some(reason_word(reason)));
        if spot.is_some() {
            self.state.waiting = self.state.waiting.saturating_sub(1);
        }
        // A late `started` may bring back what nobody began, and nothing that ended otherwise.
        if reason != Reason::NeverStarted
            && let Some(play) = &mut self.state.play
            && play.alert == id
            && play.end == Some(End::Lapsed)
        {
            play.end = Some(End::Stopped(reason));
        }
        self.log_end(end_entry(state), id, replay, json!({ "reason": reason }));
    }
}

/// The end state that a reason belongs to.
fn end_state(reason: Reason) -> AlertState {
    match reason {
        Reason::Finished | Reason::Started => AlertState::Shown,
        Reason::Skipped
        | Reason::Cleared
        | Reason::Panic
        | Reason::Refunded
        | Reason::Duplicate => AlertState::Skipped,
        Reason::OverlayGone | Reason::Failed => AlertState::Interrupted,
        Reason::NobodyPresent
        | Reason::NeverStarted
        | Reason::TooLate
        | Reason::TestExpired
        | Reason::NotDecided
        | Reason::Restored => AlertState::Missed,
        Reason::Rejected => AlertState::Rejected,
        Reason::TestsHidden | Reason::Moderator | Reason::Rule | Reason::BuyerLimit => {
            AlertState::Silent
        }
    }
}

fn end_entry(state: AlertState) -> EntryType {
    match state {
        AlertState::Shown => EntryType::AlertShown,
        AlertState::Skipped => EntryType::AlertSkipped,
        AlertState::Interrupted => EntryType::AlertInterrupted,
        AlertState::Missed => EntryType::AlertMissed,
        AlertState::Rejected => EntryType::AlertRejected,
        AlertState::Silent => EntryType::AlertSilent,
        AlertState::Held => EntryType::AlertHeld,
        AlertState::Queued => EntryType::AlertQueued,
        AlertState::Playing => EntryType::AlertPlaying,
    }
}

/// The word of a reason, as on the wire.
fn reason_word(reason: Reason) -> String {
    serde_json::to_value(reason).ok().and_then(|v| v.as_str().map(String::from)).unwrap_or_default()
}
