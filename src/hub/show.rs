//! Telling connections how their channel stands.

use std::sync::{PoisonError, atomic::Ordering};

use bytes::Bytes;

use super::{Conn, Hub, codec::text_frame, serve::page_settings};
use crate::{
    alert::{Look, Reason, WireAlert},
    channel::{Channel, End, Play, START_WITHIN, State},
    directory::Streamer,
    fault,
    id::StreamerId,
    metrics::Metrics,
    position::Position,
    session::{Effect, Given},
    wire::{PlayFrame, QueueStatus, ServerFrame, StopReason},
};

impl Hub {
    /// Sends each of a streamer's connections what it does not know yet: stops, the queue, the play.
    pub fn show(&self, streamer: &StreamerId, channel: &Channel<'_>, metrics: &Metrics) {
        let members = self.members(streamer);
        if members.is_empty() {
            return;
        }
        let status = queue_status(channel);
        let mut frames = PlayFrames::of(channel);
        let queue = text_frame(&ServerFrame::Queue(status).text());
        for conn in &members {
            tell_stops(conn, channel);
            // Before the play: a page that still believes in panic would draw it without its name.
            tell_queue(conn, status, &queue);
            if let Some(frames) = &mut frames
                && give(conn, frames, channel)
            {
                metrics.plays.inc();
            }
            ask_passed_over(conn, channel, metrics);
        }
        self.note_shown(streamer, channel.state().position(), status);
    }
}

impl Hub {
    /// Tells a streamer's pages their new settings.
    pub fn tell_settings(&self, streamer: &Streamer) {
        let settings = page_settings(streamer);
        let frame = text_frame(&ServerFrame::Settings { settings: &settings }.text());
        for conn in self.members(&streamer.id) {
            if conn.session().is_welcomed() {
                conn.send_bytes(&frame);
            }
        }
    }
}

/// How a channel's queue stands.
#[must_use]
pub fn queue_status(channel: &Channel<'_>) -> QueueStatus {
    let state = channel.state();
    QueueStatus {
        paused: state.paused,
        muted: state.muted,
        panic: state.panic,
        length: channel.length(),
        waiting: channel.waiting(),
    }
}

/// The play at hand, encoded once for its leader, once for the other live pages, once for previews.
struct PlayFrames<'a> {
    play: &'a Play,
    alert: WireAlert<'a>,
    look: Option<&'a Look>,
    muted: bool,
    expires_in_ms: u64,
    encoded: [Option<Bytes>; 3],
}

impl<'a> PlayFrames<'a> {
    fn of(channel: &'a Channel<'_>) -> Option<Self> {
        let play = channel.state().playing()?;
        let left = START_WITHIN.checked_sub(channel.now().since(play.since))?;
        let alert = channel.alert(play.alert)?;
        Some(Self {
            play,
            alert: channel.wire(alert, play.replay),
            look: alert.look.as_ref(),
            muted: channel.state().muted,
            expires_in_ms: u64::try_from(left.as_millis()).ok().filter(|ms| *ms > 0)?,
            encoded: [None, None, None],
        })
    }

    fn frame(&mut self, live: bool, leader: bool) -> Bytes {
        let variant = if !live { 2 } else { usize::from(!leader) };
        let Self { play, alert, look, muted, expires_in_ms, encoded } = self;
        encoded[variant]
            .get_or_insert_with(|| {
                let frame = ServerFrame::Play(PlayFrame {
                    alert,
                    look: *look,
                    showing: play.showing,
                    lease: play.lease,
                    duration_ms: play.duration_ms,
                    expires_in_ms: *expires_in_ms,
                    leader: live && leader,
                    muted: !live || *muted,
                });
                text_frame(&frame.text())
            })
            .clone()
    }
}

/// Gives the play to a connection that was there when it was committed, as its leader must have been,
/// whatever clocks say; whether it was sent.
fn give(conn: &Conn, frames: &mut PlayFrames<'_>, channel: &Channel<'_>) -> bool {
    let Some(member) = conn.member() else { return false };
    let play = frames.play;
    let late = member.since > play.since && conn.id != play.leader;
    if member.kind != crate::connection::OverlayKind::Alerts || late {
        return false;
    }
    let now = channel.now();
    let new = conn.session().give(play.alert, play.showing, play.lease, now);
    if new {
        let live = member.counts();
        fault::point("before_play");
        conn.send_bytes(&frames.frame(live, conn.id == play.leader));
        fault::point("after_play");
    }
    new
}

/// Stops every play a page may still draw that is over.
fn tell_stops(conn: &Conn, channel: &Channel<'_>) {
    let state = channel.state();
    let over: Vec<(Given, StopReason)> = conn
        .session()
        .given()
        .filter(|given| given.is_open())
        .filter_map(|given| Some((*given, stop_reason(given, state)?)))
        .collect();
    for (given, reason) in over {
        if conn.session().stop(given.lease) {
            let (alert_id, lease): (_, Position) = (given.alert, given.lease);
            conn.send(&ServerFrame::Stop { alert_id, lease, reason });
        }
    }
}

/// Why a given play must stop; `None` while it may go on. A lapsed play may: the page could begin
/// late, and that would count.
fn stop_reason(given: &Given, state: &State) -> Option<StopReason> {
    let Some(play) = &state.play else { return Some(StopReason::Settled) };
    if play.lease == given.lease {
        return stop_of(play.end?);
    }
    // Another play of the same showing: a page that draws it goes on drawing.
    if given.is_showing(play.alert, play.showing) {
        return None;
    }
    let before = state.before.filter(|(lease, _)| *lease == given.lease);
    before.and_then(|(_, end)| stop_of(end)).or(Some(StopReason::Settled))
}

fn stop_of(end: End) -> Option<StopReason> {
    match end {
        End::Lapsed => None,
        End::Shown | End::Interrupted => Some(StopReason::Settled),
        End::Stopped(Reason::Panic) => Some(StopReason::Panic),
        End::Stopped(Reason::Cleared) => Some(StopReason::Cleared),
        End::Stopped(Reason::Refunded) => Some(StopReason::Refunded),
        End::Stopped(Reason::Skipped | Reason::Duplicate) => Some(StopReason::Skipped),
        End::Stopped(_) => Some(StopReason::Settled),
    }
}

fn tell_queue(conn: &Conn, status: QueueStatus, frame: &Bytes) {
    let Some(member) = conn.member().filter(|_| conn.session().is_welcomed()) else { return };
    let mut told = member.told.lock().unwrap_or_else(PoisonError::into_inner);
    if *told != status {
        *told = status;
        conn.send_bytes(frame);
    }
}

/// Pings a leader that let a play lapse, at once and once.
fn ask_passed_over(conn: &Conn, channel: &Channel<'_>, metrics: &Metrics) {
    let passed = channel.state().passed_over.iter().any(|passed| passed.connection == conn.id);
    let before = conn.passed_over.swap(passed, Ordering::Relaxed);
    if passed && !before {
        let effects = conn.session().ping(channel.now());
        for effect in effects {
            match effect {
                Effect::Send(text) => conn.send_text(&text),
                // It was deaf to the pings before, too.
                Effect::Close(reason) => {
                    metrics.close(reason.name());
                    conn.close(reason, reason.retry_after(), channel.now());
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
