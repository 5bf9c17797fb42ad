//! Stripe's signing secrets, sealed in the store.

use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::{DEFAULT_STREAMER, Directory, DirectoryError, LISTED, Removed, read};
use crate::{
    id::{SecretId, StreamerId},
    store::{Document, DocumentKind, Expect, Wake},
    stripe::secret::SigningSecret,
    time::Timestamp,
};

/// What is told of a stored secret.
#[derive(Clone, Debug)]
pub struct SecretEntry {
    /// Its id.
    pub id: SecretId,
    /// Its last four characters, so that a person can tell it from another.
    pub ends_in: String,
    /// When it was added.
    pub created: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Body {
    sealed: String,
    ends_in: String,
    created: Timestamp,
}

/// A secret as it is kept: only its id and the master key open it.
#[derive(Serialize, Deserialize)]
pub(super) struct Sealed {
    id: String,
    sealed: String,
}

const fn kind(streamer: Option<&StreamerId>) -> DocumentKind {
    match streamer {
        Some(_) => DocumentKind::Secret,
        None => DocumentKind::GatewaySecret,
    }
}

impl Directory {
    /// Adds a signing secret of a streamer, or (`None`) of the gateway.
    ///
    /// # Errors
    /// Those of the store and of sealing.
    pub async fn add_secret(
        &self,
        streamer: Option<&StreamerId>,
        secret: &SigningSecret,
    ) -> Result<SecretEntry, DirectoryError> {
        let entry = SecretEntry {
            id: SecretId::new(),
            ends_in: secret.ends_in(),
            created: self.store.now(),
        };
        let place = format!("secret:{}", entry.id);
        let body = Body {
            sealed: self.keys.seal(&place, &secret.expose().to_owned().into())?,
            ends_in: entry.ends_in.clone(),
            created: entry.created,
        };
        let document = Document {
            id: entry.id.to_string(),
            owner: streamer.cloned(),
            version: 0,
            expires: None,
            body: serde_json::to_value(body).expect("a sealed secret is plain JSON"),
        };
        self.store.put_document(kind(streamer), document, Expect::Absent).await?;
        self.changed(streamer);
        Ok(entry)
    }

    /// Other nodes believe what they read for a while, unless they are told.
    fn changed(&self, streamer: Option<&StreamerId>) {
        self.forget(streamer);
        if let Some(streamer) = streamer {
            self.store.wake(Wake::Documents(streamer.clone()));
        }
    }

    /// The stored secrets of a streamer, or of the gateway.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn secrets(
        &self,
        streamer: Option<&StreamerId>,
    ) -> Result<Vec<SecretEntry>, DirectoryError> {
        let documents = self.secret_documents(streamer).await?;
        documents
            .iter()
            .map(|document| {
                let body: Body = read(document)?;
                let id = document.id.parse().map_err(|_| super::unreadable(&document.id, "id"))?;
                Ok(SecretEntry { id, ends_in: body.ends_in, created: body.created })
            })
            .collect()
    }

    /// Removes a secret; whether it was there.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn remove_secret(
        &self,
        streamer: Option<&StreamerId>,
        id: SecretId,
    ) -> Result<bool, DirectoryError> {
        if !self.secrets(streamer).await?.iter().any(|entry| entry.id == id) {
            return Ok(false);
        }
        let gone = self.store.remove_document(kind(streamer), &id.to_string()).await?;
        self.changed(streamer);
        Ok(gone)
    }

    /// The secrets that verify events of a streamer, or those of the gateway alone; may be as old
    /// as 2 s.
    ///
    /// # Errors
    /// Those of the store and of opening.
    pub async fn signing_secrets(
        &self,
        streamer: Option<&StreamerId>,
    ) -> Result<Vec<SigningSecret>, DirectoryError> {
        let mut secrets = self.believed(streamer).await?.secrets.clone();
        secrets.extend(streamer.into_iter().flat_map(|s| self.configured(s)).cloned());
        Ok(secrets)
    }

    /// The secrets that the configuration gives a streamer: kept nowhere else, so not among those listed.
    #[must_use]
    pub fn configured(&self, streamer: &StreamerId) -> &[SigningSecret] {
        if streamer.as_str() == DEFAULT_STREAMER { &self.configured } else { &[] }
    }

    async fn secret_documents(
        &self,
        streamer: Option<&StreamerId>,
    ) -> Result<Vec<Document>, DirectoryError> {
        Ok(self.store.documents(kind(streamer), streamer, None, LISTED).await?)
    }

    /// The secrets of a streamer as they are kept, also of one that was removed.
    pub(super) async fn sealed_secrets(
        &self,
        streamer: Option<&StreamerId>,
    ) -> Result<Vec<Sealed>, DirectoryError> {
        let documents = self.secret_documents(streamer).await?;
        if let Some(id) = streamer.filter(|_| documents.is_empty()) {
            let removed = self.store.document(DocumentKind::Gateway, &super::removed(id)).await?;
            if let Some(document) = removed {
                return Ok(read::<Removed>(&document)?.secrets);
            }
        }
        documents
            .into_iter()
            .map(|document| {
                let Body { sealed, .. } = read(&document)?;
                Ok(Sealed { id: document.id, sealed })
            })
            .collect()
    }

    pub(super) async fn read_secrets(
        &self,
        streamer: Option<&StreamerId>,
    ) -> Result<Vec<SigningSecret>, DirectoryError> {
        let sealed = self.sealed_secrets(streamer).await?;
        let open = |Sealed { id, sealed }: &Sealed| {
            let opened = self.keys.open(&format!("secret:{id}"), sealed)?;
            SigningSecret::parse(opened.expose_secret())
                .map_err(|error| super::unreadable(id, &error.to_string()))
        };
        sealed.iter().map(open).collect()
    }
}
