//! The hub: this node's open overlay sockets, and what each of them must be told. It decides nothing:
//! [`Hub::show`] compares a channel's state with what a connection has been given, and sends the
//! difference.

mod board;
mod codec;
mod connection;
mod outbox;
mod serve;
mod show;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    id::{ConnectionId, OverlayId, StreamerId},
    position::Position,
};

pub use board::{ALERTS_MAX, Reading, Told};
pub use codec::Stopped;
pub use codec::{Codec, Incoming, Violation};
pub use connection::{Conn, Member};
pub use serve::SPREAD;
pub use show::queue_status;

/// The open sockets of this node.
#[derive(Debug, Default)]
pub struct Hub {
    // One lock for both maps, because what is in one must be in the other.
    maps: Mutex<Maps>,
    boards: board::Boards,
}

#[derive(Debug, Default)]
struct Maps {
    /// Every open socket, welcomed or not.
    all: HashMap<ConnectionId, Arc<Conn>>,
    /// The welcomed ones, by streamer.
    members: HashMap<StreamerId, Vec<Arc<Conn>>>,
    /// The positions up to which they were shown their channels.
    shown: HashMap<StreamerId, Position>,
}

impl Hub {
    /// Takes in a socket.
    pub fn add(&self, conn: &Arc<Conn>) {
        self.lock().all.insert(conn.id, Arc::clone(conn));
    }

    /// Makes a socket a member of its streamer's, so that [`Hub::show`] reaches it.
    pub fn join(&self, conn: &Arc<Conn>) {
        if let Some(member) = conn.member() {
            let mut maps = self.lock();
            maps.members.entry(member.streamer.clone()).or_default().push(Arc::clone(conn));
        }
    }

    /// Takes a socket out.
    pub fn remove(&self, conn: &Conn) {
        let mut maps = self.lock();
        maps.all.remove(&conn.id);
        let Some(member) = conn.member() else { return };
        if let Some(members) = maps.members.get_mut(&member.streamer) {
            members.retain(|other| other.id != conn.id);
            if members.is_empty() {
                maps.members.remove(&member.streamer);
                maps.shown.remove(&member.streamer);
            }
        }
    }

    /// One open socket.
    #[must_use]
    pub fn get(&self, id: ConnectionId) -> Option<Arc<Conn>> {
        self.lock().all.get(&id).cloned()
    }

    /// All open sockets.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Conn>> {
        self.lock().all.values().cloned().collect()
    }

    /// How many sockets are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().all.len()
    }

    /// Whether no socket is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The welcomed sockets of a streamer.
    #[must_use]
    pub fn members(&self, streamer: &StreamerId) -> Vec<Arc<Conn>> {
        self.lock().members.get(streamer).cloned().unwrap_or_default()
    }

    /// The streamers that have a welcomed socket here.
    #[must_use]
    pub fn streamers(&self) -> Vec<StreamerId> {
        self.lock().members.keys().cloned().collect()
    }

    /// Whether a streamer has a welcomed socket here.
    #[must_use]
    pub fn has(&self, streamer: &StreamerId) -> bool {
        self.lock().members.contains_key(streamer)
    }

    /// Up to where a streamer's sockets were shown its channel.
    #[must_use]
    pub fn shown(&self, streamer: &StreamerId) -> Option<Position> {
        self.lock().shown.get(streamer).copied()
    }

    fn note_shown(&self, streamer: &StreamerId, position: Position) {
        let mut maps = self.lock();
        if maps.members.contains_key(streamer) {
            maps.shown.insert(streamer.clone(), position);
        }
    }

    /// How many welcomed sockets an overlay has here.
    #[must_use]
    pub fn of_overlay(&self, streamer: &StreamerId, overlay: OverlayId) -> usize {
        let of = |conn: &Arc<Conn>| conn.member().is_some_and(|member| member.overlay == overlay);
        self.members(streamer).iter().filter(|conn| of(conn)).count()
    }

    fn lock(&self) -> MutexGuard<'_, Maps> {
        self.maps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
