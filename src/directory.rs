//! Streamers, their overlays, keys and secrets: documents of the store, with their meaning.

mod access;
mod api_keys;
mod holdings;
mod invitations;
mod overlays;
mod pairing;
mod secrets;
mod themes;

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::{
    clock::Clock,
    id::{OverlayId, StreamerId},
    keys::{KeyError, Keys},
    settings::{SettingError, Settings},
    single_flight::SingleFlight,
    store::{Document, DocumentKind, Expect, Store, StoreError, Wake},
    stripe::secret::SigningSecret,
    time::Timestamp,
};

pub use access::{LINK_LASTS, Principal, Role};
pub use api_keys::{KeyEntry, LinkState, MadeKey, NewKey};
pub use holdings::{Held, Holding};
pub use overlays::{Overlay, OverlayKey};
pub use pairing::{Claim, Pairing};
pub use secrets::SecretEntry;
pub use themes::{OwnTheme, OwnThemeError, THEMES_MAX};

/// The streamer a first run makes, and the one meant when nobody says which.
pub const DEFAULT_STREAMER: &str = "me";

/// The overlay every streamer begins with.
pub const DEFAULT_OVERLAY: &str = "main";

/// How long settings and secrets are believed without asking the store: how late another node may
/// learn of a change.
const BELIEVED_FOR: Duration = Duration::from_secs(2);

/// Most streamers, and most overlays, that something is believed of.
const BELIEVED_MAX: usize = 4096;

/// Most entries a list of one streamer has: streamers' overlays, keys, secrets.
const LISTED: usize = 1000;

/// Why the directory refused.
#[derive(Clone, Debug, Error)]
pub enum DirectoryError {
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key or sealed secret is not right.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It is taken; the text says what, and what to do.
    #[error("{0}")]
    Exists(String),
    /// There is none.
    #[error("there is no {0}")]
    Unknown(String),
    /// A setting's value does not fit.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// There is no such setting; the text lists those there are.
    #[error("{0}")]
    UnknownSetting(String),
    /// A name that does not fit; the text says what does.
    #[error("{0}")]
    BadName(&'static str),
    /// Somebody else changed it at the same time.
    #[error("it was changed at the same time: look again, then repeat")]
    Raced,
}

/// See the module.
pub struct Directory {
    store: Arc<dyn Store>,
    keys: Keys,
    /// Signing secrets of `me` that the configuration gives.
    configured: Vec<SigningSecret>,
    /// The default streamer, if the configuration names one.
    default: Option<StreamerId>,
    /// Its own: the store's may be set back.
    clock: Clock,
    /// By streamer; `None` is the gateway itself.
    believed: SingleFlight<Option<StreamerId>, Arc<Believed>, DirectoryError>,
    overlays: SingleFlight<OverlayId, Option<Arc<Overlay>>, DirectoryError>,
}

/// A streamer as last read.
#[derive(Debug)]
struct Believed {
    streamer: Option<Arc<Streamer>>,
    secrets: Vec<SigningSecret>,
}

/// A streamer.
#[derive(Clone, Debug)]
pub struct Streamer {
    /// Its slug.
    pub id: StreamerId,
    /// When it was made.
    pub created: Timestamp,
    /// What it has set; an empty name stands for the slug.
    pub settings: Settings,
    /// The themes of its own that its settings ask for.
    pub themes: Vec<OwnTheme>,
}

impl Streamer {
    /// The name shown.
    #[must_use]
    pub fn name(&self) -> &str {
        if self.settings.name.is_empty() { self.id.as_str() } else { &self.settings.name }
    }
}

/// What stays of a removed streamer.
#[derive(Serialize, Deserialize)]
struct Removed {
    at: Timestamp,
    secrets: Vec<secrets::Sealed>,
}

#[derive(Serialize, Deserialize)]
struct StreamerBody {
    created: Timestamp,
    settings: Settings,
}

impl Directory {
    /// A directory over a store. From the configuration come signing secrets for the streamer `me`
    /// and the `default` streamer, if it names one.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        keys: Keys,
        configured: Vec<SigningSecret>,
        default: Option<StreamerId>,
    ) -> Self {
        let clock = Clock::start();
        let believed = SingleFlight::new(BELIEVED_MAX, BELIEVED_FOR);
        let overlays = SingleFlight::new(BELIEVED_MAX, BELIEVED_FOR);
        Self { store, keys, configured, default, clock, believed, overlays }
    }

