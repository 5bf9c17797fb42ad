//! Streamers' own themes: a document that says what each is, and its zip as a blob.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;

use super::{Directory, DirectoryError, LISTED, Streamer, read};
use crate::{
    alert::Theme,
    id::StreamerId,
    settings::{SettingError, Settings, rules::RuleError},
    store::{Document, DocumentKind, Expect, StoreError, Wake},
    theme::Manifest,
    time::Timestamp,
};

/// Most themes of one streamer.
pub const THEMES_MAX: usize = 16;

/// Where themes are served, before the hash of their zip.
const PATH: &str = "/themes/";

/// Why a theme was not added or removed.
#[derive(Debug, Error)]
pub enum OwnThemeError {
    /// The directory did not do it.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// There are too many.
    #[error("a streamer has at most {THEMES_MAX} themes: remove one first")]
    Full,
    /// Settings or rules ask for it.
    #[error("{0} asks for this theme: choose another there first")]
    InUse(String),
}

impl From<StoreError> for OwnThemeError {
    fn from(error: StoreError) -> Self {
        Self::Directory(error.into())
    }
}

/// A theme of a streamer's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnTheme {
    /// What its theme.json says.
    pub manifest: Manifest,
    /// The SHA-256 of its zip, in hex.
    pub hash: String,
    /// How large the zip is, in bytes.
    pub bytes: usize,
    /// When this zip was added.
    pub added: Timestamp,
}

impl OwnTheme {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Theme {
        &self.manifest.name
    }

    /// The path of its sheet on this gateway.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{PATH}{}/theme.css", self.hash)
    }

    /// What a page needs to draw it: its sheet, and the built-in theme it stands on.
    #[must_use]
    pub fn sheet(&self) -> Value {
        json!({ "url": self.url(), "base": self.manifest.base })
    }

    /// Where its sounds are, by the names of the gateway's own.
    #[must_use]
    pub fn sounds(&self) -> BTreeMap<&'static str, String> {
        let url = |path| format!("{PATH}{}/{path}", self.hash);
        self.manifest.sounds.iter().map(|(name, path)| (name, url(path))).collect()
    }
}

