//! A channel on a model store, a clock that moves when told, and pages that say what they are told.

use std::time::Duration;

use super::model::{Model, assert_due_makes_progress};
use crate::{
    alert::{Alert, AlertKind, AlertState, HeldBecause, Item, Reason},
    channel::{
        Ack, Channel, EntryType, Event, Here, Input, NewSale, Refusal, Reply, Said, Waiting, What,
    },
    connection::{Connection, Mode, OverlayKind, SourceState},
    id::{AlertId, ConnectionId, NodeId, OverlayId},
    money::{Currency, Money},
    position::Position,
    settings::{Goal, Settings},
    store::{Committed, Names},
    stripe::sale::{IdKind, PurchaseId},
    time::Timestamp,
};

/// When every story begins; long after the node's start, so that only what is meant holds back.
pub(super) const DAWN: Timestamp = Timestamp::from_secs(1_700_000_000);

pub(super) struct Stage {
    pub(super) model: Model,
    pub(super) settings: Settings,
    pub(super) here: Here,
    events: u128,
}

pub(super) fn con(number: u128) -> ConnectionId {
    ConnectionId::from_u128(number)
}

pub(super) fn node(number: u128) -> NodeId {
    NodeId::from_u128(number)
}

pub(super) fn usd(minor: i64) -> Money {
    Money { minor, currency: Currency::USD }
}

pub(super) fn session(id: &str) -> PurchaseId {
    PurchaseId::new(IdKind::Session, id)
}

pub(super) fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A live page of kind alerts on node 1, of which OBS said nothing.
pub(super) fn page(number: u128) -> Connection {
    Connection {
        id: con(number),
        node: node(1),
        streamer: "mika".parse().unwrap(),
        overlay: OverlayId::from_u128(1),
        overlay_name: "main".into(),
        kind: OverlayKind::Alerts,
        mode: Mode::Live,
        since: DAWN,
        remote: [127, 0, 0, 1].into(),
        client: Box::default(),
        obs: None,
        chrome: None,
        muted: false,
        source: SourceState::default(),
        heard_at: DAWN,
        round_trip_ms: None,
    }
}

pub(super) fn sale(amount: i64, created: Timestamp) -> NewSale {
    NewSale {
        kind: AlertKind::Sale,
        test: false,
        hidden: false,
        held_for: None,
        created,
        name: Some("mika".into()),
        buyer: None,
        buyer_email: None,
        amount: Some(usd(amount)),
        items: Vec::new(),
        message: Some("hello".into()),
    }
}

pub(super) fn item(name: &str, quantity: u32) -> Item {
    Item { name: name.into(), variant: None, quantity, image: None }
}

impl Stage {
    pub(super) fn new() -> Self {
        let here = Here { node: node(1), node_started: DAWN - secs(3600), draining: false };
        Self { model: Model::new(DAWN), settings: Settings::default(), here, events: 0 }
    }

    /// A stage with page 1 on it.
    pub(super) fn with_page() -> Self {
        let mut stage = Self::new();
        stage.register(page(1));
        stage
    }

    pub(super) fn apply(&mut self, input: Input) -> Result<Reply, Refusal> {
        self.apply_all(vec![input]).remove(0)
    }

    /// Applies inputs in one commit.
    pub(super) fn apply_all(&mut self, inputs: Vec<Input>) -> Vec<Result<Reply, Refusal>> {
        let mut names = Names::default();
        inputs.iter().for_each(|input| input.name(&mut names));
        let loaded = self.model.load(&names);
        let token = loaded.token;
        let mut channel = Channel::new(loaded, &names, &self.settings, self.here);
        let replies: Vec<_> = inputs.into_iter().map(|input| channel.apply(input)).collect();
        if let Some(change) = channel.take_change() {
            assert_eq!(self.model.commit(token, change), Committed::Done);
        }
        // What is refused changes nothing, not even what is due.
        if replies.last().is_some_and(Result::is_ok) {
            assert_due_makes_progress(&channel);
        }
        replies
    }

    pub(super) fn done(&mut self, input: Input) {
        assert_eq!(self.apply(input), Ok(Reply::Done));
    }

    /// Whether an input changes anything.
    pub(super) fn changes(&mut self, input: Input) -> bool {
        let before = self.model.clone();
        let _refused_or_not = self.apply(input);
        before.state != self.model.state
            || before.alerts != self.model.alerts
            || before.entries != self.model.entries
    }

    pub(super) fn tick(&mut self) {
        self.done(Input::Tick);
    }

    pub(super) fn wait(&mut self, length: Duration) {
        self.model.now = self.model.now + length;
        self.tick();
    }

    pub(super) fn register(&mut self, connection: Connection) {
        let now = self.model.now;
        self.model.register(Connection { heard_at: now, ..connection });
        self.tick();
    }

    pub(super) fn leave(&mut self, number: u128) {
        self.model.connections.remove(&con(number)).expect("it was there");
        self.done(Input::Left);
    }

    /// Any frame of a page arrives.
    pub(super) fn hear(&mut self, number: u128) {
        let now = self.model.now;
        self.model.connections.get_mut(&con(number)).unwrap().heard_at = now;
        self.tick();
    }

    pub(super) fn event(&mut self, ids: &[PurchaseId], what: What) -> Event {
        self.events += 1;
        Event {
            id: format!("evt_{}", self.events).parse().unwrap(),
            alert: AlertId::from_u128(self.events),
            stored: self.model.now,
            ids: ids.to_vec(),
            what,
        }
    }

