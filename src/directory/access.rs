//! Who may do what: roles, dashboard sessions, one-time sign-in codes.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::{Directory, DirectoryError, read};
use crate::{
    id::StreamerId,
    keys::{new_token, token_hash},
    store::{Document, DocumentKind, Expect},
    time::Timestamp,
};

/// How long a one-time sign-in link is good for, unless said otherwise.
pub const LINK_LASTS: Duration = Duration::from_mins(10);

/// How long a dashboard that nobody opens stays signed in.
const SESSION_LASTS: Duration = Duration::from_hours(30 * 24);

/// How exactly it is kept when a session was here last.
const SEEN_EVERY: Duration = Duration::from_mins(5);

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

/// A session as it is kept.
#[derive(Serialize, Deserialize)]
pub(super) struct SessionBody {
    #[serde(flatten)]
    pub(super) principal: Principal,
    /// When it was here last, give or take [`SEEN_EVERY`].
    #[serde(default)]
    pub(super) seen: Option<Timestamp>,
}

impl Directory {
    /// A one-time code that signs in as this principal, within `lasts`.
    ///
    /// # Errors
    /// Those of the store and of randomness.
    pub async fn new_login(
        &self,
        principal: &Principal,
        lasts: Duration,
    ) -> Result<SecretString, DirectoryError> {
        let code = new_token("")?;
        let lapse = self.store.now() + lasts;
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
        if let Some(key) = &principal.key
            && !self.link_used(key).await?
        {
            return Ok(None);
        }
        self.open_session(&principal).await.map(Some)
    }

    /// Opens a session; its token.
    pub(super) async fn open_session(
        &self,
        principal: &Principal,
    ) -> Result<SecretString, DirectoryError> {
        let token = new_token("")?;
        let now = self.store.now();
        let owner = principal.streamer.as_ref();
        let hash = token_hash(token.expose_secret());
        let body = SessionBody { principal: principal.clone(), seen: Some(now) };
        self.put(DocumentKind::Session, hash, owner, &body, Some(now + SESSION_LASTS)).await?;
        Ok(token)
    }

    /// Who a session's token stands for. It ends with the key that opened it, or when nobody has used
    /// it for 30 days.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn principal_of_session(
        &self,
        token: &str,
    ) -> Result<Option<Principal>, DirectoryError> {
        let hash = token_hash(token);
        let Some(mut document) = self.store.document(DocumentKind::Session, &hash).await? else {
            return Ok(None);
        };
        let mut body: SessionBody = read(&document)?;
        let principal = body.principal.clone();
        let now = self.store.now();
        if body.seen.is_none_or(|seen| now.since(seen) >= SEEN_EVERY) {
            body.seen = Some(now);
            document.body = serde_json::to_value(&body).expect("a session is plain JSON");
            document.expires = Some(now + SESSION_LASTS);
            let expect = Expect::Version(document.version);
            // Only a note: a store that is away or a session that ends now is told by what follows.
            let _noted = self.store.put_document(DocumentKind::Session, document, expect).await;
        }
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
