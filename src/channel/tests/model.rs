//! A store in memory that does with a channel exactly what `store.rs` promises, and complains at
//! once when a change breaks what every change must keep. Also used by `tests/it/sim.rs`.

use std::{collections::BTreeMap, sync::Arc};

use super::tillbell::{
    alert::{Alert, AlertKind, AlertState},
    channel::{Channel, Claim, Entry, Purchase, State},
    connection::{Connection, Mode, OverlayKind},
    id::{AlertId, ConnectionId, EventId},
    money::Currency,
    position::Epoch,
    store::{BuyerKey, Change, Committed, Fact, HEAD, Loaded, Names, Settlement, Token},
    stripe::sale::PurchaseId,
    time::Timestamp,
};

/// One streamer's part of a store.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) now: Timestamp,
    pub(crate) state: State,
    pub(crate) alerts: BTreeMap<AlertId, Alert>,
    pub(crate) purchases: BTreeMap<AlertId, Purchase>,
    pub(crate) ids: BTreeMap<PurchaseId, AlertId>,
    pub(crate) buyers: BTreeMap<BuyerKey, u32>,
    pub(crate) totals: BTreeMap<Currency, (i64, i64)>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) settled: BTreeMap<EventId, Settlement>,
    pub(crate) connections: BTreeMap<ConnectionId, Connection>,
    /// Set to have the next commit begin a history.
    pub(crate) new_epoch: Option<Epoch>,
    last_registered: Option<Timestamp>,
    token: u64,
}

