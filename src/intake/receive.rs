//! The webhook's core: from raw bytes to a durable event, in the order of contract §3.

use std::sync::Arc;

use bytes::Bytes;
use thiserror::Error;

use super::{Fresh, anyones_settings};
use crate::{
    clock::wall_now,
    directory::DirectoryError,
    fault,
    id::{AlertId, EventId, StreamerId},
    node::Node,
    store::{Accepted, Door, NewEvent, StoreError, StoredEvent},
    stripe::{
        event::{Envelope, EventError},
        sale::{self, What},
        secret::SigningSecret,
        signature::{SignatureError, verify},
    },
    time::Timestamp,
};

/// An event as it came over the wire.
#[derive(Debug)]
pub struct Delivery {
    /// The streamer its address names, if it names one.
    pub streamer: Option<StreamerId>,
    /// The `Stripe-Signature` lines, joined.
    pub signature: Option<Vec<u8>>,
    /// The raw body.
    pub body: Bytes,
    /// By which door it came.
    pub door: Door,
    /// When its first byte was read.
    pub received: Timestamp,
}

/// What became of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// Stored now; Stripe's id of it, and the id of its alert, should it make one.
    Accepted(EventId, AlertId),
    /// Stored before.
    Duplicate(EventId),
    /// Verified, and nothing to store.
    Ignored(EventId),
}

/// Why a delivery is not taken.
#[derive(Debug, Error)]
pub enum ReceiveError {
    /// No streamer of this name was ever here.
    #[error("there is no streamer {0}: check the webhook's address at Stripe")]
    StreamerUnknown(StreamerId),
    /// There is no secret to check with.
    #[error("no signing secret is set: run tillbell secret add")]
    SecretNotConfigured,
    /// There is nothing in it.
    #[error("the body is empty: something between Stripe and here drops it")]
    BodyEmpty,
    /// It is not from Stripe, or not fresh.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// It is verified, and no event.
    #[error(transparent)]
    Event(#[from] EventError),
    /// It could not be stored.
    #[error("the event could not be stored, it may be sent again")]
    Store(#[source] DirectoryError),
}

impl ReceiveError {
    /// The stable code of contract §3.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::StreamerUnknown(_) => "streamer_unknown",
            Self::SecretNotConfigured => "secret_not_configured",
            Self::BodyEmpty => "body_empty",
            Self::Signature(error) => error.code(),
            Self::Event(error) => error.code(),
            Self::Store(_) => "store_unavailable",
        }
    }
}

impl From<DirectoryError> for ReceiveError {
    fn from(error: DirectoryError) -> Self {
        Self::Store(error)
    }
}

impl From<StoreError> for ReceiveError {
    fn from(error: StoreError) -> Self {
        Self::Store(error.into())
    }
}

impl Node {
    /// Whether a delivery may be addressed to a streamer: one that is here, or once was.
    ///
    /// # Errors
    /// When there never was such a streamer, or the store is away.
    pub async fn check_address(&self, streamer: &StreamerId) -> Result<(), ReceiveError> {
        let known = self.directory.streamer(streamer).await?.is_some();
        if known || self.directory.was_removed(streamer).await? {
            return Ok(());
        }
        Err(ReceiveError::StreamerUnknown(streamer.clone()))
    }

    /// Verifies a delivery, stores it durably, and brings it on its way. Its address was checked.
    ///
    /// # Errors
    /// The first check that fails, in contract §3's order.
    pub async fn receive(self: &Arc<Self>, delivery: Delivery) -> Result<Received, ReceiveError> {
        let secrets = self.secrets_for(&delivery).await?;
        if delivery.body.is_empty() {
            return Err(ReceiveError::BodyEmpty);
        }
        let wall = wall_now().as_millis().div_euclid(1000);
        let verified = verify(
            delivery.signature.as_deref(),
            &delivery.body,
            secrets.iter().map(|(secret, _)| secret),
            wall,
            self.tolerance,
        )?;
        let verified_by = secrets[verified.secret_index].1.clone();
        let verified_at = self.store.now();
        let envelope = Envelope::read(&verified)?;
        self.take_in(delivery, envelope, verified_by, verified_at).await
    }

