//! Which store a gateway has: its own in the data directory, or one in Redis that it shares.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::{DataDir, ServeError};
use crate::{
    clock::Clock,
    config::Config,
    directory::{DEFAULT_STREAMER, Directory, DirectoryError},
    id::NodeId,
    keys::Keys,
    settings::Settings,
    store::{
        DocumentKind, Store,
        redis::{self, Identity, RedisStore},
        sqlite::{self, SqliteStore},
    },
};

/// An open store and data directory, and the secrets of the gateway whose they are.
pub(super) struct Opened {
    pub(super) data: DataDir,
    pub(super) store: Arc<dyn Store>,
    pub(super) keys: Keys,
    pub(super) admin_token: SecretString,
    /// Whether it is an older copy of what was there before.
    pub(super) restored: bool,
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
    let opened = tokio::task::spawn_blocking(move || {
        SqliteStore::open(sqlite::Options::new(dir, Clock::start()))
    });
    let store = opened.await.map_err(|error| ServeError::Failed(error.to_string()))??;
    let restored = store.restored();
    Ok(Opened { data, store, keys, admin_token, restored })
}

async fn shared(config: &Config, url: &SecretString, node: NodeId) -> Result<Opened, ServeError> {
    let options = redis::Options { url: url.clone(), node, durability: config.redis.durability };
    // First, so that a start that Redis refuses has made nothing.
    let store = RedisStore::open(options).await?;
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
    let Identity { master, admin_token } =
        store.identity(own, secret).await.map_err(redis::OpenError::from)?;
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
    Ok(Opened { data, store, keys, admin_token, restored: false })
}

/// Makes the first streamer, if there is none; whether it was made here, and not by another node at
/// the same moment.
pub(super) async fn first_streamer(directory: &Directory) -> Result<bool, ServeError> {
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
