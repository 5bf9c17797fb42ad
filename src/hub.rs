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

use serde_json::value::RawValue;

use crate::{
    directory::Streamer,
    id::{ConnectionId, OverlayId, StreamerId},
    position::Position,
    wire::QueueStatus,
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
    groups: HashMap<StreamerId, Group>,
}

/// The welcomed sockets of one streamer, and what is the same for all of them.
#[derive(Debug, Default)]
struct Group {
    members: Vec<Arc<Conn>>,
    /// Up to where they were shown their channel, and how its queue stood there.
    shown: Option<(Position, QueueStatus)>,
    /// What their pages need to draw, and what it was made from.
    settings: Option<(Arc<Streamer>, Arc<RawValue>)>,
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
            let group = maps.groups.entry(member.streamer.clone()).or_default();
            group.members.push(Arc::clone(conn));
        }
    }

    /// Takes a socket out.
    pub fn remove(&self, conn: &Conn) {
        let mut maps = self.lock();
        maps.all.remove(&conn.id);
        let Some(member) = conn.member() else { return };
        if let Some(Group { members, .. }) = maps.groups.get_mut(&member.streamer) {
            // Compared by address: with thousands of them, not each is to be read.
            if let Some(at) = members.iter().position(|other| std::ptr::eq(&**other, conn)) {
                members.swap_remove(at);
            }
            if members.is_empty() {
                maps.groups.remove(&member.streamer);
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
        self.lock().groups.get(streamer).map(|group| group.members.clone()).unwrap_or_default()
    }

    /// How many welcomed sockets a streamer has here.
    #[must_use]
    pub fn count(&self, streamer: &StreamerId) -> usize {
        self.lock().groups.get(streamer).map_or(0, |group| group.members.len())
    }

    /// The streamers that have a welcomed socket here.
    #[must_use]
    pub fn streamers(&self) -> Vec<StreamerId> {
        self.lock().groups.keys().cloned().collect()
    }

    /// Whether a streamer has a welcomed socket here.
    #[must_use]
    pub fn has(&self, streamer: &StreamerId) -> bool {
        self.lock().groups.contains_key(streamer)
    }

    /// Up to where a streamer's sockets were shown its channel.
    #[must_use]
    pub fn shown(&self, streamer: &StreamerId) -> Option<Position> {
        Some(self.lock().groups.get(streamer)?.shown?.0)
    }

    /// How a streamer's queue stood when its sockets were shown its channel.
    #[must_use]
    pub fn status(&self, streamer: &StreamerId) -> Option<QueueStatus> {
        Some(self.lock().groups.get(streamer)?.shown?.1)
    }

    fn note_shown(&self, streamer: &StreamerId, position: Position, status: QueueStatus) {
        if let Some(group) = self.lock().groups.get_mut(streamer) {
            group.shown = Some((position, status));
        }
    }

    /// What the pages of a streamer need to draw.
    fn settings(&self, streamer: &Arc<Streamer>) -> Arc<RawValue> {
        let mut maps = self.lock();
        let mut group = maps.groups.get_mut(&streamer.id);
        if let Some((of, settings)) = group.as_ref().and_then(|group| group.settings.as_ref())
            && Arc::ptr_eq(of, streamer)
        {
            return Arc::clone(settings);
        }
        let settings: Arc<RawValue> = serve::page_settings(streamer).into();
        if let Some(group) = &mut group {
            group.settings = Some((Arc::clone(streamer), Arc::clone(&settings)));
        }
        settings
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
