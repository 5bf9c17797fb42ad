//! What goes wrong, and what people do.

use std::time::Duration;

use serde_json::json;
use tillbell::{
    channel::{Input, Verdict},
    id::{AlertId, ConnectionId},
    position::{Epoch, Position},
    session::Session,
    time::Timestamp,
};

use super::{super::node::Node, Character, Mail, Socket, World};

impl World {
    pub(super) fn connect_somebody(&mut self) {
        let page = self.random.index(self.pages.len());
        if self.pages[page].connection.is_none() {
            self.connect(page);
        }
    }

    pub(super) fn connect(&mut self, page: usize) {
        let id = ConnectionId::from_u128(self.number().into());
        let node = self.random.index(self.nodes.len());
        let session = Session::new(self.model.now, Some("ovk".into()), 500);
        let socket = Socket { page, node, session, since: None, join: None, asked: false };
        self.sockets.insert(id, socket);
        self.pages[page].connection = Some(id);
        let hello = self.pages[page].hello();
        self.post(0, Mail::Up(id, hello));
    }

    /// A socket breaks, a page reloads, a browser dies, a node dies.
    pub(super) fn trouble(&mut self) {
        let page = self.random.index(self.pages.len());
        match self.random.below(20) {
            0..9 => self.cut(page),
            9..13 => {
                self.cut(page);
                self.pages[page].reload();
            }
            13..16 => {
                self.cut(page);
                self.remember_drawings();
                self.pages[page].begin_anew();
            }
            16..18 => {
                let node = self.random.index(self.nodes.len());
                self.kill(node);
            }
            _ => self.everything_stops(),
        }
    }

    /// A socket breaks; its node may take a while to see it.
    pub(super) fn cut(&mut self, page: usize) {
        if let Some(id) = self.pages[page].connection.take() {
            let delay = if self.random.chance(50) { 0 } else { self.random.below(20_000) };
            self.post(delay, Mail::Gone(id));
        }
    }

    /// All that was only in its memory is lost; its connections are missed within 10 s.
    fn kill(&mut self, node: usize) {
        self.deliveries.retain(|(at, ..)| *at != node);
        let number = self.number();
        self.nodes[node] = Node::new(number.into(), self.model.now);
        let of_node = |(id, socket): (&ConnectionId, &Socket)| (socket.node == node).then_some(*id);
        let lost: Vec<ConnectionId> = self.sockets.iter().filter_map(of_node).collect();
        for id in lost {
            let socket = self.sockets.remove(&id).expect("it was just seen");
            self.pages[socket.page].connection.take_if(|connection| *connection == id);
            let delay = self.random.below(10_000);
            self.post(delay, Mail::Gone(id));
        }
    }

    /// All nodes die, the store's process with them, or the power goes; and the clock may come back
    /// hours off.
    fn everything_stops(&mut self) {
        for node in 0..self.nodes.len() {
            self.kill(node);
        }
        if self.random.chance(50) {
            self.disk.power_cut(&mut self.model, &mut self.random);
        } else {
            self.disk.process_crash(&mut self.model, &mut self.random);
        }
        self.check_play();
        for event in &self.answered {
            assert!(self.disk.has_accepted(event), "answered 200, and lost: {event}");
        }
        if self.random.chance(30) {
            let length = Duration::from_millis(self.random.below(6 * 3_600_000));
            let back = self.random.chance(50);
            self.jump(|at| if back { at - length } else { at + length });
        }
        for node in 0..self.nodes.len() {
            self.nodes[node].here.node_started = self.model.now;
        }
    }

    /// The store's clock jumps; what is on its way comes no later for that.
    fn jump(&mut self, jump: impl Fn(Timestamp) -> Timestamp) {
        self.model.now = jump(self.model.now);
        let mail = std::mem::take(&mut self.mail);
        self.mail = mail.into_iter().map(|((at, n), mail)| ((jump(at), n), mail)).collect();
        self.pages.iter_mut().for_each(|page| page.clock_jumped(&jump));
    }

    pub(super) fn click(&mut self) {
        let known: Vec<AlertId> = self.model.alerts.keys().copied().collect();
        let alert = if known.is_empty() { AlertId::from_u128(0) } else { self.random.pick(&known) };
        let input = match self.random.below(14) {
            0 => Input::Pause,
            1..4 => Input::Resume,
            4 => Input::Mute,
            5 => Input::Clear,
            6 => Input::Panic,
            7 => Input::Skip(None),
            8 => Input::Skip(Some(alert)),
            9 => Input::Approve(alert, Verdict::Full),
            _ => Input::Replay(alert),
        };
        let node = self.random.index(self.nodes.len());
        self.nodes[node].hand_in(input);
    }

    /// A liar speaks of the newest play, or of one that never was.
    pub(super) fn lie(&mut self) {
        let liars = self.pages.iter().enumerate();
        let liars: Vec<usize> =
            liars.filter(|(_, p)| p.character == Character::Liar).map(|(i, _)| i).collect();
        if liars.is_empty() {
            return;
        }
        let page = self.random.pick(&liars);
        let play = self.model.state.play.as_ref();
        let (alert, mut lease) = play
            .map_or((AlertId::from_u128(1), Position { epoch: Epoch(1), offset: 0 }), |play| {
                (play.alert, play.lease)
            });
        lease.offset += self.random.below(2);
        let kind = self.random.pick(&["started", "finished", "failed"]);
        let frame = json!({"type": kind, "alert_id": alert, "lease": lease});
        self.send_up(page, frame.to_string());
    }

    pub(super) fn source_changes(&mut self) {
        let page = self.random.index(self.pages.len());
        let active = self.random.chance(70);
        self.send_up(page, json!({"type": "state", "active": active}).to_string());
    }
}
