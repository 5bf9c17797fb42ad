//! One overlay connection as a state machine (contract §4): frames and ticks in, frames and effects
//! out. No IO, no clock. What has not been welcomed has no way to be played to: [`Session::give`]
//! refuses it.

mod rate;
#[cfg(test)]
mod tests;

pub use rate::Rate;

use std::time::Duration;

use crate::{
    channel::Said,
    close::CloseReason,
    connection::{Mode, SourceState},
    id::AlertId,
    position::Position,
    time::Timestamp,
    wire::{ClientFrame, FrameError, Hello, KeptAck, ServerFrame},
};

/// How long a client has for its hello (and key).
pub const HELLO_WITHIN: Duration = Duration::from_secs(5);

/// How often a client is pinged, on average; each connection keeps an own length within 10 %, so that
/// pings spread, and no proxy's 30 s or 60 s is met.
pub const HEARTBEAT: Duration = Duration::from_secs(25);

/// Leases remembered per connection: the play at hand and the one before it.
const GIVEN_KEPT: usize = 2;

/// Kept acknowledgements taken from one hello (contract §4).
const ACKS_KEPT: usize = 64;

/// What the outside must do.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Send this frame's text.
    Send(String),
    /// Check the key, apply the acks, register, then call [`Session::welcomed`].
    Join(Box<Join>),
    /// Apply an acknowledgement.
    Ack(AckOf),
    /// What OBS and the browser say changed.
    Source(SourceState),
    /// Say farewell and close.
    Close(CloseReason),
}

/// See [`Effect::Join`].
#[derive(Debug, PartialEq)]
pub struct Join {
    /// The key.
    pub key: String,
    /// What the page is, cut to what is kept.
    pub client: String,
    /// OBS's version.
    pub obs: Option<String>,
    /// On stream, or only looked at.
    pub mode: Mode,
    /// Opened without sound.
    pub muted: bool,
    /// Acknowledgements kept from before.
    pub acks: Vec<AckOf>,
}

/// An acknowledgement, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AckOf {
    /// Of which alert.
    pub alert: AlertId,
    /// Of which play.
    pub lease: Position,
    /// What it says.
    pub said: Said,
    /// When the play was given to this connection.
    pub sent: Option<Timestamp>,
}

/// A play given to a connection, or one that its page drew when it came: a page that was away for a
/// moment is to be stopped like any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    /// What.
    pub alert: AlertId,
    /// Which showing, if it was given here.
    pub showing: Option<u32>,
    /// By which right.
    pub lease: Position,
    /// When, if it was given here.
    pub at: Option<Timestamp>,
    started: bool,
    finished: bool,
    stopped: bool,
}

impl Given {
    /// Whether the page may still be drawing it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !self.finished && !self.stopped
    }

    /// Whether it may be this showing.
    #[must_use]
    pub fn is_showing(&self, alert: AlertId, showing: u32) -> bool {
        self.alert == alert && self.showing.is_none_or(|given| given == showing)
    }
}

/// Where a session is.
#[derive(Debug)]
enum Phase {
    /// No hello yet; the key, if it came.
    Greeting(Option<String>),
    /// The hello is being checked.
    Joining,
    /// Welcomed.
    Welcomed,
    /// Told to close.
    Closed,
}

/// The session of one connection.
#[derive(Debug)]
pub struct Session {
    phase: Phase,
    opened: Timestamp,
    heard_at: Timestamp,
    source: SourceState,
    heartbeat_ms: u32,
    next_ping: Timestamp,
    pinged_at: Timestamp,
    unanswered: u8,
    round_trip_ms: Option<u32>,
    rate: Rate,
    given: Vec<Given>,
}

impl Session {
    /// A connection just opened, with the key its handshake carried, if any. `spread` in 0..=1000
    /// places its heartbeat between 90 % and 110 %.
    #[must_use]
    pub fn new(now: Timestamp, key: Option<String>, spread: u16) -> Self {
        let heartbeat = HEARTBEAT * (4500 + u32::from(spread.min(1000))) / 5000;
        let heartbeat_ms = u32::try_from(heartbeat.as_millis()).unwrap_or(u32::MAX);
        Self {
            phase: Phase::Greeting(key),
            opened: now,
            heard_at: now,
            source: SourceState::default(),
            heartbeat_ms,
            next_ping: now + heartbeat,
            pinged_at: now,
            unanswered: 0,
            round_trip_ms: None,
            rate: Rate::new(now),
            given: Vec::new(),
        }
    }

