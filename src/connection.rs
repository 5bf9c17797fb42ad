//! A connection as the registry keeps it: who is connected, to what, and when it was last heard.

use core::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{
    id::{ConnectionId, NodeId, OverlayId, StreamerId},
    time::Timestamp,
};

/// What an overlay shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverlayKind {
    /// The alerts themselves: the only kind that counts for what plays.
    Alerts,
    /// A goal bar.
    Goal,
    /// The latest buyers.
    Latest,
    /// The buyers who bought most.
    Top,
    /// How much was sold in 24 hours.
    Sold,
    /// A code that leads to the store.
    Qr,
}

/// Whether a page is on stream or only looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// On stream.
    Live,
    /// Looked at by a person; changes nothing.
    Preview,
}

/// What OBS and the browser said of a page; what was not said is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceState {
    /// Whether the source is in OBS's main output.
    pub active: Option<bool>,
    /// Whether the page is shown anywhere.
    pub visible: Option<bool>,
    /// Whether OBS streams.
    pub streaming: Option<bool>,
    /// Whether OBS records.
    pub recording: Option<bool>,
}

/// One welcomed connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// The node that holds its socket.
    pub node: NodeId,
    /// Whose overlay it is.
    pub streamer: StreamerId,
    /// The overlay.
    pub overlay: OverlayId,
    /// The overlay's name when it connected.
    pub overlay_name: Box<str>,
    /// What it shows.
    pub kind: OverlayKind,
    /// On stream, or only looked at.
    pub mode: Mode,
    /// When it was registered.
    pub since: Timestamp,
    /// The client's address, without port.
    pub remote: IpAddr,
    /// What the page says it is; at most 64 bytes.
    pub client: Box<str>,
    /// OBS's version, if it runs there; at most 32 bytes.
    pub obs: Option<Box<str>>,
    /// The major version of the Chrome that draws it, as its socket's handshake told.
    #[serde(default)]
    pub chrome: Option<u16>,
    /// Whether the page was opened without sound.
    pub muted: bool,
    /// What OBS and the browser said last.
    pub source: SourceState,
    /// When any frame of it last arrived.
    pub heard_at: Timestamp,
    /// The last measured time from ping to pong, in milliseconds.
    pub round_trip_ms: Option<u32>,
}
