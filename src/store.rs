//! The store contract. What a method promises here every backend keeps, and `tests/it/store_contract.rs`
//! checks on each of them; nothing outside `store/` knows which one runs.
//!
//! Three promises carry the rest:
//! - **Durable before told.** What a method reports as done survives kill -9 and power cut.
//! - **All or nothing.** [`Store::commit`] is the only way anything of a channel changes, and it
//!   changes all of what it is given or nothing.
//! - **A wake delivers nothing.** It says "look"; whoever is woken reads state and log.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use thiserror::Error;
use tokio::sync::broadcast;

use crate::{
    alert::{Alert, AlertState},
    channel::{Entry, Purchase, State},
    connection::{Connection, SourceState},
    id::{AlertId, ConnectionId, EventId, NodeId, StreamerId},
    money::Currency,
    position::{After, Epoch, Position},
    stripe::sale::PurchaseId,
    time::Timestamp,
};

mod batch;
mod record;
mod file_system;
mod files;
pub mod redis;
pub mod sqlite;

pub use crate::alert::BuyerKey;
pub use batch::{Batch, Counts};
pub use file_system::weakness;
pub use files::DirLock;

/// Why the store did not do what it was asked. Expected outcomes are values, not errors.
#[derive(Clone, Debug, Error)]
pub enum StoreError {
    /// It may be back soon: nothing is known to be stored, and asking again is safe.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// The disk is full: nothing was stored, reads still work.
    #[error("the disk is full: free some space, the gateway goes on by itself")]
    Full,
    /// Redis has reached its memory limit: nothing was stored, reads still work.
    #[error("Redis is out of memory: raise its maxmemory, the gateway goes on by itself")]
    OutOfMemory,
    /// The disk failed to keep its word. The process must stop: what it holds may not be what is
    /// on disk.
    #[error("the disk reported an error while writing: {0}")]
    Broken(String),
    /// What is stored cannot be read.
    #[error("{what} in the store cannot be read: {why}")]
    Unreadable {
        /// Which record.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// What keeps the data has a backup of its own.
    #[error("the data is in Redis: back it up with Redis' own means, like BGSAVE")]
    NoBackup,
    /// The data was written by a newer version.
    #[error(
        "the data was written by a newer version of tillbell (schema {found}, this version knows {known}): install that version again, or restore a backup of before"
    )]
    TooNew {
        /// Its schema.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// Another process has the data directory.
    #[error(
        "another tillbell{pid} uses this data directory: stop it first, or give another --data"
    )]
    InUse {
        /// " (process 123)", if known.
        pid: String,
    },
    /// A file or directory cannot be used: it is missing, read-only, in the way, or not ours.
    #[error("{path} cannot be used: {why}")]
    Unusable {
        /// Which one.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// The library cannot be trusted with the data.
    #[error("SQLite {found} is too old: at least 3.51.3 is needed")]
    OldLibrary {
        /// Its version.
        found: String,
    },
}

/// By which door an event came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// Stripe called.
    Webhook,
    /// A test alert, signed in this process.
    TestAlert,
    /// We fetched it from Stripe's list of events: no webhook had brought it.
    Fetched,
}

impl Door {
    /// The word in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::TestAlert => "test_alert",
            Self::Fetched => "fetched",
        }
    }

    /// The door with this word.
    #[must_use]
    pub fn named(word: &str) -> Self {
        let doors = [Self::TestAlert, Self::Fetched];
        doors.into_iter().find(|door| door.name() == word).unwrap_or(Self::Webhook)
    }
}

/// A verified event, about to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Its id: Stripe's, or a fresh one for the Dashboard's constant sample.
    pub id: EventId,
    /// The id its alert will have, should it make one.
    pub alert: AlertId,
    /// Stripe's type of it.
    pub kind: String,
    /// Whose it is, when the address or the secret said so.
    pub streamer: Option<StreamerId>,
    /// How it came in.
    pub door: Door,
    /// When its first byte was read.
    pub received: Timestamp,
    /// When its signature was found right.
    pub verified: Timestamp,
    /// The raw body.
    pub body: Bytes,
}

