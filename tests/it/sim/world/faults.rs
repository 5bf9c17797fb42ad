//! What goes wrong, and what people do.

use serde_json::json;
use tillbell::{
    channel::{Input, Verdict},
    id::{AlertId, ConnectionId},
    position::{Epoch, Position},
    session::Session,
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
        match self.random.below(8) {
            0..4 => self.cut(page),
            4 | 5 => {
                self.cut(page);
                self.pages[page].reload();
            }
            6 => {
                self.cut(page);
                self.remember_drawings();
                self.pages[page].begin_anew();
            }
            _ => self.kill_a_node(),
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
    fn kill_a_node(&mut self) {
        let node = self.random.index(self.nodes.len());
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
