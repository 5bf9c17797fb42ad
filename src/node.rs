//! One running gateway: what all of its tasks share.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    channel::Here,
    clock::Clock,
    conductor::Runners,
    directory::Directory,
    hub::Hub,
    id::{NodeId, StreamerId},
    intake::Intake,
    media::Media,
    metrics::Metrics,
    shop::Catalogue,
    store::Store,
    stripe::{secret::SigningSecret, signature::Tolerance},
    stripe_api::StripeApi,
    time::Timestamp,
};

/// What a node is made with.
#[derive(Debug)]
pub struct Options {
    /// Its id.
    pub id: NodeId,
    /// The build of the pages it serves: a changed one makes idle pages reload.
    pub build: String,
    /// How old or early a signature may be.
    pub tolerance: Tolerance,
    /// Stripe's API, if there is a key for it.
    pub stripe: Option<Arc<StripeApi>>,
    /// The secret that signs test alerts; it never leaves the process.
    pub test_secret: SigningSecret,
    /// Most open overlay sockets of one streamer on this node.
    pub connections_per_streamer: usize,
}

/// See the module.
pub struct Node {
    /// Its id.
    pub id: NodeId,
    /// When it started, by the store's clock.
    pub started: Timestamp,
    /// How long it has run.
    pub clock: Clock,
    /// See [`Options::build`].
    pub build: String,
    /// See [`Options::tolerance`].
    pub tolerance: Tolerance,
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// Stripe's API, if there is a key for it.
    pub stripe: Option<Arc<StripeApi>>,
    /// Streamers, overlays, keys, secrets.
    pub directory: Directory,
    pub(crate) catalogue: Catalogue,
    /// Pictures of products.
    pub media: Media,
    /// The open sockets.
    pub hub: Hub,
    /// The figures.
    pub metrics: Metrics,
    pub(crate) runners: Runners,
    pub(crate) intake: Intake,
    /// Somebody asked for a job.
    pub(crate) jobs: Notify,
    pub(crate) test_secret: SigningSecret,
    pub(crate) connections_per_streamer: usize,
    /// Tasks that are waited for at the end: sockets, runners, intake.
    pub(crate) tasks: TaskTracker,
    /// Ends accepting: no new sockets, webhooks answer `draining`.
    pub(crate) draining: CancellationToken,
    /// Ends everything.
    pub(crate) stop: CancellationToken,
    /// Why the node must stop although nobody asked, if so.
    failure: Mutex<Option<String>>,
    said: Mutex<HashSet<String>>,
    last_webhook: Mutex<Option<(Timestamp, &'static str)>>,
    deliveries: Mutex<HashMap<StreamerId, Deliveries>>,
}

/// What the webhook of one streamer answered last on this node, since it started.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deliveries {
    /// When an event was verified.
    pub verified: Option<Timestamp>,
    /// When a delivery was refused, and the code of why.
    pub refused: Option<(Timestamp, &'static str)>,
}

/// Most things that are said only once, and most streamers whose deliveries are remembered.
const SAID_MAX: usize = 1024;

impl Node {
    /// A node over a store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, directory: Directory, options: Options) -> Arc<Self> {
        Arc::new(Self {
            id: options.id,
            started: store.now(),
            clock: Clock::start(),
            build: options.build,
            tolerance: options.tolerance,
            media: Media::new(Arc::clone(&store)),
            store,
            stripe: options.stripe,
            directory,
            catalogue: Catalogue::default(),
            hub: Hub::default(),
            metrics: Metrics::default(),
            runners: Runners::default(),
            intake: Intake::new(),
            jobs: Notify::new(),
            test_secret: options.test_secret,
            connections_per_streamer: options.connections_per_streamer,
            tasks: TaskTracker::new(),
            draining: CancellationToken::new(),
            stop: CancellationToken::new(),
            failure: Mutex::default(),
            said: Mutex::default(),
            last_webhook: Mutex::default(),
            deliveries: Mutex::default(),
        })
    }

    /// Where rules are applied.
    #[must_use]
    pub fn here(&self) -> Here {
        Here { node: self.id, node_started: self.started, draining: self.is_draining() }
    }

    /// Whether it is on its way out.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Stops the node because it cannot go on, and says why.
    pub fn fail(&self, why: &str) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why.to_owned());
        self.draining.cancel();
    }

    /// Why the node had to stop.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether this is said for the first time.
    pub fn first_time(&self, what: &str) -> bool {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.len() < SAID_MAX && said.insert(what.to_owned())
    }

    /// Counts an answer of the webhook, and remembers it as the last.
    pub fn webhook_answered(&self, result: &'static str) {
        self.metrics.webhook(result);
        let last = Some((self.store.now(), result));
        *self.last_webhook.lock().unwrap_or_else(PoisonError::into_inner) = last;
    }

    /// Remembers what a streamer's own webhook address answered: `Err` with the code of a refusal.
    pub fn delivery_answered(&self, streamer: &StreamerId, answer: Result<(), &'static str>) {
        let now = self.store.now();
        let mut all = self.deliveries.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= SAID_MAX && !all.contains_key(streamer) {
            return;
        }
        let of = all.entry(streamer.clone()).or_default();
        match answer {
            Ok(()) => of.verified = Some(now),
            Err(code) => of.refused = Some((now, code)),
        }
    }

    /// What a streamer's own webhook address answered last.
    #[must_use]
    pub fn deliveries(&self, streamer: &StreamerId) -> Deliveries {
        let all = self.deliveries.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(streamer).copied().unwrap_or_default()
    }

    /// The webhook's last answer.
    #[must_use]
    pub fn last_webhook(&self) -> Option<(Timestamp, &'static str)> {
        *self.last_webhook.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Random bits for jitter.
#[must_use]
pub fn random() -> u64 {
    getrandom::u64().unwrap_or(0)
}
