//! Who is connected, on which node. A connection's row stands under its streamer, where a load finds
//! it; under its node stands whose it is, so that it is found by its id. Rows count while their
//! node's lease lasts: nothing has to be removed when a node dies.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::{join_all, try_join_all};
use redis::cmd;
use tokio::{
    sync::broadcast,
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};

use super::{
    call::{Call, lua},
    leases,
    link::Link,
    names::{NODES, node, of_streamer},
    row::{json, to_json},
};
use crate::{
    connection::{Connection, Mode, OverlayKind},
    id::{ConnectionId, NodeId, StreamerId},
    position::Position,
    store::{Heard, StoreError, Wake},
};

lua!(REGISTER, "register");
lua!(HEARD, "heard");
lua!(BEAT, "beat");
lua!(NODE_BEAT, "node_beat");
lua!(CONNECTIONS, "connections");
lua!(NODE_LEASE, "node_lease");

/// How long a node's connections count after its last beat (design §3).
const LEASE: Duration = Duration::from_secs(10);

/// Between two tries of a beat.
const BEAT_AGAIN: Duration = Duration::from_millis(200);

/// Between two beats.
const BEAT_EVERY: Duration = Duration::from_secs(3);

/// How many beats pass between two in which rows are swept that belong to nobody.
const SWEEP_EVERY: u32 = 10;

/// Removals that could not be told yet; what is more is left to the sweep.
const GONE_MAX: usize = 10_000;

/// See the module.
pub(super) struct Registry {
    shared: Arc<Shared>,
    beat: Mutex<JoinSet<()>>,
}

struct Shared {
    link: Arc<Link>,
    node: NodeId,
    own: Mutex<Own>,
    returns: Returns,
}

/// Tells this node that connections of a streamer count as present again.
pub(super) struct Returns(pub(super) broadcast::Sender<Wake>);

impl Returns {
    fn notify(&self, streamer: &StreamerId) {
        let _nobody_listens = self.0.send(Wake::Channel(streamer.clone(), Position::BEGINNING));
    }
}

/// The connections of this node.
#[derive(Default)]
struct Own {
    rows: HashMap<ConnectionId, Connection>,
    /// Those whose news Redis does not have yet.
    untold: HashSet<ConnectionId>,
    /// Those that ended while Redis was away.
    gone: Vec<(ConnectionId, StreamerId)>,
}

impl Registry {
    pub(super) fn new(link: Arc<Link>, node: NodeId, returns: Returns) -> Self {
        let shared = Arc::new(Shared { link, node, own: Mutex::default(), returns });
        Self { shared, beat: Mutex::default() }
    }

    pub(super) fn start(&self) {
        let beating = keep_beating(Arc::clone(&self.shared));
        self.beat.lock().unwrap_or_else(PoisonError::into_inner).spawn(beating);
    }

    pub(super) async fn register(&self, connection: Connection) -> Result<(), StoreError> {
        // Ours before it is written: a sweep removes rows of this node that are not.
        self.shared.own().rows.insert(connection.id, connection.clone());
        let written = self.shared.write(&connection).await;
        if written.is_err() {
            let _unsure_whether_it_is_there = self.unregister(connection.id).await;
        }
        written
    }

    pub(super) async fn heard(&self, heard: &[Heard]) -> Result<(), StoreError> {
        {
            let mut own = self.shared.own();
            for news in heard {
                let Some(row) = own.rows.get_mut(&news.connection) else { continue };
                let before = (row.heard_at, row.source, row.round_trip_ms);
                row.heard_at = row.heard_at.max(news.at);
                row.source = news.source;
                row.round_trip_ms = news.round_trip_ms.or(row.round_trip_ms);
                if before != (row.heard_at, row.source, row.round_trip_ms) {
                    own.untold.insert(news.connection);
                }
            }
        }
        self.shared.tell_untold().await
    }

    pub(super) async fn unregister(&self, id: ConnectionId) -> Result<(), StoreError> {
        let Some(row) = self.shared.own().rows.remove(&id) else { return Ok(()) };
        self.shared.own().untold.remove(&id);
        let removed = self.shared.remove(id, &row.streamer).await;
        if removed.is_err() {
            let mut own = self.shared.own();
            if own.gone.len() < GONE_MAX {
                own.gone.push((id, row.streamer));
            }
        }
        removed
    }

