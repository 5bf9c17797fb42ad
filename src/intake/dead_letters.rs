//! Dead letters: events whose outcome could not be made, kept until a person decides.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    directory::DirectoryError,
    id::{DeadLetterId, EventId, StreamerId},
    node::Node,
    store::{Document, DocumentKind, Expect, Settlement, StoreError, StoredEvent},
    time::Timestamp,
};

/// A dead letter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Its id.
    pub id: DeadLetterId,
    /// The event, whose raw body the store keeps.
    pub event: EventId,
    /// Stripe's type of it.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whose it is, as far as known.
    pub streamer: Option<StreamerId>,
    /// Why it has no outcome.
    pub reason: String,
    /// When it came in.
    pub received: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
}

/// Which dead letters are meant; without any member, all.
#[derive(Clone, Debug, Default)]
pub struct DeadLetterFilter {
    /// Those of this streamer.
    pub streamer: Option<StreamerId>,
    /// Those of this type of Stripe's.
    pub kind: Option<String>,
    /// Those whose reason has this in it.
    pub reason: Option<String>,
}

impl DeadLetterFilter {
    fn lets(&self, letter: &DeadLetter) -> bool {
        self.kind.as_ref().is_none_or(|kind| letter.kind == *kind)
            && self.reason.as_ref().is_none_or(|reason| letter.reason.contains(reason))
    }
}

/// Dead letters looked at in one go: of more than this many that are not meant, the next page tells.
const LOOKED_AT_MAX: usize = 1000;

impl Node {
    /// Makes an event a dead letter.
    pub(super) async fn bury(&self, stored: &StoredEvent, attempts: u32, reason: &str) {
        let event = &stored.event;
        // One event has one dead letter, however often it is buried.
        let id = DeadLetterId::from_u128(event.alert.as_u128());
        let letter = DeadLetter {
            id,
            event: event.id.clone(),
            kind: event.kind.clone(),
            streamer: stored.streamer().cloned(),
            reason: reason.into(),
            received: event.received,
            attempts,
        };
        let document = Document {
            id: id.to_string(),
            owner: letter.streamer.clone(),
            version: 0,
            expires: None,
            body: serde_json::to_value(&letter).expect("a dead letter is plain JSON"),
        };
        let put = self.store.put_document(DocumentKind::DeadLetter, document, Expect::Any).await;
        let settled = match put {
            Ok(_) => self.store.settle(&event.id, Settlement::DeadLetter(reason.into())).await,
            Err(error) => Err(error),
        };
        match settled {
            Ok(true) => {
                self.metrics.dead_letters.inc();
                tracing::error!(event.id = %event.id, reason, "event became a dead letter");
            }
            // It came to its outcome elsewhere meanwhile: there is nothing to decide.
            Ok(false) => {
                if let Err(error) = self.forget_dead_letter(&letter).await {
                    tracing::warn!(event.id = %event.id, %error, "a dead letter of nothing stays");
                }
            }
            // It stays unsettled, so the sweep comes back to it.
            Err(error) => tracing::warn!(event.id = %event.id, %error, "not buried yet"),
        }
    }

    /// Dead letters that are meant, oldest first, at most `limit`, and after which one to go on, if
    /// there may be more.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn dead_letters(
        &self,
        filter: &DeadLetterFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(Vec<DeadLetter>, Option<String>), StoreError> {
        let kind = DocumentKind::DeadLetter;
        let streamer = filter.streamer.as_ref();
        let documents = self.store.documents(kind, streamer, after, LOOKED_AT_MAX).await?;
        let mut next = documents.last().filter(|_| documents.len() == LOOKED_AT_MAX);
        let mut letters = Vec::new();
        for document in &documents {
            let letter = read(document)?;
            if filter.lets(&letter) {
                letters.push(letter);
            }
            if letters.len() == limit {
                next = Some(document);
                break;
            }
        }
        Ok((letters, next.map(|document| document.id.clone())))
    }

    /// Brings the events of all dead letters that are meant on their way again, at most `limit`; how
    /// many, and after which one to go on, if there may be more. One that dies again is not met a
    /// second time, because it keeps its place.
    ///
    /// # Errors
    /// Those of the store; those before are on their way.
    pub async fn redrive_all(
        self: &Arc<Self>,
        filter: &DeadLetterFilter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(usize, Option<String>), DirectoryError> {
        let (letters, next) = self.dead_letters(filter, after, limit).await?;
        for letter in &letters {
            self.redrive(letter).await?;
        }
        Ok((letters.len(), next))
    }

    /// One dead letter.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn dead_letter(&self, id: DeadLetterId) -> Result<Option<DeadLetter>, StoreError> {
        let document = self.store.document(DocumentKind::DeadLetter, &id.to_string()).await?;
        document.as_ref().map(read).transpose()
    }

    /// Brings a dead letter's event on its way again.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn redrive(self: &Arc<Self>, letter: &DeadLetter) -> Result<(), DirectoryError> {
        self.store.redrive(&letter.event).await?;
        self.forget_dead_letter(letter).await?;
        if let Some(stored) = self.store.event(&letter.event).await? {
            self.bring(stored, None);
        }
        Ok(())
    }

    /// Gives a dead letter up, because a person said so.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn discard(&self, letter: &DeadLetter) -> Result<(), DirectoryError> {
        let outcome = Settlement::Ignored("a person discarded it".into());
        self.store.settle(&letter.event, outcome).await?;
        self.forget_dead_letter(letter).await
    }

    async fn forget_dead_letter(&self, letter: &DeadLetter) -> Result<(), DirectoryError> {
        self.store.remove_document(DocumentKind::DeadLetter, &letter.id.to_string()).await?;
        Ok(())
    }
}

fn read(document: &Document) -> Result<DeadLetter, StoreError> {
    DeadLetter::deserialize(&document.body).map_err(|error| StoreError::Unreadable {
        what: document.id.clone(),
        why: error.to_string(),
    })
}