    pub(super) fn tell(&mut self, ids: &[PurchaseId], what: What) -> AlertId {
        let event = self.event(ids, what);
        match self.apply(Input::Event(event)) {
            Ok(Reply::Alert(id)) => id,
            other => panic!("{other:?}"),
        }
    }

    /// A sale of 10 dollars, paid now.
    pub(super) fn sell(&mut self) -> AlertId {
        let name = format!("cs_{}", self.events);
        let sale = sale(1000, self.model.now);
        self.tell(&[session(&name)], What::Sale(sale))
    }

    /// This sale, as a purchase of its own.
    pub(super) fn sell_as(&mut self, sale: NewSale) -> AlertId {
        let name = format!("cs_{}", self.events);
        self.tell(&[session(&name)], What::Sale(sale))
    }

    /// A sale of one line, paid now.
    pub(super) fn sell_item(&mut self, product: &str, quantity: u32) -> AlertId {
        let name = format!("cs_{}", self.events);
        let items = vec![item(product, quantity)];
        let sale = NewSale { items, ..sale(1000, self.model.now) };
        self.tell(&[session(&name)], What::Sale(sale))
    }

    pub(super) fn sell_many(&mut self, count: usize) {
        for _ in 0..count {
            self.sell();
        }
    }

    /// A sale that is told 10 minutes late.
    pub(super) fn sell_late(&mut self) -> AlertId {
        let name = format!("cs_{}", self.events);
        let sale = sale(1000, self.model.now - secs(600));
        self.tell(&[session(&name)], What::Sale(sale))
    }

    pub(super) fn sell_test(&mut self) -> AlertId {
        let sale = NewSale { test: true, ..sale(1000, self.model.now) };
        self.tell(&[], What::Sale(sale))
    }

    /// The id by which [`Stage::sell`] named the purchase of its alert.
    pub(super) fn purchase_of(&self, alert: AlertId) -> PurchaseId {
        session(&format!("cs_{}", alert.as_u128() - 1))
    }

    pub(super) fn refund(&mut self, alert: AlertId, minor: i64) {
        let id = self.purchase_of(alert);
        let what = What::Refund {
            key: "re_1".into(),
            amount: Some(usd(minor)),
            total: None,
            whole: false,
        };
        self.tell(&[id], what);
    }

    /// The streamer sets another goal, or none.
    pub(super) fn set_goal(&mut self, goal: Option<Goal>) {
        self.settings.goal = goal;
        self.settings.version += 1;
        self.tick();
    }

    /// A sale that a person has to approve.
    pub(super) fn hold(&mut self) -> AlertId {
        let name = format!("cs_{}", self.events);
        let held_for = Some(HeldBecause::Words);
        let sale = NewSale { held_for, ..sale(1000, self.model.now) };
        self.tell(&[session(&name)], What::Sale(sale))
    }

    fn ack(&self, number: u128, (alert, lease): (AlertId, Position), what: Said) -> Input {
        let source = self.model.connections.get(&con(number)).map(|c| c.source);
        Input::Ack(Ack {
            connection: con(number),
            overlay: OverlayId::from_u128(1),
            alert,
            lease,
            source: source.unwrap_or_default(),
            sent: None,
            what,
        })
    }

    pub(super) fn say_of(&mut self, number: u128, of: (AlertId, Position), what: Said) -> Reply {
        self.apply(self.ack(number, of, what)).unwrap()
    }

    /// A page shows the newest play to its end, in one commit.
    pub(super) fn show_at_once(&mut self, number: u128) {
        let whole = [Said::Started { audio: None }, Said::Finished];
        let acks = whole.map(|said| self.ack(number, self.newest(), said));
        let replies = self.apply_all(acks.into());
        assert_eq!(replies, [Ok(Reply::Noted); 2]);
    }

    /// A page says something of the newest play.
    pub(super) fn say(&mut self, number: u128, what: Said) -> Reply {
        self.say_of(number, self.newest(), what)
    }

    pub(super) fn started(&mut self, number: u128) {
        assert_eq!(self.say(number, Said::Started { audio: Some(true) }), Reply::Noted);
    }

    pub(super) fn finished(&mut self, number: u128) {
        assert_eq!(self.say(number, Said::Finished), Reply::Noted);
    }

    pub(super) fn failed(&mut self, number: u128) {
        assert_eq!(self.say(number, Said::Failed { reason: "no".into() }), Reply::Noted);
    }

    pub(super) fn newest(&self) -> (AlertId, Position) {
        let play = self.model.state.play.as_ref().expect("something played");
        (play.alert, play.lease)
    }

    /// What plays now.
    pub(super) fn playing(&self) -> Option<AlertId> {
        self.model.state.playing().map(|play| play.alert)
    }

    pub(super) fn alert(&self, id: AlertId) -> &Alert {
        &self.model.alerts[&id]
    }

    /// State and reason of an alert.
    pub(super) fn end(&self, id: AlertId) -> (AlertState, Option<Reason>) {
        let alert = self.alert(id);
        (alert.state, alert.reason)
    }

    /// The types of the entries so far.
    pub(super) fn log(&self) -> Vec<EntryType> {
        self.model.entries.iter().map(|entry| entry.what).collect()
    }

    pub(super) fn waiting(&self) -> Option<Waiting> {
        let names = Names::default();
        Channel::new(self.model.load(&names), &names, &self.settings, self.here).waiting()
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let names = Names::default();
        Channel::new(self.model.load(&names), &names, &self.settings, self.here).next_due()
    }

    pub(super) fn total(&self) -> (i64, i64) {
        self.model.totals.get(&Currency::USD).copied().unwrap_or_default()
    }
}
