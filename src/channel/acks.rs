//! What pages say of plays.

use super::{
    Ack, Channel, End, Finished, PLAYS_COUNTED_AT_MOST, Reply, Said, Started, state::WITNESSES_KEPT,
};
use crate::{
    alert::{AlertState, Reason},
    channel::Play,
};

impl Channel<'_> {
    pub(super) fn ack(&mut self, ack: &Ack) -> Reply {
        let newest = self.state.play.as_ref();
        if newest.is_none_or(|play| play.lease != ack.lease || play.alert != ack.alert) {
            return Reply::StaleLease;
        }
        match &ack.what {
            Said::Started { audio } => {
                if self.may_start(ack.connection) {
                    self.started(ack, *audio);
                }
            }
            Said::Finished => self.finished(ack),
            Said::Failed { reason } => self.failed(ack, reason),
            Said::Kept { started, finished, lost } => {
                if *started {
                    self.started(ack, None);
                }
                // It began, which is not shown again by itself; it cannot vouch for the rest.
                if *lost {
                    return Reply::Noted;
                }
                if *finished {
                    self.finished(ack);
                }
                self.vouch();
            }
        }
        Reply::Noted
    }

    fn play_mut(&mut self) -> Option<&mut Play> {
        self.state.play.as_mut()
    }

    fn started(&mut self, ack: &Ack, audio: Option<bool>) {
        let now = self.now;
        let Some(play) = self.play_mut() else { return };
        let lost = matches!(ack.what, Said::Kept { lost: true, .. });
        let new = !lost && !play.witnesses.contains(&ack.connection);
        if new && play.witnesses.len() < WITNESSES_KEPT {
            play.witnesses.push(ack.connection);
        }
        // The leader's word on sound and source is the better proof: it is the one that sounds.
        let from_leader = ack.connection == play.leader;
        match &mut play.started {
            Some(started) if from_leader && started.connection != play.leader => {
                started.audio = audio;
                started.source = ack.source;
                started.connection = ack.connection;
                started.overlay = Some(ack.overlay);
                return;
            }
            Some(_) => return,
            None => {}
        }
        if !matches!(play.end, None | Some(End::Lapsed)) {
            return;
        }
        play.started = Some(Started {
            at: now,
            connection: ack.connection,
            overlay: Some(ack.overlay),
            source: ack.source,
            audio,
        });
        self.reopen();
        self.steps_of_start(ack);
    }

    /// Takes an alert whose start came late back out of the queue, or out of the tray.
    fn reopen(&mut self) {
        let Some(play) = self.play_mut() else { return };
        if play.end.take() != Some(End::Lapsed) {
            return;
        }
        let (id, replay) = (play.alert, play.replay);
        let Some(alert) = self.row(id) else { return };
        let waited = alert.spot.take().is_some();
        if !replay {
            alert.state = AlertState::Playing;
            alert.reason = None;
        }
        if waited {
            self.state.waiting = self.state.waiting.saturating_sub(1);
        }
        self.play_members(id);
        let more = serde_json::json!({ "connections": 1, "late": true });
        self.log_alert(super::EntryType::AlertPlaying, id, replay, more);
    }

    /// A page is drawing the play, although it is not registered yet.
    fn vouch(&mut self) {
        if let Some(play) = self.play_mut().filter(|play| play.end.is_none()) {
            play.vouched = true;
        }
    }

    fn steps_of_start(&mut self, ack: &Ack) {
        let now = self.now;
        let detail = format!("by {}", ack.connection);
        let Some(alert) = self.row(ack.alert) else { return };
        if let Some(sent) = ack.sent {
            alert.step("sent", sent, None);
        }
        alert.step("started", now, Some(detail));
    }

    fn finished(&mut self, ack: &Ack) {
        let now = self.now;
        let by_leader_or_alone = |channel: &Self, play: &Play| {
            ack.connection == play.leader || !channel.registered(play.leader)
        };
        let Some(play) = self.state.play.clone() else { return };
        let finished = Finished { at: now, connection: ack.connection };
        match play.end {
            None if by_leader_or_alone(self, &play) => {
                self.end_play(Reason::Finished, Some(finished));
            }
            None => {
                if let Some(play) = self.play_mut() {
                    play.finished.get_or_insert(finished);
                }
            }
            Some(End::Lapsed) => {
                self.reopen();
                self.end_play(Reason::Finished, Some(finished));
            }
            Some(End::Interrupted) => self.end_play(Reason::Finished, Some(finished)),
            // It stays ended; that it was seen to its end is kept beside.
            Some(End::Shown | End::Stopped(_)) => {
                if let Some(proof) = self.row(ack.alert).and_then(|alert| alert.proof.as_mut()) {
                    proof.finished.get_or_insert(now);
                }
            }
        }
    }

    fn failed(&mut self, ack: &Ack, reason: &str) {
        let now = self.now;
        let Some(play) = self.state.play.clone() else { return };
        if let Some(alert) = self.row(ack.alert) {
            alert.step("failed", now, Some(format!("{}: {reason}", ack.connection)));
        }
        if play.end.is_some() || ack.connection != play.leader {
            return;
        }
        if play.started.is_some() {
            self.end_play(Reason::Failed, None);
            return;
        }
        if let Some(alert) = self.row(ack.alert) {
            alert.counted = alert.counted.saturating_add(1).min(PLAYS_COUNTED_AT_MOST);
        }
        self.lapse();
    }
}
