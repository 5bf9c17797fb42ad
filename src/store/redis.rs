//! The shared store: one Redis (a server, a group with Sentinels, or a cluster) behind any number of
//! nodes. Where a key lives and how long is told in `names`.

mod address;
mod alerts;
mod bus;
mod call;
mod channels;
mod clock;
mod commit;
mod conn;
mod documents;
mod erase;
mod events;
mod facts;
mod identity;
mod import;
mod leases;
mod lane;
mod link;
mod log;
mod mail;
mod names;
mod open;
mod promise;
mod registry;
mod retention;
mod routes;
mod row;
mod seen;
mod streamers;
mod survey;
mod times;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use secrecy::SecretString;
use tokio::sync::broadcast;

use self::{
    bus::Bus,
    link::Link,
    registry::{Registry, Returns},
    seen::Seen,
};
pub use self::{
    identity::{Identity, IdentityError},
    import::{Begun, Import},
    open::{Examination, OpenError, examine, is_url},
    promise::{Durability, Weakness},
};
use super::{
    Accepted, AlertFilter, Change, Committed, Cutoffs, Direct, Directed, Document, DocumentKind,
    EventPage, Expect, Heard, Loaded, LogPage, Mailbox, Names, NewEvent, Settlement, Store,
    StoreError, StoredEvent, Token, Total, Wake,
};
use crate::{
    alert::Alert,
    channel::Entry,
    connection::Connection,
    id::{AlertId, ConnectionId, EventId, NodeId, StreamerId},
    position::{After, Position},
    time::Timestamp,
};

/// The leases that nodes hold for long.
const LEASES: [&str; 3] = ["orphans", "channels", "retention"];

/// How to open a store.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where Redis is.
    pub url: SecretString,
    /// This node: it holds leases, connections, and the events it takes in.
    pub node: NodeId,
    /// What it must keep of what it has confirmed.
    pub durability: Durability,
}

/// The shared store, as one node uses it.
pub struct RedisStore {
    node: NodeId,
    link: Arc<Link>,
    bus: Bus,
    registry: Registry,
    seen: Seen,
}

impl RedisStore {
    /// Opens the store, and takes part.
    ///
    /// # Errors
    /// Those of [`RedisStore::prepare`].
    pub async fn open(options: Options) -> Result<Arc<Self>, OpenError> {
        let store = Self::prepare(options).await?;
        store.start();
        Ok(store)
    }

    /// Opens the store. Until [`RedisStore::start`] it is as if this node were not there.
    ///
    /// # Errors
    /// When Redis cannot be reached for a while, is not what the URL or the durability says, or a
    /// gateway is just moving into it.
    pub async fn prepare(options: Options) -> Result<Arc<Self>, OpenError> {
        let link = Arc::new(open::link(&options).await?);
        identity::refuse_moving(&link).await?;
        let bus = Bus::new(Arc::clone(&link), options.node);
        let returns = Returns(bus.waker());
        let registry = Registry::new(Arc::clone(&link), options.node, returns);
        let seen = Seen::default();
        Ok(Arc::new(Self { node: options.node, link, bus, registry, seen }))
    }

    /// Takes part: tells others that this node lives, and listens to them.
    pub fn start(&self) {
        self.registry.start();
        self.bus.start();
    }
}

#[async_trait]
impl Store for RedisStore {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn is_shared(&self) -> bool {
        true
    }

    async fn broken(&self) -> StoreError {
        std::future::pending().await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.link.learn_time().await?;
        self.bus.ready()
    }

    fn gauges(&self) -> Vec<(&'static str, &'static str, f64)> {
        let age = self.bus.line().probe_age().as_secs_f64();
        vec![
            ("bus_probe_age_seconds", "Since this node last heard itself through Redis", age),
            ("redis_connects", "Connections made to Redis since the start", self.link.connects()),
        ]
    }

    fn now(&self) -> Timestamp {
        self.link.clock.now()
    }

