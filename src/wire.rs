//! The frames of the overlay socket (contract §4): one JSON object per text frame, `type` first.

use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use crate::{
    alert::{Look, WireAlert},
    channel::Waiting,
    close::CloseReason,
    connection::{Mode, OverlayKind},
    id::{AlertId, ConnectionId, NodeId, OverlayId, StreamerId},
    position::Position,
    time::WireTime,
};

/// The subprotocol a server selects.
pub const SUBPROTOCOL: &str = "tillbell.v1";

/// What stands before a key in the list of subprotocols.
pub const SUBPROTOCOL_KEY: &str = "tillbell.key.";

/// Largest message either side may send, in bytes (contract §4).
pub const MESSAGE_MAX: usize = 16 * 1024;

/// Server to client.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame<'a> {
    /// The first frame of an accepted hello.
    Welcome(Welcome<'a>),
    /// Draw this.
    Play(PlayFrame<'a>),
    /// Say something.
    Ping,
    /// An acknowledgement is durable.
    Noted {
        /// Of which alert.
        alert_id: AlertId,
        /// Of which play.
        lease: Position,
        /// It counted as begun.
        started: bool,
        /// It counted as ended.
        finished: bool,
    },
    /// Stop drawing.
    Stop {
        /// Which alert.
        alert_id: AlertId,
        /// Which play.
        lease: Position,
        /// Why.
        reason: StopReason,
    },
    /// How the queue stands.
    Queue(QueueStatus),
    /// New settings.
    Settings {
        /// What the page needs to draw.
        settings: &'a RawValue,
    },
    /// What an overlay of another kind than alerts draws.
    Board {
        /// Its kind.
        kind: OverlayKind,
        /// What that kind draws.
        data: &'a Value,
    },
    /// What somebody sent to this connection.
    Message {
        /// As it was sent.
        data: &'a RawValue,
    },
    /// The last frame before the gateway closes.
    Bye {
        /// The close code.
        code: u16,
        /// Its word.
        reason: &'static str,
        /// Whether to come back soon.
        reconnect: bool,
        /// When.
        retry_after_ms: u64,
    },
    /// Something was wrong with a frame; the connection lives.
    Error {
        /// A stable word.
        code: &'static str,
        /// A sentence.
        detail: String,
        /// The alert it is about, if it is about one.
        #[serde(skip_serializing_if = "Option::is_none")]
        alert_id: Option<String>,
        /// The lease it is about, if it is about one.
        #[serde(skip_serializing_if = "Option::is_none")]
        lease: Option<String>,
    },
}

impl ServerFrame<'_> {
    /// As text.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("frames have string keys and no failing parts")
    }

    /// The farewell that belongs to a close reason.
    #[must_use]
    pub fn bye(reason: CloseReason, retry_after_ms: u64) -> Self {
        Self::Bye {
            code: reason.code(),
            reason: reason.name(),
            reconnect: reason.reconnect(),
            retry_after_ms,
        }
    }
}

/// See [`ServerFrame::Welcome`].
#[derive(Debug, Serialize)]
pub struct Welcome<'a> {
    /// 1.
    pub protocol: u8,
    /// This connection.
    pub connection_id: ConnectionId,
    /// The node that holds it.
    pub node: NodeId,
    /// Whose overlay it is.
    pub streamer: Named<'a, StreamerId>,
    /// The overlay.
    pub overlay: WelcomeOverlay<'a>,
    /// The page's build: another than the page's own makes an idle page reload.
    pub build: &'a str,
    /// The store's now.
    pub now: WireTime,
    /// How often the server pings.
    pub heartbeat_ms: u64,
    /// How the queue stands.
    pub queue: QueueStatus,
    /// What the page needs to draw.
    pub settings: &'a RawValue,
}

/// An id with its name.
#[derive(Debug, Serialize)]
pub struct Named<'a, Id> {
    /// The id.
    pub id: &'a Id,
    /// The name.
    pub name: &'a str,
}

/// The overlay in a welcome.
#[derive(Debug, Serialize)]
pub struct WelcomeOverlay<'a> {
    /// The id.
    pub id: OverlayId,
    /// The name.
    pub name: &'a str,
    /// What it shows.
    pub kind: OverlayKind,
}

