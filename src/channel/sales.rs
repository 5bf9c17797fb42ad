//! What events mean: a sale becomes an alert, once per purchase; money that goes back is taken out
//! of the totals and stops what has not played.

use serde_json::json;

use super::{
    Channel, Claim, EntryType, Event, LATE_AFTER, NewSale, Purchase, Reply, Row, What,
    carrier::millis,
};
use crate::{
    alert::{Alert, AlertKind, AlertState, Buyer, HeldBecause, Reason},
    id::AlertId,
    money::Money,
    position::Position,
    settings::rules::Then,
    store::{Fact, Settlement},
};

impl Channel<'_> {
    pub(super) fn event(&mut self, event: Event) -> Reply {
        let Event { id, alert, ids, what, .. } = &event;
        // Two who found it unsettled may hand it in, and both end up in one commit.
        if self.change.settles.iter().any(|(settled, _)| settled == id) {
            return Reply::Alert(*alert);
        }
        let at = (!ids.is_empty()).then(|| self.join(*alert, ids));
        let settlement = match what {
            What::Sale(sale) => match at.and_then(|at| self.purchases[at].0.sale) {
                Some(claim) => Settlement::DuplicateOf(claim.alert),
                None => {
                    self.claim(at, *alert, sale);
                    self.arrive(&event, sale);
                    Settlement::Alert(*alert)
                }
            },
            What::Refund { key, amount, total, whole } => {
                if let Some(purchase) = self.purchase(at) {
                    purchase.note_refund(key, *amount, *total);
                    purchase.whole |= *whole;
                }
                Settlement::Joined
            }
            What::RefundFailed { key, amount } => {
                if let Some(purchase) = self.purchase(at) {
                    purchase.note_failure(key, *amount);
                }
                Settlement::Joined
            }
            What::Dispute { key, lost, amount } => {
                if let Some(purchase) = self.purchase(at) {
                    purchase.note_dispute(key, *lost, *amount);
                }
                self.log_dispute(at, *lost);
                Settlement::Joined
            }
            What::Unpaid => {
                if let Some(purchase) = self.purchase(at) {
                    purchase.unpaid = true;
                }
                Settlement::Joined
            }
            What::Join => Settlement::Joined,
        };
        self.change.settles.push((id.clone(), settlement));
        if let Some(at) = at {
            self.settle_returns(at);
        }
        Reply::Alert(*alert)
    }

    fn purchase(&mut self, at: Option<usize>) -> Option<&mut Purchase> {
        let (purchase, changed) = self.purchases.get_mut(at?)?;
        *changed = true;
        Some(purchase)
    }

    /// Finds or makes the one set that holds all of `ids`; where it is.
    fn join(&mut self, minted: AlertId, ids: &[crate::stripe::sale::PurchaseId]) -> usize {
        let (mut found, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.purchases)
            .into_iter()
            .partition(|(purchase, _)| ids.iter().any(|id| purchase.ids.contains(id)));
        self.purchases = others;
        // The set with the earliest sale stays; of sets without one, the earliest.
        found.sort_by_key(|(purchase, _)| {
            (purchase.sale.map_or(AlertId::from_u128(u128::MAX), |s| s.alert), purchase.id)
        });
        let mut found = found.into_iter();
        let (mut purchase, mut changed) =
            found.next().unwrap_or_else(|| (Purchase::new(minted, []), true));
        for (other, _) in found {
            purchase.absorb(&other);
            self.change.absorbed.push(other.id);
            changed = true;
            if let Some(later) = other.sale {
                self.drop_duplicate(later);
            }
        }
        for id in ids {
            changed |= purchase.ids.insert(id.clone());
        }
        self.purchases.push((purchase, changed));
        self.purchases.len() - 1
    }

    /// Two sales turned out to be one purchase: the later one leaves the totals, and the queue.
    fn drop_duplicate(&mut self, later: Claim) {
        if let Some(amount) = later.amount.filter(|_| later.counted) {
            let left = Money { minor: later.returned - amount.minor, ..amount };
            self.count(left, -1, later.goal);
        }
        let waits = self.alert(later.alert).is_some_and(|a| {
            a.spot.is_some_and(|spot| !spot.replay) || a.state == AlertState::Held
        });
        if waits {
            self.end_waiting(later.alert, Reason::Duplicate);
        } else if self.waits_in_carrier(later.alert) {
            self.leave_carrier(later.alert, Reason::Duplicate);
        }
    }

    fn claim(&mut self, at: Option<usize>, alert: AlertId, sale: &NewSale) {
        let NewSale { amount, test, .. } = *sale;
        let counted = !test;
        let goal = self.state.goal.as_ref().map(|goal| goal.since).filter(|_| counted);
        if let Some(purchase) = self.purchase(at) {
            purchase.sale = Some(Claim { alert, amount, test, returned: 0, counted, goal });
        }
        if let Some(amount) = amount.filter(|_| counted) {
            self.count(amount, 1, goal);
        }
    }

    /// Adds to the streamer's totals and, if it is still the one at hand, to the goal of the sale.
    fn count(&mut self, amount: Money, orders: i64, goal: Option<Position>) {
        let Money { minor, currency } = amount;
        self.change.facts.push(Fact::Total { currency, minor, orders });
        if let Some(progress) =
            self.state.goal.as_mut().filter(|at_hand| Some(at_hand.since) == goal)
        {
            progress.add(amount, orders);
        }
    }

    /// The order's number for its buyer, counted from 1. Tests count for nobody.
    fn count_order(&mut self, sale: &NewSale) -> u32 {
        let Some(key) = &sale.buyer else { return 1 };
        let orders = self.buyers.entry(key.clone()).or_default();
        let number = orders.saturating_add(1);
        if !sale.test {
            *orders = number;
            self.change.facts.push(Fact::Buyer { key: key.clone(), orders: 1 });
        }
        number
    }

    fn arrive(&mut self, event: &Event, sale: &NewSale) {
        let order_count = self.count_order(sale);
        let name = sale.name.clone().filter(|name| !name.is_empty());
        let age = self.now.since(sale.created);
        let late = age > LATE_AFTER;
        let rule = self.rule_of(sale, order_count);
        let then = rule.map(|(_, rule)| &rule.then);
        let by_rule = then.is_some_and(|then| then.hold).then_some(HeldBecause::Rule);
        // Also of what ends as it arrives: nobody has approved its words.
        let held = sale.held_for.or(by_rule);
        let mut alert = Alert {
            id: event.alert,
            event: event.id.clone(),
            kind: sale.kind,
            test: sale.test,
            created: sale.created,
            late,
            members: Vec::new(),
            buyer: Buyer {
                anonymous: name.is_none(),
                name: name.unwrap_or_else(|| Buyer::SOMEONE.into()),
                first_time: order_count == 1,
                order_count,
            },
            buyer_keys: sale.buyer.iter().chain(&sale.buyer_email).cloned().collect(),
            amount: sale.amount,
            items: sale.items.clone(),
            message: sale.message.clone().filter(|message| !message.is_empty()),
            message_withheld: then.is_some_and(|then| then.withholds_message(sale.amount)),
            look: then.and_then(Then::look),
            state: AlertState::Queued,
            reason: None,
            refunded: false,
            held_for: held,
            spot: None,
            entered: self.now,
            showing: 1,
            counted: 0,
            duration_ms: then
                .and_then(|then| then.duration)
                .map_or_else(|| self.duration_ms(), |length| millis(length.0)),
            proof: None,
            steps: Vec::new(),
        };
        let end = self.end_at_once(sale, age, then);
        if let Some((number, _)) = rule {
            alert.step("rule", self.now, Some(number.to_string()));
        }
        // What ends or is held as it arrives is never seen as queued, not even in its own first
        // entry.
        if let Some(reason) = end {
            alert.state = super::end_state(reason);
            alert.reason = Some(reason);
        } else if held.is_some() {
            alert.state = AlertState::Held;
        }
        self.rows.insert(event.alert, Row { alert, changed: true });
        self.log_alert(sale_entry(sale.kind), event.alert, false, json!({}));
        match (end, held) {
            (Some(reason), _) => self.end_unqueued(event.alert, reason),
            (None, Some(because)) => self.hold(event.alert, because),
            (None, None) => self.enter_queue(event.alert, false),
        }
    }

    fn log_dispute(&mut self, at: Option<usize>, lost: Option<bool>) {
        let outcome = match lost {
            None => "opened",
            Some(false) => "won",
            Some(true) => "lost",
        };
        if let Some(claim) = at.and_then(|at| self.purchases[at].0.sale) {
            self.log_alert(EntryType::Dispute, claim.alert, false, json!({ "outcome": outcome }));
        }
    }

    /// Brings totals, flag and queue in line with what has gone back of a purchase.
    fn settle_returns(&mut self, at: usize) {
        let (purchase, _) = &self.purchases[at];
        let Some(claim) = purchase.sale else { return };
        let Claim { alert, amount, returned: before, test, counted, goal } = claim;
        let Some(amount) = amount else {
            // Nothing to take out of a total, but what went back must not play.
            let gone = purchase.is_gone();
            return self.flag(alert, gone);
        };
        let returned = purchase.returned(amount);
        if returned == before {
            return;
        }
        let full = amount.minor > 0 && returned == amount.minor;
        if let Some(purchase) = self.purchase(Some(at)) {
            purchase.sale = Some(Claim { returned, counted: !test && !full, ..claim });
        }
        if !test {
            let orders = i64::from(!full) - i64::from(counted);
            self.count(Money { minor: before - returned, ..amount }, orders, goal);
        }
        self.flag(alert, full);
        let what = if returned > before { EntryType::Refund } else { EntryType::RefundReversed };
        let money = Money { minor: returned, ..amount };
        self.log_alert(what, alert, false, json!({ "returned": money.wire(), "full": full }));
    }

    fn flag(&mut self, id: AlertId, refunded: bool) {
        let now = self.now;
        let plays = self.state.playing().is_some_and(|play| play.alert == id);
        let Some(alert) = self.row(id).filter(|alert| alert.refunded != refunded) else { return };
        alert.refunded = refunded;
        alert.step(if refunded { "refunded" } else { "refund_reversed" }, now, None);
        let waits = alert.spot.is_some() || alert.state == AlertState::Held;
        if refunded && waits {
            self.end_waiting(id, Reason::Refunded);
        } else if refunded && plays {
            self.end_play(Reason::Refunded, None);
        } else if refunded && self.waits_in_carrier(id) {
            self.leave_carrier(id, Reason::Refunded);
        }
    }
}

fn sale_entry(kind: AlertKind) -> EntryType {
    match kind {
        // A carrier is made here, of sales that were told one by one.
        AlertKind::Sale | AlertKind::Digest | AlertKind::Combo => EntryType::Sale,
        AlertKind::Tip => EntryType::Tip,
        AlertKind::Subscription => EntryType::SubscriptionStarted,
        AlertKind::Renewal => EntryType::SubscriptionRenewed,
    }
}