    async fn accept(&self, event: NewEvent) -> Result<Accepted, StoreError> {
        events::accept(&self.link, self.node, &event).await
    }

    async fn event(&self, id: &EventId) -> Result<Option<StoredEvent>, StoreError> {
        events::by_id(&self.link, id).await
    }

    async fn event_of_alert(&self, alert: AlertId) -> Result<Option<StoredEvent>, StoreError> {
        events::by_alert(&self.link, alert).await
    }

    async fn unsettled(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        events::unsettled(&self.link, self.node, before, limit).await
    }

    async fn unsettled_count(&self) -> Result<u64, StoreError> {
        events::unsettled_count(&self.link).await
    }

    async fn attempt(&self, id: &EventId) -> Result<u32, StoreError> {
        events::attempt(&self.link, self.node, id).await
    }

    async fn put_off(&self, id: &EventId, until: Timestamp) -> Result<(), StoreError> {
        events::put_off(&self.link, id, until).await
    }

    async fn route(&self, id: &EventId, streamer: &StreamerId) -> Result<(), StoreError> {
        events::route(&self.link, id, streamer).await
    }

    async fn settle(&self, id: &EventId, outcome: Settlement) -> Result<bool, StoreError> {
        events::settle(&self.link, id, &outcome).await
    }

    async fn redrive(&self, id: &EventId) -> Result<bool, StoreError> {
        events::redrive(&self.link, self.node, id).await
    }

    async fn routed(&self, keys: &[String]) -> Result<Option<StreamerId>, StoreError> {
        routes::find(&self.link, keys).await
    }

    async fn index(&self, keys: &[String], streamer: &StreamerId) -> Result<bool, StoreError> {
        // What waits is in other slots, where this call cannot look.
        routes::index(&self.link, keys, streamer).await.map(|()| true)
    }

    async fn load(&self, streamer: &StreamerId, names: &Names) -> Result<Loaded, StoreError> {
        channels::load(&self.link, &self.seen, streamer, names).await
    }

    async fn commit(
        &self,
        streamer: &StreamerId,
        token: Token,
        change: Change,
    ) -> Result<Committed, StoreError> {
        commit::commit(&self.link, &self.seen, streamer, token, &change).await
    }

    async fn heads(&self, streamers: &[StreamerId]) -> Result<Vec<Option<Position>>, StoreError> {
        Ok(log::heads(&self.link, streamers).await)
    }

    async fn busy_channels(&self) -> Result<Vec<StreamerId>, StoreError> {
        channels::busy(&self.link).await
    }

    async fn log(
        &self,
        streamer: &StreamerId,
        after: After,
        limit: usize,
    ) -> Result<LogPage, StoreError> {
        log::page(&self.link, streamer, after, limit).await
    }

    async fn alert(&self, streamer: &StreamerId, id: AlertId) -> Result<Option<Alert>, StoreError> {
        alerts::one(&self.link, streamer, id).await
    }

    async fn alert_owner(&self, id: AlertId) -> Result<Option<StreamerId>, StoreError> {
        alerts::owner(&self.link, id).await
    }

    async fn alerts(
        &self,
        streamer: &StreamerId,
        filter: AlertFilter,
    ) -> Result<Vec<Alert>, StoreError> {
        alerts::list(&self.link, streamer, &filter).await
    }

    async fn events(&self, after: Option<&str>, limit: usize) -> Result<EventPage, StoreError> {
        erase::page(&self.link, after, limit).await
    }

    async fn put_body(&self, id: &EventId, body: Option<Bytes>) -> Result<bool, StoreError> {
        erase::put_body(&self.link, id, body.as_ref()).await
    }

    async fn rewrite(&self, streamer: &StreamerId, entries: &[Entry]) -> Result<(), StoreError> {
        erase::rewrite(&self.link, streamer, entries).await
    }

    async fn scrub(&self) -> Result<(), StoreError> {
        // When its append-only file forgets what was removed is Redis' own matter.
        Ok(())
    }

