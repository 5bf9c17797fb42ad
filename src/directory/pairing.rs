//! Pairing: how a dock in OBS, where nobody likes to paste links, is let in. The dock shows a short
//! code; a person who is signed in types it. The code only names the dock: what opens the session is a
//! secret that never leaves the dock, so a code that was read off a stream is worth nothing.

use std::{net::IpAddr, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use super::{Directory, DirectoryError, NewKey, Role, api_keys::name_of, read};
use crate::{
    id::StreamerId,
    keys::{new_code, new_token, token_hash},
    store::{Document, DocumentKind, Expect},
    time::Timestamp,
};

/// How long a code is good for.
const LASTS: Duration = Duration::from_mins(10);

/// Most docks that wait at once in the whole cluster; more are somebody who plays with the door.
const WAITING_MAX: usize = 200;

/// Most of a dock's user agent that is kept, in characters.
const CLIENT_MAX: usize = 200;

/// A dock that waits to be let in.
#[derive(Clone, Debug)]
pub struct Pairing {
    /// The code it shows.
    pub code: String,
    /// The address it asks from.
    pub remote: IpAddr,
    /// What its browser says it is.
    pub client: String,
    /// When it asked.
    pub since: Timestamp,
    /// When its code lapses.
    pub until: Timestamp,
}

/// What became of a dock's wait.
#[derive(Debug)]
pub enum Claim {
    /// Nobody has decided yet.
    Waiting,
    /// It is let in: its session's token.
    Paired(SecretString),
    /// The code has lapsed or was turned away, or the secret is not the one that goes with it.
    Gone,
}

#[derive(Serialize, Deserialize)]
struct Body {
    /// The hash of the dock's secret.
    secret: String,
    remote: IpAddr,
    client: String,
    since: Timestamp,
    answer: Option<Answer>,
}

/// As what, and by whom, a dock is let in.
#[derive(Serialize, Deserialize)]
struct Answer {
    streamer: StreamerId,
    role: Role,
    name: String,
}

impl Directory {
    /// A dock asks to be let in: the pairing and its secret, which nobody else is told. `None` if too
    /// many wait already.
    ///
    /// # Errors
    /// Those of the store and of randomness.
    pub async fn ask_to_pair(
        &self,
        remote: IpAddr,
        client: &str,
    ) -> Result<Option<(Pairing, SecretString)>, DirectoryError> {
        let kind = DocumentKind::Pairing;
        if self.store.documents(kind, None, None, WAITING_MAX).await?.len() >= WAITING_MAX {
            return Ok(None);
        }
        let (code, token) = (new_code()?, new_token("")?);
        let since = self.store.now();
        let client: String = client.chars().take(CLIENT_MAX).collect();
        let secret = token_hash(token.expose_secret());
        let body = Body { secret, remote, client: client.clone(), since, answer: None };
        // Should one code of 2^40 be taken already, that dock keeps it: this one's claim says `Gone`,
        // and it asks again.
        self.put(kind, code.clone(), None, &body, Some(since + LASTS)).await?;
        let until = since + LASTS;
        Ok(Some((Pairing { code, remote, client, since, until }, token)))
    }

    /// The dock that shows this code and waits, if there is one.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn pairing(&self, code: &str) -> Result<Option<Pairing>, DirectoryError> {
        let Some((document, body)) = self.pairing_document(&plain(code)).await? else {
            return Ok(None);
        };
        if body.answer.is_some() {
            return Ok(None);
        }
        let Body { remote, client, since, .. } = body;
        let until = document.expires.unwrap_or(since + LASTS);
        Ok(Some(Pairing { code: document.id, remote, client, since, until }))
    }

    /// Lets the dock in that shows this code, as `role`; whether one waited. `name` is what the list of
    /// keys calls it.
    ///
    /// # Errors
    /// A name that is too long; those of the store.
    pub async fn pair(
        &self,
        code: &str,
        streamer: &StreamerId,
        role: Role,
        name: &str,
    ) -> Result<bool, DirectoryError> {
        let Some((mut document, mut body)) = self.pairing_document(&plain(code)).await? else {
            return Ok(false);
        };
        if body.answer.is_some() {
            return Ok(false);
        }
        body.answer = Some(Answer { streamer: streamer.clone(), role, name: name_of(name)? });
        document.body = serde_json::to_value(&body).expect("a pairing is plain JSON");
        let expect = Expect::Version(document.version);
        Ok(self.store.put_document(DocumentKind::Pairing, document, expect).await?.is_some())
    }

    /// Turns a dock away: its code is good no more. Whether one waited.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn turn_away(&self, code: &str) -> Result<bool, DirectoryError> {
        Ok(self.store.remove_document(DocumentKind::Pairing, &plain(code)).await?)
    }

    /// The dock asks what became of it. The first time that it hears yes, that is its session.
    ///
    /// # Errors
    /// Those of the store and of randomness.
    pub async fn claim(&self, code: &str, secret: &str) -> Result<Claim, DirectoryError> {
        let Some((document, body)) = self.pairing_document(&plain(code)).await? else {
            return Ok(Claim::Gone);
        };
        let (ours, given) = (body.secret, token_hash(secret));
        if !bool::from(ours.as_bytes().ct_eq(given.as_bytes())) {
            return Ok(Claim::Gone);
        }
        let Some(Answer { streamer, role, name }) = body.answer else { return Ok(Claim::Waiting) };
        // Whoever removes it has claimed it: two at once are one.
        if !self.store.remove_document(DocumentKind::Pairing, &document.id).await? {
            return Ok(Claim::Gone);
        }
        let made = self.add_key(&streamer, NewKey { role, name, link_lasts: None }).await?;
        let principal = self.principal_of_key(made.key.expose_secret()).await?;
        match principal {
            Some(principal) => Ok(Claim::Paired(self.open_session(&principal).await?)),
            None => Ok(Claim::Gone),
        }
    }

    async fn pairing_document(
        &self,
        code: &str,
    ) -> Result<Option<(Document, Body)>, DirectoryError> {
        let Some(document) = self.store.document(DocumentKind::Pairing, code).await? else {
            return Ok(None);
        };
        let body = read(&document)?;
        Ok(Some((document, body)))
    }
}

/// A code as it is kept, however it was typed: `k7f3 qxpm` is `K7F3QXPM`.
fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}