    /// The keys it seals and signs with.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// A streamer, if it exists; may be as old as 2 s.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn streamer(&self, id: &StreamerId) -> Result<Option<Arc<Streamer>>, DirectoryError> {
        Ok(self.believed(Some(id)).await?.streamer.clone())
    }

    /// All streamers, by id, after `after`.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn streamers(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Streamer>, DirectoryError> {
        let documents = self.store.documents(DocumentKind::Streamer, None, after, limit).await?;
        documents.into_iter().map(|document| read_streamer(document).map(|(s, _)| s)).collect()
    }

    /// The streamer that events without a name go to: the one configured, else the only one, else
    /// `me`. None if that one does not exist: a sale is not given to somebody else for it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn default_streamer(&self) -> Result<Option<StreamerId>, DirectoryError> {
        if let Some(configured) = &self.default {
            return Ok(self.streamer(configured).await?.map(|streamer| streamer.id.clone()));
        }
        let two = self.store.documents(DocumentKind::Streamer, None, None, 2).await?;
        match &two[..] {
            [] => Ok(None),
            [only] => Ok(only.id.parse().ok()),
            _ => {
                let me = DEFAULT_STREAMER.parse().expect("the default streamer is a slug");
                Ok(self.streamer(&me).await?.map(|_| me))
            }
        }
    }

    /// Makes a streamer with its overlay `main`.
    ///
    /// # Errors
    /// When it exists, a setting does not fit, or the store fails.
    pub async fn add_streamer(
        &self,
        id: &StreamerId,
        settings: Settings,
    ) -> Result<Streamer, DirectoryError> {
        settings.check()?;
        let themes = themes::wanted(&settings, Vec::new())?;
        let created = self.store.now();
        let mut streamer = Streamer { id: id.clone(), created, settings, themes };
        let put = self.put_streamer(&streamer, Expect::Absent).await?;
        streamer.settings.version = put.ok_or_else(|| {
            DirectoryError::Exists(format!("a streamer {id} exists already: choose another name"))
        })?;
        self.store.remove_document(DocumentKind::Gateway, &removed(id)).await?;
        self.forget(Some(id));
        self.add_overlay(id, DEFAULT_OVERLAY, crate::connection::OverlayKind::Alerts).await?;
        self.store.wake(Wake::Documents(id.clone()));
        Ok(streamer)
    }

    /// Changes the settings named in `patch` and no others; with `edition`, only if they are
    /// still those of that [`Settings::edition`].
    ///
    /// # Errors
    /// When the streamer is unknown, a key or value does not fit, somebody else was faster, or the
    /// store fails.
    pub async fn change_streamer(
        &self,
        id: &StreamerId,
        patch: &serde_json::Map<String, Value>,
        edition: Option<&str>,
    ) -> Result<Streamer, DirectoryError> {
        let document = self.store.document(DocumentKind::Streamer, id.as_str()).await?;
        let document = document.ok_or_else(|| DirectoryError::Unknown(format!("streamer {id}")))?;
        let (mut streamer, version) = read_streamer(document)?;
        if edition.is_some_and(|edition| edition != streamer.settings.edition()) {
            return Err(DirectoryError::Raced);
        }
        streamer.settings = patched(&streamer.settings, patch)?;
        streamer.settings.check()?;
        // Who changes something else is not kept from it by a theme that has gone since.
        streamer.themes = if patch.contains_key("theme") || patch.contains_key("rules") {
            self.wanted_themes(&streamer).await?
        } else {
            self.known_themes(&streamer).await?
        };
        let put = self.put_streamer(&streamer, Expect::Version(version)).await?;
        self.forget(Some(id));
        streamer.settings.version = put.ok_or(DirectoryError::Raced)?;
        self.store.wake(Wake::Documents(id.clone()));
        Ok(streamer)
    }

    /// Removes a streamer and all that is its own. Its verified events become dead letters from now
    /// on, so what verifies them is kept, sealed.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn remove_streamer(&self, id: &StreamerId) -> Result<(), DirectoryError> {
        let body = Removed { at: self.store.now(), secrets: self.sealed_secrets(Some(id)).await? };
        let document = Document {
            id: removed(id),
            owner: None,
            version: 0,
            expires: None,
            body: serde_json::to_value(body).expect("sealed secrets are plain JSON"),
        };
        self.store.put_document(DocumentKind::Gateway, document, Expect::Any).await?;
        let themes = self.themes(id).await?;
        self.store.remove_streamer(id).await?;
        self.forget(Some(id));
        for theme in themes {
            self.forget_zip(&theme.hash).await?;
        }
        self.store.wake(Wake::Documents(id.clone()));
        Ok(())
    }

    /// Whether there once was such a streamer.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn was_removed(&self, id: &StreamerId) -> Result<bool, DirectoryError> {
        Ok(self.store.document(DocumentKind::Gateway, &removed(id)).await?.is_some())
    }

    async fn put_streamer(
        &self,
        streamer: &Streamer,
        expect: Expect,
    ) -> Result<Option<u64>, DirectoryError> {
        let body = StreamerBody { created: streamer.created, settings: streamer.settings.clone() };
        let document = Document {
            id: streamer.id.to_string(),
            owner: Some(streamer.id.clone()),
            version: 0,
            expires: None,
            body: serde_json::to_value(body).expect("a streamer is plain JSON"),
        };
        Ok(self.store.put_document(DocumentKind::Streamer, document, expect).await?)
    }

    async fn believed(&self, id: Option<&StreamerId>) -> Result<Arc<Believed>, DirectoryError> {
        self.believed
            .get(&id.cloned(), self.clock.now(), async || self.read_streamer(id).await)
            .await
    }

    async fn read_streamer(
        &self,
        id: Option<&StreamerId>,
    ) -> Result<Arc<Believed>, DirectoryError> {
        let document = match id {
            Some(id) => self.store.document(DocumentKind::Streamer, id.as_str()).await?,
            None => None,
        };
        let streamer = match document.map(read_streamer).transpose()? {
            Some((mut streamer, _)) => {
                streamer.themes = self.known_themes(&streamer).await?;
                Some(Arc::new(streamer))
            }
            None => None,
        };
        let secrets = self.read_secrets(id).await?;
        Ok(Arc::new(Believed { streamer, secrets }))
    }

    /// Forgets what is believed of a streamer, because it changed.
    pub fn forget(&self, id: Option<&StreamerId>) {
        self.believed.forget(&id.cloned());
        self.overlays.forget_all(|_, overlay| {
            // One that is still being read may be the streamer's.
            let overlay = overlay.and_then(Option::as_ref);
            overlay.is_none_or(|overlay| Some(&overlay.streamer) == id)
        });
    }
}