/// What [`Store::accept`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Stored now.
    New,
    /// Stored before, and durable; the alert id minted then.
    Duplicate(AlertId),
}

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// What was accepted.
    pub event: NewEvent,
    /// When it was durable.
    pub stored: Timestamp,
    /// How often its outcome has been tried, counted before each try.
    pub attempts: u32,
    /// The streamer it was routed to, once it was.
    pub routed: Option<StreamerId>,
    /// Its outcome, once there is one.
    pub settled: Option<Settlement>,
}

impl StoredEvent {
    /// Whose it is, as far as known: where it was routed, else whom its address or secret named.
    #[must_use]
    pub fn streamer(&self) -> Option<&StreamerId> {
        self.routed.as_ref().or(self.event.streamer.as_ref())
    }
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// It made this alert.
    Alert(AlertId),
    /// It is of a sale that has this alert.
    DuplicateOf(AlertId),
    /// It told something about a purchase: ids, a refund, a dispute.
    Joined,
    /// There is nothing in it for us; why, in a few words.
    Ignored(String),
    /// A person must decide; why, in a few words.
    DeadLetter(String),
    /// It names no streamer, and is of no purchase known here yet: it is taken up again when one of
    /// its ids becomes known.
    Waiting,
}

/// What a load shall bring beside the state.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Alerts by id.
    pub alerts: Vec<AlertId>,
    /// Purchases by any of their ids; their sales' alerts come with them.
    pub purchases: Vec<PurchaseId>,
    /// Buyers by key.
    pub buyers: Vec<BuyerKey>,
}

/// How index keys begin that stay, because what they name goes on selling; the others are of one
/// purchase each, and go with its ids.
const LASTING_KEY: &str = "subscription:";

/// Most queued rows a load brings: in order, and besides tests in order of entering.
pub const HEAD: usize = 32;

/// Longest that an event rests between two attempts. What is due later than after that was put off by a
/// clock that was wrong, and must not wait until that time really comes.
pub const REST_MAX: Duration = Duration::from_hours(1);

/// Most bytes of one blob.
pub const BLOB_MAX: usize = 4 << 20;

/// A channel as the store has it now.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The state; a streamer without a channel yet gets a new one with a random epoch.
    pub state: State,
    /// The first [`HEAD`] queued rows (alerts with a spot) by order, then up to as many queued
    /// tests by when they entered, then up to as many held rows by when they were held. Each
    /// alert at most once.
    pub head: Vec<Alert>,
    /// The alerts named, those of the named purchases, and the one of the newest play with the
    /// members it began with.
    pub named: Vec<Alert>,
    /// The purchases that hold a named id.
    pub purchases: Vec<Purchase>,
    /// Orders so far of each named buyer, in the order named.
    pub buyers: Vec<u32>,
    /// All registered connections of the streamer, of any kind and mode.
    pub connections: Vec<Arc<Connection>>,
    /// When a live connection of kind alerts was last registered; `None` if none was since start.
    pub last_registered: Option<Timestamp>,
    /// Set when the store has fallen back behind a position this node has seen: an epoch to begin,
    /// so that nobody takes new offsets for those that were lost.
    pub new_epoch: Option<Epoch>,
    /// Random, and new after each commit: the right to commit on top of what was loaded.
    pub token: Token,
    /// The store's clock: never stepped, the same for all nodes.
    pub now: Timestamp,
}

/// See [`Loaded::token`]. Zero is a channel that is not stored yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token(pub u64);

/// A total kept beside the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Adds to the streamer's total of one currency: minor units and orders, either may be negative.
    Total {
        /// The currency.
        currency: Currency,
        /// Minor units.
        minor: i64,
        /// Orders.
        orders: i64,
    },
    /// Adds to a buyer's orders.
    Buyer {
        /// Who.
        key: BuyerKey,
        /// How many; may be negative.
        orders: i64,
    },
    /// Nothing is kept of a buyer's orders any more.
    Forgotten(BuyerKey),
}

/// One currency's total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Total {
    /// The currency.
    pub currency: Currency,
    /// Minor units.
    pub minor: i64,
    /// Orders.
    pub orders: i64,
}

