//! Which store a gateway has: its own in the data directory, or one in Redis that it shares.

use std::{path::PathBuf, sync::Arc, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};

use super::{DataDir, ServeError};
use crate::{
    backoff::Backoff,
    clock::Clock,
    config::Config,
    connection::OverlayKind,
    directory::{DEFAULT_OVERLAY, DEFAULT_STREAMER, Directory, DirectoryError},
    id::NodeId,
    keys::Keys,
    node::{Node, random},
    settings::Settings,
    store::{
        DocumentKind, Store,
        redis::{self, Identity, IdentityError, RedisStore},
        sqlite::{self, SqliteStore},
    },
};

/// How long a start waits for a store that is away, and between its tries.
const START_WITHIN: Duration = Duration::from_secs(10);
const RETRY: Backoff = Backoff { first: Duration::from_millis(100), most: Duration::from_secs(1) };

/// How often a node looks whether Redis still knows the gateway.
const FOUNDED_EVERY: Duration = Duration::from_secs(2);

/// An open store and data directory, and the secrets of the gateway whose they are.
pub(super) struct Opened {
    pub(super) data: DataDir,
    pub(super) store: Arc<dyn Store>,
    pub(super) keys: Keys,
    pub(super) admin_token: SecretString,
    /// An older copy of what was there before.
    pub(super) restored: Option<Arc<SqliteStore>>,
    /// Of a shared store.
    pub(super) founder: Option<Founder>,
}

/// Opens the store that the configuration names, for the node `id`.
pub(super) async fn open(config: &Config, id: NodeId) -> Result<Opened, ServeError> {
    match &config.redis.url {
        None => embedded(config).await,
        Some(url) => shared(config, url, id).await,
    }
}

async fn embedded(config: &Config) -> Result<Opened, ServeError> {
    let data = DataDir::open(&config.data)?;
    // Before there is a database: one without its key would be refused at the next start.
    let (keys, admin_token) = data.identity()?;
    let dir = config.data.clone();
    // Opening checks the file, which can take a while: not on a thread that serves.
    let opened = tokio::task::spawn_blocking(move || SqliteStore::open(options(dir)));
    let store = opened.await.map_err(|error| ServeError::Failed(error.to_string()))??;
    let restored = store.restored().then(|| Arc::clone(&store));
    Ok(Opened { data, store, keys, admin_token, restored, founder: None })
}

#[cfg(not(debug_assertions))]
fn options(dir: PathBuf) -> sqlite::Options {
    sqlite::Options::new(dir, Clock::start())
}

/// The usual ones, unless a power cut shall be seen to lose something (tests/power-cut). No setting,
/// since no gateway that sells may have it.
#[cfg(debug_assertions)]
fn options(dir: PathBuf) -> sqlite::Options {
    let forgetful = std::env::var_os("TILLBELL_FORGETFUL").is_some();
    sqlite::Options { forgetful, ..sqlite::Options::new(dir, Clock::start()) }
}

async fn shared(config: &Config, url: &SecretString, node: NodeId) -> Result<Opened, ServeError> {
    let options = redis::Options { url: url.clone(), node, durability: config.redis.durability };
    // First, so that a start that Redis refuses has made nothing.
    let store = RedisStore::prepare(options).await?;
    let mut data = DataDir::open(&config.data)?;
    data.lock()?;
    let own = Identity { master: data.master_key()?, admin_token: data.admin_token()? };
    if data.has_database()
        && store.documents(DocumentKind::Streamer, None, None, 1).await?.is_empty()
    {
        return Err(ServeError::Config(format!(
            "{dir} holds a gateway of its own, and Redis is empty: carry it over with tillbell migrate \
             --from {dir} --to URL, or name an empty directory with --data",
            dir = config.data.display()
        )));
    }
    let secret = config.redis.cluster_secret.as_ref();
    let (own_master, own_token) = (own.master.clone(), own.admin_token.clone());
    let Identity { master, admin_token } = patiently(async || {
        Ok(store.identity(own.clone(), secret).await.map_err(redis::OpenError::from)?)
    })
    .await?;
    let differs = |own: Option<SecretString>, present: &SecretString| {
        own.is_none_or(|own| own.expose_secret() != present.expose_secret())
    };
    if differs(own_master, &master) {
        data.keep_master_key(master.clone())?;
    }
    if differs(own_token, &admin_token) {
        data.keep_admin_token(admin_token.clone())?;
    }
    let keys = data.keys(&master)?;
    store.start();
    let own = Identity { master, admin_token: admin_token.clone() };
    let founder = Founder { store: Arc::clone(&store), own, secret: secret.cloned() };
    Ok(Opened { data, store, keys, admin_token, restored: None, founder: Some(founder) })
}

