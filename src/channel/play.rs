//! The life of a play: begin, lapse, end; and of what waits for one.

use serde_json::json;

use super::{
    Channel, End, EntryType, FINISH_GRACE, Finished, PLAYS_COUNTED_AT_MOST, Play,
    SETTLE_AFTER_START, START_DECIDED_BY_ANY, START_WITHIN, TEST_EXPIRES_AFTER, end_entry,
    end_state, reason_word,
};
use crate::{
    alert::{Alert, AlertState, Reason, Spot},
    id::AlertId,
    time::Timestamp,
};

impl Channel<'_> {
    /// Begins the next play, if something waits and somebody is present.
    pub(super) fn start_next(&mut self) {
        let state = &self.state;
        if state.playing().is_some() || state.paused || state.clearing.is_some() {
            return;
        }
        if self.gathers_until().is_some() {
            return;
        }
        let Some((leader, leader_node)) = self.leader().map(|c| (c.id, c.node)) else { return };
        self.merge();
        let Some((id, spot)) = self.queue().first().and_then(|a| Some((a.id, a.spot?))) else {
            return;
        };
        let connections = self.present_count();
        let now = self.now;
        self.state.last_presence = now;
        self.state.waiting = self.state.waiting.saturating_sub(1);
        let Some(alert) = self.row(id) else { return };
        alert.spot = None;
        if !spot.replay {
            alert.state = AlertState::Playing;
        }
        let set = alert.duration_ms;
        let screens = if connections == 1 { "connection" } else { "connections" };
        alert.step("playing", now, Some(format!("on {connections} {screens}")));
        let (members, showing, test) = (alert.members.clone(), alert.showing, alert.test);
        let duration_ms = self.paced(set);
        let mut play = Play {
            alert: id,
            members,
            showing,
            replay: spot.replay,
            test,
            lease: self.state.position(),
            order: spot.order,
            entered: spot.entered,
            since: now,
            duration_ms,
            leader,
            leader_node,
            started: None,
            witnesses: Vec::new(),
            vouched: false,
            finished: None,
            end: None,
        };
        self.play_members(id);
        let more = json!({ "connections": connections, "duration_ms": play.duration_ms });
        self.log_alert(EntryType::AlertPlaying, id, spot.replay, more);
        play.lease = self.state.position();
        let before = self.state.play.replace(play);
        self.state.before = before.and_then(|play| Some((play.lease, play.end?)));
    }

    /// When nobody has said `started` by this moment, this node may decide that nobody will.
    fn start_deadline(&self, play: &Play) -> Timestamp {
        let ours = play.leader_node == self.here.node;
        play.since + if ours { START_WITHIN } else { START_DECIDED_BY_ANY }
    }

    fn finish_deadline(play: &Play, started: Timestamp) -> Timestamp {
        started + std::time::Duration::from_millis(play.duration_ms.into()) + FINISH_GRACE
    }

    /// Whether a page that began a play can be taken to have drawn it to its end.
    fn was_drawn(&self, play: &Play) -> bool {
        play.vouched || play.witnesses.iter().any(|id| self.registered(*id))
    }

    /// Ends the play whose time has come, or whose leader left after another finished.
    pub(super) fn end_what_is_due(&mut self) {
        let Some(play) = self.state.playing().cloned() else { return };
        match &play.started {
            None if self.now >= self.start_deadline(&play) => {
                self.pass_over(&play);
                self.lapse();
            }
            None => {}
            Some(started) => {
                let over = self.now >= Self::finish_deadline(&play, started.at);
                if play.finished.is_some() && (over || !self.registered(play.leader)) {
                    self.end_play(Reason::Finished, play.finished);
                } else if over && self.was_drawn(&play) {
                    self.end_play(Reason::Started, None);
                } else if over {
                    self.end_play(Reason::OverlayGone, None);
                }
            }
        }
    }

    /// Nobody began: the alert goes back to its place, or is missed if that happened too often.
    pub(super) fn lapse(&mut self) {
        let Some(play) = &mut self.state.play else { return };
        play.end = Some(End::Lapsed);
        let (id, replay) = (play.alert, play.replay);
        let spot = Spot { order: play.order, entered: play.entered, replay };
        let now = self.now;
        self.state.waiting += 1;
        let Some(alert) = self.row(id) else { return };
        alert.spot = Some(spot);
        if !replay {
            alert.state = AlertState::Queued;
        }
        alert.step("requeued", now, Some("no overlay said that it started".into()));
        let never = alert.counted >= PLAYS_COUNTED_AT_MOST;
        self.requeue_members(id);
        self.log_alert(EntryType::AlertRequeued, id, replay, json!({}));
        self.drop_refunded_members(id);
        if never && self.alert(id).is_some_and(|alert| alert.spot.is_some()) {
            self.end_waiting(id, Reason::NeverStarted);
        }
    }

    /// Ends the newest play. A replay ends its alert only as shown.
    pub(super) fn end_play(&mut self, reason: Reason, finished: Option<Finished>) {
        let state = end_state(reason);
        let Some(play) = &mut self.state.play else { return };
        play.end = Some(match state {
            AlertState::Shown => End::Shown,
            AlertState::Interrupted => End::Interrupted,
            _ => End::Stopped(reason),
        });
        let (id, replay) = (play.alert, play.replay);
        let proof = play.proof(finished);
        let now = self.now;
        let Some(alert) = self.row(id) else { return };
        if !replay || state == AlertState::Shown {
            alert.state = state;
            alert.reason = Some(reason);
        }
        if state == AlertState::Shown || alert.proof.is_none() {
            alert.proof = Some(proof.clone());
        }
        alert.step(state.name(), now, Some(reason_word(reason)));
        let more = json!({ "reason": reason, "proof": proof.wire() });
        self.log_end(end_entry(state), id, replay, more);
    }

    /// Ends what waits longer than it may.
    pub(super) fn expire_what_waits(&mut self) {
        let due: Vec<(AlertId, Reason)> = self
            .rows
            .values()
            .filter_map(|row| {
                let (at, reason) = self.expiry(&row.alert)?;
                (at <= self.now).then_some((row.alert.id, reason))
            })
            .collect();
        for (id, reason) in due {
            self.end_waiting(id, reason);
        }
    }

    /// When an alert that waits will have waited too long, and why it is over then.
    fn expiry(&self, alert: &Alert) -> Option<(Timestamp, Reason)> {
        if alert.state == AlertState::Held {
            return Some((alert.entered + self.settings.decide_within, Reason::NotDecided));
        }
        let spot = alert.spot?;
        if alert.test {
            return Some((spot.entered + TEST_EXPIRES_AFTER, Reason::TestExpired));
        }
        if self.state.paused || self.state.playing().is_some() || self.present().next().is_some() {
            return None;
        }
        let since = spot
            .entered
            .max(self.state.last_presence)
            .max(self.state.last_resume)
            .max(self.last_registered.unwrap_or_default())
            .max(self.here.node_started + SETTLE_AFTER_START);
        Some((since + self.settings.missed_after, Reason::NobodyPresent))
    }

    /// When something will be due by itself; `None` if only a new input can change anything.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        if self.state.clearing.is_some() {
            return Some(self.now);
        }
        let of_play = self.state.playing().map(|play| match &play.started {
            None => self.start_deadline(play),
            Some(started) => Self::finish_deadline(play, started.at),
        });
        let of_queue =
            self.rows.values().filter_map(|row| self.expiry(&row.alert)).map(|(at, _)| at);
        // Rows that were not loaded can become due only after the head has moved. If all were, what
        // waits besides cannot be read.
        let all_loaded = self.horizon == u64::MAX;
        let more = self.state.waiting > 0 && self.queue().is_empty() && !all_loaded;
        let due = of_queue.chain(of_play).chain(more.then_some(self.now));
        due.chain(self.gathers_until()).min()
    }
}