    pub(super) async fn list(
        &self,
        streamer: Option<&StreamerId>,
    ) -> Result<Vec<Connection>, StoreError> {
        if let Some(streamer) = streamer {
            return self.shared.of_streamer(streamer).await;
        }
        let nodes = self.shared.nodes().await?.into_iter().map(|id| async move {
            let mut values = cmd("HVALS");
            values.arg(node(id));
            self.shared.link.query::<Vec<String>>(&values).await
        });
        let streamers: HashSet<String> = try_join_all(nodes).await?.into_iter().flatten().collect();
        let rows = streamers
            .iter()
            .filter_map(|text| text.parse().ok())
            .map(|streamer: StreamerId| async move { self.shared.of_streamer(&streamer).await });
        let mut all: Vec<_> = try_join_all(rows).await?.into_iter().flatten().collect();
        all.sort_unstable_by_key(|connection| connection.id);
        Ok(all)
    }

    pub(super) async fn find(&self, id: ConnectionId) -> Result<Option<Connection>, StoreError> {
        let own = self.shared.own().rows.get(&id).cloned();
        if own.is_some() {
            return Ok(own);
        }
        let asked = self.shared.nodes().await?.into_iter().map(|holder| async move {
            let mut whose = cmd("HGET");
            whose.arg(node(holder)).arg(id.to_string());
            self.shared.link.query::<Option<String>>(&whose).await
        });
        let whose = try_join_all(asked).await?.into_iter().flatten().next();
        let Some(streamer) = whose.and_then(|text| text.parse().ok()) else { return Ok(None) };
        let rows = self.shared.of_streamer(&streamer).await?;
        Ok(rows.into_iter().find(|connection| connection.id == id))
    }

    /// Takes this node and all it holds out.
    pub(super) async fn leave(&self) {
        self.beat.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
        let rows: Vec<_> = self.shared.own().rows.drain().collect();
        // What cannot be removed lapses.
        join_all(rows.iter().map(|(id, row)| self.shared.remove(*id, &row.streamer))).await;
        let (mut left, mut held) = (cmd("ZREM"), cmd("DEL"));
        left.arg(NODES).arg(self.shared.node.to_string());
        held.arg(node(self.shared.node));
        let _lapses: Result<(), _> = self.shared.link.query(&left).await;
        let _lapses: Result<(), _> = self.shared.link.query(&held).await;
    }
}

impl Shared {
    fn own(&self) -> MutexGuard<'_, Own> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the news of connections; what cannot be told stays to be told the next time.
    async fn tell_untold(&self) -> Result<(), StoreError> {
        let mut changed: HashMap<StreamerId, Vec<&Connection>> = HashMap::new();
        let rows: Vec<Connection> = {
            let mut own = self.own();
            let untold = std::mem::take(&mut own.untold);
            untold.iter().filter_map(|id| own.rows.get(id).cloned()).collect()
        };
        for row in &rows {
            changed.entry(row.streamer.clone()).or_default().push(row);
        }
        let writes = changed.into_iter().map(|(streamer, rows)| async move {
            let news = rows.iter().flat_map(|row| [row.id.to_string(), to_json(row)]);
            let news: Vec<String> = news.collect();
            let call = Call::new(&HEARD, [of_streamer(&streamer, "connections")]).arg(news);
            let told = self.link.run::<()>(&call).await;
            if told.is_err() {
                self.own().untold.extend(rows.iter().map(|row| row.id));
            }
            told
        });
        first_error(join_all(writes).await)
    }

    /// Writes a whole row: first whose it is, so that nobody present cannot be found.
    async fn write(&self, row: &Connection) -> Result<(), StoreError> {
        let whose = [row.id.to_string(), row.streamer.to_string()];
        self.beat_node(&whose).await?;
        let counts = row.mode == Mode::Live && row.kind == OverlayKind::Alerts;
        let call = self
            .call(&REGISTER, &row.streamer, &["connections", "nodes", "registered"])
            .arg(row.id.to_string())
            .arg(to_json(row))
            .arg(u8::from(counts));
        self.link.run(&call).await
    }

    async fn remove(&self, id: ConnectionId, streamer: &StreamerId) -> Result<(), StoreError> {
        let (mut row, mut whose) = (cmd("HDEL"), cmd("HDEL"));
        row.arg(of_streamer(streamer, "connections")).arg(id.to_string());
        whose.arg(node(self.node)).arg(id.to_string());
        tokio::try_join!(self.link.query::<()>(&row), self.link.query::<()>(&whose)).map(drop)
    }

