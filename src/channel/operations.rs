//! What people do to the queue. A repeated request changes nothing and is no error.

use serde_json::json;

use super::{Channel, Clearing, EntryType, Refusal, Reply, Verdict, end_entry, end_state};
use crate::{
    alert::{Alert, AlertState, Buyer, Reason, Spot},
    id::AlertId,
};

impl Channel<'_> {
    pub(super) fn pause(&mut self) -> Reply {
        if !self.state.paused {
            self.state.paused = true;
            self.log_queue();
        }
        Reply::Done
    }

    pub(super) fn resume(&mut self) -> Reply {
        if self.state.paused || self.state.panic {
            self.state.paused = false;
            self.state.panic = false;
            self.state.last_resume = self.now;
            self.log_queue();
        }
        Reply::Done
    }

    pub(super) fn set_muted(&mut self, muted: bool) -> Reply {
        if self.state.muted != muted {
            self.state.muted = muted;
            self.log_queue();
        }
        Reply::Done
    }

    pub(super) fn clear(&mut self) -> Reply {
        if self.length() > 0 {
            self.begin_clearing(Reason::Cleared);
            self.log_queue();
        }
        Reply::Done
    }

    pub(super) fn panic(&mut self) -> Reply {
        let state = &mut self.state;
        let begins = !state.panic;
        let news = !(state.paused && state.muted && state.panic);
        (state.paused, state.muted, state.panic) = (true, true, true);
        if self.state.playing().is_some() {
            self.end_play(Reason::Panic, None);
        }
        // What came since waits for the resume, also if somebody else presses the button, too.
        if begins && self.length() > 0 {
            self.begin_clearing(Reason::Panic);
        }
        if news {
            self.log_queue();
        }
        Reply::Done
    }

    pub(super) fn restored(&mut self) -> Reply {
        if self.state.playing().is_some() {
            self.end_play(Reason::OverlayGone, None);
        }
        if self.state.waiting > 0 {
            self.begin_clearing(Reason::Restored);
        }
        Reply::Done
    }

    /// From here on everything queued up to now is over; the rows follow, some a commit.
    fn begin_clearing(&mut self, reason: Reason) {
        self.state.clearing = Some(Clearing { up_to: self.state.next_order - 1, reason });
    }

    pub(super) fn drain_clearing(&mut self) {
        let Some(Clearing { up_to, reason }) = self.state.clearing else { return };
        let due: Vec<AlertId> = self
            .rows_in_order()
            .into_iter()
            .filter(|alert| alert.spot.is_some_and(|spot| spot.order <= up_to))
            .map(|alert| alert.id)
            .collect();
        for id in due {
            self.end_waiting(id, reason);
        }
        if self.horizon >= up_to {
            self.state.clearing = None;
            self.log_queue();
        }
    }

    pub(super) fn skip(&mut self, named: Option<AlertId>) -> Result<Reply, Refusal> {
        let playing = self.state.playing().map(|play| play.alert);
        let id = named.or(playing).ok_or(Refusal::NothingPlays)?;
        let alert = self.alert(id).ok_or(Refusal::UnknownAlert)?;
        if alert.spot.is_some() || alert.state == AlertState::Held {
            self.end_waiting(id, Reason::Skipped);
        } else if playing == Some(id) {
            self.end_play(Reason::Skipped, None);
        } else if self.waits_in_carrier(id) {
            self.leave_carrier(id, Reason::Skipped);
        } else if alert.state == AlertState::Playing {
            // A member: what is to go from the screen is part of what plays, so all of that goes.
            self.end_play(Reason::Skipped, None);
        }
        Ok(Reply::Alert(id))
    }

    pub(super) fn replay(&mut self, id: AlertId) -> Result<Reply, Refusal> {
        let playing = self.state.playing().map(|play| (play.alert, play.replay));
        let alert = self.alert(id).ok_or(Refusal::UnknownAlert)?;
        if !alert.members.is_empty() {
            return Err(Refusal::HasMembers);
        }
        if alert.refunded {
            return Err(Refusal::Refunded);
        }
        if alert.spot.is_some_and(|spot| spot.replay) || playing == Some((id, true)) {
            return Err(Refusal::ReplayWaiting);
        }
        if !alert.state.is_end() {
            return Err(Refusal::NotEnded);
        }
        if alert.state == AlertState::Rejected {
            return Err(Refusal::Rejected);
        }
        self.enter_queue(id, true);
        Ok(Reply::Alert(id))
    }

    /// What is not in the tray any more is left as it is: somebody may have been faster, or its page
    /// came back and said that it was seen.
    pub(super) fn replay_all(&mut self, mut alerts: Vec<AlertId>) -> Reply {
        alerts.retain(|id| {
            let missed = self.alert(*id).is_some_and(Alert::can_be_made_good);
            missed && self.replay(*id).is_ok()
        });
        Reply::Replayed(alerts.len())
    }

    pub(super) fn approve(&mut self, id: AlertId, verdict: Verdict) -> Result<Reply, Refusal> {
        let alert = self.alert(id).ok_or(Refusal::UnknownAlert)?;
        if !matches!(alert.state, AlertState::Held | AlertState::Rejected) || alert.refunded {
            return Err(Refusal::NotHeld);
        }
        let now = self.now;
        let Some(alert) = self.row(id) else { return Err(Refusal::UnknownAlert) };
        if matches!(verdict, Verdict::NoMessage | Verdict::Anonymous) {
            alert.message = None;
        }
        if verdict == Verdict::Anonymous {
            alert.buyer.name = Buyer::SOMEONE.into();
            alert.buyer.anonymous = true;
        }
        alert.step("approved", now, (verdict != Verdict::Full).then(|| verdict.name().to_owned()));
        if verdict != Verdict::Silent {
            alert.held_for = None;
        }
        if verdict == Verdict::Silent {
            self.end_unqueued(id, Reason::Moderator);
        } else {
            self.enter_queue(id, false);
        }
        Ok(Reply::Alert(id))
    }

    pub(super) fn reject(&mut self, id: AlertId) -> Result<Reply, Refusal> {
        match self.alert(id).ok_or(Refusal::UnknownAlert)?.state {
            AlertState::Rejected => {}
            AlertState::Held => self.end_unqueued(id, Reason::Rejected),
            _ => return Err(Refusal::NotHeld),
        }
        Ok(Reply::Alert(id))
    }

    /// Puts an alert at the tail of the queue.
    pub(super) fn enter_queue(&mut self, id: AlertId, replay: bool) {
        let (now, order) = (self.now, self.state.next_order);
        let ahead = self.state.waiting;
        self.state.next_order += 1;
        self.state.waiting += 1;
        let Some(alert) = self.row(id) else { return };
        alert.spot = Some(Spot { order, entered: now, replay });
        alert.counted = 0;
        if replay {
            alert.showing = alert.showing.saturating_add(1);
            alert.step("replayed", now, None);
        } else {
            alert.state = AlertState::Queued;
            alert.reason = None;
            alert.entered = now;
            alert.step("queued", now, Some(format!("{ahead} ahead")));
        }
        self.log_alert(EntryType::AlertQueued, id, replay, json!({ "ahead": ahead }));
    }

    /// Ends an alert that has no place in the queue.
    pub(super) fn end_unqueued(&mut self, id: AlertId, reason: Reason) {
        let (now, state) = (self.now, end_state(reason));
        let Some(alert) = self.row(id) else { return };
        alert.state = state;
        alert.reason = Some(reason);
        alert.step(state.name(), now, Some(super::reason_word(reason)));
        self.log_alert(end_entry(state), id, false, json!({ "reason": reason }));
    }
}
