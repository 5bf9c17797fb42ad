//! API keys. A key that people may use has a link too, which signs in once: it is their invitation.

use std::{collections::HashMap, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::{
    Directory, DirectoryError, LISTED,
    access::{Principal, Role, SessionBody},
    read,
};
use crate::{
    id::{KeyId, StreamerId},
    keys::{new_token, token_hash},
    store::{Document, DocumentKind, Expect, Wake},
    time::Timestamp,
};

/// Longest name of a key, in characters.
const NAME_MAX: usize = 40;

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What it may do.
    pub role: Role,
    /// Who or what it is for, in the streamer's words; may be empty.
    pub name: String,
    /// How long its link is good for, if it has one.
    pub link_lasts: Option<Duration>,
}

/// The link of a key, as far as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkState {
    /// When it lapses.
    pub until: Timestamp,
    /// When somebody signed in with it: it opens nothing since.
    #[serde(default)]
    pub used: Option<Timestamp>,
}

/// What is told of a key.
#[derive(Clone, Debug)]
pub struct KeyEntry {
    /// Its id.
    pub id: KeyId,
    /// What it may do.
    pub role: Role,
    /// Who or what it is for; may be empty.
    pub name: String,
    /// Of which streamer.
    pub streamer: StreamerId,
    /// When it was made.
    pub created: Timestamp,
    /// Its link, if it has one.
    pub link: Option<LinkState>,
    /// How many browsers are signed in with it.
    pub sessions: usize,
    /// When one of them was here last, five minutes more or less.
    pub seen: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct KeyBody {
    id: KeyId,
    role: Role,
    created: Timestamp,
    #[serde(default)]
    name: String,
    #[serde(default)]
    link: Option<LinkState>,
}

/// A key just made. Neither of its secrets can be shown again.
pub struct MadeKey {
    /// What is told of it from now on.
    pub entry: KeyEntry,
    /// The key itself.
    pub key: SecretString,
    /// The code of its link, if it has one.
    pub code: Option<SecretString>,
}

impl Directory {
    /// Makes a key.
    ///
    /// # Errors
    /// A name that is too long; those of the store and of randomness.
    pub async fn add_key(
        &self,
        streamer: &StreamerId,
        new: NewKey,
    ) -> Result<MadeKey, DirectoryError> {
        let NewKey { role, name, link_lasts } = new;
        let name = name_of(&name)?;
        let key = new_token("tbk.")?;
        let (id, created) = (KeyId::new(), self.store.now());
        let link = link_lasts.map(|lasts| LinkState { until: created + lasts, used: None });
        let body = KeyBody { id, role, created, name: name.clone(), link };
        let hash = token_hash(key.expose_secret());
        self.put(DocumentKind::Key, hash.clone(), Some(streamer), &body, None).await?;
        let code = match link_lasts {
            Some(lasts) => {
                let streamer = Some(streamer.clone());
                let principal = Principal { role, streamer, key: Some(hash) };
                Some(self.new_login(&principal, lasts).await?)
            }
            None => None,
        };
        let streamer = streamer.clone();
        let entry = KeyEntry { id, role, name, streamer, created, link, sessions: 0, seen: None };
        Ok(MadeKey { entry, key, code })
    }

    /// A streamer's keys, with who is signed in by them.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn keys_of(&self, streamer: &StreamerId) -> Result<Vec<KeyEntry>, DirectoryError> {
        let sessions = self.sessions_of(streamer).await?;
        let documents = self.key_documents(streamer).await?;
        let entry = |document: &Document| {
            let KeyBody { id, role, created, name, link } = read(document)?;
            let (sessions, seen) = sessions.get(&document.id).copied().unwrap_or_default();
            let streamer = streamer.clone();
            Ok(KeyEntry { id, role, name, streamer, created, link, sessions, seen })
        };
        documents.iter().map(entry).collect()
    }

    /// How many sessions each key's hash has, and when one was here last.
    async fn sessions_of(
        &self,
        streamer: &StreamerId,
    ) -> Result<HashMap<String, (usize, Option<Timestamp>)>, DirectoryError> {
        let kind = DocumentKind::Session;
        let mut of_keys: HashMap<_, (usize, Option<Timestamp>)> = HashMap::new();
        for document in self.store.documents(kind, Some(streamer), None, LISTED).await? {
            let SessionBody { principal, seen } = read(&document)?;
            let of_key = of_keys.entry(principal.key.unwrap_or_default()).or_default();
            *of_key = (of_key.0 + 1, of_key.1.max(seen));
        }
        Ok(of_keys)
    }

    async fn key_documents(&self, owner: &StreamerId) -> Result<Vec<Document>, DirectoryError> {
        Ok(self.store.documents(DocumentKind::Key, Some(owner), None, LISTED).await?)
    }

    /// Revokes a key, its link, and every session that it opened; whether it was there.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn revoke_key(
        &self,
        streamer: &StreamerId,
        id: KeyId,
    ) -> Result<bool, DirectoryError> {
        for document in self.key_documents(streamer).await? {
            if read::<KeyBody>(&document)?.id == id {
                let gone = self.store.remove_document(DocumentKind::Key, &document.id).await?;
                self.store.wake(Wake::Documents(streamer.clone()));
                return Ok(gone);
            }
        }
        Ok(false)
    }

    /// Whose key this is.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn principal_of_key(&self, key: &str) -> Result<Option<Principal>, DirectoryError> {
        self.principal_of_hash(&token_hash(key)).await
    }

    /// Whether a principal's key is still good. One without a key is for ever.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn still_holds(&self, principal: &Principal) -> Result<bool, DirectoryError> {
        match &principal.key {
            Some(key) => Ok(self.principal_of_hash(key).await?.is_some()),
            None => Ok(true),
        }
    }

    pub(super) async fn principal_of_hash(
        &self,
        hash: &str,
    ) -> Result<Option<Principal>, DirectoryError> {
        let Some(document) = self.store.document(DocumentKind::Key, hash).await? else {
            return Ok(None);
        };
        let body: KeyBody = read(&document)?;
        Ok(Some(Principal {
            role: body.role,
            streamer: document.owner,
            key: Some(hash.to_owned()),
        }))
    }

    /// Notes that a key's link was used; `false` if the key is revoked.
    pub(super) async fn link_used(&self, hash: &str) -> Result<bool, DirectoryError> {
        let Some(mut document) = self.store.document(DocumentKind::Key, hash).await? else {
            return Ok(false);
        };
        let mut body: KeyBody = read(&document)?;
        let Some(link) = &mut body.link else { return Ok(true) };
        link.used = Some(self.store.now());
        document.body = serde_json::to_value(&body).expect("a key is plain JSON");
        let expect = Expect::Version(document.version);
        // A key changes in no other way: what has another version now was revoked. A store that cannot
        // keep the note just now has given the code away all the same.
        let noted = self.store.put_document(DocumentKind::Key, document, expect).await;
        Ok(!matches!(noted, Ok(None)))
    }
}

/// A key's name as it is kept.
pub(super) fn name_of(name: &str) -> Result<String, DirectoryError> {
    let name = name.trim();
    if name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(DirectoryError::BadName("a key's name has at most 40 plain characters"));
    }
    Ok(name.to_owned())
}
