//! Who is connected, and who has which lease: news, not history, so in memory. With the one process
//! that may use the file, all of it ends anyway.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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
    /// By id, which is the order in which they come. Shared with those who look at them, so that a
    /// look copies nothing.
    connections: Vec<Arc<Connection>>,
    last_registered: Option<Timestamp>,
}

impl Present {
    /// Where a connection stands, or would stand.
    fn find(&self, id: ConnectionId) -> Result<usize, usize> {
        self.connections.binary_search_by_key(&id, |connection| connection.id)
    }
}

impl Registry {
    pub(super) fn register(&self, connection: Connection, now: Timestamp) {
        let mut tables = self.tables();
        tables.owners.insert(connection.id, connection.streamer.clone());
        let present = tables.streamers.entry(connection.streamer.clone()).or_default();
        if connection.mode == Mode::Live && connection.kind == OverlayKind::Alerts {
            present.last_registered = Some(now);
        }
        match present.find(connection.id) {
            Ok(at) => present.connections[at] = Arc::new(connection),
            Err(at) => present.connections.insert(at, Arc::new(connection)),
        }
    }

    pub(super) fn heard(&self, heard: &[Heard]) {
        let mut tables = self.tables();
        for news in heard {
            if let Some(connection) = tables.connection(news.connection) {
                let connection = Arc::make_mut(connection);
                connection.heard_at = connection.heard_at.max(news.at);
                connection.source = news.source;
                connection.round_trip_ms = news.round_trip_ms.or(connection.round_trip_ms);
            }
        }
    }

    pub(super) fn unregister(&self, id: ConnectionId) {
        let mut tables = self.tables();
        let Some(streamer) = tables.owners.remove(&id) else { return };
        if let Some(present) = tables.streamers.get_mut(&streamer)
            && let Ok(at) = present.find(id)
        {
            present.connections.remove(at);
        }
    }

    pub(super) fn connection(&self, id: ConnectionId) -> Option<Arc<Connection>> {
        self.tables().connection(id).cloned()
    }

    pub(super) fn list(&self, streamer: Option<&StreamerId>) -> Vec<Arc<Connection>> {
        let tables = self.tables();
        let Some(streamer) = streamer else {
            let all = tables.streamers.values().flat_map(|present| &present.connections);
            let mut all: Vec<_> = all.cloned().collect();
            all.sort_unstable_by_key(|connection| connection.id);
            return all;
        };
        let present = tables.streamers.get(streamer);
        present.map(|present| present.connections.clone()).unwrap_or_default()
    }

    pub(super) fn last_registered(&self, streamer: &StreamerId) -> Option<Timestamp> {
        self.tables().streamers.get(streamer)?.last_registered
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn connection(&mut self, id: ConnectionId) -> Option<&mut Arc<Connection>> {
        let present = self.streamers.get_mut(self.owners.get(&id)?)?;
        let at = present.find(id).ok()?;
        present.connections.get_mut(at)
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
