//! Entries of a channel's log (contract §6).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    position::{Epoch, Position},
    time::Timestamp,
};

/// What an entry tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntryType {
    /// A purchase.
    Sale,
    /// A tip.
    Tip,
    /// A subscription's first payment.
    SubscriptionStarted,
    /// A subscription's later payment.
    SubscriptionRenewed,
    /// Money went back, in part or in full.
    Refund,
    /// A refund failed or a dispute was won.
    RefundReversed,
    /// A dispute was opened, won or lost.
    Dispute,
    /// An alert waits for a person.
    AlertHeld,
    /// An alert entered the queue.
    AlertQueued,
    /// An alert went back to the head of the queue.
    AlertRequeued,
    /// An alert is with the overlays.
    AlertPlaying,
    /// An alert was on screen.
    AlertShown,
    /// An alert was taken out.
    AlertSkipped,
    /// An alert was cut off.
    AlertInterrupted,
    /// An alert's time passed.
    AlertMissed,
    /// A person said no to an alert.
    AlertRejected,
    /// An alert was recorded and not shown.
    AlertSilent,
    /// Something of an alert changed.
    AlertUpdated,
    /// A goal came nearer.
    GoalProgress,
    /// A goal was reached.
    GoalReached,
    /// Pause, mute or panic changed, or the queue was cleared.
    QueueChanged,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Where it stands.
    pub position: Position,
    /// When it was written, by the store's clock.
    pub time: Timestamp,
    /// What it tells.
    pub what: EntryType,
    /// Whether it is of a test.
    pub test: bool,
    /// Whether it is of a replay.
    pub replay: bool,
    /// The rest, by type.
    pub data: Value,
}

impl Entry {
    /// The form that readers get.
    #[must_use]
    pub fn wire(&self) -> WireEntry<'_> {
        WireEntry {
            v: 1,
            epoch: self.position.epoch,
            offset: self.position.offset,
            time_stamp: self.time.rfc3339(),
            event: WireEvent { source: "Tillbell", what: self.what },
            test: self.test,
            replay: self.replay,
            data: &self.data,
        }
    }
}

/// The entry of contract §6.
#[derive(Debug, Serialize)]
pub struct WireEntry<'a> {
    v: u8,
    epoch: Epoch,
    offset: u64,
    #[serde(rename = "timeStamp")]
    time_stamp: String,
    event: WireEvent,
    test: bool,
    replay: bool,
    data: &'a Value,
}

#[derive(Debug, Serialize)]
struct WireEvent {
    source: &'static str,
    #[serde(rename = "type")]
    what: EntryType,
}
