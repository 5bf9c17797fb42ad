//! What a node does with its sockets: frames in, what is durable out.

use std::time::Duration;

use tillbell::{
    channel::{Ack, End, Input, Reply, Said},
    connection::{Connection, Mode, OverlayKind},
    id::{ConnectionId, OverlayId},
    session::{AckOf, Effect, Join},
};

use super::{
    super::node::{Done, Job, View},
    Mail, Told, World,
};

impl World {
    pub(super) fn receive(&mut self, id: ConnectionId, text: &str) {
        let now = self.model.now;
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        let effects = socket.session.receive(text, now);
        let (node, preview) = (socket.node, self.pages[socket.page].preview);
        // The registry learns of it at once only if that matters.
        if let Some(row) = self.model.connections.get_mut(&id) {
            row.heard_at = now;
            row.source = socket.session.source();
        }
        for effect in effects {
            match effect {
                Effect::Join(join) => self.join(id, join),
                Effect::Ack(ack) if !preview => self.hand_in_ack(id, &ack, false),
                Effect::Source(_) => self.nodes[node].hand_in(Input::Tick),
                Effect::Close(_) => self.close(id),
                Effect::Ack(_) | Effect::Send(_) => {}
            }
        }
    }

    fn hand_in_ack(&mut self, id: ConnectionId, ack: &AckOf, joining: bool) {
        let socket = &self.sockets[&id];
        let input = Input::Ack(Ack {
            connection: id,
            overlay: OverlayId::from_u128(1),
            alert: ack.alert,
            lease: ack.lease,
            source: socket.session.source(),
            sent: ack.sent,
            what: ack.said.clone(),
        });
        self.nodes[socket.node].jobs.push_back(Job { input, page: Some((id, joining)) });
    }

    /// Acks first, then the registry, then the welcome.
    fn join(&mut self, id: ConnectionId, join: Box<Join>) {
        let acks = if join.mode == Mode::Live { join.acks.clone() } else { vec![] };
        acks.iter().for_each(|ack| self.hand_in_ack(id, ack, true));
        let socket = self.sockets.get_mut(&id).expect("it just spoke");
        socket.join = Some((join, acks.len()));
        self.welcome_if_ready(id);
    }

    fn welcome_if_ready(&mut self, id: ConnectionId) {
        let now = self.model.now;
        let Some(socket) = self.sockets.get_mut(&id) else { return };
        let Some((join, _)) = socket.join.take_if(|(_, left)| *left == 0) else { return };
        if !socket.session.welcomed(now) {
            return;
        }
        socket.since = Some(now);
        self.model.register(Connection {
            id,
            node: self.nodes[socket.node].here.node,
            streamer: "mika".parse().unwrap(),
            overlay: OverlayId::from_u128(1),
            overlay_name: "main".into(),
            kind: OverlayKind::Alerts,
            mode: join.mode,
            since: now,
            remote: [127, 0, 0, 1].into(),
            client: join.client.into(),
            obs: join.obs.map(Into::into),
            chrome: None,
            muted: join.muted,
            source: socket.session.source(),
            heard_at: now,
            round_trip_ms: None,
        });
        self.nodes[socket.node].hand_in(Input::Tick);
    }

    fn close(&mut self, id: ConnectionId) {
        if let Some(page) = self.sockets.get(&id).map(|socket| socket.page) {
            self.pages[page].connection.take_if(|connection| *connection == id);
        }
        self.post(0, Mail::Gone(id));
    }

    /// Part of a turn of a node, and what its connections learn from it.
    pub(super) fn go_on(&mut self, node: usize) {
        let before = self.model.entries.len();
        let done = self.nodes[node].go_on(&mut self.model, &mut self.disk, &self.settings);
        self.answer();
        if self.model.entries.len() > before {
            self.check_play();
        }
        let Some(Done { answers, view }) = done else { return };
        for (id, joining, said, job, reply) in answers {
            let Input::Ack(Ack { lease, .. }) = job.input else { continue };
            let finished = match said {
                Said::Kept { finished, lost, .. } => finished || lost,
                Said::Started { .. } => false,
                Said::Finished | Said::Failed { .. } => true,
            };
            let told = match reply {
                Reply::StaleLease => Told::Stale(lease),
                _ => Told::Noted { lease, finished },
            };
            self.send_down(id, told);
            if let Some((_, left)) =
                self.sockets.get_mut(&id).filter(|_| joining).and_then(|s| s.join.as_mut())
            {
                *left -= 1;
                self.welcome_if_ready(id);
            }
        }
        self.show(node, &view);
    }

    /// What the hub of a node does after a commit.
    fn show(&mut self, node: usize, view: &View) {
        let mut told = Vec::new();
        for (id, socket) in self.sockets.iter_mut().filter(|(_, socket)| socket.node == node) {
            let newest = view.play.as_ref();
            let over: Vec<_> = socket
                .session
                .given()
                .filter(|given| {
                    newest.is_none_or(|play| {
                        let same = given.is_showing(play.alert, play.showing);
                        if play.lease == given.lease {
                            !matches!(play.end, None | Some(End::Lapsed))
                        } else {
                            !same
                        }
                    })
                })
                .map(|given| given.lease)
                .collect();
            for lease in over {
                if socket.session.stop(lease) {
                    told.push((*id, Told::Stop(lease)));
                }
            }
            if let Some(play) = newest.filter(|play| play.end.is_none())
                && view.now.since(play.since) < Duration::from_secs(5)
                && socket.since.is_some_and(|since| since <= play.since)
                && socket.session.give(play.alert, play.showing, play.lease, view.now)
            {
                let (alert, showing, lease) = (play.alert, play.showing, play.lease);
                let duration_ms = play.duration_ms;
                told.push((*id, Told::Play { alert, showing, lease, duration_ms }));
            }
            let passed_over = view.passed_over.contains(id);
            if passed_over && !std::mem::replace(&mut socket.asked, passed_over) {
                told.push((*id, Told::Ping));
            }
            socket.asked = passed_over;
        }
        told.into_iter().for_each(|(id, told)| self.send_down(id, told));
    }
}
