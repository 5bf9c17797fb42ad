//! What a node does from time to time: keepalive, unsettled events, busy channels nobody here looks
//! at, rotated keys, retention.

use std::{sync::Arc, time::Duration};

use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::{
    close::CloseReason,
    directory::DirectoryError,
    id::StreamerId,
    node::Node,
    session::Effect,
    store::{Cutoffs, Heard},
    time::Timestamp,
};

/// How often sockets are looked at: the grain of heartbeats and hello time-outs.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(1);

/// How many of those pass between two reports to the registry.
const HEARD_EVERY: u32 = 3;

/// How often events without an outcome are looked for; younger ones are on their way.
const UNSETTLED_EVERY: Duration = Duration::from_secs(5);

/// How long after something was left to it the sweep takes it up: what filled the queues first goes
/// on its way.
const LEFT_WAIT: Duration = Duration::from_millis(100);

/// How often channels are swept, and keys of open sockets checked (design: within 10 s).
const CHANNELS_EVERY: Duration = Duration::from_secs(10);

/// How many of those pass until pages beside the alerts are told what is no longer of the last day.
const BOARDS_EVERY: u32 = 6;

/// How long the node that sweeps channels for all goes on to: another takes over after it.
const CHANNELS_LEASE: Duration = Duration::from_secs(30);

/// How often old rows are removed.
const RETENTION_EVERY: Duration = Duration::from_mins(10);

/// Rows of each kind removed in one step: small, so that no sale waits behind a large one.
const RETENTION_STEP: usize = 200;

/// Steps follow each other until nothing old is left, and after each the store is left alone for so
/// many times as long as the step took: with a backlog of a million rows, most of the disk is still
/// the sales'.
const RETENTION_REST: u32 = 4;

/// The shortest such rest: a step that found little work leaves room too.
const RETENTION_PAUSE: Duration = Duration::from_millis(20);

/// How long ids and refund facts are kept: longer than any bank takes for a dispute.
pub(crate) const IDS_KEPT: Duration = Duration::from_hours(120 * 24);

/// How long things are kept.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Raw bodies of events.
    pub events: Duration,
    /// Log entries.
    pub log: Duration,
    /// Ended alerts; `None` is for ever.
    pub alerts: Option<Duration>,
}

pub(super) fn every(length: Duration) -> Interval {
    let mut ticks = interval(length);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    ticks
}

impl Node {
    /// Keeps connections alive, and tells the registry who was heard, until the node stops.
    pub async fn keep_connections(self: Arc<Self>) {
        let mut beats = every(KEEPALIVE_EVERY);
        let mut beat: u32 = 0;
        while self.next(&mut beats).await {
            self.keep_alive();
            beat = beat.wrapping_add(1);
            if beat.is_multiple_of(HEARD_EVERY) {
                self.tell_heard().await;
            }
        }
    }

    /// Takes up events without an outcome, until the node stops.
    pub async fn take_up_events(self: Arc<Self>) {
        let mut passes = every(UNSETTLED_EVERY);
        // What a dead process left is taken up at once, not after the usual wait.
        let mut grace = Duration::ZERO;
        loop {
            tokio::select! {
                _ = passes.tick() => {}
                // What filled the queues first goes on its way.
                () = self.intake.left.notified() => {
                    tokio::time::sleep(LEFT_WAIT).await;
                    grace = Duration::ZERO;
                }
                () = self.stop.cancelled() => return,
            }
            self.take_up_unsettled(grace).await;
            grace = UNSETTLED_EVERY;
        }
    }

    /// Looks at channels nobody here looks at, closes rotated keys' sockets, and lets what is a day old
    /// go from the boards, until the node stops.
    pub async fn keep_house(self: Arc<Self>) {
        let mut ticks = every(CHANNELS_EVERY);
        let mut tick: u32 = 0;
        while self.next(&mut ticks).await {
            tick = tick.wrapping_add(1);
            if tick.is_multiple_of(BOARDS_EVERY) {
                self.hub.streamers().iter().for_each(|streamer| self.refresh_boards(streamer));
            }
            self.look_at_busy_channels().await;
            self.close_rotated().await;
        }
    }

    /// Removes what is old, until the node stops.
    pub async fn forget_old(self: Arc<Self>, retention: Retention) {
        let mut ticks = every(RETENTION_EVERY);
        while self.next(&mut ticks).await {
            self.remove_old(retention).await;
        }
    }

    /// The next tick; `false` when the node stops.
    async fn next(&self, ticks: &mut Interval) -> bool {
        tokio::select! {
            _ = ticks.tick() => true,
            () = self.stop.cancelled() => false,
        }
    }