    /// Stores an event that was fetched from Stripe's list durably, and brings it on its way, as if
    /// Stripe had delivered it. That Stripe gave it to our key stands for a signature. `streamer`
    /// is whose connected account it was asked for.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn receive_fetched(
        self: &Arc<Self>,
        envelope: Envelope,
        body: Bytes,
        streamer: Option<StreamerId>,
    ) -> Result<Received, ReceiveError> {
        let received = self.store.now();
        let delivery = Delivery { streamer, signature: None, body, door: Door::Fetched, received };
        self.take_in(delivery, envelope, None, received).await
    }

    /// Takes in what is known to be from Stripe.
    async fn take_in(
        self: &Arc<Self>,
        delivery: Delivery,
        envelope: Envelope,
        verified_by: Option<StreamerId>,
        verified: Timestamp,
    ) -> Result<Received, ReceiveError> {
        let reading = sale::read(&envelope, &anyones_settings());
        if let What::Ignored(why) = reading.what {
            if self.first_time(&envelope.event_type) {
                let kind = &envelope.event_type;
                tracing::info!(event.type = kind, %why, "ignoring events of this type");
            }
            return Ok(Received::Ignored(envelope.id));
        }
        let alert = AlertId::new();
        // The Dashboard sends all its samples under one id: each is an event of its own.
        let id = if envelope.is_dashboard_sample() {
            format!("{}_{alert}", envelope.id).parse().unwrap_or_else(|_| envelope.id.clone())
        } else {
            envelope.id.clone()
        };
        let event = NewEvent {
            id,
            alert,
            kind: envelope.event_type.clone(),
            streamer: delivery.streamer.or(verified_by),
            door: delivery.door,
            received: delivery.received,
            verified,
            body: delivery.body,
        };
        fault::point("before_accept");
        let (accepted, awaited) = match self.known_keys(&event, &reading).await? {
            // Together, so that they share a commit.
            Some((streamer, keys)) => {
                let indexed = self.store.index(&keys, &streamer);
                tokio::try_join!(self.store.accept(event.clone()), indexed)?
            }
            None => (self.store.accept(event.clone()).await?, true),
        };
        match accepted {
            Accepted::Duplicate(_) => Ok(Received::Duplicate(envelope.id)),
            Accepted::New => {
                fault::point("after_accept");
                let stored = self.store.now();
                let (attempts, routed, settled) = (1, None, None);
                let received = Received::Accepted(envelope.id.clone(), alert);
                let stored = StoredEvent { event, stored, attempts, routed, settled };
                self.bring(stored, Some(Fresh { envelope, awaited }));
                Ok(received)
            }
        }
    }

    /// The secrets that may verify a delivery, each with the streamer whose alone it is.
    async fn secrets_for(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<(SigningSecret, Option<StreamerId>)>, ReceiveError> {
        if delivery.door == Door::TestAlert {
            return Ok(vec![(self.test_secret.clone(), delivery.streamer.clone())]);
        }
        let mut secrets = Vec::new();
        if let Some(streamer) = &delivery.streamer {
            secrets.extend(self.own_secrets(streamer).await?);
        } else {
            let gateways = self.directory.signing_secrets(None).await?;
            secrets.extend(gateways.into_iter().map(|secret| (secret, None)));
            if let Some(streamer) = self.directory.default_streamer().await? {
                secrets.extend(self.own_secrets(&streamer).await?);
            }
        }
        if secrets.is_empty() { Err(ReceiveError::SecretNotConfigured) } else { Ok(secrets) }
    }

    async fn own_secrets(
        &self,
        streamer: &StreamerId,
    ) -> Result<Vec<(SigningSecret, Option<StreamerId>)>, ReceiveError> {
        let secrets = self.directory.signing_secrets(Some(streamer)).await?;
        Ok(secrets.into_iter().map(|secret| (secret, Some(streamer.clone()))).collect())
    }
}
