//! The rush: while much waits, orders of one product share a card, and every play is shorter. So a
//! raid is told to its end, and nothing of it is dropped.

use std::time::Duration;

use super::{Channel, carrier::Card};
use crate::alert::{Alert, AlertKind};

/// So many behind a play, and it is shorter than set.
const SHORTER_FROM: u32 = 5;

/// So many behind a play, or more, and it is as short as a play may be.
const SHORTEST_FROM: u32 = 20;

/// No play is shorter, unless it was set so: a card takes about that long to read.
const SHORTEST: Duration = Duration::from_secs(3);

/// So many waiting as a play is to begin, and orders of one product share a card.
const COMBO_FROM: u32 = 10;

impl Channel<'_> {
    /// The orders that share a card with the one at the head of the queue, that one included, in the
    /// queue's order and as far as loaded. Fewer than two if it plays alone.
    pub(super) fn combo(&self) -> Vec<Alert> {
        if self.length() < COMBO_FROM {
            return Vec::new();
        }
        let queue = self.queue();
        let mut card = Card::default();
        // Without the head it would be the card of others, behind what plays now, and nobody would load
        // its members by then.
        let Some(head) = queue.first().filter(|head| self.may_share(head) && card.takes(head))
        else {
            return Vec::new();
        };
        let others = queue.iter().skip(1);
        let alike = others.filter(|other| self.may_share(other) && alike(head, other));
        let fit = alike.filter(|alert| card.takes(alert));
        [head].into_iter().chain(fit).map(|alert| (*alert).clone()).collect()
    }

    /// How long a play takes that `set` milliseconds were set for: as long while fewer than five
    /// wait behind it, 3 s once twenty do, and evenly less in between.
    pub(super) fn paced(&self, set: u32) -> u32 {
        let shortest = u32::try_from(SHORTEST.as_millis()).unwrap_or(u32::MAX).min(set);
        let unhurried = SHORTER_FROM - 1;
        let hurry = self.length().clamp(unhurried, SHORTEST_FROM) - unhurried;
        set - (set - shortest).saturating_mul(hurry) / (SHORTEST_FROM - unhurried)
    }
}

/// Whether two alerts are orders of the same thing, and are shown alike.
fn alike(one: &Alert, other: &Alert) -> bool {
    let (a, b) = (product(one), product(other));
    let drawn = |alert: &Alert| (alert.look.clone(), alert.duration_ms);
    a.is_some()
        && a == b
        && one.kind == other.kind
        && one.test == other.test
        && drawn(one) == drawn(other)
}

/// The one product that an order is of; `None` for a basket of several, and if it names none.
fn product(alert: &Alert) -> Option<&str> {
    let (first, more) = alert.items.split_first()?;
    let named = alert.kind != AlertKind::Tip && !first.name.is_empty();
    (named && more.iter().all(|item| item.name == first.name)).then_some(&first.name)
}