impl Model {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            now,
            state: State::new(Epoch(7)),
            alerts: BTreeMap::new(),
            purchases: BTreeMap::new(),
            ids: BTreeMap::new(),
            buyers: BTreeMap::new(),
            totals: BTreeMap::new(),
            entries: Vec::new(),
            settled: BTreeMap::new(),
            connections: BTreeMap::new(),
            new_epoch: None,
            last_registered: None,
            token: 0,
        }
    }

    pub(crate) fn register(&mut self, connection: Connection) {
        if connection.mode == Mode::Live && connection.kind == OverlayKind::Alerts {
            self.last_registered = Some(self.now);
        }
        self.connections.insert(connection.id, connection);
    }

    pub(crate) fn load(&self, names: &Names) -> Loaded {
        let head = self.head();
        let purchases = names.purchases.iter().filter_map(|id| self.ids.get(id));
        let mut purchases: Vec<Purchase> =
            purchases.map(|set| self.purchases[set].clone()).collect();
        purchases.sort_by_key(|purchase| purchase.id);
        purchases.dedup_by_key(|purchase| purchase.id);
        let sales = purchases.iter().filter_map(|purchase| Some(purchase.sale?.alert));
        let newest = self.state.play.iter();
        let played =
            newest.flat_map(|play| std::iter::once(play.alert).chain(play.members.clone()));
        let mut named: Vec<AlertId> =
            names.alerts.iter().copied().chain(sales).chain(played).collect();
        named.sort();
        named.dedup();
        Loaded {
            new_epoch: self.new_epoch,
            state: self.state.clone(),
            head,
            named: named.iter().filter_map(|id| self.alerts.get(id).cloned()).collect(),
            purchases,
            buyers: names.buyers.iter().map(|k| *self.buyers.get(k).unwrap_or(&0)).collect(),
            // A store may list them in any order: what the rules prefer must not be what comes first.
            connections: self.connections.values().rev().cloned().map(Arc::new).collect(),
            last_registered: self.last_registered,
            token: Token(self.token),
            now: self.now,
        }
    }

    fn head(&self) -> Vec<Alert> {
        let spot = |alert: &&Alert| alert.spot.map(|spot| (spot.order, spot.entered));
        let mut queued: Vec<_> = self.alerts.values().filter(|a| a.spot.is_some()).collect();
        queued.sort_by_key(|alert| spot(alert).map(|(order, _)| order));
        let mut tests: Vec<_> = queued.iter().copied().filter(|alert| alert.test).collect();
        tests.sort_by_key(|alert| spot(alert).map(|(order, entered)| (entered, order)));
        let mut held: Vec<_> =
            self.alerts.values().filter(|a| a.state == AlertState::Held).collect();
        held.sort_by_key(|alert| (alert.entered, alert.id));
        let mut head: Vec<Alert> = Vec::new();
        for alert in [queued, tests, held].iter().flat_map(|part| part.iter().take(HEAD)) {
            if head.iter().all(|other| other.id != alert.id) {
                head.push((*alert).clone());
            }
        }
        head
    }

    pub(crate) fn commit(&mut self, token: Token, change: Change) -> Committed {
        if token != Token(self.token) {
            return Committed::Conflict;
        }
        if let Some((id, _)) = change.settles.iter().find(|(id, _)| self.settled.contains_key(id)) {
            return Committed::AlreadySettled(id.clone());
        }
        self.token += 1;
        let state = change.state.expect("a change has a state");
        let positions = change.entries.iter().map(|entry| entry.position.offset);
        if let Some(epoch) = self.new_epoch.take() {
            assert_eq!(state.epoch, epoch);
            self.state.offset = 0;
            self.entries.clear();
        }
        let gapless = self.state.offset + 1..=state.offset;
        assert!(positions.eq(gapless), "offsets have a gap: {:?}", change.entries);
        let bytes = serde_json::to_string(&state).unwrap().len();
        assert!(bytes <= 4096, "a state of {bytes} bytes");
        self.state = state;
        for alert in change.alerts {
            if let Some(before) = self.alerts.insert(alert.id, alert.clone()) {
                allowed(&before, &alert);
            }
        }
        for purchase in change.purchases {
            self.ids.extend(purchase.ids.iter().map(|id| (id.clone(), purchase.id)));
            self.purchases.insert(purchase.id, purchase);
        }
        for absorbed in change.absorbed {
            self.purchases.remove(&absorbed);
        }
        self.entries.extend(change.entries);
        change.facts.iter().for_each(|fact| self.add(fact));
        for (id, outcome) in change.settles {
            assert_eq!(self.settled.insert(id, outcome), None, "an event has one outcome");
        }
        self.check();
        Committed::Done
    }

    fn add(&mut self, fact: &Fact) {
        match fact {
            Fact::Total { currency, minor, orders } => {
                let total = self.totals.entry(*currency).or_default();
                *total = (total.0 + minor, total.1 + orders);
            }
            Fact::Buyer { key, orders } => {
                let count = self.buyers.entry(key.clone()).or_default();
                *count = count.saturating_add_signed(i32::try_from(*orders).unwrap());
            }
            Fact::Forgotten(key) => drop(self.buyers.remove(key)),
        }
    }

    /// What holds after every commit, whatever happened.
    pub(crate) fn check(&self) {
        let waiting = self.alerts.values().filter(|alert| alert.spot.is_some()).count();
        assert_eq!(
            u32::try_from(waiting).unwrap(),
            self.state.waiting,
            "waiting is a count of rows"
        );
        let mut orders: Vec<_> =
            self.alerts.values().filter_map(|alert| Some(alert.spot?.order)).collect();
        orders.sort_unstable();
        assert!(orders.windows(2).all(|two| two[0] < two[1]), "two rows in one place: {orders:?}");
        let (playing, carrier) = (self.state.playing(), self.carrier());
        for alert in self.alerts.values() {
            let plays = playing.is_some_and(|play| play.alert == alert.id && !play.replay);
            let own_spot = alert.spot.is_some_and(|spot| !spot.replay);
            let carried = carrier.filter(|carrier| carrier.members.contains(&alert.id));
            let with = |state| carried.is_some_and(|carrier| carrier.state == state);
            let plays = plays || with(AlertState::Playing);
            assert_eq!(alert.state == AlertState::Playing, plays, "{alert:?}");
            let waits = own_spot || with(AlertState::Queued);
            assert_eq!(alert.state == AlertState::Queued, waits, "{alert:?}");
            assert!(!(waits && alert.refunded), "refunded, and waits: {alert:?}");
            assert_eq!(
                alert.state.is_end(),
                alert.reason.is_some(),
                "ends have reasons: {alert:?}"
            );
            assert!(!(alert.refunded && alert.spot.is_some()), "refunded, and waits: {alert:?}");
            self.check_carrier(alert);
        }
        for purchase in self.purchases.values() {
            assert!(purchase.ids.iter().all(|id| self.ids[id] == purchase.id), "{purchase:?}");
        }
        self.check_goal();
    }

    /// The goal is the sum over the sales that count towards it.
    fn check_goal(&self) {
        let Some(progress) = &self.state.goal else { return };
        let claims = self.purchases.values().filter_map(|purchase| purchase.sale);
        let sales = claims.filter(|claim| claim.goal == Some(progress.since));
        let counts = |claim: Claim| {
            let amount = claim.amount?;
            let minor = amount.minor - claim.returned;
            match progress.goal.target.currency() {
                None => Some(i64::from(claim.counted)),
                Some(currency) => Some(minor).filter(|_| amount.currency == currency),
            }
        };
        let sum: i64 = sales.filter_map(counts).sum();
        assert_eq!(progress.done, sum, "{progress:?}");
    }
}

