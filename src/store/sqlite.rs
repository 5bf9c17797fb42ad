//! The embedded store: one SQLite file in the data directory, used by one process.
//!
//! One thread writes, and makes one transaction of all that waits (`writer`); a few connections read
//! (`readers`); a thread of its own moves the write-ahead log into the database (`checkpoint`). Who
//! is connected is kept in memory (`registry`). Every other module is a part of the schema.

mod alerts;
mod backup;
mod channels;
mod checkpoint;
mod damage;
mod documents;
mod erase;
mod events;
mod export;
mod facts;
mod files;
mod log;
mod log_file;
mod open;
mod packed;
mod readers;
mod registry;
mod retention;
mod row;
mod seal;
mod writer;

use std::{
    fs::File,
    path::PathBuf,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::broadcast;

use self::{
    backup::Copier,
    damage::{Damage, Look},
    readers::Readers,
    registry::{Leases, Registry},
    writer::{Broken, Writer},
};
pub use self::{export::Export, open::Options, seal::sealing};
use super::{
    Accepted, AlertFilter, Change, Committed, Cutoffs, DirLock, Direct, Directed, Document,
    DocumentKind, EventPage, Expect, Heard, Loaded, LogPage, Mailbox, Names, NewEvent, Settlement,
    Store, StoreError, StoredEvent, Token, Total, Wake,
};
use crate::{
    alert::Alert,
    channel::Entry,
    clock::Clock,
    connection::Connection,
    id::{AlertId, ConnectionId, EventId, NodeId, StreamerId},
    position::{After, Position},
    time::Timestamp,
};

/// Entries rewritten by one job of the writer: sales must not wait behind it.
const REWRITTEN_AT_ONCE: usize = 100;

/// The embedded store. Dropping it without [`Store::close`] is what a crash is: nothing that was
/// told is lost, and the next start looks through the file first.
pub struct SqliteStore {
    clock: Clock,
    dir: PathBuf,
    restored: AtomicBool,
    damage: Damage,
    look: Mutex<Option<Look>>,
    registry: Registry,
    leases: Leases,
    wakes: broadcast::Sender<Wake>,
    mailbox: OnceLock<Mailbox>,
    readers: Readers,
    copier: Arc<Copier>,
    writer: Writer,
    broken: Broken,
    /// After the writer: the directory is ours until nothing writes there any more.
    lock: Mutex<Option<DirLock>>,
}

impl SqliteStore {
    /// Whether the data turned out at an opening to be a copy from before: channels then have new
    /// epochs, and what waited when the copy was taken may have played since. It stays so, also over
    /// a restart, until [`SqliteStore::end_restoring`].
    #[must_use]
    pub fn restored(&self) -> bool {
        self.restored.load(Ordering::Relaxed)
    }

    /// Notes that all was done about a copy from before.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn end_restoring(&self) -> Result<(), StoreError> {
        self.writer.run(open::end_restoring).await?;
        self.restored.store(false, Ordering::Relaxed);
        Ok(())
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn is_shared(&self) -> bool {
        false
    }

    async fn broken(&self) -> StoreError {
        self.broken.wait().await.clone()
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.readers.run(events::unsettled_count).await.map(drop)
    }

    fn damage(&self) -> Vec<String> {
        self.damage.found()
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn accept(&self, event: NewEvent) -> Result<Accepted, StoreError> {
        let (now, damage) = (self.now(), self.damage.clone());
        self.writer.run(move |db| events::accept(db, &event, now, &damage)).await
    }

    async fn event(&self, id: &EventId) -> Result<Option<StoredEvent>, StoreError> {
        let id = id.clone();
        self.readers.run(move |db| events::by_id(db, &id)).await
    }

    async fn event_of_alert(&self, alert: AlertId) -> Result<Option<StoredEvent>, StoreError> {
        self.readers.run(move |db| events::by_alert(db, alert)).await
    }

    async fn unsettled(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let (now, damage) = (self.now(), self.damage.clone());
        self.readers.run(move |db| events::unsettled(db, before, now, limit, &damage)).await
    }

    async fn unsettled_count(&self) -> Result<u64, StoreError> {
        self.readers.run(events::unsettled_count).await
    }

    async fn attempt(&self, id: &EventId) -> Result<u32, StoreError> {
        let id = id.clone();
        self.writer.run(move |db| events::attempt(db, &id)).await
    }

    async fn put_off(&self, id: &EventId, until: Timestamp) -> Result<(), StoreError> {
        let id = id.clone();
        self.writer.run(move |db| events::put_off(db, &id, until)).await
    }

    async fn route(&self, id: &EventId, streamer: &StreamerId) -> Result<(), StoreError> {
        let (id, streamer) = (id.clone(), streamer.clone());
        self.writer.run(move |db| events::route(db, &id, &streamer)).await
    }

    async fn settle(&self, id: &EventId, outcome: Settlement) -> Result<bool, StoreError> {
        let id = id.clone();
        self.writer.run(move |db| events::settle(db, &id, &outcome)).await
    }

    async fn redrive(&self, id: &EventId) -> Result<bool, StoreError> {
        let id = id.clone();
        self.writer.run(move |db| events::redrive(db, &id)).await
    }

    async fn routed(&self, keys: &[String]) -> Result<Option<StreamerId>, StoreError> {
        let keys = keys.to_vec();
        self.readers.run(move |db| facts::routed(db, &keys)).await
    }

    async fn index(&self, keys: &[String], streamer: &StreamerId) -> Result<bool, StoreError> {
        let (keys, streamer, now) = (keys.to_vec(), streamer.clone(), self.now());
        self.writer.run(move |db| facts::index(db, &keys, &streamer, now)).await
    }

    async fn load(&self, streamer: &StreamerId, names: &Names) -> Result<Loaded, StoreError> {
        let (whose, names, damage) = (streamer.clone(), names.clone(), self.damage.clone());
        let load = move |db: &rusqlite::Connection| channels::load(db, &whose, &names, &damage);
        let stored = self.readers.run(load).await?;
        Ok(Loaded {
            connections: self.registry.list(Some(streamer)),
            last_registered: self.registry.last_registered(streamer),
            now: self.now(),
            ..stored
        })
    }

    async fn commit(
        &self,
        streamer: &StreamerId,
        token: Token,
        change: Change,
    ) -> Result<Committed, StoreError> {
        let (streamer, now, damage) = (streamer.clone(), self.now(), self.damage.clone());
        self.writer
            .run(move |db| channels::commit(db, &streamer, token, &change, now, &damage))
            .await
    }

    async fn heads(&self, streamers: &[StreamerId]) -> Result<Vec<Option<Position>>, StoreError> {
        let (streamers, damage) = (streamers.to_vec(), self.damage.clone());
        self.readers.run(move |db| log::heads(db, &streamers, &damage)).await
    }

    async fn busy_channels(&self) -> Result<Vec<StreamerId>, StoreError> {
        self.readers.run(channels::busy).await
    }

    async fn log(
        &self,
        streamer: &StreamerId,
        after: After,
        limit: usize,
    ) -> Result<LogPage, StoreError> {
        let streamer = streamer.clone();
        self.readers.run(move |db| log::page(db, &streamer, after, limit)).await
    }

    async fn alert(&self, streamer: &StreamerId, id: AlertId) -> Result<Option<Alert>, StoreError> {
        let streamer = streamer.clone();
        self.readers.run(move |db| alerts::one(db, &streamer, id)).await
    }

    async fn alert_owner(&self, id: AlertId) -> Result<Option<StreamerId>, StoreError> {
        self.readers.run(move |db| alerts::owner(db, id)).await
    }

    async fn alerts(
        &self,
        streamer: &StreamerId,
        filter: AlertFilter,
    ) -> Result<Vec<Alert>, StoreError> {
        let streamer = streamer.clone();
        self.readers.run(move |db| alerts::list(db, &streamer, &filter)).await
    }

    async fn events(&self, after: Option<&str>, limit: usize) -> Result<EventPage, StoreError> {
        let after = after.map(str::to_owned);
        self.readers.run(move |db| erase::events(db, after.as_deref(), limit)).await
    }

    async fn put_body(&self, id: &EventId, body: Option<Bytes>) -> Result<bool, StoreError> {
        let id = id.clone();
        self.writer.run(move |db| erase::put_body(db, &id, body.as_deref())).await
    }

    async fn rewrite(&self, streamer: &StreamerId, entries: &[Entry]) -> Result<(), StoreError> {
        for some in entries.chunks(REWRITTEN_AT_ONCE) {
            let (streamer, some) = (streamer.clone(), some.to_vec());
            self.writer.run(move |db| erase::rewrite(db, &streamer, &some)).await?;
        }
        Ok(())
    }

    async fn scrub(&self) -> Result<(), StoreError> {
        let file = self.dir.join(open::FILE);
        tokio::task::spawn_blocking(move || erase::scrub(&file))
            .await
            .unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
    }

    async fn totals(&self, streamer: &StreamerId) -> Result<Vec<Total>, StoreError> {
        let streamer = streamer.clone();
        self.readers.run(move |db| facts::totals(db, &streamer)).await
    }

    async fn document(&self, kind: DocumentKind, id: &str) -> Result<Option<Document>, StoreError> {
        let (id, now) = (id.to_owned(), self.now());
        self.readers.run(move |db| documents::one(db, kind, &id, now)).await
    }

    async fn documents(
        &self,
        kind: DocumentKind,
        owner: Option<&StreamerId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Document>, StoreError> {
        let (owner, after, now) = (owner.cloned(), after.map(str::to_owned), self.now());
        self.readers
            .run(move |db| documents::list(db, kind, owner.as_ref(), after.as_deref(), limit, now))
            .await
    }

    async fn put_document(
        &self,
        kind: DocumentKind,
        document: Document,
        expect: Expect,
    ) -> Result<Option<u64>, StoreError> {
        let now = self.now();
        self.writer.run(move |db| documents::put(db, kind, &document, expect, now)).await
    }

    async fn remove_document(&self, kind: DocumentKind, id: &str) -> Result<bool, StoreError> {
        let (id, now) = (id.to_owned(), self.now());
        self.writer.run(move |db| documents::remove(db, kind, &id, now)).await
    }

    async fn remove_streamer(&self, streamer: &StreamerId) -> Result<(), StoreError> {
        let streamer = streamer.clone();
        self.writer.run(move |db| channels::remove_streamer(db, &streamer)).await
    }

    async fn put_blob(&self, bytes: Bytes) -> Result<Option<String>, StoreError> {
        self.writer.run(move |db| documents::put_blob(db, &bytes)).await
    }

    async fn blob(&self, hash: &str) -> Result<Option<Bytes>, StoreError> {
        let hash = hash.to_owned();
        self.readers.run(move |db| documents::blob(db, &hash)).await
    }

    async fn remove_blob(&self, hash: &str) -> Result<(), StoreError> {
        let hash = hash.to_owned();
        self.writer.run(move |db| documents::remove_blob(db, &hash)).await
    }

    async fn lease(&self, name: &str, owner: NodeId, length: Duration) -> Result<bool, StoreError> {
        Ok(self.leases.take(name, owner, length, self.now()))
    }

    async fn expire(&self, cutoffs: Cutoffs) -> Result<usize, StoreError> {
        let now = self.now();
        self.writer.run(move |db| retention::expire(db, &cutoffs, now)).await
    }

    async fn backup(&self) -> Result<File, StoreError> {
        let copier = Arc::clone(&self.copier);
        tokio::task::spawn_blocking(move || copier.copy())
            .await
            .unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
    }

    async fn register(&self, connection: Connection) -> Result<(), StoreError> {
        self.registry.register(connection, self.now());
        Ok(())
    }

    async fn heard(&self, heard: &[Heard]) -> Result<(), StoreError> {
        self.registry.heard(heard);
        Ok(())
    }

    async fn unregister(&self, id: ConnectionId) -> Result<(), StoreError> {
        self.registry.unregister(id);
        Ok(())
    }

    async fn connections(
        &self,
        streamer: Option<&StreamerId>,
    ) -> Result<Vec<Arc<Connection>>, StoreError> {
        Ok(self.registry.list(streamer))
    }

    async fn connection(&self, id: ConnectionId) -> Result<Option<Arc<Connection>>, StoreError> {
        Ok(self.registry.connection(id))
    }

    fn wake(&self, wake: Wake) {
        // Without anybody to hear it, there is nobody to wake.
        let _ = self.wakes.send(wake);
    }

    fn wakes(&self) -> broadcast::Receiver<Wake> {
        self.wakes.subscribe()
    }

    fn open_mailbox(&self, mailbox: Mailbox) {
        let first = self.mailbox.set(mailbox).is_ok();
        debug_assert!(first, "a node has one mailbox");
    }

    async fn direct(&self, id: ConnectionId, message: Direct) -> Result<Directed, StoreError> {
        if self.registry.connection(id).is_none() {
            return Ok(Directed::Gone);
        }
        Ok(match self.mailbox.get() {
            Some(mailbox) if mailbox(id, message) => Directed::Taken,
            Some(_) => Directed::Gone,
            None => Directed::NoAnswer,
        })
    }

    async fn close(&self) {
        let lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
        if lock.is_none() {
            return;
        }
        drop(self.look.lock().unwrap_or_else(PoisonError::into_inner).take());
        self.readers.close().await;
        let boot = self.writer.run(open::end_boot).await;
        self.writer.stop().await;
        let ended = boot.and_then(|boot| files::write_boot(&self.dir, boot));
        if let Err(error) = ended {
            tracing::warn!(%error, "the store was not left clean: the next start looks through it");
        }
        drop(lock);
    }
}
