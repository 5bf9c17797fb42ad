//! What a node does from time to time: keepalive, unsettled events, busy channels nobody here looks
//! at, rotated keys, retention.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::{
    close::CloseReason,
    directory::DirectoryError,
    hub::Conn,
    id::{OverlayId, StreamerId},
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

/// How many busy channels are swept at a time: each is loaded, whether anything is due or not.
const CHANNELS_AT_ONCE: usize = 500;

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
        let (mut beat, mut told): (u32, _) = (0, Timestamp::from_millis(0));
        while self.next(&mut beats).await {
            self.keep_alive();
            beat = beat.wrapping_add(1);
            if beat.is_multiple_of(HEARD_EVERY) {
                told = self.tell_heard(told).await;
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
        let (mut tick, mut last): (u32, _) = (0, None);
        while self.next(&mut ticks).await {
            tick = tick.wrapping_add(1);
            if tick.is_multiple_of(BOARDS_EVERY) {
                self.hub.streamers().iter().for_each(|streamer| self.refresh_boards(streamer));
            }
            last = self.look_at_busy_channels(last).await;
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

    /// Tells the registry who was heard since it was told last; up to when it is told now.
    async fn tell_heard(&self, told: Timestamp) -> Timestamp {
        let now = self.store.now();
        // A frame that was being read then may have missed it.
        let since = told - KEEPALIVE_EVERY;
        let conns = self.hub.all();
        let heard = conns.iter().filter_map(|conn| Self::heard_of(conn));
        let heard: Vec<Heard> = heard.filter(|heard| heard.at >= since).collect();
        match self.store.heard(&heard).await {
            Ok(()) => now,
            Err(error) => {
                tracing::debug!(%error, "the registry was not told who was heard");
                told
            }
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

    /// Looks at the next few after `last`; up to where, or none at the end of them.
    async fn look_at_busy_channels(
        self: &Arc<Self>,
        last: Option<StreamerId>,
    ) -> Option<StreamerId> {
        // One node does it for all; those with connections look by themselves.
        let ours = match self.store.lease("channels", self.id, CHANNELS_LEASE).await {
            Ok(false) => return None,
            Ok(true) => self.store.busy_channels().await,
            Err(error) => Err(error),
        };
        match ours {
            Ok(busy) => {
                let (now, last) = next_after(last, busy);
                now.iter().for_each(|streamer| self.look(streamer));
                last
            }
            Err(error) => {
                tracing::warn!(%error, "busy channels cannot be read");
                last
            }
        }
    }

    /// Closes sockets whose key was rotated, or whose overlay is gone.
    async fn close_rotated(&self) {
        // Before overlays are read: who joins meanwhile may have a newer one.
        let mut conns = self.hub.all();
        conns.retain(|conn| conn.member().is_some());
        match self.directory.generations().await {
            Ok(current) => self.close_outdated(&conns, &current),
            // The next sweep asks again.
            Err(DirectoryError::Store(_)) => {}
            // One that cannot be read is to keep no other streamer's sockets open.
            Err(_) => {
                for streamer in self.hub.streamers() {
                    self.close_rotated_of(&streamer).await;
                }
            }
        }
    }

    /// Closes those of one streamer.
    pub async fn close_rotated_of(&self, streamer: &StreamerId) {
        let conns = self.hub.members(streamer);
        match self.directory.overlays(streamer).await {
            Ok(overlays) => {
                let current = overlays.iter().map(|overlay| (overlay.id, overlay.generation));
                self.close_outdated(&conns, &current.collect());
            }
            // The next sweep asks again.
            Err(DirectoryError::Store(_)) => {}
            Err(error) => tracing::error!(%streamer, %error, "overlays cannot be read"),
        }
    }

    fn close_outdated(&self, conns: &[Arc<Conn>], current: &HashMap<OverlayId, u32>) {
        for conn in conns {
            let Some(member) = conn.member() else { continue };
            match current.get(&member.overlay) {
                None => self.end(conn, CloseReason::OverlayRemoved),
                Some(generation) if *generation != member.generation => {
                    self.end(conn, CloseReason::Unauthorized);
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

/// Those that a sweep takes after `last`, and where the next goes on: at the beginning, unless some
/// are left.
fn next_after(
    last: Option<StreamerId>,
    mut busy: Vec<StreamerId>,
) -> (Vec<StreamerId>, Option<StreamerId>) {
    busy.sort_unstable();
    busy.retain(|streamer| last.as_ref() < Some(streamer));
    let is_all = busy.len() <= CHANNELS_AT_ONCE;
    busy.truncate(CHANNELS_AT_ONCE);
    let last = busy.last().filter(|_| !is_all).cloned();
    (busy, last)
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
    fn sweeps_take_turns_with_many_channels() {
        let slugs = |numbers: std::ops::Range<usize>| -> Vec<StreamerId> {
            numbers.map(|n| format!("s{n:04}").parse().unwrap()).collect()
        };
        let (count, mut last, mut taken) = (2 * CHANNELS_AT_ONCE + 1, None, Vec::new());
        for size in [CHANNELS_AT_ONCE, CHANNELS_AT_ONCE, 1] {
            let reversed = slugs(0..count).into_iter().rev().collect();
            let (now, next) = next_after(last, reversed);
            assert_eq!(now.len(), size);
            taken.extend(now);
            last = next;
        }
        assert_eq!((taken, last), (slugs(0..count), None));
        let few = slugs(0..CHANNELS_AT_ONCE);
        assert_eq!(next_after(None, few.clone()), (few, None));
    }

    #[test]
    fn a_rest_is_as_long_as_the_step_deserves_within_bounds() {
        let rest = |millis| rest_after(Duration::from_millis(millis));
        assert_eq!((rest(0), rest(50)), (RETENTION_PAUSE, Duration::from_millis(200)));
        assert_eq!(rest_after(Duration::from_hours(5)), RETENTION_EVERY);
        assert_eq!(rest_after(Duration::MAX), RETENTION_EVERY);
    }
}
