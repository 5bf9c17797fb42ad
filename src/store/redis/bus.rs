//! The bus between nodes: wakes, and that there is mail. What is published may be lost, doubled and
//! reordered; nothing is delivered by it. A probe that this node sends itself the same way shows
//! whether it hears at all: two missed, and it connects anew, and is not ready meanwhile.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt as _, future::join_all};
use redis::{RedisError, Value, aio::PubSubStream, cmd};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::{Notify, broadcast, mpsc},
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};

use super::{
    conn::within,
    link::Link,
    mail::Desk,
    row::{jitter, to_json},
    times::{CONNECT, OPEN, RECONNECT},
};
use crate::{
    clock::Clock,
    id::{NodeId, StreamerId},
    position::Position,
    store::{Mailbox, StoreError, Wake},
};

/// Wakes kept for a receiver that lags; beyond, it must look at everything.
const WAKES: usize = 1024;

/// Messages that wait to be published; what is more is lost, as any may be.
const OUTGOING: usize = 1024;

/// Published at once.
const BATCH: usize = 64;

/// Between two probes.
const PROBE_EVERY: Duration = Duration::from_secs(2);

/// Without a probe for so long, which is two missed, this node is deaf.
const DEAF_AFTER: Duration = Duration::from_secs(5);

/// What nodes publish.
#[derive(Clone, Serialize, Deserialize)]
struct Message {
    from: NodeId,
    what: What,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Channel(StreamerId, Position),
    Documents(StreamerId),
    News(StreamerId, String, serde_json::Value),
    /// There is something in this node's mailbox.
    Mail(NodeId),
    Probe,
}

/// See the module.
pub(super) struct Bus {
    line: Arc<Line>,
    /// What is to be published, until it is.
    queue: Mutex<Option<mpsc::Receiver<What>>>,
    tasks: Mutex<JoinSet<()>>,
}

/// One node's end of the bus.
pub(super) struct Line {
    pub(super) link: Arc<Link>,
    pub(super) node: NodeId,
    pub(super) desk: Desk,
    /// What is published is heard in every database of a server, so its name tells which.
    channel: String,
    local: broadcast::Sender<Wake>,
    outgoing: mpsc::Sender<What>,
    clock: Clock,
    /// When a probe last came back, by our own clock; 0 before.
    probed: AtomicI64,
    subscribed: AtomicBool,
    /// There may be mail.
    mail: Notify,
}

impl Bus {
    pub(super) fn new(link: Arc<Link>, node: NodeId) -> Self {
        let (outgoing, queue) = mpsc::channel(OUTGOING);
        let line = Arc::new(Line {
            channel: format!("tb:wake:{}", link.opener.address.database()),
            link,
            node,
            desk: Desk::default(),
            local: broadcast::channel(WAKES).0,
            outgoing,
            clock: Clock::start(),
            probed: AtomicI64::new(0),
            subscribed: AtomicBool::new(false),
            mail: Notify::new(),
        });
        Self { line, queue: Mutex::new(Some(queue)), tasks: Mutex::default() }
    }

    /// Begins to publish and to listen; once.
    pub(super) fn start(&self) {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(queue) = queue else { return };
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.spawn(publish(Arc::clone(&self.line), queue));
        tasks.spawn(subscribe(Arc::clone(&self.line)));
        tasks.spawn(probe(Arc::clone(&self.line)));
        tasks.spawn(fetch_mail(Arc::clone(&self.line)));
    }

    pub(super) fn line(&self) -> &Line {
        &self.line
    }

    pub(super) fn ready(&self) -> Result<(), StoreError> {
        if self.line.hears() {
            return Ok(());
        }
        let text = "messages between nodes do not arrive: alerts may be up to 2 s late";
        Err(StoreError::Unavailable(text.into()))
    }

    pub(super) fn wake(&self, wake: Wake) {
        let what = match wake.clone() {
            Wake::Channel(streamer, position) => What::Channel(streamer, position),
            Wake::Documents(streamer) => What::Documents(streamer),
            Wake::News(streamer, what, data) => What::News(streamer, what, data),
            Wake::All => return self.line.tell(Wake::All),
        };
        self.line.tell(wake);
        self.line.send(what);
    }

    pub(super) fn waker(&self) -> broadcast::Sender<Wake> {
        self.line.local.clone()
    }

    pub(super) fn wakes(&self) -> broadcast::Receiver<Wake> {
        self.line.local.subscribe()
    }

    pub(super) fn open_mailbox(&self, mailbox: Mailbox) {
        self.line.desk.open(mailbox);
    }

