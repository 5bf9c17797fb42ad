//! What can happen to a channel, and what it answers.

use crate::{
    alert::{AlertKind, HeldBecause, Item},
    connection::SourceState,
    id::{AlertId, ConnectionId, EventId, OverlayId},
    money::Money,
    position::Position,
    store::{BuyerKey, Names},
    stripe::sale::{self, DisputeOutcome, PurchaseId, RefundStatus},
    time::Timestamp,
};

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// A stored event of this streamer.
    Event(Event),
    /// A page acknowledged a play.
    Ack(Ack),
    /// Time passed, or somebody came: look whether something is due.
    Tick,
    /// A connection went, or is no longer present.
    Left,
    /// The data is an older copy than what was told before: what waits goes to the tray.
    Restored,
    /// Nothing new starts.
    Pause,
    /// Ends pause and panic.
    Resume,
    /// No sound.
    Mute,
    /// Sound again.
    Unmute,
    /// Everything queued ends as skipped.
    Clear,
    /// What plays and everything queued ends; pause and mute.
    Panic,
    /// Ends one alert, or what plays when this is applied.
    Skip(Option<AlertId>),
    /// Another showing of an ended alert.
    Replay(AlertId),
    /// Another showing of each of these that is still in the tray, in this order.
    ReplayAll(Vec<AlertId>),
    /// A person's verdict on a held alert.
    Approve(AlertId, Verdict),
    /// A person's no.
    Reject(AlertId),
    /// What was bought, learnt only after the sale was taken in.
    Complete(AlertId, Vec<Item>),
    /// These alerts do not tell any more who bought; they can still be found by the buyer's keys.
    EraseBuyer(Vec<AlertId>),
    /// Nothing of a buyer is found any more: no order count under these keys or those of these alerts,
    /// and no key on them.
    ForgetBuyer(Vec<BuyerKey>, Vec<AlertId>),
}

impl Input {
    /// Adds what a load must bring for this input.
    pub fn name(&self, names: &mut Names) {
        match self {
            Self::Event(event) => {
                names.purchases.extend(event.ids.iter().cloned());
                if let What::Sale(NewSale { buyer: Some(buyer), .. }) = &event.what {
                    names.buyers.push(buyer.clone());
                }
            }
            Self::Ack(ack) => names.alerts.push(ack.alert),
            Self::ReplayAll(alerts) => names.alerts.extend(alerts),
            Self::Skip(Some(alert))
            | Self::Replay(alert)
            | Self::Approve(alert, _)
            | Self::Reject(alert)
            | Self::Complete(alert, _) => names.alerts.push(*alert),
            Self::EraseBuyer(alerts) | Self::ForgetBuyer(_, alerts) => {
                names.alerts.extend(alerts);
            }
            _ => {}
        }
    }
}

/// How a held alert is approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it is.
    Full,
    /// Without the message.
    NoMessage,
    /// Without name and message.
    Anonymous,
    /// Recorded, not shown.
    Silent,
}

impl Verdict {
    /// The word on the wire and in the alert's story.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::NoMessage => "no_message",
            Self::Anonymous => "anonymous",
            Self::Silent => "silent",
        }
    }
}

/// An event, read.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// The alert id minted for it.
    pub alert: AlertId,
    /// When it was accepted, for the alert's story.
    pub stored: Timestamp,
    /// The ids of its purchase; none for the Dashboard's sample.
    pub ids: Vec<PurchaseId>,
    /// What it tells.
    pub what: What,
}

/// What an event tells of its purchase.
#[derive(Clone, Debug)]
pub enum What {
    /// It was paid.
    Sale(NewSale),
    /// Money went back.
    Refund {
        /// The refund's id, or the charge's if it tells of all its refunds together.
        key: String,
        /// What this refund returns.
        amount: Option<Money>,
        /// The charge's own total, if told.
        total: Option<Money>,
        /// Whether nothing of the charge is left, whatever the sale's amount was.
        whole: bool,
    },
    /// A refund failed or was cancelled, for good.
    RefundFailed {
        /// The refund's id.
        key: String,
        /// What it would have returned, if told.
        amount: Option<Money>,
    },
    /// A dispute was opened, won or lost.
    Dispute {
        /// The dispute's id.
        key: String,
        /// Once it is decided: whether the money is away for good.
        lost: Option<bool>,
        /// What it is about, if told.
        amount: Option<Money>,
    },
    /// Its checkout ended, and nothing was paid.
    Unpaid,
    /// Only that its ids belong together.
    Join,
}