impl Directory {
    /// A streamer's themes, by name.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn themes(&self, streamer: &StreamerId) -> Result<Vec<OwnTheme>, DirectoryError> {
        let (kind, owner) = (DocumentKind::Theme, Some(streamer));
        // Two that were added at the same time may be one too many.
        let documents = self.store.documents(kind, owner, None, 2 * THEMES_MAX).await?;
        documents.iter().map(read).collect()
    }

    /// A theme's zip.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn theme_zip(
        &self,
        streamer: &StreamerId,
        name: &str,
    ) -> Result<Bytes, DirectoryError> {
        let unknown = || DirectoryError::Unknown(format!("theme {:?}", cut(name)));
        let document = self.store.document(DocumentKind::Theme, &key(streamer, name)).await?;
        let theme: OwnTheme = read(&document.ok_or_else(unknown)?)?;
        self.store.blob(&theme.hash).await?.ok_or_else(unknown)
    }

    /// Keeps a theme that was checked, in the place of one of its name; whether there was none.
    ///
    /// # Errors
    /// When there are too many, or the store fails.
    pub async fn add_theme(
        &self,
        streamer: &StreamerId,
        manifest: Manifest,
        zip: Bytes,
    ) -> Result<(OwnTheme, bool), OwnThemeError> {
        let all = self.themes(streamer).await?;
        let new = all.iter().all(|theme| *theme.name() != manifest.name);
        if new && all.len() >= THEMES_MAX {
            return Err(OwnThemeError::Full);
        }
        let bytes = zip.len();
        let hash = self.store.put_blob(zip).await?;
        let hash = hash.expect("a checked theme is no larger than a blob");
        let theme = OwnTheme { manifest, hash, bytes, added: self.store.now() };
        let document = Document {
            id: key(streamer, theme.name().as_str()),
            owner: Some(streamer.clone()),
            version: 0,
            expires: None,
            body: serde_json::to_value(&theme).expect("a theme is plain JSON"),
        };
        self.store.put_document(DocumentKind::Theme, document, Expect::Any).await?;
        self.themes_changed(streamer);
        let before = all.into_iter().find(|before| before.name() == theme.name());
        if let Some(before) = before {
            self.forget_zip(&before.hash).await?;
        }
        Ok((theme, new))
    }

    /// Removes a theme.
    ///
    /// # Errors
    /// When there is none, something asks for it, or the store fails.
    pub async fn remove_theme(&self, streamer: &Streamer, name: &str) -> Result<(), OwnThemeError> {
        let user = streamer.settings.own_themes().find(|(_, theme)| theme.as_str() == name);
        if let Some((rule, _)) = user {
            let user = rule.map_or("the setting theme".into(), |number| format!("rule {number}"));
            return Err(OwnThemeError::InUse(user));
        }
        let key = key(&streamer.id, name);
        let unknown = || DirectoryError::Unknown(format!("theme {:?}", cut(name)));
        let document = self.store.document(DocumentKind::Theme, &key).await?.ok_or_else(unknown)?;
        self.store.remove_document(DocumentKind::Theme, &key).await?;
        self.themes_changed(&streamer.id);
        let theme: OwnTheme = read(&document)?;
        Ok(self.forget_zip(&theme.hash).await?)
    }

    /// Forgets a zip that no theme of anybody's names. If somebody adds the very same one meanwhile, it
    /// may go with it: their pages fall back to the usual theme until it is added again.
    pub(super) async fn forget_zip(&self, hash: &str) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let kind = DocumentKind::Theme;
            let page = self.store.documents(kind, None, after.as_deref(), LISTED).await?;
            if page.iter().any(|document| document.body["hash"] == hash) {
                return Ok(());
            }
            match page.last() {
                Some(last) if page.len() == LISTED => after = Some(last.id.clone()),
                _ => return self.store.remove_blob(hash).await,
            }
        }
    }

    fn themes_changed(&self, streamer: &StreamerId) {
        self.forget(Some(streamer));
        self.store.wake(Wake::Documents(streamer.clone()));
    }

    /// The themes that a streamer's new settings ask for.
    pub(super) async fn wanted_themes(
        &self,
        streamer: &Streamer,
    ) -> Result<Vec<OwnTheme>, DirectoryError> {
        if streamer.settings.own_themes().next().is_none() {
            return Ok(Vec::new());
        }
        wanted(&streamer.settings, self.themes(&streamer.id).await?)
    }

    /// The same of settings as they are: one that has gone since is left out.
    pub(super) async fn known_themes(
        &self,
        streamer: &Streamer,
    ) -> Result<Vec<OwnTheme>, DirectoryError> {
        if streamer.settings.own_themes().next().is_none() {
            return Ok(Vec::new());
        }
        let mut all = self.themes(&streamer.id).await?;
        let is_wanted =
            |one: &OwnTheme| streamer.settings.own_themes().any(|(_, theme)| theme == one.name());
        all.retain(is_wanted);
        Ok(all)
    }
}

/// Those of `all` that settings ask for.
///
/// # Errors
/// When they ask for one that is not there.
pub(super) fn wanted(
    settings: &Settings,
    mut all: Vec<OwnTheme>,
) -> Result<Vec<OwnTheme>, DirectoryError> {
    let there = |theme: &Theme| all.iter().any(|own| own.name() == theme);
    if let Some((rule, theme)) = settings.own_themes().find(|(_, theme)| !there(theme)) {
        return Err(missing(rule, theme, &all).into());
    }
    all.retain(|own| settings.own_themes().any(|(_, theme)| theme == own.name()));
    Ok(all)
}

/// That there is no such theme, and which there are.
fn missing(rule: Option<usize>, theme: &Theme, all: &[OwnTheme]) -> SettingError {
    let own: Vec<&str> = all.iter().map(|own| own.name().as_str()).collect();
    let names = [&Theme::BUILT_IN[..], &own[..]].concat().join(", ");
    match rule {
        None => {
            let allowed = format!("one of {names}: there is no {theme}").into();
            SettingError::Bounds { key: "theme", allowed }
        }
        Some(rule) => {
            let wrong = format!("there is no theme {theme}; there are {names}");
            RuleError::Field { rule, field: "then.theme".into(), wrong }.into()
        }
    }
}

/// The document of a theme: names are unique with a streamer only.
fn key(streamer: &StreamerId, name: &str) -> String {
    format!("{streamer}/{name}")
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}