/// What an application of the channel's rules changed.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The whole new state; `None` only in `Default`.
    pub state: Option<State>,
    /// Alerts new or changed, whole.
    pub alerts: Vec<Alert>,
    /// Purchases new or changed, whole; their ids point to them from now on.
    pub purchases: Vec<Purchase>,
    /// Sets that others absorbed: they are removed.
    pub absorbed: Vec<AlertId>,
    /// Entries, in order, gapless from the old state's position (or the first of a new epoch).
    pub entries: Vec<Entry>,
    /// Totals.
    pub facts: Vec<Fact>,
    /// Events whose outcome this is.
    pub settles: Vec<(EventId, Settlement)>,
}

/// What [`Store::commit`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// All of it, durably.
    Done,
    /// Nothing: somebody else committed first. Load and apply again.
    Conflict,
    /// Nothing: this event has its outcome already.
    AlreadySettled(EventId),
}

/// A page of a log.
#[derive(Clone, Debug, PartialEq)]
pub enum LogPage {
    /// Entries after the position asked for, oldest first, and the end of the log.
    Page {
        /// The entries.
        entries: Vec<Entry>,
        /// The end of the log; for a streamer without a channel yet 0 of epoch 0, from where any
        /// first epoch may be read on.
        head: Position,
    },
    /// The position is of another epoch, ahead of the head, or older than what is kept.
    HistoryLost {
        /// The position to go on from: before the oldest entry kept.
        oldest: Position,
    },
}

/// A page of the events; see [`Store::events`].
#[derive(Clone, Debug, Default)]
pub struct EventPage {
    /// The events.
    pub events: Vec<StoredEvent>,
    /// Where the next page begins, if there is more.
    pub next: Option<String>,
}

/// Which alerts to list.
#[derive(Clone, Debug, Default)]
pub struct AlertFilter {
    /// Only these states; empty means all.
    pub states: Vec<AlertState>,
    /// Leave out tests.
    pub no_tests: bool,
    /// Only alerts older than this one.
    pub before: Option<AlertId>,
    /// At most this many.
    pub limit: usize,
}

/// A document: JSON with a version that counts its changes from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Unique within its kind.
    pub id: String,
    /// The streamer it belongs to, or none.
    pub owner: Option<StreamerId>,
    /// Counts changes.
    pub version: u64,
    /// When it lapses, if it does: from then on it reads as absent.
    pub expires: Option<Timestamp>,
    /// Its content.
    pub body: Value,
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// A streamer and its settings.
    Streamer,
    /// An overlay.
    Overlay,
    /// An API key, by its hash.
    Key,
    /// A streamer's sealed signing secret.
    Secret,
    /// A sealed signing secret of the gateway itself.
    GatewaySecret,
    /// A connected account of Stripe's that is a streamer's.
    Account,
    /// A payment link that is a streamer's.
    PaymentLink,
    /// A dead letter.
    DeadLetter,
    /// That an event waits for a purchase id to become known: `{purchase id}/{event id}`.
    Waiting,
    /// A dashboard session, by the hash of its cookie.
    Session,
    /// A one-time sign-in code, by its hash.
    Login,
    /// A dock that asks to be let in, by the code it shows.
    Pairing,
    /// A streamer's invitation to connect a Stripe account, by its hash.
    Invitation,
    /// What the gateway keeps about itself.
    Gateway,
    /// A product of a streamer's store page.
    Product,
    /// How many of a product are left, and for whom some are kept.
    Stock,
    /// Work that takes a while, asked for by a person.
    Job,
    /// A streamer's own theme; its zip is a blob.
    Theme,
}

impl DocumentKind {
    /// All kinds; streamers last, so that a removal of one and its own that broke off can be asked
    /// for again.
    pub const ALL: [Self; 18] = [
        Self::Overlay,
        Self::Key,
        Self::Secret,
        Self::GatewaySecret,
        Self::Account,
        Self::PaymentLink,
        Self::DeadLetter,
        Self::Waiting,
        Self::Session,
        Self::Login,
        Self::Pairing,
        Self::Invitation,
        Self::Gateway,
        Self::Product,
        Self::Stock,
        Self::Job,
        Self::Theme,
        Self::Streamer,
    ];

