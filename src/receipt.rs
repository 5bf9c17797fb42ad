//! What a buyer may see of their purchase: how it stands, and nothing else. No name, no amount, no
//! message, and never what a moderator or the streamer decided about it.

use serde::Serialize;

use crate::{
    alert::{Alert, AlertState, Reason, Spot},
    channel::Play,
    store::{HEAD, Loaded},
    stripe::sale::{IdKind, PurchaseId},
    time::{Timestamp, WireTime},
};

/// Longest session id taken, in bytes: Stripe's object ids have at most 255.
const SESSION_MAX: usize = 255;

/// How a purchase stands, in the form of contract §8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Receipt {
    /// Nothing was heard of it: the buyer is back before Stripe's event, or it never was.
    Pending,
    /// The buyer went through with it, and the money has not come: some banks take days.
    Unpaid,
    /// No money will come: their bank refused, or the checkout lapsed.
    Failed,
    /// The money has come. What is held, silent, rejected, skipped or undecided says no more.
    Paid,
    /// Its alert waits in the queue.
    Waiting {
        /// How many alerts wait before it, what plays not counted; `None` for [`HEAD`] or more.
        #[serde(skip_serializing_if = "Option::is_none")]
        ahead: Option<usize>,
    },
    /// Its alert is with the overlays.
    Playing,
    /// Its alert was on screen.
    Shown {
        /// When that began; absent if that is not known any more.
        #[serde(skip_serializing_if = "Option::is_none")]
        at: Option<WireTime>,
    },
    /// Nobody saw its alert, or not all of it. The streamer has it in the tray.
    Missed,
    /// All the money went back.
    Refunded,
}

impl Receipt {
    /// How the purchase of this session stands in the channel that was loaded with it named.
    #[must_use]
    pub fn of(session: &PurchaseId, loaded: &Loaded) -> Self {
        let Some(purchase) = loaded.purchases.iter().find(|p| p.ids.contains(session)) else {
            return Self::Pending;
        };
        let Some(claim) = purchase.sale else {
            return if purchase.unpaid { Self::Failed } else { Self::Unpaid };
        };
        match loaded.named.iter().find(|alert| alert.id == claim.alert) {
            Some(alert) => of_alert(alert, loaded),
            // Kept no longer.
            None => Self::Paid,
        }
    }

    /// Whether it stays as it is, as far as the buyer need wait for.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Failed | Self::Shown { .. } | Self::Refunded)
    }
}

fn of_alert(alert: &Alert, loaded: &Loaded) -> Receipt {
    // Also a replay of what was missed, and what a carrier shows with others.
    let carried = alert.state == AlertState::Playing;
    let shows =
        |play: &Play| play.alert == alert.id || (carried && play.members.contains(&alert.id));
    let plays = loaded.state.playing().is_some_and(shows);
    let place = place(alert, &loaded.head);
    match alert.state {
        _ if alert.refunded => Receipt::Refunded,
        AlertState::Shown => Receipt::Shown { at: seen(alert).map(Timestamp::wire) },
        _ if plays => Receipt::Playing,
        _ if place.is_some() => {
            Receipt::Waiting { ahead: place.and_then(|place| ahead(place, &loaded.head)) }
        }
        // That nobody decided tells that it was held.
        AlertState::Missed if alert.reason == Some(Reason::NotDecided) => Receipt::Paid,
        AlertState::Missed | AlertState::Interrupted => Receipt::Missed,
        // Besides those nobody shall learn of, what plays or is queued and yet has no place in
        // either: a channel never has that.
        _ => Receipt::Paid,
    }
}

fn seen(alert: &Alert) -> Option<Timestamp> {
    alert.proof.as_ref().and_then(|proof| proof.started.or(proof.finished))
}

/// Where an alert waits: in a place of its own, or in its carrier's.
fn place(alert: &Alert, head: &[Alert]) -> Option<Spot> {
    let carrier = || head.iter().find(|row| row.members.contains(&alert.id));
    alert.spot.or_else(|| carrier()?.spot)
}

/// How many of the queue's first rows come before this place; `None` if it is not among them.
fn ahead(place: Spot, head: &[Alert]) -> Option<usize> {
    let comes_before = |row: &&Alert| row.spot.is_some_and(|spot| spot.order < place.order);
    let before = head.iter().filter(comes_before).count();
    (before < HEAD).then_some(before)
}

/// The session that a receipt's address names; `None` if it cannot be one of Stripe's. The id is
/// the buyer's secret: it is long and random, and must not be logged.
#[must_use]
pub fn session(text: &str) -> Option<PurchaseId> {
    let plain = |rest: &str| rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let fits = text.len() <= SESSION_MAX
        && text.strip_prefix("cs_").is_some_and(|rest| !rest.is_empty() && plain(rest));
    fits.then(|| PurchaseId::new(IdKind::Session, text))
}

#[cfg(test)]
mod tests;
