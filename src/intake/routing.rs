//! Whose event it is: contract §3's order, asked of the store.

use std::sync::Arc;

use super::{IntakeError, sale_settings};
use crate::{
    directory::{DirectoryError, Holding},
    id::StreamerId,
    node::Node,
    store::{Door, NewEvent, StoredEvent},
    stripe::{
        event::Envelope,
        route::{Lookup, lookups},
        sale::{self, Reading, What},
    },
};

/// Where an event goes.
pub(super) enum Route {
    /// To this streamer.
    To(StreamerId),
    /// To whomever its sale will be of, once that is known.
    Waits,
    /// To nobody, and that is all right; why.
    Nobody(&'static str),
    /// To a person; why.
    DeadLetter(String),
}

impl Node {
    pub(super) async fn streamer_of(
        &self,
        stored: &StoredEvent,
        envelope: &Envelope,
        reading: &Reading,
    ) -> Result<Route, IntakeError> {
        if let Some(routed) = &stored.routed {
            return Ok(Route::To(routed.clone()));
        }
        // Its address names the streamer, or only that streamer's secret verified it: whatever it
        // says, it is theirs.
        if let Some(theirs) = &stored.event.streamer {
            return Ok(Route::To(theirs.clone()));
        }
        for lookup in lookups(reading) {
            match (self.look_up(&lookup).await?, lookup) {
                (Some(streamer), _) => return Ok(Route::To(streamer)),
                // It is somebody else's: no later rule may give its sales to one of ours.
                (None, Lookup::Account(account)) => {
                    return Ok(Route::DeadLetter(format!(
                        "{account} is no streamer's: tillbell account add, then redrive it"
                    )));
                }
                (None, _) => {}
            }
        }
        match reading.what {
            What::Sale(_) => Ok(Route::DeadLetter(
                "nothing in it names a streamer, and there is no default streamer".into(),
            )),
            _ => Ok(match self.claimant(envelope).await? {
                Some(streamer) => Route::To(streamer),
                None if reading.ids.is_empty() => Route::Nobody("it names no purchase"),
                None => self.await_sale(&stored.event.id, &reading.ids).await?,
            }),
        }
    }

    async fn look_up(&self, lookup: &Lookup) -> Result<Option<StreamerId>, IntakeError> {
        let known = |key: String| async move { self.store.routed(&[key]).await };
        Ok(match lookup {
            Lookup::Account(account) => self.directory.streamer_of_account(account).await?,
            Lookup::Known(id) => known(id.to_string()).await?,
            Lookup::Subscription(id) => known(format!("subscription:{id}")).await?,
            Lookup::PaymentLink(id) => {
                let held = self.directory.holding(Holding::PaymentLink, id).await?;
                held.map(|held| held.streamer)
            }
            Lookup::Metadata(streamer) | Lookup::ClientReference(streamer) => {
                self.directory.streamer(streamer).await?.map(|streamer| streamer.id.clone())
            }
            Lookup::Default => self.directory.default_streamer().await?,
        })
    }

    /// Who takes an event that is no sale to everybody: the only streamer, since what came before
    /// its sale waits with them, or the default one, if by their settings it begins a sale.
    async fn claimant(&self, envelope: &Envelope) -> Result<Option<StreamerId>, IntakeError> {
        if let [only] = &self.directory.streamers(None, 2).await?[..] {
            return Ok(Some(only.id.clone()));
        }
        let Some(id) = self.directory.default_streamer().await? else { return Ok(None) };
        let Some(default) = self.directory.streamer(&id).await? else { return Ok(None) };
        let reading = sale::read(envelope, &sale_settings(&default.settings));
        Ok(matches!(reading.what, What::Sale(_)).then_some(id))
    }

    /// The index keys that are of the streamer an event is known to be for as it is stored.
    pub(super) async fn known_keys(
        &self,
        event: &NewEvent,
        reading: &Reading,
    ) -> Result<Option<(StreamerId, Vec<String>)>, DirectoryError> {
        let Some(streamer) = event.streamer.clone() else { return Ok(None) };
        // One who was removed leaves nothing behind.
        if event.door == Door::TestAlert || self.directory.streamer(&streamer).await?.is_none() {
            return Ok(None);
        }
        Ok(Some((streamer, index_keys(reading))))
    }

    /// Remembers where an event went that was not known to be for anybody, and that its ids are of
    /// that streamer, before its outcome; and takes up what waited for that, if it may be `awaited`.
    pub(super) async fn remember_route(
        self: &Arc<Self>,
        stored: &StoredEvent,
        streamer: &StreamerId,
        reading: &Reading,
        mut awaited: bool,
    ) -> Result<(), IntakeError> {
        if stored.event.door == Door::TestAlert {
            return Ok(());
        }
        if stored.event.streamer.as_ref() != Some(streamer) {
            if stored.routed.is_none() {
                self.store.route(&stored.event.id, streamer).await?;
            }
            awaited = self.store.index(&index_keys(reading), streamer).await?;
        }
        if awaited {
            self.take_up_waiting(&reading.ids, &stored.event.id, streamer).await?;
        }
        Ok(())
    }
}

/// What later events name that are of the same streamer.
fn index_keys(reading: &Reading) -> Vec<String> {
    let mut keys: Vec<String> = reading.ids.iter().map(ToString::to_string).collect();
    if matches!(reading.what, What::Sale(_)) {
        keys.extend(reading.routing.subscription.iter().map(|id| format!("subscription:{id}")));
    }
    keys
}