    /// The word in the store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Streamer => "streamer",
            Self::Overlay => "overlay",
            Self::Key => "key",
            Self::Secret => "secret",
            Self::GatewaySecret => "gateway_secret",
            Self::Account => "account",
            Self::PaymentLink => "payment_link",
            Self::DeadLetter => "dead_letter",
            Self::Waiting => "waiting",
            Self::Session => "session",
            Self::Login => "login",
            Self::Pairing => "pairing",
            Self::Invitation => "invitation",
            Self::Gateway => "gateway",
            Self::Product => "product",
            Self::Stock => "stock",
            Self::Job => "job",
            Self::Theme => "theme",
        }
    }
}

/// Which version a write expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// None: the document must be new.
    Absent,
    /// This one.
    Version(u64),
    /// Whatever there is.
    Any,
}

/// Says "look" to every node (contract of the module).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wake {
    /// This channel's log has reached this position, or something of it was about to change.
    Channel(StreamerId, Position),
    /// Documents of this streamer changed: settings, overlays, keys.
    Documents(StreamerId),
    /// News for live feeds of this streamer, no history: type and data of an entry without offset.
    News(StreamerId, String, Value),
    /// Wakes may have been lost: look at everything.
    All,
}

/// What the registry learns of a connection between register and leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Who.
    pub connection: ConnectionId,
    /// When its last frame arrived.
    pub at: Timestamp,
    /// What OBS and the browser said last.
    pub source: SourceState,
    /// The last round trip.
    pub round_trip_ms: Option<u32>,
}

/// What came of a directed message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directed {
    /// The connection's node has it.
    Taken,
    /// The connection is gone.
    Gone,
    /// Its node did not answer within 2 s.
    NoAnswer,
}

/// A message for one connection, on the connection's node.
#[derive(Clone, Debug)]
pub enum Direct {
    /// `message` frame with this data.
    Message(Box<RawValue>),
    /// Close it, by an operator.
    Close,
}

/// The door at which a node takes directed messages for its connections. Returns whether the
/// connection was there.
pub type Mailbox = Box<dyn Fn(ConnectionId, Direct) -> bool + Send + Sync>;

/// How much of what is old a retention step may remove.
#[derive(Clone, Copy, Debug)]
pub struct Cutoffs {
    /// Bodies of settled events received before this go; ids stay 120 days at least.
    pub events: Timestamp,
    /// Log entries written before this go.
    pub log: Timestamp,
    /// Ended alerts created before this go, if at all.
    pub alerts: Option<Timestamp>,
    /// Ids and refund facts last changed before this go.
    pub ids: Timestamp,
    /// At most this many rows of each kind in one step.
    pub limit: usize,
}