impl Model {
    /// The carrier of the newest play.
    fn carrier(&self) -> Option<&Alert> {
        let newest = self.alerts.get(&self.state.play.as_ref()?.alert)?;
        (!newest.members.is_empty()).then_some(newest)
    }

    /// What holds of every carrier.
    fn check_carrier(&self, alert: &Alert) {
        let members: Vec<_> = alert.members.iter().map(|id| &self.alerts[id]).collect();
        if members.is_empty() {
            return;
        }
        assert!(members.len() <= 20 && !alert.refunded, "{alert:?}");
        assert!(alert.spot.is_none_or(|spot| !spot.replay), "a carrier is not replayed: {alert:?}");
        let newest = self.carrier().is_some_and(|carrier| carrier.id == alert.id);
        assert!(newest || alert.state.is_end(), "a carrier that has not ended is the newest");
        check_combo(alert, &members);
        let sum: i64 = members.iter().filter_map(|member| Some(member.amount?.minor)).sum();
        assert_eq!(alert.amount.map_or(0, |amount| amount.minor), sum, "{alert:?}");
        for member in members {
            assert!(member.members.is_empty() && member.test == alert.test, "{member:?}");
            // A replay may have shown it since.
            let shown = member.state == AlertState::Shown && member.showing > 1;
            assert!(shown || member.state == alert.state, "{alert:?} carries {member:?}");
        }
    }
}

/// What holds of a combo: it is of one product, all of which it counts.
fn check_combo(alert: &Alert, members: &[&Alert]) {
    if alert.kind != AlertKind::Combo {
        assert!(!alert.test && alert.items.is_empty(), "{alert:?}");
        return;
    }
    let [of] = &*alert.items else { panic!("a combo is of one product: {alert:?}") };
    let lines = || members.iter().flat_map(|member| &member.items);
    assert!(lines().all(|item| item.name == of.name), "{members:?}");
    assert_eq!(lines().map(|item| item.quantity).sum::<u32>(), of.quantity, "{members:?}");
    assert!(members.iter().all(|member| member.kind == members[0].kind), "{members:?}");
}

/// An ended alert stays as it ended, but for late acknowledgements, replays and second thoughts.
fn allowed(before: &Alert, after: &Alert) {
    use AlertState::{Interrupted, Missed, Playing, Queued, Rejected, Shown, Silent, Skipped};
    assert_eq!((before.id, before.test), (after.id, after.test));
    // A carrier's amount is what its members are worth, and they may become fewer.
    assert!(before.amount == after.amount || before.members.len() > after.members.len());
    if !before.state.is_end() || (before.state, before.reason) == (after.state, after.reason) {
        return;
    }
    let fine = match (before.state, after.state) {
        // A late `started` or `finished`, or a replay that was shown.
        (Missed, Playing | Shown) | (Interrupted | Skipped | Silent, Shown) => true,
        // `shown` again, by a replay with another proof.
        (Shown, Shown) => true,
        // Approved after all; several inputs may have met in one commit.
        (Rejected, Queued | Playing | Silent | Missed | Skipped) => true,
        // A late `started`, and an end, in one commit.
        (Missed, Interrupted | Skipped) => true,
        _ => false,
    };
    assert!(fine, "an end was undone: {before:?} -> {after:?}");
}

/// Nothing may be due that applying has just passed over, or a node would look for ever.
pub(crate) fn assert_due_makes_progress(channel: &Channel<'_>) {
    let Some(due) = channel.next_due() else { return };
    let state = channel.state();
    let behind_the_head = state.waiting > 0 && channel.queue().is_empty();
    let more_to_load = state.clearing.is_some() || behind_the_head;
    assert!(due > channel.now() || more_to_load, "due {due:?} and passed over: {state:?}");
}