/// Tries a step of the start for 10 s while the store is away: a replica that has only just come may
/// not confirm the first writes in time.
async fn patiently<T>(
    mut step: impl AsyncFnMut() -> Result<T, ServeError>,
) -> Result<T, ServeError> {
    let (clock, mut tries) = (Clock::start(), 0);
    loop {
        let wait = RETRY.wait(tries, random());
        match step().await {
            Err(error) if error.exit_code() == 75 && clock.uptime() + wait < START_WITHIN => {
                tokio::time::sleep(wait).await;
                tries += 1;
            }
            done => return done,
        }
    }
}

/// What a running node brings to a Redis that came back without anything.
pub(super) struct Founder {
    store: Arc<RedisStore>,
    own: Identity<SecretString>,
    secret: Option<SecretString>,
}

impl Founder {
    /// Founds the gateway anew whenever Redis has lost it, until the node stops: else every sale
    /// would be refused until somebody restarts a node.
    pub(super) async fn watch(self, node: Arc<Node>) {
        let mut whole = true;
        loop {
            tokio::select! {
                () = tokio::time::sleep(FOUNDED_EVERY) => {}
                () = node.stop.cancelled() => return,
            }
            match self.store.is_founded().await {
                Ok(false) if whole => tracing::error!(
                    "Redis has lost what it held: streamers, links, secrets and alerts; the gateway \
                     begins anew with its own keys, a backup of Redis would have the rest"
                ),
                Ok(false) => {}
                Ok(true) if !whole => {}
                // Redis is away, or all is well.
                _ => continue,
            }
            whole = match self.found(&node).await {
                Ok(()) => true,
                // Away again: until it is done, it is done again.
                Err(FoundError::Away) => false,
                Err(FoundError::Never(why)) => return node.fail(&why),
            };
        }
    }

    async fn found(&self, node: &Node) -> Result<(), FoundError> {
        let Identity { master, admin_token } = self.own.clone();
        let own = Identity { master: Some(master), admin_token: Some(admin_token) };
        match self.store.identity(own, self.secret.as_ref()).await {
            Ok(_) => {}
            Err(IdentityError::Store(_)) => return Err(FoundError::Away),
            Err(error) => return Err(FoundError::Never(error.to_string())),
        }
        first_streamer(&node.directory).await.map_err(|_| FoundError::Away)?;
        // It may have broken off between the two, the last time.
        first_overlay(&node.directory).await.map_err(|_| FoundError::Away)
    }
}

/// Why a gateway could not be founded anew.
enum FoundError {
    Away,
    /// Others founded another one.
    Never(String),
}

/// Makes the first streamer's overlay, if it has none.
async fn first_overlay(directory: &Directory) -> Result<(), DirectoryError> {
    let me = DEFAULT_STREAMER.parse().expect("the default streamer is a slug");
    if directory.overlays(&me).await?.is_empty() {
        directory.add_overlay(&me, DEFAULT_OVERLAY, OverlayKind::Alerts).await?;
    }
    Ok(())
}

/// Makes the first streamer with its overlay, if there is none; whether it was made here, and not by
/// another node at the same moment.
pub(super) async fn first_run(directory: &Directory) -> Result<bool, ServeError> {
    let mut broke_off = false;
    patiently(async || {
        let made = first_streamer(directory).await;
        if made.is_ok() && broke_off {
            first_overlay(directory).await?;
        }
        broke_off |= made.is_err();
        made
    })
    .await
}

async fn first_streamer(directory: &Directory) -> Result<bool, ServeError> {
    if !directory.streamers(None, 1).await?.is_empty() {
        return Ok(false);
    }
    let me = DEFAULT_STREAMER.parse().expect("the default streamer is a slug");
    match directory.add_streamer(&me, Settings::default()).await {
        Ok(_) => Ok(true),
        Err(DirectoryError::Exists(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
