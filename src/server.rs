//! Assembly: from a configuration to a running gateway, and down again. Everything that can fail
//! fails before the first request is answered.

mod data_dir;
mod drain;
mod greeting;
mod store;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, serve::ListenerExt as _};
use tokio::{
    net::{TcpListener, TcpSocket},
    task::JoinSet,
};

use crate::{
    channel::Input,
    close::CloseReason,
    conductor::Retention,
    config::Config,
    directory::{Directory, DirectoryError},
    http::{self, Options},
    id::{NodeId, StreamerId},
    keys::new_token,
    node::{self, Node},
    store::{Direct, StoreError, redis::OpenError, sqlite::SqliteStore},
    stripe::{secret::SigningSecret, signature::Tolerance},
    stripe_api::StripeApi,
};

use data_dir::DataDir;
pub use data_dir::{ADDRESS, ADMIN_TOKEN, MASTER_KEY};
use store::{Founder, Opened};

/// Why a gateway did not start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The configuration asks for what cannot be.
    #[error("{0}")]
    Config(String),
    /// The data directory cannot be used.
    #[error("{0}")]
    Data(String),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Redis cannot be used.
    #[error(transparent)]
    Redis(#[from] OpenError),
    /// Streamers or keys cannot be read.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The address cannot be bound.
    #[error("cannot listen on {address}: {why}")]
    Bind {
        /// Which.
        address: SocketAddr,
        /// Why.
        why: String,
    },
    /// It stopped because it could not go on.
    #[error("stopped: {0}")]
    Failed(String),
}

impl ServeError {
    /// The exit code (contract §2).
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) => 78,
            Self::Redis(error) => error.exit_code(),
            Self::Store(StoreError::Unavailable(_))
            | Self::Directory(DirectoryError::Store(StoreError::Unavailable(_))) => 75,
            _ => 1,
        }
    }
}

/// Runs a gateway until it is told to stop.
///
/// # Errors
/// When it cannot start, or must stop although nobody asked.
pub async fn serve(config: Config) -> Result<(), ServeError> {
    let signals = drain::Signals::hear();
    let gateway = Gateway::build(config).await?;
    gateway.greet().await?;
    gateway.run(signals).await
}

/// A gateway that is ready to run.
struct Gateway {
    node: Arc<Node>,
    options: Options,
    data: DataDir,
    listener: TcpListener,
    public_listener: Option<TcpListener>,
    retention: Retention,
    poll: bool,
    first_run: bool,
    restored: Option<Arc<SqliteStore>>,
    founder: Option<Founder>,
    /// What commands need to find this gateway: nothing, or ` --data DIR`.
    hint: String,
}

impl Gateway {
    async fn build(config: Config) -> Result<Self, ServeError> {
        // Bound first: a start that fails on its address has made nothing.
        let listener = bind(config.server.listen)?;
        let listen = listener.local_addr().unwrap_or(config.server.listen);
        let public_listener = match config.server.public_listen {
            Some(address) => Some(bind(address)?),
            None => None,
        };
        let configured = configured_secrets(&config)?;
        let id = NodeId::new();
        let Opened { data, store, keys, admin_token, restored, founder } =
            store::open(&config, id).await?;
        let default = config.stripe.default_streamer.clone();
        let directory = Directory::new(Arc::clone(&store), keys, configured, default.clone());
        let first_run = store::first_run(&directory).await?;
        if let Some(default) = &default {
            look_for(default, &directory).await?;
        }
        let tolerance = config.stripe.tolerance.as_secs();
        let tolerance_s = u32::try_from(tolerance).unwrap_or(u32::MAX);
        let options = node::Options {
            id,
            build: http::build(),
            tolerance: Tolerance { past_s: tolerance_s, future_s: tolerance_s },
            stripe: stripe_api(&config)?,
            test_secret: test_secret()?,
            connections_per_streamer: config.limits.connections_per_streamer,
        };
        let node = Node::new(store, directory, options);
        open_mailbox(&node);
        let options = Options {
            public_url: config
                .server
                .public_url
                .clone()
                .unwrap_or_else(|| greeting::url_of(listen)),
            listen,
            admin_token,
            body_max: config.limits.body,
            connections_max: config.limits.connections,
            trusted_proxies: config.server.trusted_proxies.clone(),
        };
        let retention = retention(&config);
        let hint = greeting::hint(&config);
        Ok(Self {
            node,
            options,
            data,
            listener,
            public_listener,
            retention,
            poll: config.stripe.poll,
            first_run,
            restored,
            founder,
            hint,
        })
    }

    async fn greet(&self) -> Result<(), ServeError> {
        self.data.announce(&greeting::url_of(self.options.listen))?;
        let links = greeting::Links::of(&self.node, &self.options).await?;
        greeting::print(&links, self.first_run, &self.hint);
        Ok(())
    }