/// See [`ServerFrame::Play`].
#[derive(Debug, Serialize)]
pub struct PlayFrame<'a> {
    /// What to draw.
    pub alert: &'a WireAlert<'a>,
    /// How to draw it, where that is not as usual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub look: Option<&'a Look>,
    /// Which showing of it.
    pub showing: u32,
    /// The right to acknowledge it.
    pub lease: Position,
    /// How long, way in and out included.
    pub duration_ms: u32,
    /// Not to be begun later than this after receipt.
    pub expires_in_ms: u64,
    /// Whether this connection sounds, unless muted.
    pub leader: bool,
    /// Whether the channel is muted.
    pub muted: bool,
}

/// How a queue stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[allow(clippy::struct_excessive_bools, reason = "three switches, as the wire has them")]
pub struct QueueStatus {
    /// Nothing new starts.
    pub paused: bool,
    /// No sound.
    pub muted: bool,
    /// Nothing private is shown.
    pub panic: bool,
    /// How many wait.
    pub length: u32,
    /// Why nothing plays.
    pub waiting: Option<Waiting>,
}

/// Why a page must stop drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// A person skipped it.
    Skipped,
    /// A person cleared the queue.
    Cleared,
    /// A person pressed panic.
    Panic,
    /// The money went back.
    Refunded,
    /// The play is over.
    Settled,
}

/// Client to server.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// A key, for clients that cannot send one any other way. Before the hello.
    Auth {
        /// The key.
        key: String,
    },
    /// The first frame.
    Hello(Hello),
    /// Drawing began.
    Started {
        /// Of which alert.
        alert_id: String,
        /// Of which play.
        lease: String,
        /// Whether sound started.
        audio: Option<bool>,
    },
    /// The stage is empty again.
    Finished {
        /// Of which alert.
        alert_id: String,
        /// Of which play.
        lease: String,
    },
    /// It cannot be drawn.
    Failed {
        /// Of which alert.
        alert_id: String,
        /// Of which play.
        lease: String,
        /// Why.
        #[serde(default)]
        reason: String,
    },
    /// What OBS and the browser say.
    State {
        /// Shown anywhere.
        visible: Option<bool>,
        /// In OBS's output.
        active: Option<bool>,
        /// OBS streams.
        streaming: Option<bool>,
        /// OBS records.
        recording: Option<bool>,
    },
    /// The answer to a ping.
    Pong,
}

/// See [`ClientFrame::Hello`].
#[derive(Clone, Debug, Deserialize)]
pub struct Hello {
    /// What the page is.
    #[serde(default)]
    pub client: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
    /// On stream, or only looked at.
    #[serde(default = "live")]
    pub mode: Mode,
    /// Opened without sound.
    #[serde(default)]
    pub muted: bool,
    /// OBS's version, if there is OBS.
    pub obs: Option<String>,
    /// Acknowledgements not yet noted; the newest 64 count.
    #[serde(default)]
    pub acks: Vec<KeptAck>,
}

const fn live() -> Mode {
    Mode::Live
}

/// One acknowledgement a page kept.
#[derive(Clone, Debug, Deserialize)]
pub struct KeptAck {
    /// Of which alert.
    pub alert_id: String,
    /// Of which play.
    pub lease: String,
    /// It began.
    #[serde(default)]
    pub started: bool,
    /// It ended.
    #[serde(default)]
    pub finished: bool,
    /// A reload cut the drawing off.
    #[serde(default)]
    pub lost: bool,
}

/// The types a server knows.
const CLIENT_TYPES: [&str; 7] = ["auth", "hello", "started", "finished", "failed", "state", "pong"];

/// Why a text is no frame.
#[derive(Debug, PartialEq, Eq)]
pub enum FrameError {
    /// Not a JSON object with a type: the other side does not speak the protocol.
    NotAFrame,
    /// A type this version does not know.
    UnknownType,
    /// A known type with members that do not fit.
    BadMembers(String),
}

impl ClientFrame {
    /// Reads a frame. Unknown members are passed over.
    ///
    /// # Errors
    /// See [`FrameError`].
    pub fn read(text: &str) -> Result<Self, FrameError> {
        #[derive(Deserialize)]
        struct Head<'a> {
            #[serde(rename = "type", borrow)]
            kind: std::borrow::Cow<'a, str>,
        }
        let head: Head<'_> = serde_json::from_str(text).map_err(|_| FrameError::NotAFrame)?;
        if !CLIENT_TYPES.contains(&&*head.kind) {
            return Err(FrameError::UnknownType);
        }
        // The text of serde's error may repeat what was sent: only its kind is passed on.
        serde_json::from_str(text).map_err(|_| FrameError::BadMembers(head.kind.into_owned()))
    }
}
