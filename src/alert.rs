//! An alert: what viewers will see of a sale. The record here is what a store keeps; [`Alert::wire`]
//! is the form of contract §6 that leaves through sockets, feeds and the API.

mod look;

use serde::{Deserialize, Serialize};

pub use look::{Look, Place, Sound, Theme, ThemeError};

use crate::{
    id::{AlertId, ConnectionId, EventId, OverlayId},
    money::{Money, WireMoney},
    time::{Timestamp, WireTime},
};

/// What kind of sale an alert is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// A one-off purchase.
    Sale,
    /// The first payment of a subscription.
    Subscription,
    /// A later payment of a subscription.
    Renewal,
    /// A free amount, nothing bought.
    Tip,
    /// Not a sale: several late alerts, shown as one.
    Digest,
    /// Not a sale: several orders of one product, shown as one while much waits.
    Combo,
}

impl AlertKind {
    /// The kinds that a sale can be of; the others are made here.
    pub const OF_SALES: [Self; 4] = [Self::Sale, Self::Subscription, Self::Renewal, Self::Tip];

    /// The word on the wire and in rules.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Subscription => "subscription",
            Self::Renewal => "renewal",
            Self::Tip => "tip",
            Self::Combo => "combo",
            Self::Digest => "digest",
        }
    }
}

/// Where an alert is in its life (contract §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// Waits for a person's verdict.
    Held,
    /// Waits for its turn.
    Queued,
    /// Is with the overlays.
    Playing,
    /// End: was on screen.
    Shown,
    /// End: taken out by a person, a refund or as a duplicate.
    Skipped,
    /// End: began, and was cut off.
    Interrupted,
    /// End: its time passed before it began.
    Missed,
    /// End: a person said no.
    Rejected,
    /// End: recorded, by rule not shown.
    Silent,
}

impl AlertState {
    /// All states, in the order of a life.
    pub const ALL: [Self; 9] = [
        Self::Held,
        Self::Queued,
        Self::Playing,
        Self::Shown,
        Self::Skipped,
        Self::Interrupted,
        Self::Missed,
        Self::Rejected,
        Self::Silent,
    ];

    /// Whether this is an end state.
    #[must_use]
    pub const fn is_end(self) -> bool {
        !matches!(self, Self::Held | Self::Queued | Self::Playing)
    }

    /// The word on the wire and in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Queued => "queued",
            Self::Playing => "playing",
            Self::Shown => "shown",
            Self::Skipped => "skipped",
            Self::Interrupted => "interrupted",
            Self::Missed => "missed",
            Self::Rejected => "rejected",
            Self::Silent => "silent",
        }
    }
}

/// Why an alert ended as it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Shown: an overlay said that it finished.
    Finished,
    /// Shown: an overlay said that it started, and was still there at the end.
    Started,
    /// Skipped by a person, by name or as what played.
    Skipped,
    /// Skipped with all that waited.
    Cleared,
    /// Skipped by the panic button.
    Panic,
    /// Skipped because the money went back before it played.
    Refunded,
    /// Skipped because another alert is of the same purchase.
    Duplicate,
    /// Interrupted: every overlay that drew it went away.
    OverlayGone,
    /// Interrupted: the overlay said that it could not go on.
    Failed,
    /// Missed: no overlay was there in time.
    NobodyPresent,
    /// Missed: overlays were there, and none began to draw it, three times.
    NeverStarted,
    /// Missed: the event was old when it arrived.
    TooLate,
    /// Missed: a test waited 30 s.
    TestExpired,
    /// Missed: held, and nobody decided.
    NotDecided,
    /// Missed: the gateway's data was restored from an older copy.
    Restored,
    /// Rejected by a person.
    Rejected,
    /// Silent: the streamer does not show test purchases.
    TestsHidden,
    /// Silent: a moderator chose it.
    Moderator,
    /// Silent: a rule of the streamer's says so.
    Rule,
    /// Silent: its buyer had more alerts within a minute than the streamer allows.
    BuyerLimit,
}

/// Why an alert waits for a person's verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldBecause {
    /// A rule of the streamer's says so.
    Rule,
    /// Its name or message has words that the streamer wants to see first.
    Words,
}

/// A buyer of one streamer: an HMAC of customer id or e-mail under a key of the gateway, in hex.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BuyerKey(pub String);

/// Who bought, as far as viewers may know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buyer {
    /// The nickname the buyer chose, cleaned; else "Someone".
    pub name: String,
    /// Whether no nickname is known or none may be shown.
    pub anonymous: bool,
    /// Whether this is the first order of this buyer at this streamer.
    pub first_time: bool,
    /// Which order of this buyer it is, counted from 1.
    pub order_count: u32,
}