    pub(super) fn stop(&self) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }
}

impl Line {
    /// Tells another node that there is mail for it.
    pub(super) fn ring(&self, node: NodeId) {
        self.send(What::Mail(node));
    }

    /// Wakes receivers here.
    fn tell(&self, wake: Wake) {
        // Without anybody to hear it, there is nobody to wake.
        let _ = self.local.send(wake);
    }

    fn send(&self, what: What) {
        // Full: it is lost, as it might be on its way.
        let _ = self.outgoing.try_send(what);
    }

    fn hears(&self) -> bool {
        self.subscribed.load(Ordering::Relaxed) && self.probe_age() < DEAF_AFTER
    }

    /// How long ago a probe came back.
    pub(super) fn probe_age(&self) -> Duration {
        let probed = crate::time::Timestamp::from_millis(self.probed.load(Ordering::Relaxed));
        self.clock.now().since(probed)
    }

    fn heard(&self, message: Message) {
        let own = message.from == self.node;
        match message.what {
            What::Probe if own => {
                self.probed.store(self.clock.now().as_millis(), Ordering::Relaxed);
            }
            What::Mail(node) if node == self.node => self.mail.notify_one(),
            // What this node has sent was told here at once.
            _ if own => {}
            What::Channel(streamer, position) => self.tell(Wake::Channel(streamer, position)),
            What::Documents(streamer) => self.tell(Wake::Documents(streamer)),
            What::News(streamer, what, data) => self.tell(Wake::News(streamer, what, data)),
            What::Mail(_) | What::Probe => {}
        }
    }
}

async fn publish(line: Arc<Line>, mut queue: mpsc::Receiver<What>) {
    let mut batch = Vec::new();
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        let sends = batch.drain(..).map(|what| {
            let mut publish = cmd("PUBLISH");
            publish.arg(&line.channel).arg(to_json(&Message { from: line.node, what }));
            let line = Arc::clone(&line);
            // How many heard it proves nothing: a replica counts its own.
            async move { line.link.query::<i64>(&publish).await }
        });
        // In order: one connection, polled in order.
        join_all(sends).await;
    }
}

async fn probe(line: Arc<Line>) {
    let mut every = interval(PROBE_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        every.tick().await;
        line.send(What::Probe);
    }
}

/// Fetches mail when told, and every 2 s in case that was lost.
async fn fetch_mail(line: Arc<Line>) {
    loop {
        let _or_in_any_case = tokio::time::timeout(PROBE_EVERY, line.mail.notified()).await;
        if let Err(error) = line.fetch().await {
            tracing::debug!(%error, "mail could not be fetched");
        }
    }
}

async fn subscribe(line: Arc<Line>) {
    let (mut attempt, mut told) = (0, String::new());
    loop {
        let ended = listen(&line, &mut attempt).await;
        let was_subscribed = line.subscribed.swap(false, Ordering::Relaxed);
        let why = ended.err().map_or_else(|| "it heard nothing".into(), |e| e.to_string());
        // Each reason once: it may be tried for hours.
        if was_subscribed || why != told {
            tracing::warn!(why, "the subscription to other nodes ended, subscribing again");
            told = why;
        }
        sleep(RECONNECT.wait(attempt, jitter())).await;
        attempt += 1;
    }
}

/// Subscribes and listens until something is wrong.
async fn listen(line: &Line, attempt: &mut u32) -> Result<(), RedisError> {
    let client = within(OPEN, line.link.listener()).await?;
    let (mut sink, messages) = within(CONNECT, client.get_async_pubsub()).await?.split();
    within(CONNECT, sink.subscribe(&line.channel)).await?;
    *attempt = 0;
    line.probed.store(line.clock.now().as_millis(), Ordering::Relaxed);
    line.subscribed.store(true, Ordering::Relaxed);
    line.send(What::Probe);
    // Subscribed first, then everything is looked at: nothing falls between.
    line.tell(Wake::All);
    let mut every = interval(PROBE_EVERY);
    let mut messages: PubSubStream = messages;
    loop {
        tokio::select! {
            message = messages.next() => {
                let Some(message) = message else { return Ok(()) };
                // What cannot be read is of a newer version: the poll looks.
                if let Ok(message) = serde_json::from_slice(message.get_payload_bytes()) {
                    line.heard(message);
                }
            }
            _ = every.tick() => {
                within(CONNECT, sink.ping::<Value>()).await?;
                if !line.hears() {
                    return Ok(());
                }
            }
        }
    }
}