    /// A call under a streamer's tag, with this node and its lease as first arguments.
    fn call(
        &self,
        script: &'static super::call::Lua,
        streamer: &StreamerId,
        parts: &[&str],
    ) -> Call {
        let keys = parts.iter().map(|part| of_streamer(streamer, part));
        Call::new(script, keys).arg(self.node.to_string()).arg(LEASE.as_millis().to_string())
    }

    /// Prolongs the node's lease, and notes whose some connections are; how many it has noted.
    async fn beat_node(&self, whose: &[String]) -> Result<usize, StoreError> {
        let lease = Call::new(&NODE_LEASE, [NODES.to_owned()])
            .arg(self.node.to_string())
            .arg(LEASE.as_millis().to_string());
        let held =
            Call::new(&NODE_BEAT, [node(self.node)]).arg(LEASE.as_millis().to_string()).arg(whose);
        let ((), held) = tokio::try_join!(self.link.run(&lease), self.link.run(&held))?;
        Ok(held)
    }

    /// The nodes whose leases last.
    async fn nodes(&self) -> Result<Vec<NodeId>, StoreError> {
        let nodes = leases::living(&self.link).await?;
        Ok(nodes.iter().filter_map(|id| id.parse().ok()).collect())
    }

    async fn of_streamer(&self, streamer: &StreamerId) -> Result<Vec<Connection>, StoreError> {
        let keys = ["connections", "nodes"].map(|part| of_streamer(streamer, part));
        let rows: Vec<String> = self.link.run(&Call::new(&CONNECTIONS, keys)).await?;
        let rows = rows.iter().map(|row| json(row.as_bytes(), "a connection"));
        let mut rows: Vec<Connection> = rows.collect::<Result<_, _>>()?;
        rows.sort_unstable_by_key(|connection| connection.id);
        Ok(rows)
    }

    /// Says that this node and its connections are there, and mends what Redis lost of them.
    async fn beat(&self, sweep: bool) -> Result<(), StoreError> {
        let gone = std::mem::take(&mut self.own().gone);
        // What still cannot be told is left to the sweep.
        join_all(gone.iter().map(|(id, streamer)| self.remove(*id, streamer))).await;
        // Each streamer on its own: the part of a cluster that is away must make nobody else absent.
        // Listed and sent without a pause: who registers after the list is written after the sweep.
        let beats = self.by_streamer().into_iter().map(|(streamer, ids)| async move {
            let call = self.call(&BEAT, &streamer, &["connections", "nodes"]);
            self.link.run::<Vec<String>>(&call.arg(u8::from(sweep)).arg(ids)).await
        });
        let (mut missing, mut failed) = (Vec::new(), Vec::new());
        for answer in join_all(beats).await {
            match answer {
                Ok(ids) => missing.extend(ids),
                Err(error) => failed.push(Err(error)),
            }
        }
        let known = self.beat_node(&[]).await?;
        for id in missing.iter().filter_map(|id| id.parse().ok()) {
            let row = self.own().rows.get(&id).cloned();
            if let Some(row) = row {
                self.write(&row).await?;
                // It is present again, and may be what a queue waits for.
                self.returns.notify(&row.streamer);
            }
        }
        let whose = self.whose();
        if sweep && known * 2 > whose.len() {
            let mut forget = cmd("DEL");
            forget.arg(node(self.node));
            self.link.query::<()>(&forget).await?;
        }
        if sweep || known * 2 < whose.len() {
            self.beat_node(&whose).await?;
        }
        first_error(failed)
    }

    fn by_streamer(&self) -> HashMap<StreamerId, Vec<String>> {
        let mut of: HashMap<StreamerId, Vec<String>> = HashMap::new();
        for row in self.own().rows.values() {
            of.entry(row.streamer.clone()).or_default().push(row.id.to_string());
        }
        of
    }

    /// Each connection, and whose it is.
    fn whose(&self) -> Vec<String> {
        let own = self.own();
        own.rows.values().flat_map(|row| [row.id.to_string(), row.streamer.to_string()]).collect()
    }
}

fn first_error(answers: Vec<Result<(), StoreError>>) -> Result<(), StoreError> {
    answers.into_iter().collect()
}

async fn keep_beating(shared: Arc<Shared>) {
    let mut beats = interval(BEAT_EVERY);
    beats.set_missed_tick_behavior(MissedTickBehavior::Skip);
    for number in 0_u32.. {
        beats.tick().await;
        // As soon as Redis is back: until then nobody here counts as present.
        while let Err(error) = shared.beat(number.is_multiple_of(SWEEP_EVERY)).await {
            tracing::debug!(%error, "the registry was not told that this node lives");
            sleep(BEAT_AGAIN).await;
        }
    }
}