    fn keep_alive(&self) {
        let now = self.store.now();
        for conn in self.hub.all() {
            conn.cut_if_lingering(now);
            let effects = conn.session().tick(now);
            for effect in effects {
                match effect {
                    Effect::Send(text) => conn.send_text(&text),
                    Effect::Close(reason) => self.close(&conn, reason),
                    _ => {}
                }
            }
        }
    }

    async fn tell_heard(&self) {
        let heard: Vec<Heard> = self.hub.all().iter().filter_map(|c| Self::heard_of(c)).collect();
        if let Err(error) = self.store.heard(&heard).await {
            tracing::debug!(%error, "the registry was not told who was heard");
        }
    }

    async fn take_up_unsettled(self: &Arc<Self>, grace: Duration) {
        let before = self.store.now() - grace;
        // Past those on their way, which are among the oldest.
        let limit = crate::intake::SWEPT_MAX + self.intake.under_way();
        match self.store.unsettled(before, limit).await {
            Ok(events) => {
                for event in events {
                    self.take_up(event).await;
                }
            }
            Err(error) => tracing::warn!(%error, "unsettled events cannot be read"),
        }
    }

    async fn look_at_busy_channels(self: &Arc<Self>) {
        // One node does it for all; those with connections look by themselves.
        let ours = match self.store.lease("channels", self.id, CHANNELS_LEASE).await {
            Ok(false) => return,
            Ok(true) => self.store.busy_channels().await,
            Err(error) => Err(error),
        };
        match ours {
            Ok(busy) => busy.iter().for_each(|streamer| self.look(streamer)),
            Err(error) => tracing::warn!(%error, "busy channels cannot be read"),
        }
    }

    /// Closes sockets whose key was rotated, or whose overlay is gone.
    pub async fn close_rotated(&self) {
        for streamer in self.hub.streamers() {
            self.close_rotated_of(&streamer).await;
        }
    }

    async fn close_rotated_of(&self, streamer: &StreamerId) {
        let overlays = match self.directory.overlays(streamer).await {
            Ok(overlays) => overlays,
            // The next sweep asks again.
            Err(DirectoryError::Store(_)) => return,
            Err(error) => {
                return tracing::error!(%streamer, %error, "overlays cannot be read");
            }
        };
        for conn in self.hub.members(streamer) {
            let Some(member) = conn.member() else { continue };
            match overlays.iter().find(|overlay| overlay.id == member.overlay) {
                None => self.end(&conn, CloseReason::OverlayRemoved),
                Some(overlay) if overlay.generation != member.generation => {
                    self.end(&conn, CloseReason::Unauthorized);
                }
                Some(_) => {}
            }
        }
    }

    /// Another node changed a streamer's settings, overlays or keys.
    pub(super) async fn documents_changed(self: &Arc<Self>, streamer: &StreamerId) {
        self.close_rotated_of(streamer).await;
        if let Ok(Some(known)) = self.directory.streamer(streamer).await {
            self.hub.tell_settings(&known);
            self.refresh_boards(streamer);
        }
    }

    /// Whether this node is the one that removes for all, for another while.
    async fn may_remove_old(&self) -> bool {
        matches!(self.store.lease("retention", self.id, RETENTION_EVERY * 2).await, Ok(true))
    }

    async fn remove_old(&self, retention: Retention) {
        if !self.may_remove_old().await {
            return;
        }
        let now = self.store.now();
        let ago = |length: Duration| -> Timestamp { now - length };
        let cutoffs = Cutoffs {
            events: ago(retention.events),
            log: ago(retention.log),
            alerts: retention.alerts.map(ago),
            ids: ago(IDS_KEPT),
            limit: RETENTION_STEP,
        };
        loop {
            let began = self.store.now();
            match self.store.expire(cutoffs).await {
                Ok(0) => return,
                Ok(rows) => tracing::debug!(rows, "old rows removed"),
                Err(error) => return tracing::warn!(%error, "old rows cannot be removed"),
            }
            let rest = rest_after(self.store.now().since(began));
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                () = self.stop.cancelled() => return,
            }
            // The backlog may take longer than the lease: another node must not begin beside this one.
            if !self.may_remove_old().await {
                return;
            }
        }
    }
}

/// How long the store is left alone after a step of retention that took so long, as its clock says: one
/// that was set meanwhile must not stop retention for hours.
fn rest_after(took: Duration) -> Duration {
    took.saturating_mul(RETENTION_REST).clamp(RETENTION_PAUSE, RETENTION_EVERY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rest_is_as_long_as_the_step_deserves_within_bounds() {
        let rest = |millis| rest_after(Duration::from_millis(millis));
        assert_eq!((rest(0), rest(50)), (RETENTION_PAUSE, Duration::from_millis(200)));
        assert_eq!(rest_after(Duration::from_hours(5)), RETENTION_EVERY);
        assert_eq!(rest_after(Duration::MAX), RETENTION_EVERY);
    }
}