impl Buyer {
    /// What stands for a buyer without a name.
    pub const SOMEONE: &'static str = "Someone";

    /// A buyer of whom nothing is shown.
    #[must_use]
    pub fn someone() -> Self {
        Self { name: Self::SOMEONE.into(), anonymous: true, first_time: true, order_count: 1 }
    }
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The product's name, cleaned.
    pub name: String,
    /// Size, colour or the like.
    #[serde(default)]
    pub variant: Option<String>,
    /// How many; at least 1.
    pub quantity: u32,
    /// A picture kept by the gateway, as a path on it.
    #[serde(default)]
    pub image: Option<String>,
}

/// A place in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    /// The order of entering; what goes back to the queue keeps its own, so is the head.
    pub order: u64,
    /// When it entered.
    pub entered: Timestamp,
    /// Whether what waits is another showing of an ended alert.
    pub replay: bool,
}

/// What shows that an alert was on screen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The overlay whose page showed it.
    pub overlay: Option<OverlayId>,
    /// The connection that said so.
    pub connection: Option<ConnectionId>,
    /// When its `started` arrived.
    pub started: Option<Timestamp>,
    /// When its `finished` arrived; absent when the proof is only that it started.
    pub finished: Option<Timestamp>,
    /// Whether OBS said that the source was in the main output.
    pub active: Option<bool>,
    /// Whether the source was visible.
    pub visible: Option<bool>,
    /// Whether OBS said that it was streaming.
    pub streaming: Option<bool>,
    /// Whether the page's sound started.
    pub audio: Option<bool>,
}

impl Proof {
    /// The form in entries and in the API.
    #[must_use]
    pub fn wire(&self) -> WireProof {
        WireProof {
            by: if self.finished.is_some() { "finished" } else { "started" },
            overlay: self.overlay,
            connection: self.connection,
            started: self.started.map(Timestamp::wire),
            finished: self.finished.map(Timestamp::wire),
            active: self.active,
            visible: self.visible,
            streaming: self.streaming,
            audio: self.audio,
        }
    }
}

/// A [`Proof`] as it is written on the wire.
#[derive(Clone, Debug, Serialize)]
pub struct WireProof {
    by: &'static str,
    overlay: Option<OverlayId>,
    connection: Option<ConnectionId>,
    started: Option<WireTime>,
    finished: Option<WireTime>,
    active: Option<bool>,
    visible: Option<bool>,
    streaming: Option<bool>,
    audio: Option<bool>,
}

/// One step of an alert's story, for `why`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What happened: a state, or `sent`, `started`, `replayed`, `requeued`, `refunded`,
    /// `completed`.
    pub step: String,
    /// When.
    pub at: Timestamp,
    /// A few words more, or nothing. Never a name or a message.
    #[serde(default)]
    pub detail: Option<String>,
}

/// Most steps kept of one alert; the first half stays, of the later ones the newest.
const STEPS_KEPT: usize = 32;

/// An alert as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its id, made when the event was accepted; a carrier's comes from its last member's.
    pub id: AlertId,
    /// The event it came from; a carrier has that of its first member.
    pub event: EventId,
    /// What it is of.
    pub kind: AlertKind,
    /// Whether it is a test: counted in nothing, never in the tray.
    pub test: bool,
    /// When Stripe says that the sale happened; of a carrier's members the latest.
    pub created: Timestamp,
    /// Whether it was taken in so long after its sale that it may be shown together with others.
    #[serde(default)]
    pub late: bool,
    /// The alerts that a carrier shows as one, in order; of any other alert none.
    #[serde(default)]
    pub members: Vec<AlertId>,
    /// Who bought.
    pub buyer: Buyer,
    /// By which keys what is kept of the buyer is found: the one that their orders are counted under
    /// first. None of a carrier, or once the buyer was erased.
    #[serde(default)]
    pub buyer_keys: Vec<BuyerKey>,
    /// What was paid, if the event says so.
    pub amount: Option<Money>,
    /// What was bought.
    pub items: Vec<Item>,
    /// The buyer's message, cleaned.
    pub message: Option<String>,
    /// Whether that message stays here, because a rule says so: it is kept and never leaves.
    #[serde(default)]
    pub message_withheld: bool,
    /// How it is drawn, if a rule says so.
    #[serde(default)]
    pub look: Option<Look>,
    /// Where it is in its life.
    pub state: AlertState,
    /// Why it ended, once it has.
    pub reason: Option<Reason>,
    /// Whether all the money went back.
    pub refunded: bool,
    /// Why it was held, until a person has approved it: as long, however it ends, neither name nor
    /// message leaves.
    #[serde(default)]
    pub held_for: Option<HeldBecause>,
    /// Its place in the queue while it waits, as itself or as a replay.
    pub spot: Option<Spot>,
    /// When it last entered the queue or the approval tray.
    pub entered: Timestamp,
    /// 1, plus one for each replay.
    pub showing: u32,
    /// Plays of the present showing that nobody began although an overlay was there.
    pub counted: u8,
    /// How long its play takes, way in and out included.
    pub duration_ms: u32,
    /// What shows that it was on screen.
    pub proof: Option<Proof>,
    /// Its story so far.
    pub steps: Vec<Step>,
}

