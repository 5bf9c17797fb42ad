//! The world of one history: a store, nodes, sockets, pages, and all that happens to them.

mod faults;
mod hub;
mod rest;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tillbell::{
    alert::{AlertKind, Item},
    channel::{Event, Input, NewSale, What},
    id::{AlertId, ConnectionId, EventId},
    money::{Currency, Money},
    position::Position,
    session::{Join, Session},
    settings::Settings,
    stripe::sale::{IdKind, PurchaseId},
    time::Timestamp,
};

use super::{
    disk::{Disk, Record, Ticket},
    model::Model,
    node::Node,
    page::{Character, Page, Told},
};
use crate::support::Random;

const DAWN: Timestamp = Timestamp::from_secs(1_700_000_000);

/// Purchases of a history in which each is told of often.
const FEW: u64 = 12;

/// An open connection, on its node.
struct Socket {
    page: usize,
    node: usize,
    session: Session,
    since: Option<Timestamp>,
    join: Option<(Box<Join>, usize)>,
    /// Passed over, and asked for a sign of life.
    asked: bool,
}

/// What is on its way.
enum Mail {
    Up(ConnectionId, String),
    Down(ConnectionId, Told),
    /// A node learns that a connection is gone.
    Gone(ConnectionId),
}

pub(super) struct World {
    pub(super) model: Model,
    pub(super) disk: Disk,
    seed: u64,
    random: Random,
    settings: Settings,
    nodes: Vec<Node>,
    pages: Vec<Page>,
    sockets: BTreeMap<ConnectionId, Socket>,
    mail: BTreeMap<(Timestamp, u64), Mail>,
    /// What Stripe has to tell, and what of it was answered 200.
    events: Vec<Event>,
    answered: BTreeSet<EventId>,
    /// Deliveries that wait for their 200: to which node, and the write that must be durable first.
    deliveries: Vec<(usize, Event, Ticket)>,
    /// Showings of which a `started` counted.
    started: BTreeMap<(AlertId, u32), Position>,
    /// Showings drawn by any page that ever was.
    drawn: Vec<(AlertId, u32)>,
    numbers: u64,
    /// How many of a hundred sales are told late.
    late: u64,
    /// How many purchases there may be: of few, many events; of many, a queue that grows.
    purchases: u64,
    slow: bool,
}

