//! Carriers: alerts that show several others as one. A digest carries what came late, so that after an
//! outage one card tells of it instead of a burst; a combo carries orders of one product in a rush.
//!
//! A carrier is made as its play begins, and has its members' place in the queue from then on. They
//! have none: they wait, play and end with it, each in a row of its own. A carrier that waits is the
//! one of the newest play, so whenever its members matter they are loaded.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Channel, EntryType, Row, reason_word};
use crate::{
    alert::{Alert, AlertKind, AlertState, Buyer, Item, Reason, Spot},
    id::AlertId,
    money::Money,
    time::Timestamp,
};

/// Fewer late alerts than this play one by one.
const DIGEST_FROM: usize = 3;

/// How long a late alert waits for others. What an outage held up arrives within seconds of each
/// other, and what is minutes late can be seconds later; the first would else play alone.
const GATHERED_WITHIN: Duration = Duration::from_secs(5);

/// Most members of one carrier (contract §6).
const MEMBERS_AT_MOST: usize = 20;

/// Most bytes of JSON of all members together. With the frame around them they stay within the
/// 16 KiB that a message may have (contract §4), whatever buyers write.
const MEMBERS_BYTES: usize = 12 * 1024;

impl Channel<'_> {
    /// Puts those at the head of the queue on one card that belong on one.
    pub(super) fn merge(&mut self) {
        let late = self.late_run();
        if late.len() >= DIGEST_FROM {
            return self.carry(AlertKind::Digest, &late);
        }
        let combo = self.combo();
        self.carry(AlertKind::Combo, &combo);
    }

    /// Until when a late alert at the head of the queue waits for others; `None` if it need not.
    pub(super) fn gathers_until(&self) -> Option<Timestamp> {
        let queue = self.queue();
        let head = queue.first().filter(|alert| self.may_join_late(alert))?;
        let until = head.spot?.entered + GATHERED_WITHIN;
        (until > self.now && self.late_run().len() < MEMBERS_AT_MOST).then_some(until)
    }

    /// The late alerts at the head of the queue that fit on one card: one after the other, and of
    /// one currency.
    fn late_run(&self) -> Vec<Alert> {
        let mut card = Card::default();
        let queue = self.queue().into_iter();
        queue.take_while(|alert| self.may_join_late(alert) && card.takes(alert)).cloned().collect()
    }

    fn may_join_late(&self, alert: &Alert) -> bool {
        alert.late && !alert.test && self.may_share(alert)
    }

    /// Whether an alert that waits may still be put on a card with others. A replay plays alone, and
    /// so does what was with the overlays before: a page that drew it would not know it there.
    pub(super) fn may_share(&self, alert: &Alert) -> bool {
        let seen = self.state.play.as_ref().is_some_and(|play| play.alert == alert.id);
        alert.members.is_empty() && !seen && alert.spot.is_some_and(|spot| !spot.replay)
    }

    /// Puts one alert in the place of the first of these; fewer than two stay as they are.
    fn carry(&mut self, kind: AlertKind, members: &[Alert]) {
        let [first, .., last] = members else { return };
        let entered = members.iter().filter_map(|member| Some(member.spot?.entered));
        // No test waits longer than it may, and no sale shorter.
        let entered = if first.test { entered.min() } else { entered.max() };
        // Orders of one product are drawn alike; what came late is not.
        let alike = kind == AlertKind::Combo;
        let carrier = Alert {
            id: last.id.carrier(),
            event: first.event.clone(),
            kind,
            test: first.test,
            created: members.iter().map(|member| member.created).max().unwrap_or(first.created),
            late: false,
            members: members.iter().map(|member| member.id).collect(),
            buyer: Buyer { first_time: false, ..Buyer::someone() },
            buyer_keys: Vec::new(),
            amount: sum(members),
            items: if alike { all_of_it(members) } else { Vec::new() },
            message: None,
            message_withheld: false,
            look: first.look.clone().filter(|_| alike),
            state: AlertState::Queued,
            reason: None,
            refunded: false,
            held_for: None,
            spot: first.spot.map(|spot| Spot { entered: entered.unwrap_or(spot.entered), ..spot }),
            entered: self.now,
            showing: 1,
            counted: 0,
            duration_ms: if alike { first.duration_ms } else { self.duration_ms() },
            proof: None,
            steps: Vec::new(),
        };
        for member in members {
            let Some(row) = self.row(member.id) else { continue };
            row.spot = None;
            self.state.waiting = self.state.waiting.saturating_sub(1);
        }
        self.state.waiting += 1;
        self.rows.insert(carrier.id, Row { alert: carrier, changed: true });
    }

    /// The members of an alert; none if it is no carrier.
    fn members(&self, carrier: AlertId) -> Vec<AlertId> {
        self.alert(carrier).map(|alert| alert.members.clone()).unwrap_or_default()
    }

    /// Members play with their carrier. A replay of one of them that waits has come to nothing: it is
    /// on screen.
    pub(super) fn play_members(&mut self, carrier: AlertId) {
        let now = self.now;
        for id in self.members(carrier) {
            let Some(member) = self.row(id) else { continue };
            member.state = AlertState::Playing;
            member.reason = None;
            member.step("playing", now, Some(format!("in {carrier}")));
            if member.spot.take().is_some() {
                self.state.waiting = self.state.waiting.saturating_sub(1);
            }
        }
    }

    /// Members wait with their carrier.
    pub(super) fn requeue_members(&mut self, carrier: AlertId) {
        let now = self.now;
        for id in self.members(carrier) {
            let Some(member) = self.row(id) else { continue };
            member.state = AlertState::Queued;
            member.step("requeued", now, Some(format!("in {carrier}")));
        }
    }

    /// A carrier that waits again loses the members whose money went back while it played.
    pub(super) fn drop_refunded_members(&mut self, carrier: AlertId) {
        for id in self.members(carrier) {
            if self.alert(id).is_some_and(|member| member.refunded) {
                self.leave_carrier(id, Reason::Refunded);
            }
        }
    }

    /// Logs an end that an alert has come to. Members share their carrier's, and each tells of it too.
    pub(super) fn log_end(&mut self, what: EntryType, id: AlertId, replay: bool, more: Value) {
        let members = self.members(id);
        for member in &members {
            self.share_end(id, *member);
        }
        self.log_alert(what, id, replay, more);
        for member in members {
            let reason = self.alert(member).and_then(|alert| alert.reason);
            let more = json!({ "reason": reason, "carrier": id });
            self.log_alert(what, member, false, more);
        }
    }

    fn share_end(&mut self, carrier: AlertId, member: AlertId) {
        let Some(Alert { state, reason: Some(reason), proof, .. }) = self.alert(carrier) else {
            return;
        };
        let (state, reason, proof, now) = (*state, *reason, proof.clone(), self.now);
        let Some(member) = self.row(member) else { return };
        member.state = state;
        member.reason = Some(reason);
        member.proof = proof.or(member.proof.take());
        member.step(state.name(), now, Some(reason_word(reason)));
    }

    /// Whether an alert waits as a member of a carrier.
    pub(super) fn waits_in_carrier(&self, id: AlertId) -> bool {
        self.carrier_of(id).is_some_and(|carrier| carrier.spot.is_some())
    }

    /// The carrier of the newest play, if this is a member of it.
    fn carrier_of(&self, id: AlertId) -> Option<&Alert> {
        let carrier = self.alert(self.state.play.as_ref()?.alert)?;
        carrier.members.contains(&id).then_some(carrier)
    }

    /// Ends a member of a carrier that waits, alone. The last one takes the carrier with it.
    pub(super) fn leave_carrier(&mut self, id: AlertId, reason: Reason) {
        let Some(carrier) = self.carrier_of(id).map(|carrier| carrier.id) else { return };
        let left: Vec<AlertId> = self.members(carrier).into_iter().filter(|m| *m != id).collect();
        if left.is_empty() {
            return self.end_waiting(carrier, reason);
        }
        self.end_unqueued(id, reason);
        let rest: Vec<Alert> = left.iter().filter_map(|id| self.alert(*id)).cloned().collect();
        let Some(row) = self.row(carrier) else { return };
        row.members = left;
        row.amount = sum(&rest);
        if row.kind == AlertKind::Combo {
            row.items = all_of_it(&rest);
        }
    }

    /// How long a play takes, as the streamer has set it.
    pub(super) fn duration_ms(&self) -> u32 {
        millis(self.settings.duration)
    }
}

