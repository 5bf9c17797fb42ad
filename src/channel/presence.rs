//! Who is present, who leads, and why nothing plays.

use serde::Serialize;

use super::{Channel, Reply, state::PASSED_OVER_KEPT};
use crate::{
    alert::Reason,
    channel::{PassedOver, Play},
    connection::{Connection, Mode, OverlayKind},
    id::ConnectionId,
    settings::WhenInactive,
};

/// Why nothing plays although something waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// For an overlay.
    Present,
    /// For an overlay that OBS says is in the output.
    Active,
    /// For OBS to stream.
    Live,
    /// For a person to resume.
    Paused,
}

impl Channel<'_> {
    /// Live connections of kind alerts: the only ones that count.
    fn candidates(&self) -> impl Iterator<Item = &Connection> {
        self.connections.iter().map(AsRef::as_ref).filter(|connection: &&Connection| {
            connection.kind == OverlayKind::Alerts
                && connection.mode == Mode::Live
                && !self.passed_over(connection.id)
        })
    }

    fn passed_over(&self, id: ConnectionId) -> bool {
        self.state.passed_over.iter().any(|passed| passed.connection == id)
    }

    fn active_enough(&self, connection: &Connection) -> bool {
        self.settings.when_inactive == WhenInactive::Play || connection.source.active != Some(false)
    }

    fn live_enough(&self, connection: &Connection) -> bool {
        !self.settings.hold_until_live || connection.source.streaming == Some(true)
    }

    /// The present connections (contract §5).
    pub(super) fn present(&self) -> impl Iterator<Item = &Connection> {
        self.candidates().filter(|c| self.active_enough(c) && self.live_enough(c))
    }

    /// How many connections are present.
    #[must_use]
    pub fn present_count(&self) -> usize {
        self.present().count()
    }

    /// Whether a connection is registered, live, and of kind alerts, and if it may start a play.
    pub(super) fn may_start(&self, id: ConnectionId) -> bool {
        self.connections.iter().any(|c| {
            c.id == id
                && c.kind == OverlayKind::Alerts
                && c.mode == Mode::Live
                && self.active_enough(c)
                && self.live_enough(c)
        })
    }

    pub(super) fn registered(&self, id: ConnectionId) -> bool {
        self.connections.iter().any(|connection| connection.id == id)
    }

    /// Whether a connection's node is stopping: what begins there could not end there.
    fn is_leaving(&self, connection: &Connection) -> bool {
        self.here.draining && connection.node == self.here.node
    }

    /// Who leads the next play: not inactive, then not hidden, then with sound, then OBS, then the
    /// longest connected; the smaller id breaks a tie.
    pub(super) fn leader(&self) -> Option<&Connection> {
        self.present().filter(|c| !self.is_leaving(c)).min_by_key(|c| {
            (
                c.source.active == Some(false),
                c.source.visible == Some(false),
                c.muted,
                c.obs.is_none(),
                c.since,
                c.id,
            )
        })
    }

    /// Why nothing plays; `None` if something does, or nothing waits.
    #[must_use]
    pub fn waiting(&self) -> Option<Waiting> {
        if self.state.playing().is_some() || self.length() == 0 {
            return None;
        }
        if self.state.paused {
            return Some(Waiting::Paused);
        }
        if self.candidates().next().is_none() {
            return Some(Waiting::Present);
        }
        if !self.candidates().any(|c| self.active_enough(c)) {
            return Some(Waiting::Active);
        }
        self.present().next().is_none().then_some(Waiting::Live)
    }

    /// A connection went, or is no longer present: the clock of what waits begins anew from now.
    pub(super) fn left(&mut self) -> Reply {
        if self.state.waiting > 0 {
            self.state.last_presence = self.now;
        }
        Reply::Done
    }

    /// Passes over the leader of a play that it let lapse, while it is connected.
    pub(super) fn pass_over(&mut self, play: &Play) {
        if !self.registered(play.leader) {
            return;
        }
        let passed = &mut self.state.passed_over;
        if passed.len() >= PASSED_OVER_KEPT {
            passed.remove(0);
        }
        passed.push(PassedOver {
            connection: play.leader,
            at: self.now,
            alert: play.alert,
            showing: play.showing,
        });
    }

    /// Ends passing over: who was heard makes its play count, who went makes it count for nothing.
    pub(super) fn settle_passed_over(&mut self) {
        let all = std::mem::take(&mut self.state.passed_over);
        for passed in all {
            match self.connections.iter().find(|c| c.id == passed.connection) {
                None => {}
                Some(connection) if connection.heard_at > passed.at => self.count_play(passed),
                Some(_) => self.state.passed_over.push(passed),
            }
        }
    }

    fn count_play(&mut self, passed: PassedOver) {
        let Some(alert) = self.row(passed.alert).filter(|a| a.showing == passed.showing) else {
            return;
        };
        alert.counted = alert.counted.saturating_add(1);
        if alert.counted >= super::PLAYS_COUNTED_AT_MOST && alert.spot.is_some() {
            self.end_waiting(passed.alert, Reason::NeverStarted);
        }
    }
}
