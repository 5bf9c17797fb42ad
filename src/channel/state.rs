//! What a channel remembers between two inputs. Small and bounded (4 KiB): waiting alerts are rows
//! of their own, so a raid of thousands rewrites nothing here.

use serde::{Deserialize, Serialize};

use super::{Progress, Recent};
use crate::{
    alert::{Proof, Reason},
    connection::SourceState,
    id::{AlertId, ConnectionId, NodeId, OverlayId},
    position::{Epoch, Position},
    time::Timestamp,
};

/// Most connections passed over that are remembered; the oldest goes first.
pub(super) const PASSED_OVER_KEPT: usize = 8;

/// Most connections whose `started` or acks are remembered for one play.
pub(super) const WITNESSES_KEPT: usize = 8;

/// The state of one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The history its offsets belong to.
    pub epoch: Epoch,
    /// Entries written in this epoch.
    pub offset: u64,
    /// Nothing new starts.
    pub paused: bool,
    /// Pages make no sound.
    pub muted: bool,
    /// Panic holds: other overlays show no name and no message.
    pub panic: bool,
    /// The order the next alert gets when it enters the queue.
    pub next_order: u64,
    /// Alerts that wait in the queue.
    pub waiting: u32,
    /// A clear or panic under way: everything up to this order ends, some rows a commit.
    pub clearing: Option<Clearing>,
    /// The newest play, also after it has ended, until the next one begins.
    pub play: Option<Play>,
    /// The lease of the play before the newest, and how it ended: pages that drew it are told, also
    /// when the next one began in the same commit.
    pub before: Option<(Position, End)>,
    /// When an overlay was last known to be present while something waited.
    pub last_presence: Timestamp,
    /// When pause was last ended.
    pub last_resume: Timestamp,
    /// Leaders that let a play lapse and have not been heard since.
    pub passed_over: Vec<PassedOver>,
    /// How often who bought lately, while the streamer limits that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<Recent>,
    /// The goal at hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Progress>,
    /// The version of the settings that last changed the goal. A node that still believes in older ones
    /// does not bring the old goal back.
    #[serde(default)]
    pub goal_as_of: u64,
}

impl State {
    /// A channel in which nothing has happened.
    #[must_use]
    pub const fn new(epoch: Epoch) -> Self {
        Self {
            epoch,
            offset: 0,
            paused: false,
            muted: false,
            panic: false,
            next_order: 1,
            waiting: 0,
            clearing: None,
            play: None,
            before: None,
            last_presence: Timestamp::from_millis(0),
            last_resume: Timestamp::from_millis(0),
            passed_over: Vec::new(),
            recent: Vec::new(),
            goal: None,
            goal_as_of: 0,
        }
    }

    /// The end of the log.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position { epoch: self.epoch, offset: self.offset }
    }

    /// The play that is with the overlays now.
    #[must_use]
    pub fn playing(&self) -> Option<&Play> {
        self.play.as_ref().filter(|play| play.end.is_none())
    }
}

/// See [`State::clearing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clearing {
    /// The last order that ends.
    pub up_to: u64,
    /// The reason they get.
    pub reason: Reason,
}

/// One showing given to the overlays. Its lease is the position of its `AlertPlaying` entry: unique,
/// and later plays of one epoch have later leases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Play {
    /// What plays.
    pub alert: AlertId,
    /// If that is a carrier: the members with which it began. A load brings their rows too.
    #[serde(default)]
    pub members: Vec<AlertId>,
    /// Which showing of it.
    pub showing: u32,
    /// Whether it is a replay: it can end its alert only as shown.
    pub replay: bool,
    /// Whether it is a test.
    pub test: bool,
    /// The right to acknowledge it.
    pub lease: Position,
    /// Its place in the queue, should it go back.
    pub order: u64,
    /// When its alert had entered the queue.
    pub entered: Timestamp,
    /// When it was committed.
    pub since: Timestamp,
    /// How long it takes, way in and out included.
    pub duration_ms: u32,
    /// Who sounds, and whose `finished` counts at once.
    pub leader: ConnectionId,
    /// The leader's node: the first to decide that nobody started, also when the leader has left.
    pub leader_node: NodeId,
    /// The first `started` that counted.
    pub started: Option<Started>,
    /// Connections that said `started`.
    pub witnesses: Vec<ConnectionId>,
    /// A page named the lease in its acks as not lost: it was drawing, wherever it is at the end.
    pub vouched: bool,
    /// A `finished` by another than the leader, kept until the end.
    pub finished: Option<Finished>,
    /// How it ended.
    pub end: Option<End>,
}

/// A `started` that counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// When it arrived.
    pub at: Timestamp,
    /// From whom.
    pub connection: ConnectionId,
    /// That connection's overlay.
    pub overlay: Option<OverlayId>,
    /// What OBS and the browser had said of that page.
    pub source: SourceState,
    /// Whether sound started, if the page told.
    pub audio: Option<bool>,
}

/// A `finished`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// When it arrived.
    pub at: Timestamp,
    /// From whom.
    pub connection: ConnectionId,
}

/// How a play ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Seen.
    Shown,
    /// Cut off.
    Interrupted,
    /// Nobody began: the alert is back in the queue, or missed.
    Lapsed,
    /// A person or a refund ended it; it stays ended whatever is acknowledged later.
    Stopped(Reason),
}

/// See [`State::passed_over`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassedOver {
    /// Who.
    pub connection: ConnectionId,
    /// Since when.
    pub at: Timestamp,
    /// The alert whose play it let lapse: that play counts once the connection is heard again.
    pub alert: AlertId,
    /// The showing of that play.
    pub showing: u32,
}

impl Play {
    /// What is known of this play, as its alert's proof.
    #[must_use]
    pub fn proof(&self, finished: Option<Finished>) -> Proof {
        let started = self.started.as_ref();
        Proof {
            overlay: started.and_then(|started| started.overlay),
            connection: started
                .map(|started| started.connection)
                .or(finished.map(|finished| finished.connection)),
            started: started.map(|started| started.at),
            finished: finished.map(|finished| finished.at),
            active: started.and_then(|started| started.source.active),
            visible: started.and_then(|started| started.source.visible),
            streaming: started.and_then(|started| started.source.streaming),
            audio: started.and_then(|started| started.audio),
        }
    }
}
