//! Who is connected, and who has which lease: news, not history, so in memory. With the one process
//! that may use the file, all of it ends anyway.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    connection::{Connection, Mode, OverlayKind},
    id::{ConnectionId, NodeId, StreamerId},
    store::Heard,
    time::Timestamp,
};

/// All registered connections.
#[derive(Default)]
pub(super) struct Registry(Mutex<Tables>);

#[derive(Default)]
struct Tables {
    owners: HashMap<ConnectionId, StreamerId>,
    streamers: HashMap<StreamerId, Present>,
}

#[derive(Default)]
struct Present {
    connections: BTreeMap<ConnectionId, Connection>,
    last_registered: Option<Timestamp>,
}

impl Registry {
    pub(super) fn register(&self, connection: Connection, now: Timestamp) {
        let mut tables = self.tables();
        tables.owners.insert(connection.id, connection.streamer.clone());
        let present = tables.streamers.entry(connection.streamer.clone()).or_default();
        if connection.mode == Mode::Live && connection.kind == OverlayKind::Alerts {
            present.last_registered = Some(now);
        }
        present.connections.insert(connection.id, connection);
    }

    pub(super) fn heard(&self, heard: &[Heard]) {
        let mut tables = self.tables();
        for news in heard {
            if let Some(connection) = tables.connection(news.connection) {
                connection.heard_at = connection.heard_at.max(news.at);
                connection.source = news.source;
                connection.round_trip_ms = news.round_trip_ms.or(connection.round_trip_ms);
            }
        }
    }

    pub(super) fn unregister(&self, id: ConnectionId) {
        let mut tables = self.tables();
        let Some(streamer) = tables.owners.remove(&id) else { return };
        if let Some(present) = tables.streamers.get_mut(&streamer) {
            present.connections.remove(&id);
        }
    }

    pub(super) fn connection(&self, id: ConnectionId) -> Option<Connection> {
        self.tables().connection(id).cloned()
    }

    pub(super) fn list(&self, streamer: Option<&StreamerId>) -> Vec<Connection> {
        let tables = self.tables();
        let Some(streamer) = streamer else {
            let all = tables.streamers.values().flat_map(|present| present.connections.values());
            let mut all: Vec<_> = all.cloned().collect();
            all.sort_unstable_by_key(|connection| connection.id);
            return all;
        };
        let present = tables.streamers.get(streamer);
        present.map(|present| present.connections.values().cloned().collect()).unwrap_or_default()
    }

    pub(super) fn last_registered(&self, streamer: &StreamerId) -> Option<Timestamp> {
        self.tables().streamers.get(streamer)?.last_registered
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn connection(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.streamers.get_mut(self.owners.get(&id)?)?.connections.get_mut(&id)
    }
}

/// Leases by name: who has it, until when.
#[derive(Default)]
pub(super) struct Leases(Mutex<HashMap<String, (NodeId, Timestamp)>>);

impl Leases {
    pub(super) fn take(&self, name: &str, owner: NodeId, length: Duration, now: Timestamp) -> bool {
        let mut leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let free = leases.get(name).is_none_or(|(has, until)| *has == owner || *until <= now);
        if free {
            leases.insert(name.into(), (owner, now + length));
        }
        free
    }
}