    async fn totals(&self, streamer: &StreamerId) -> Result<Vec<Total>, StoreError> {
        facts::totals(&self.link, streamer).await
    }

    async fn document(&self, kind: DocumentKind, id: &str) -> Result<Option<Document>, StoreError> {
        documents::one(&self.link, kind, id).await
    }

    async fn documents(
        &self,
        kind: DocumentKind,
        owner: Option<&StreamerId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Document>, StoreError> {
        documents::list(&self.link, kind, owner, after, limit).await
    }

    async fn put_document(
        &self,
        kind: DocumentKind,
        document: Document,
        expect: Expect,
    ) -> Result<Option<u64>, StoreError> {
        if kind == DocumentKind::Streamer && expect == Expect::Absent {
            streamers::allow(&self.link, &document.id).await?;
        }
        documents::put(&self.link, kind, &document, expect).await
    }

    async fn remove_document(&self, kind: DocumentKind, id: &str) -> Result<bool, StoreError> {
        documents::remove(&self.link, kind, id).await
    }

    async fn remove_streamer(&self, streamer: &StreamerId) -> Result<(), StoreError> {
        // The documents last: while they are there, a removal that broke off is done again.
        channels::remove(&self.link, streamer).await?;
        self.seen.forget(streamer);
        routes::remove(&self.link, streamer).await?;
        documents::remove_owned(&self.link, streamer).await
    }

    async fn put_blob(&self, bytes: Bytes) -> Result<Option<String>, StoreError> {
        documents::put_blob(&self.link, &bytes).await
    }

    async fn blob(&self, hash: &str) -> Result<Option<Bytes>, StoreError> {
        documents::blob(&self.link, hash).await
    }

    async fn remove_blob(&self, hash: &str) -> Result<(), StoreError> {
        documents::remove_blob(&self.link, hash).await
    }

    async fn lease(&self, name: &str, owner: NodeId, length: Duration) -> Result<bool, StoreError> {
        leases::take(&self.link, name, owner, length).await
    }

    async fn expire(&self, cutoffs: Cutoffs) -> Result<usize, StoreError> {
        retention::expire(&self.link, &cutoffs).await
    }

    async fn backup(&self) -> Result<std::fs::File, StoreError> {
        Err(StoreError::NoBackup)
    }

    async fn register(&self, connection: Connection) -> Result<(), StoreError> {
        self.registry.register(connection).await
    }

    async fn heard(&self, heard: &[Heard]) -> Result<(), StoreError> {
        self.registry.heard(heard).await
    }

    async fn unregister(&self, id: ConnectionId) -> Result<(), StoreError> {
        self.registry.unregister(id).await
    }

    async fn connections(
        &self,
        streamer: Option<&StreamerId>,
    ) -> Result<Vec<Arc<Connection>>, StoreError> {
        Ok(self.registry.list(streamer).await?.into_iter().map(Arc::new).collect())
    }

    async fn connection(&self, id: ConnectionId) -> Result<Option<Arc<Connection>>, StoreError> {
        Ok(self.registry.find(id).await?.map(Arc::new))
    }

    fn wake(&self, wake: Wake) {
        self.bus.wake(wake);
    }

    fn wakes(&self) -> broadcast::Receiver<Wake> {
        self.bus.wakes()
    }

    fn open_mailbox(&self, mailbox: Mailbox) {
        self.bus.open_mailbox(mailbox);
    }

    async fn direct(&self, id: ConnectionId, message: Direct) -> Result<Directed, StoreError> {
        match self.registry.find(id).await? {
            Some(connection) => self.bus.line().direct(&connection, message).await,
            None => Ok(Directed::Gone),
        }
    }

    async fn close(&self) {
        self.bus.stop();
        // What only one node does another one takes over at once.
        for lease in LEASES {
            let _lapses = leases::take(&self.link, lease, self.node, Duration::ZERO).await;
        }
        self.registry.leave().await;
        self.link.close();
    }
}