impl What {
    /// What a reading tells a channel besides a sale; none if it is one, or nothing for us.
    #[must_use]
    pub fn besides_a_sale(read: &sale::What) -> Option<Self> {
        Some(match read {
            sale::What::Refund(refund) if refund.status == RefundStatus::Reversed => {
                Self::RefundFailed { key: refund.key.clone(), amount: refund.amount }
            }
            sale::What::Refund(refund) => Self::Refund {
                key: refund.key.clone(),
                amount: refund.amount,
                total: refund.refunded_total,
                whole: refund.full == Some(true),
            },
            sale::What::Dispute(dispute) => Self::Dispute {
                key: dispute.key.clone(),
                lost: match dispute.outcome {
                    DisputeOutcome::Opened => None,
                    DisputeOutcome::Won => Some(false),
                    DisputeOutcome::Lost => Some(true),
                },
                amount: dispute.amount,
            },
            sale::What::Unpaid => Self::Unpaid,
            sale::What::Join => Self::Join,
            sale::What::Sale(_) | sale::What::Ignored(_) => return None,
        })
    }
}

/// A sale, cleaned and moderated; what is held has its name and message as they were written.
#[derive(Clone, Debug)]
pub struct NewSale {
    /// What kind.
    pub kind: AlertKind,
    /// Whether it is a test.
    pub test: bool,
    /// Whether a rule says that it is recorded and not shown.
    pub hidden: bool,
    /// Why a person decides about it first; `None` if nobody need.
    pub held_for: Option<HeldBecause>,
    /// When Stripe says it happened.
    pub created: Timestamp,
    /// The nickname, if the buyer chose one.
    pub name: Option<String>,
    /// Who it is, for counting.
    pub buyer: Option<BuyerKey>,
    /// Under which key they are found too: that of the e-mail address, when they are counted as a
    /// customer.
    pub buyer_email: Option<BuyerKey>,
    /// What was paid.
    pub amount: Option<Money>,
    /// What was bought.
    pub items: Vec<Item>,
    /// The message.
    pub message: Option<String>,
}

/// What a page says of a play.
#[derive(Clone, Debug)]
pub struct Ack {
    /// The connection it came on.
    pub connection: ConnectionId,
    /// Its overlay.
    pub overlay: OverlayId,
    /// The alert it names.
    pub alert: AlertId,
    /// The lease it names.
    pub lease: Position,
    /// What OBS and the browser said of that page.
    pub source: SourceState,
    /// When the play was handed to this connection, if it was here.
    pub sent: Option<Timestamp>,
    /// What it says.
    pub what: Said,
}

/// See [`Ack::what`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It began to draw.
    Started {
        /// Whether sound started.
        audio: Option<bool>,
    },
    /// Its stage is empty again.
    Finished,
    /// It cannot draw it, or not go on.
    Failed {
        /// Why, in its words; at most 200 bytes.
        reason: String,
    },
    /// Sent again after a reconnect, before it is registered.
    Kept {
        /// It had begun.
        started: bool,
        /// It had ended.
        finished: bool,
        /// A reload cut the drawing off.
        lost: bool,
    },
}

/// What applying an input answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Done, or it was so already.
    Done,
    /// This alert is meant.
    Alert(AlertId),
    /// So many alerts will be shown again.
    Replayed(usize),
    /// The acknowledgement counts, or is kept: `noted`.
    Noted,
    /// The acknowledgement is of a play that is over: `error stale_lease`.
    StaleLease,
}

/// Why an input changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No alert has this id.
    #[error("no alert of this streamer has that id")]
    UnknownAlert,
    /// A skip without a name found nothing.
    #[error("nothing plays: name the alert to skip one that waits")]
    NothingPlays,
    /// Replays show what ended.
    #[error("this alert has not ended yet")]
    NotEnded,
    /// The money went back.
    #[error("this alert was refunded and is not shown again")]
    Refunded,
    /// A rejected alert must be approved first.
    #[error("this alert was rejected: approve it first")]
    Rejected,
    /// One replay at a time.
    #[error("a replay of this alert waits or plays already")]
    ReplayWaiting,
    /// A carrier is shown once; each of its members can be shown again.
    #[error("this alert stands for several: replay those you want to see again one by one")]
    HasMembers,
    /// Only held (or rejected) alerts take a verdict.
    #[error("this alert does not wait for a verdict")]
    NotHeld,
}

impl Refusal {
    /// The stable code of contract §7's problem answers.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnknownAlert => "not_found",
            Self::NothingPlays => "nothing_plays",
            Self::NotEnded => "alert_not_ended",
            Self::Refunded => "alert_refunded",
            Self::Rejected => "alert_rejected",
            Self::ReplayWaiting => "replay_waiting",
            Self::HasMembers => "alert_has_members",
            Self::NotHeld => "alert_not_held",
        }
    }
}