/// What a purchase is of: one of two things, or it does not say.
fn product(purchase: u64) -> Vec<Item> {
    let name = ["Hoodie", "Hoodie", "Mug"].get(usize::try_from(purchase % 5).unwrap_or(0));
    let line = |name: &&str| Item { name: (*name).into(), variant: None, quantity: 1, image: None };
    name.map(line).into_iter().collect()
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let nodes = (0..1 + random.index(3)).map(|n| Node::new(n as u128 + 1, DAWN)).collect();
        let characters = [
            Character::Honest,
            Character::Honest,
            Character::Honest,
            Character::Late,
            Character::Silent,
            Character::Liar,
        ];
        let pages = (0..1 + random.index(4))
            .map(|_| Page::new(random.pick(&characters), random.chance(10)))
            .collect();
        let late = random.pick(&[0, 0, 30, 95]);
        let purchases = random.pick(&[FEW, FEW, 200]);
        Self {
            model: Model::new(DAWN),
            disk: Disk::default(),
            seed,
            random,
            settings: Settings { missed_after: Duration::from_mins(2), ..Settings::default() },
            nodes,
            pages,
            sockets: BTreeMap::new(),
            mail: BTreeMap::new(),
            events: Vec::new(),
            answered: BTreeSet::new(),
            deliveries: Vec::new(),
            started: BTreeMap::new(),
            drawn: Vec::new(),
            numbers: 100,
            late,
            purchases,
            slow: true,
        }
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// One thing happens. Which, depends on its number alone.
    pub(super) fn step(&mut self, number: u64) {
        self.random = Random::of_step(self.seed, number);
        match self.random.below(100) {
            0 if self.purchases > FEW => (0..15).for_each(|_| self.event()),
            0..12 => self.event(),
            12..18 => self.redeliver(),
            18..60 => {
                let node = self.random.index(self.nodes.len());
                self.go_on(node);
            }
            60..80 => self.some_time_passes(),
            80..88 => self.connect_somebody(),
            88..93 => self.trouble(),
            93..96 => self.click(),
            96..98 => self.lie(),
            _ => self.source_changes(),
        }
        self.remember_drawings();
    }

    fn event(&mut self) {
        let purchase = |n: u64| PurchaseId::new(IdKind::Session, format!("cs_{n}"));
        let (one, other) = (self.random.below(self.purchases), self.random.below(self.purchases));
        let money = Money { minor: 1000, currency: Currency::USD };
        let age = Duration::from_mins(if self.random.chance(self.late) { 10 } else { 0 });
        let mut ids = vec![purchase(one)];
        let what = match self.random.below(10) {
            0..6 => What::Sale(NewSale {
                kind: AlertKind::Sale,
                test: one % 4 == 3,
                hidden: false,
                held_for: None,
                created: self.model.now - age,
                name: None,
                buyer: None,
                buyer_email: None,
                amount: Some(money),
                items: product(one),
                message: None,
            }),
            6 | 7 => What::Refund {
                key: format!("re_{other}"),
                amount: Some(Money { minor: 400, ..money }),
                total: None,
                whole: false,
            },
            8 => What::Dispute {
                key: "dp".into(),
                lost: self.random.chance(50).then_some(self.random.chance(50)),
                amount: None,
            },
            _ => {
                ids.push(purchase(other));
                What::Join
            }
        };
        let number = self.number();
        let event = Event {
            id: format!("evt_{number}").parse().unwrap(),
            alert: AlertId::from_u128(number.into()),
            stored: self.model.now,
            ids,
            what,
        };
        self.events.push(event.clone());
        self.tell(event);
    }

    /// Stripe delivers an event to any node, which writes it.
    fn tell(&mut self, event: Event) {
        let node = self.random.index(self.nodes.len());
        let ticket = self.disk.write(Record::Accept(Box::new(event.clone())));
        self.deliveries.push((node, event, ticket));
    }

    /// Answers 200 to what is durable, and brings it to its channel.
    fn answer(&mut self) {
        for (node, event, ticket) in std::mem::take(&mut self.deliveries) {
            if self.disk.outcome(ticket).is_none() {
                self.deliveries.push((node, event, ticket));
            } else if self.answered.insert(event.id.clone()) {
                self.nodes[node].hand_in(Input::Event(event));
            }
        }
    }

    /// Events that were accepted and have no outcome.
    fn unsettled(&self) -> Vec<Event> {
        let open = |event: &&Event| !self.model.settled.contains_key(&event.id);
        self.disk.accepted.iter().filter(open).cloned().collect()
    }

    /// Events that Stripe will deliver again.
    fn unanswered(&self) -> Vec<Event> {
        let open = |event: &&Event| !self.answered.contains(&event.id);
        self.events.iter().filter(open).cloned().collect()
    }

    /// A retry of Stripe's, which may come though it was told 200, or a sweep: an event without an
    /// outcome is handed in (again), anywhere.
    fn redeliver(&mut self) {
        let open = self.unsettled();
        let all = if self.random.chance(20) { self.events.clone() } else { self.unanswered() };
        if self.random.chance(50) && !all.is_empty() {
            let event = self.random.pick(&all);
            self.tell(event);
        } else if !open.is_empty() {
            let event = self.random.pick(&open);
            let node = self.random.index(self.nodes.len());
            self.nodes[node].hand_in(Input::Event(event));
        }
    }

    fn some_time_passes(&mut self) {
        let length = match self.random.below(40) {
            0 => 600_000,
            1..4 => self.random.below(30_000),
            4..12 => self.random.below(6_000),
            _ => self.random.below(1_000),
        };
        self.pass(Duration::from_millis(length));
    }

    /// Moves the clock, and brings what arrives meanwhile, each at its time.
    fn pass(&mut self, length: Duration) {
        let until = self.model.now + length;
        while let Some((&at, _)) = self.mail.first_key_value().filter(|((at, _), _)| *at <= until) {
            let mail = self.mail.remove(&at).expect("it was the first");
            self.model.now = self.model.now.max(at.0);
            self.draw();
            self.deliver(mail);
        }
        self.model.now = until;
        self.draw();
    }

    fn draw(&mut self) {
        for page in 0..self.pages.len() {
            let frames = self.pages[page].tick(self.model.now);
            frames.into_iter().for_each(|frame| self.send_up(page, frame.to_string()));
        }
    }

    fn post(&mut self, delay_ms: u64, mail: Mail) {
        let at = self.model.now + Duration::from_millis(delay_ms);
        let number = self.number();
        self.mail.insert((at, number), mail);
    }

    fn send_up(&mut self, page: usize, text: String) {
        let Some(connection) = self.pages[page].connection else { return };
        let late = self.slow && self.pages[page].character == Character::Late;
        let delay = if late { 3_000 + self.random.below(6_000) } else { self.random.below(50) };
        self.post(delay, Mail::Up(connection, text));
    }

    fn send_down(&mut self, connection: ConnectionId, told: Told) {
        let delay = self.random.below(50);
        self.post(delay, Mail::Down(connection, told));
    }

    fn deliver(&mut self, mail: Mail) {
        match mail {
            Mail::Up(connection, text) => self.receive(connection, &text),
            Mail::Down(connection, told) => {
                let Some(socket) = self.sockets.get(&connection) else { return };
                let page = socket.page;
                if self.pages[page].connection == Some(connection) {
                    let frames = self.pages[page].receive(&told, self.model.now);
                    frames.into_iter().for_each(|frame| self.send_up(page, frame.to_string()));
                }
            }
            Mail::Gone(connection) => {
                self.sockets.remove(&connection);
                if self.model.connections.remove(&connection).is_some() {
                    let node = self.random.index(self.nodes.len());
                    self.nodes[node].hand_in(Input::Left);
                }
            }
        }
    }

    /// What has begun once is never begun again by itself, nor drawn again on a card of several.
    fn check_play(&mut self) {
        let Some(play) = &self.model.state.play else { return };
        let drawn = play.members.iter().find(|member| self.drawn.contains(&(**member, 1)));
        assert_eq!(drawn, None, "it was drawn before its carrier was: {play:?}");
        let showing = (play.alert, play.showing);
        if let Some(lease) = self.started.get(&showing) {
            assert_eq!(*lease, play.lease, "a showing that had begun was played again: {play:?}");
        } else if play.started.is_some() {
            self.started.insert(showing, play.lease);
        }
    }

    fn remember_drawings(&mut self) {
        for page in &self.pages {
            for drawn in &page.drawn {
                if !self.drawn.contains(drawn) {
                    self.drawn.push(*drawn);
                }
            }
        }
    }
}