fn removed(id: &StreamerId) -> String {
    format!("removed:{id}")
}

/// Settings with those in `patch` changed and no others.
///
/// # Errors
/// The first key that is no setting, or whose value cannot be read.
pub fn patched(
    settings: &Settings,
    patch: &serde_json::Map<String, Value>,
) -> Result<Settings, DirectoryError> {
    let mut settings = settings.clone();
    let mut all = serde_json::to_value(&settings).expect("settings are plain JSON");
    for (key, value) in patch {
        let known = all.get_mut(key).ok_or_else(|| unknown_setting(key))?;
        *known = value.clone();
        // One at a time, so that the error can name the key.
        settings = serde_json::from_value(all.clone())
            .map_err(|_| SettingError::of(key, value))
            .map_err(|wrong| wrong.map_or_else(|| unknown_setting(key), Into::into))?;
    }
    Ok(settings)
}

fn unknown_setting(key: &str) -> DirectoryError {
    let known: Vec<_> = Settings::names().collect();
    let known = known.join(", ");
    DirectoryError::UnknownSetting(format!("there is no setting {key:?}; there are {known}"))
}

fn read_streamer(document: Document) -> Result<(Streamer, u64), DirectoryError> {
    let mut body: StreamerBody = read(&document)?;
    body.settings.version = document.version;
    let id = document.id.parse().map_err(|_| unreadable(&document.id, "its id is no slug"))?;
    let StreamerBody { created, settings } = body;
    Ok((Streamer { id, created, settings, themes: Vec::new() }, document.version))
}

fn read<T: for<'de> Deserialize<'de>>(document: &Document) -> Result<T, DirectoryError> {
    T::deserialize(&document.body).map_err(|error| unreadable(&document.id, &error.to_string()))
}

fn unreadable(what: &str, why: &str) -> DirectoryError {
    StoreError::Unreadable { what: what.into(), why: why.into() }.into()
}