    async fn run(self, signals: drain::Signals) -> Result<(), ServeError> {
        let Self { node, options, data, listener, public_listener, retention, poll, .. } = self;
        if let Some(copy) = self.restored {
            // Before any overlay can ask for it.
            send_waiting_to_tray(&node).await?;
            copy.end_restoring().await?;
        }
        let (mut core, mut serving) = (JoinSet::new(), JoinSet::new());
        let router = http::router(Arc::clone(&node), options.clone());
        serving.spawn(accept(Arc::clone(&node), listener, router));
        if let Some(listener) = public_listener {
            let router = http::public_router(Arc::clone(&node), options);
            serving.spawn(accept(Arc::clone(&node), listener, router));
        }
        core.spawn(Arc::clone(&node).keep_connections());
        core.spawn(Arc::clone(&node).take_up_events());
        core.spawn(Arc::clone(&node).keep_house());
        core.spawn(Arc::clone(&node).forget_old(retention));
        core.spawn(Arc::clone(&node).reconcile(poll));
        core.spawn(Arc::clone(&node).run_jobs());
        if let Some(founder) = self.founder {
            core.spawn(Arc::clone(&node).listen());
            core.spawn(founder.watch(Arc::clone(&node)));
        }
        tracing::info!(node = %node.id, store = node.store.name(), "ready");
        tokio::select! {
            () = drain::asked(signals) => tracing::info!("stopping: open work ends first"),
            () = node.draining.cancelled() => {}
            error = node.store.broken() => {
                tracing::error!(%error, "stopping: the store may not be what it says");
                node.fail(&error.to_string());
            }
            // A core task that ends early leaves a gateway that only seems to work.
            _ended = core.join_next() => node.fail("a core task ended"),
            _ended = serving.join_next() => node.fail("serving ended"),
        }
        drain::drain(&node, &mut serving, &mut core).await;
        data.withdraw();
        match node.failure() {
            Some(why) => Err(ServeError::Failed(why)),
            None => Ok(()),
        }
    }
}

/// Most connections that wait to be accepted: what Linux allows by default. With fewer, those overlays
/// that come back when all do knock in vain, and again only after a second.
const KNOCKING_MAX: u32 = 4_096;

fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // As tokio's own `bind` does: a restart finds its port free.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(KNOCKING_MAX)
    };
    listen().map_err(|error: io::Error| {
        let why = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "another program uses this port: stop it, or choose another with --listen".into()
            }
            _ => error.to_string(),
        };
        ServeError::Bind { address, why }
    })
}

async fn accept(node: Arc<Node>, listener: TcpListener, router: Router) {
    let listener = listener.tap_io(|stream| {
        let _slower_without = stream.set_nodelay(true);
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let draining = node.draining.clone();
    let served =
        axum::serve(listener, service).with_graceful_shutdown(draining.cancelled_owned()).await;
    if let Err(error) = served {
        tracing::error!(%error, "serving ended");
    }
}

fn stripe_api(config: &Config) -> Result<Option<Arc<StripeApi>>, ServeError> {
    let Some(key) = &config.stripe.api_key else { return Ok(None) };
    let api = StripeApi::new(key.clone(), &config.stripe.api_base)
        .map_err(|error| ServeError::Config(format!("stripe.api_base: {error}")))?;
    Ok(Some(Arc::new(api)))
}

/// Says so if the default streamer that is configured does not exist, perhaps not yet.
async fn look_for(default: &StreamerId, directory: &Directory) -> Result<(), ServeError> {
    if directory.streamer(default).await?.is_none() {
        tracing::warn!(
            "stripe.default_streamer is {default}, and there is no such streamer: sales that name \
             nobody become dead letters until you run tillbell streamer add {default}"
        );
    }
    Ok(())
}

/// The secret that signs test alerts: new with each start, known to nobody.
fn test_secret() -> Result<SigningSecret, ServeError> {
    use secrecy::ExposeSecret as _;
    let token = new_token("whsec_").map_err(|error| ServeError::Failed(error.to_string()))?;
    Ok(SigningSecret::parse(token.expose_secret()).expect("it has the right prefix"))
}

fn configured_secrets(config: &Config) -> Result<Vec<SigningSecret>, ServeError> {
    use secrecy::ExposeSecret as _;
    let parse = |secret: &secrecy::SecretString| {
        SigningSecret::parse(secret.expose_secret())
            .map_err(|error| ServeError::Config(format!("stripe.webhook_secret: {error}")))
    };
    config.stripe.webhook_secret.iter().map(parse).collect()
}

fn retention(config: &Config) -> Retention {
    let days = |days: u32| Duration::from_hours(u64::from(days) * 24);
    Retention {
        events: days(config.retention.events_days),
        log: days(config.retention.log_days),
        alerts: config.retention.alerts_days.map(days),
    }
}

/// Takes directed messages for the connections of this node.
fn open_mailbox(node: &Arc<Node>) {
    let weak = Arc::downgrade(node);
    node.store.open_mailbox(Box::new(move |id, message| {
        let Some(node) = weak.upgrade() else { return false };
        let Some(conn) = node.hub.get(id).filter(|conn| !conn.is_closing()) else { return false };
        match message {
            Direct::Message(data) => conn.send(&crate::wire::ServerFrame::Message { data: &data }),
            Direct::Close => node.end(&conn, CloseReason::Disconnected),
        }
        true
    }));
}

/// The data is an older copy: what it says is waiting may have been shown since. A person decides. If
/// it cannot be done now there is no start, and the next one does it.
async fn send_waiting_to_tray(node: &Arc<Node>) -> Result<(), ServeError> {
    for streamer in node.store.busy_channels().await? {
        if let Err(error) = node.submit(&streamer, Input::Restored).await {
            let why = format!("waiting alerts of {streamer} could not be set aside: {error}");
            return Err(StoreError::Unavailable(why).into());
        }
    }
    Ok(())
}