    /// How often this connection is pinged.
    #[must_use]
    pub const fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.heartbeat_ms as u64)
    }

    /// When any frame last arrived.
    #[must_use]
    pub const fn heard_at(&self) -> Timestamp {
        self.heard_at
    }

    /// What OBS and the browser said.
    #[must_use]
    pub const fn source(&self) -> SourceState {
        self.source
    }

    /// The last time from ping to pong.
    #[must_use]
    pub const fn round_trip_ms(&self) -> Option<u32> {
        self.round_trip_ms
    }

    /// Whether it was welcomed and not told to close.
    #[must_use]
    pub const fn is_welcomed(&self) -> bool {
        matches!(self.phase, Phase::Welcomed)
    }

    /// The plays given and perhaps still drawn.
    pub fn given(&self) -> impl Iterator<Item = &Given> {
        self.given.iter()
    }

    /// A text frame arrived.
    pub fn receive(&mut self, text: &str, now: Timestamp) -> Vec<Effect> {
        self.heard_at = now;
        self.unanswered = 0;
        if matches!(self.phase, Phase::Closed) {
            return Vec::new();
        }
        let frame = match ClientFrame::read(text) {
            Ok(frame) => frame,
            Err(error) => return self.refuse(error, now),
        };
        if !self.within_rate(&frame, now) {
            return self.close(CloseReason::RateLimited);
        }
        match (&self.phase, frame) {
            (Phase::Greeting(None), ClientFrame::Auth { key }) => {
                self.phase = Phase::Greeting(Some(key));
                Vec::new()
            }
            (Phase::Greeting(Some(key)), ClientFrame::Hello(hello)) => {
                let join = self.join(key.clone(), hello);
                self.phase = Phase::Joining;
                join
            }
            (Phase::Greeting(None), ClientFrame::Hello(_)) => self.close(CloseReason::Unauthorized),
            (Phase::Greeting(_), _) | (_, ClientFrame::Hello(_) | ClientFrame::Auth { .. }) => {
                self.close(CloseReason::ProtocolError)
            }
            (_, frame) => self.handle(frame, now),
        }
    }

    /// A message arrived that is no text.
    pub fn receive_binary(&mut self) -> Vec<Effect> {
        self.close(CloseReason::ProtocolError)
    }

    fn refuse(&mut self, error: FrameError, now: Timestamp) -> Vec<Effect> {
        let early = matches!(self.phase, Phase::Greeting(_));
        if early || error == FrameError::NotAFrame {
            return self.close(CloseReason::ProtocolError);
        }
        if !self.rate.allows(now) {
            return self.close(CloseReason::RateLimited);
        }
        let (code, detail) = match error {
            FrameError::BadMembers(kind) => {
                ("bad_frame", format!("a member of this {kind:?} frame does not fit the protocol"))
            }
            _ => ("unknown_type", "this gateway does not know that type of frame".into()),
        };
        vec![Effect::Send(ServerFrame::Error { code, detail, alert_id: None, lease: None }.text())]
    }

    fn join(&mut self, key: String, hello: Hello) -> Vec<Effect> {
        let newest = hello.acks.len().saturating_sub(ACKS_KEPT);
        let (mut acks, mut out) = (Vec::new(), Vec::new());
        for kept in &hello.acks[newest..] {
            let KeptAck { alert_id, lease, started, finished, lost } = kept;
            match read_ack(alert_id, lease) {
                Some((alert, lease)) => {
                    if *started && !finished && !lost {
                        let (showing, at, started) = (None, None, true);
                        let (finished, stopped) = (false, false);
                        let play = Given { alert, showing, lease, at, started, finished, stopped };
                        self.remember(play);
                    }
                    let said = Said::Kept { started: *started, finished: *finished, lost: *lost };
                    acks.push(AckOf { alert, lease, said, sent: None });
                }
                None => out.push(stale(alert_id, lease)),
            }
        }
        let client = format!("{} {}", hello.client, hello.version);
        out.push(Effect::Join(Box::new(Join {
            key,
            client: cut(client.trim(), 64),
            obs: hello.obs.map(|version| cut(&version, 32)),
            mode: hello.mode,
            muted: hello.muted,
            acks,
        })));
        out
    }

    fn handle(&mut self, frame: ClientFrame, now: Timestamp) -> Vec<Effect> {
        match frame {
            ClientFrame::Pong => {
                let millis = now.since(self.pinged_at).as_millis();
                self.round_trip_ms = Some(u32::try_from(millis).unwrap_or(u32::MAX));
                Vec::new()
            }
            ClientFrame::State { visible, active, streaming, recording } => {
                let old = self.source;
                self.source = SourceState {
                    visible: visible.or(old.visible),
                    active: active.or(old.active),
                    streaming: streaming.or(old.streaming),
                    recording: recording.or(old.recording),
                };
                if self.source == old { Vec::new() } else { vec![Effect::Source(self.source)] }
            }
            ClientFrame::Started { alert_id, lease, audio } => {
                self.ack(&alert_id, &lease, Said::Started { audio })
            }
            ClientFrame::Finished { alert_id, lease } => {
                self.ack(&alert_id, &lease, Said::Finished)
            }
            ClientFrame::Failed { alert_id, lease, reason } => {
                self.ack(&alert_id, &lease, Said::Failed { reason: cut(&reason, 200) })
            }
            ClientFrame::Hello(_) | ClientFrame::Auth { .. } => Vec::new(),
        }
    }

    fn ack(&mut self, alert_id: &str, lease: &str, said: Said) -> Vec<Effect> {
        let Some((alert, lease)) = read_ack(alert_id, lease) else {
            return vec![stale(alert_id, lease)];
        };
        let given = self.given.iter_mut().find(|given| given.lease == lease);
        let sent = given.as_ref().and_then(|given| given.at);
        if let Some(given) = given {
            match said {
                Said::Started { .. } => given.started = true,
                Said::Finished | Said::Failed { .. } => given.finished = true,
                Said::Kept { .. } => {}
            }
        }
        vec![Effect::Ack(AckOf { alert, lease, said, sent })]
    }

    /// Whether a frame is within the rate. Pongs, the hello, and the first `started` and `finished`
    /// of each play given are free.
    fn within_rate(&mut self, frame: &ClientFrame, now: Timestamp) -> bool {
        let given = |lease: &str| {
            let lease: Option<Position> = lease.parse().ok();
            self.given.iter().find(|given| Some(given.lease) == lease)
        };
        let free = match frame {
            ClientFrame::Pong | ClientFrame::Hello(_) => true,
            ClientFrame::Started { lease, .. } => given(lease).is_some_and(|g| !g.started),
            ClientFrame::Finished { lease, .. } => given(lease).is_some_and(|g| !g.finished),
            _ => false,
        };
        free || self.rate.allows(now)
    }

    /// The hello was found good, and the connection is registered. `false` if it was told to close
    /// meanwhile.
    pub fn welcomed(&mut self, now: Timestamp) -> bool {
        if !matches!(self.phase, Phase::Joining) {
            return false;
        }
        self.phase = Phase::Welcomed;
        self.next_ping = now + self.heartbeat();
        true
    }

    /// Gives a play to the page, unless it has this one already or was not welcomed. Whether to
    /// send the frame.
    pub fn give(&mut self, alert: AlertId, showing: u32, lease: Position, now: Timestamp) -> bool {
        if !self.is_welcomed() || self.given.iter().any(|given| given.lease == lease) {
            return false;
        }
        let (showing, at) = (Some(showing), Some(now));
        let (started, finished, stopped) = (false, false, false);
        self.remember(Given { alert, showing, lease, at, started, finished, stopped });
        true
    }

    fn remember(&mut self, play: Given) {
        if self.given.len() >= GIVEN_KEPT {
            self.given.remove(0);
        }
        // No more room than for those: most connections never need any.
        self.given.reserve_exact(1);
        self.given.push(play);
    }

    /// Marks a play as stopped; whether the page may still draw it, so must be told.
    pub fn stop(&mut self, lease: Position) -> bool {
        match self.given.iter_mut().find(|given| given.lease == lease) {
            Some(given) if given.is_open() => {
                given.stopped = true;
                true
            }
            _ => false,
        }
    }

    /// Time passed.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Effect> {
        match self.phase {
            Phase::Greeting(_) if now.since(self.opened) >= HELLO_WITHIN => {
                self.close(CloseReason::ProtocolError)
            }
            Phase::Welcomed if now >= self.next_ping => self.ping(now),
            _ => Vec::new(),
        }
    }

    /// Asks for a sign of life.
    pub fn ping(&mut self, now: Timestamp) -> Vec<Effect> {
        if !self.is_welcomed() {
            return Vec::new();
        }
        if self.unanswered >= 2 {
            return self.close(CloseReason::HeartbeatMissed);
        }
        self.unanswered += 1;
        self.pinged_at = now;
        self.next_ping = now + self.heartbeat();
        vec![Effect::Send(ServerFrame::Ping.text())]
    }

    /// Ends the session: from now on nothing is sent and nothing is heard.
    pub fn close(&mut self, reason: CloseReason) -> Vec<Effect> {
        if matches!(self.phase, Phase::Closed) {
            return Vec::new();
        }
        self.phase = Phase::Closed;
        vec![Effect::Close(reason)]
    }
}

fn read_ack(alert_id: &str, lease: &str) -> Option<(AlertId, Position)> {
    Some((alert_id.parse().ok()?, lease.parse().ok()?))
}

/// The answer to an acknowledgement of a play that nobody can mean: the page forgets it.
fn stale(alert_id: &str, lease: &str) -> Effect {
    Effect::Send(stale_lease(alert_id.into(), lease.into()).text())
}

/// `error stale_lease`, naming alert and lease.
#[must_use]
pub fn stale_lease(alert_id: String, lease: String) -> ServerFrame<'static> {
    let (alert_id, lease) = (cut(&alert_id, 64), cut(&lease, 64));
    ServerFrame::Error {
        code: "stale_lease",
        detail: "that play is over, its acknowledgement changes nothing".into(),
        alert_id: Some(alert_id),
        lease: Some(lease),
    }
}

/// At most `max` bytes of `text`, whole characters, no control characters.
fn cut(text: &str, max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(max));
    for c in text.chars().filter(|c| !c.is_control()) {
        if out.len() + c.len_utf8() > max {
            break;
        }
        out.push(c);
    }
    out
}
