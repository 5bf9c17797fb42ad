//! Who may do what: API keys, dashboard sessions, one-time sign-in codes.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::{Directory, DirectoryError, LISTED, read};
use crate::{
    id::{KeyId, StreamerId},
    keys::{new_token, token_hash},
    store::{Document, DocumentKind, Expect, Wake},
    time::Timestamp,
};

/// How long a one-time sign-in link is good for.
const LOGIN_LASTS: Duration = Duration::from_mins(10);

/// How long a dashboard stays signed in.
const SESSION_LASTS: Duration = Duration::from_hours(30 * 24);

/// What a key may do (contract §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Admin,
    /// Everything of one streamer.
    Owner,
    /// Queue, approvals, feed.
    Moderator,
    /// Reads the feed.
    Viewer,
    /// The log only.
    Feed,
    /// Named queue operations only.
    Action,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// What they may do.
    pub role: Role,
    /// Of which streamer; `None` only for admins.
    pub streamer: Option<StreamerId>,
    /// The key behind a session: the session ends with it.
    #[serde(default)]
    pub key: Option<String>,
}

impl Principal {
    /// The holder of the admin token.
    #[must_use]
    pub const fn admin() -> Self {
        Self { role: Role::Admin, streamer: None, key: None }
    }

    /// Whether this streamer's things are theirs to see at all.
    #[must_use]
    pub fn may_see(&self, streamer: &StreamerId) -> bool {
        self.role == Role::Admin || self.streamer.as_ref() == Some(streamer)
    }
}

/// What is told of a key.
#[derive(Clone, Debug)]
pub struct KeyEntry {
    /// Its id.
    pub id: KeyId,
    /// What it may do.
    pub role: Role,
    /// Of which streamer.
    pub streamer: StreamerId,
    /// When it was made.
    pub created: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct KeyBody {
    id: KeyId,
    role: Role,
    created: Timestamp,
}

impl Directory {
    /// Makes a key; the second value is the key itself, which cannot be shown again.
    ///
    /// # Errors
    /// Those of the store and of randomness.
    pub async fn add_key(
        &self,
        streamer: &StreamerId,
        role: Role,
    ) -> Result<(KeyEntry, SecretString), DirectoryError> {
        let key = new_token("tbk.")?;
        let (id, created) = (KeyId::new(), self.store.now());
        let body = KeyBody { id, role, created };
        let hash = token_hash(key.expose_secret());
        self.put(DocumentKind::Key, hash, Some(streamer), &body, None).await?;
        Ok((KeyEntry { id, role, streamer: streamer.clone(), created }, key))
    }

    /// A streamer's keys.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn keys_of(&self, streamer: &StreamerId) -> Result<Vec<KeyEntry>, DirectoryError> {
        let documents = self.key_documents(streamer).await?;
        documents
            .iter()
            .map(|document| {
                let KeyBody { id, role, created } = read(document)?;
                Ok(KeyEntry { id, role, streamer: streamer.clone(), created })
            })
            .collect()
    }

    async fn key_documents(&self, owner: &StreamerId) -> Result<Vec<Document>, DirectoryError> {
        Ok(self.store.documents(DocumentKind::Key, Some(owner), None, LISTED).await?)
    }

    /// Revokes a key, and ends every session that it opened; whether it was there.
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

    async fn principal_of_hash(&self, hash: &str) -> Result<Option<Principal>, DirectoryError> {
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

    /// A one-time code that signs in as this principal, within 10 minutes.
    ///
    /// # Errors
    /// Those of the store and of randomness.
    pub async fn new_login(&self, principal: &Principal) -> Result<SecretString, DirectoryError> {
        let code = new_token("")?;
        let lapse = self.store.now() + LOGIN_LASTS;
        let hash = token_hash(code.expose_secret());
        self.put(DocumentKind::Login, hash, principal.streamer.as_ref(), principal, Some(lapse))
            .await?;
        Ok(code)
    }

    /// Redeems a code, once, for a new session; the session's token.
    ///
    /// # Errors
    /// Those of the store and of randomness.
    pub async fn redeem(&self, code: &str) -> Result<Option<SecretString>, DirectoryError> {
        let hash = token_hash(code);
        let Some(document) = self.store.document(DocumentKind::Login, &hash).await? else {
            return Ok(None);
        };
        // Whoever removes the code has redeemed it: two at once are one.
        if !self.store.remove_document(DocumentKind::Login, &hash).await? {
            return Ok(None);
        }
        let principal: Principal = read(&document)?;
        let token = new_token("")?;
        let lapse = self.store.now() + SESSION_LASTS;
        let owner = principal.streamer.as_ref();
        let hash = token_hash(token.expose_secret());
        self.put(DocumentKind::Session, hash, owner, &principal, Some(lapse)).await?;
        Ok(Some(token))
    }

    /// Who a session's token stands for. It ends with the key that opened it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn principal_of_session(
        &self,
        token: &str,
    ) -> Result<Option<Principal>, DirectoryError> {
        let hash = token_hash(token);
        let Some(document) = self.store.document(DocumentKind::Session, &hash).await? else {
            return Ok(None);
        };
        let principal: Principal = read(&document)?;
        match &principal.key {
            Some(key) => self.principal_of_hash(key).await,
            None => Ok(Some(principal)),
        }
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn end_session(&self, token: &str) -> Result<(), DirectoryError> {
        self.store.remove_document(DocumentKind::Session, &token_hash(token)).await?;
        Ok(())
    }

    pub(super) async fn put(
        &self,
        kind: DocumentKind,
        id: String,
        owner: Option<&StreamerId>,
        body: &impl Serialize,
        expires: Option<Timestamp>,
    ) -> Result<(), DirectoryError> {
        let body = serde_json::to_value(body).expect("keys and sessions are plain JSON");
        let document = Document { id, owner: owner.cloned(), version: 0, expires, body };
        self.store.put_document(kind, document, Expect::Absent).await?;
        Ok(())
    }
}