/// A store. See the module.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// The word for `status`: `sqlite` or `redis`.
    fn name(&self) -> &'static str;

    /// Whether other nodes use it too: then channels change without this node, and who must know
    /// soon has to look.
    fn is_shared(&self) -> bool;

    /// Whether it answers, and wakes arrive. Not whether it takes writes: what has no room for sales
    /// still serves the sockets that are open, and those that come back.
    async fn ready(&self) -> Result<(), StoreError>;

    /// Waits until it is broken for good, and says how: what it holds may not be what is on disk, so
    /// the process must end. Never, where that cannot be.
    async fn broken(&self) -> StoreError;

    /// What the store has to say at `/metrics`: name, help, value.
    fn gauges(&self) -> Vec<(&'static str, &'static str, f64)> {
        Vec::new()
    }

    /// What was found since the start that is no longer what was written: a sentence for each
    /// record, which is not read any more.
    fn damage(&self) -> Vec<String> {
        Vec::new()
    }

    /// The store's clock, the one of [`Loaded::now`].
    fn now(&self) -> Timestamp;

    /// Stores a verified event, unless one with its id is there. Durable before it returns, a
    /// duplicate too. Counts the first attempt.
    async fn accept(&self, event: NewEvent) -> Result<Accepted, StoreError>;

    /// One event.
    async fn event(&self, id: &EventId) -> Result<Option<StoredEvent>, StoreError>;

    /// The event whose minted alert id this is.
    async fn event_of_alert(&self, alert: AlertId) -> Result<Option<StoredEvent>, StoreError>;

    /// Events without an outcome due before `before`, longest due first, at most `limit`. One is due
    /// since it was stored, unless it was [put off](Self::put_off); those due later than in [`REST_MAX`]
    /// are due too, and come first. Not those
    /// that another live node has taken in, or has made the last attempt at: they are that node's.
    async fn unsettled(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<StoredEvent>, StoreError>;

    /// How many events have no outcome.
    async fn unsettled_count(&self) -> Result<u64, StoreError>;

    /// Counts another attempt before it is made, and returns the count; 0 when it has an outcome.
    async fn attempt(&self, id: &EventId) -> Result<u32, StoreError>;

    /// Lets nobody try an event without an outcome before `until`, at most [`REST_MAX`] away.
    async fn put_off(&self, id: &EventId, until: Timestamp) -> Result<(), StoreError>;

    /// Remembers where an event was routed, before its outcome is tried there.
    async fn route(&self, id: &EventId, streamer: &StreamerId) -> Result<(), StoreError>;

    /// Gives an event an outcome that touches no channel. `false` when it has one already, unless
    /// that is open: a dead letter, or [`Settlement::Waiting`]. `false` too for `Waiting` when a
    /// streamer is known by now: whoever routes an event can then rely on it that it does not go on
    /// waiting behind their back.
    async fn settle(&self, id: &EventId, outcome: Settlement) -> Result<bool, StoreError>;

    /// Makes an event unsettled again, due at once, if its outcome is open. Counts the first attempt, as
    /// [`accept`](Self::accept) does.
    async fn redrive(&self, id: &EventId) -> Result<bool, StoreError>;

    /// The streamer of the first of these index keys that is known. A key is a purchase id as text,
    /// or `subscription:sub_…`.
    async fn routed(&self, keys: &[String]) -> Result<Option<StreamerId>, StoreError>;

    /// Makes index keys point to a streamer; keys that are known stay as they are. Whether an event may
    /// [wait](DocumentKind::Waiting) below one of them: who begins to wait later finds the streamer.
    async fn index(&self, keys: &[String], streamer: &StreamerId) -> Result<bool, StoreError>;

    /// A channel, what is at its head, and what is named; consistent in itself.
    async fn load(&self, streamer: &StreamerId, names: &Names) -> Result<Loaded, StoreError>;

    /// Applies a change on top of what was loaded with `token`. A refused change leaves no trace.
    async fn commit(
        &self,
        streamer: &StreamerId,
        token: Token,
        change: Change,
    ) -> Result<Committed, StoreError>;

    /// The ends of these streamers' logs, in the order named; `None` for one that cannot be read now,
    /// although others can.
    async fn heads(&self, streamers: &[StreamerId]) -> Result<Vec<Option<Position>>, StoreError>;

    /// Channels that have queued or held alerts or a play without an end.
    async fn busy_channels(&self) -> Result<Vec<StreamerId>, StoreError>;

    /// A page of a log.
    async fn log(
        &self,
        streamer: &StreamerId,
        after: After,
        limit: usize,
    ) -> Result<LogPage, StoreError>;

    /// One alert.
    async fn alert(&self, streamer: &StreamerId, id: AlertId) -> Result<Option<Alert>, StoreError>;

    /// Whose alert this is.
    async fn alert_owner(&self, id: AlertId) -> Result<Option<StreamerId>, StoreError>;

    /// Alerts, newest first.
    async fn alerts(
        &self,
        streamer: &StreamerId,
        filter: AlertFilter,
    ) -> Result<Vec<Alert>, StoreError>;

    /// All events, page by page, in no order that is promised, at most about `limit` at a time; `after`
    /// is the [`EventPage::next`] of the page before. What is accepted meanwhile may be left out.
    async fn events(&self, after: Option<&str>, limit: usize) -> Result<EventPage, StoreError>;

    /// Puts another raw body in the place of an event's, or none. `false`, and nothing is done, while
    /// it has no outcome: its body may be on its way to a channel.
    async fn put_body(&self, id: &EventId, body: Option<Bytes>) -> Result<bool, StoreError>;

    /// Puts these entries in the place of those at their positions, as far as they are there. Nothing
    /// else of the log changes, and nobody is told.
    async fn rewrite(&self, streamer: &StreamerId, entries: &[Entry]) -> Result<(), StoreError>;

    /// Sees to it that what was removed or replaced before is no longer in the store's files either,
    /// as far as those are the store's: the file systems, copies and replicas under it are not.
    async fn scrub(&self) -> Result<(), StoreError>;

    /// A streamer's totals, by currency.
    async fn totals(&self, streamer: &StreamerId) -> Result<Vec<Total>, StoreError>;

    /// One document.
    async fn document(&self, kind: DocumentKind, id: &str) -> Result<Option<Document>, StoreError>;

    /// Documents of a kind, of one owner or (`None`) of all, by id, after `after`, at most `limit`.
    async fn documents(
        &self,
        kind: DocumentKind,
        owner: Option<&StreamerId>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Document>, StoreError>;

    /// Writes a document if its version is as expected; the new version, or `None` if it is not.
    /// The document's own `version` is not read.
    async fn put_document(
        &self,
        kind: DocumentKind,
        document: Document,
        expect: Expect,
    ) -> Result<Option<u64>, StoreError>;

    /// Removes a document; whether it was there.
    async fn remove_document(&self, kind: DocumentKind, id: &str) -> Result<bool, StoreError>;

    /// Removes a streamer's channel, alerts, log, facts and documents. Its events stay.
    async fn remove_streamer(&self, streamer: &StreamerId) -> Result<(), StoreError>;

    /// Keeps bytes under their SHA-256 in hex. Returns the hash, or `None` for more than
    /// [`BLOB_MAX`].
    async fn put_blob(&self, bytes: Bytes) -> Result<Option<String>, StoreError>;

    /// The bytes with this hash.
    async fn blob(&self, hash: &str) -> Result<Option<Bytes>, StoreError>;

    /// Forgets the bytes with this hash, if there are any: for those who know that nothing names them.
    async fn remove_blob(&self, hash: &str) -> Result<(), StoreError>;

    /// Takes or prolongs a lease; whether `owner` has it now.
    async fn lease(&self, name: &str, owner: NodeId, length: Duration) -> Result<bool, StoreError>;

    /// Removes some of what is old; how many rows went. Never what is unsettled, a dead letter, an
    /// unfinished alert, a total or a buyer's count.
    async fn expire(&self, cutoffs: Cutoffs) -> Result<usize, StoreError>;

    /// A consistent copy of everything, at its beginning, to be read to its end. A gateway that is
    /// started with it knows that it is one. The file has no name and goes when it is closed.
    async fn backup(&self) -> Result<std::fs::File, StoreError>;

    /// Registers a welcomed connection for the whole cluster.
    async fn register(&self, connection: Connection) -> Result<(), StoreError>;

    /// Tells what was heard of connections.
    async fn heard(&self, heard: &[Heard]) -> Result<(), StoreError>;

    /// Takes a connection out. Ids are never used twice, so a late end removes nothing newer.
    async fn unregister(&self, id: ConnectionId) -> Result<(), StoreError>;

    /// Registered connections, of one streamer or all, by id.
    async fn connections(
        &self,
        streamer: Option<&StreamerId>,
    ) -> Result<Vec<Arc<Connection>>, StoreError>;

    /// One registered connection.
    async fn connection(&self, id: ConnectionId) -> Result<Option<Arc<Connection>>, StoreError>;

    /// Says "look" to every node, this one too. Never waits; may be lost.
    fn wake(&self, wake: Wake);

    /// Hears wakes. Who lags behind must look at everything.
    fn wakes(&self) -> broadcast::Receiver<Wake>;

    /// Opens this node's door for directed messages; once.
    fn open_mailbox(&self, mailbox: Mailbox);

    /// Hands a message to a connection's node.
    async fn direct(&self, id: ConnectionId, message: Direct) -> Result<Directed, StoreError>;

    /// Finishes what is queued, leaves the file clean, and lets it go.
    async fn close(&self);
}