impl Alert {
    /// Adds a step to the story, within bounds.
    pub fn step(&mut self, step: &str, at: Timestamp, detail: Option<String>) {
        if self.steps.len() >= STEPS_KEPT {
            self.steps.remove(STEPS_KEPT / 2);
        }
        self.steps.push(Step { step: step.into(), at, detail });
    }

    /// Whether a person has not approved it (yet): then neither name nor message is shown anywhere
    /// outside.
    #[must_use]
    pub const fn is_withheld(&self) -> bool {
        self.held_for.is_some() || matches!(self.state, AlertState::Held | AlertState::Rejected)
    }

    /// Whether the make-good tray offers to show it again: viewers missed it, or were cut off from it,
    /// the money is still here, and no replay waits. Of a carrier it offers the members.
    #[must_use]
    pub fn can_be_made_good(&self) -> bool {
        Self::TRAY.contains(&self.state)
            && !(self.test || self.refunded)
            && self.members.is_empty()
            && self.spot.is_none()
    }

    /// The states of what is in the make-good tray.
    pub const TRAY: [AlertState; 2] = [AlertState::Missed, AlertState::Interrupted];

    /// Whether there is a name or a message to read in it.
    #[must_use]
    pub fn tells_who(&self) -> bool {
        !self.buyer.anonymous || self.message.is_some()
    }

    /// Takes out name and message. What was bought and paid stays.
    pub fn erase_buyer(&mut self) {
        self.buyer.name = Buyer::SOMEONE.into();
        self.buyer.anonymous = true;
        self.message = None;
    }

    /// The form of contract §6, for overlays, feeds and the API; of a carrier, without its members.
    #[must_use]
    pub fn wire(&self, replay: bool) -> WireAlert<'_> {
        self.wire_with(replay, [])
    }

    /// The form of contract §6 with these alerts as members.
    #[must_use]
    pub fn wire_with<'a>(
        &'a self,
        replay: bool,
        members: impl IntoIterator<Item = &'a Self>,
    ) -> WireAlert<'a> {
        let withheld = self.is_withheld();
        let message = self.message.as_deref().filter(|_| !withheld && !self.message_withheld);
        WireAlert {
            id: self.id,
            kind: self.kind,
            test: self.test,
            replay,
            created: self.created.wire(),
            buyer: WireBuyer {
                name: if withheld { Buyer::SOMEONE } else { &self.buyer.name },
                anonymous: withheld || self.buyer.anonymous,
                first_time: self.buyer.first_time,
                order_count: self.buyer.order_count,
            },
            amount: self.amount.map(|amount| amount.wire()),
            items: &self.items,
            message: message.map(|text| WireMessage { text }),
            members: members.into_iter().map(|member| member.wire(false)).collect(),
            state: self.state,
            reason: self.reason,
            refunded: self.refunded,
        }
    }
}

/// The alert of contract §6.
#[derive(Clone, Debug, Serialize)]
pub struct WireAlert<'a> {
    id: AlertId,
    kind: AlertKind,
    test: bool,
    replay: bool,
    created: WireTime,
    buyer: WireBuyer<'a>,
    amount: Option<WireMoney>,
    items: &'a [Item],
    message: Option<WireMessage<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    members: Vec<Self>,
    state: AlertState,
    reason: Option<Reason>,
    refunded: bool,
}

#[derive(Clone, Debug, Serialize)]
struct WireBuyer<'a> {
    name: &'a str,
    anonymous: bool,
    first_time: bool,
    order_count: u32,
}

#[derive(Clone, Debug, Serialize)]
struct WireMessage<'a> {
    text: &'a str,
}