/// A duration as rows and frames have it.
pub(super) fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

/// What is on a card so far, to see what still fits.
#[derive(Default)]
pub(super) struct Card {
    members: usize,
    sum: Option<Money>,
    bytes: usize,
}

impl Card {
    /// Puts an alert on it, if there is room for one more and its amount adds up with the others'.
    pub(super) fn takes(&mut self, alert: &Alert) -> bool {
        let Some(sum) = add(self.sum, alert.amount) else { return false };
        let more =
            serde_json::to_string(&alert.wire(false)).map_or(MEMBERS_BYTES, |json| json.len());
        if self.members >= MEMBERS_AT_MOST || self.bytes + more > MEMBERS_BYTES {
            return false;
        }
        *self = Self { members: self.members + 1, sum, bytes: self.bytes + more };
        true
    }
}

/// What orders of one product come to: one line.
fn all_of_it(members: &[Alert]) -> Vec<Item> {
    let mut lines = members.iter().flat_map(|member| &member.items).cloned();
    let first = lines.next().map(|first| Item { variant: None, ..first });
    let all = lines.fold(first, |all, line| {
        all.map(|all| Item {
            quantity: all.quantity.saturating_add(line.quantity),
            image: all.image.or(line.image),
            ..all
        })
    });
    all.into_iter().collect()
}

fn sum(members: &[Alert]) -> Option<Money> {
    members.iter().try_fold(None, |sum, member| add(sum, member.amount)).flatten()
}

/// A sum with one more amount, if it has one; `None` if they do not add up.
fn add(sum: Option<Money>, more: Option<Money>) -> Option<Option<Money>> {
    match (sum, more) {
        (sum, None) => Some(sum),
        (None, more) => Some(more),
        (Some(sum), Some(more)) => sum.checked_add(more).map(Some),
    }
}
