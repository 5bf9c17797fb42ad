//! Pictures of products: fetched once, drawn anew in a small size, and kept by the gateway, so that a
//! page loads nothing from anywhere else and nobody learns who watches.

mod fetch;
mod guard;
mod picture;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use thiserror::Error;
use tokio::sync::Semaphore;

use crate::{
    clock::Clock,
    recall::Recall,
    store::{Store, StoreError},
};

use fetch::Fetcher;
pub use picture::content_type;

/// Where a picture is served, before its hash.
pub const PATH: &str = "/media/";

/// Pictures fetched or drawn at a time: each may take some 100 MB while it is drawn.
const PLACES: usize = 2;

/// Addresses remembered with the picture that was there.
const ADDRESSES_MAX: usize = 1024;

/// How long the picture at an address is believed to be the same, or not to be had.
const BELIEVED_FOR: Duration = Duration::from_mins(10);

/// Why there is no picture.
#[derive(Debug, Error)]
pub enum MediaError {
    /// Another scheme, another port, or an address that is not on the public net.
    #[error("its address is not public https")]
    NotPublic,
    /// No answer in time, or another one than the picture: a redirect is none.
    #[error("its address does not answer with it")]
    Unreachable,
    /// Too many bytes or pixels.
    #[error("it is larger than 4 MiB or 16 megapixels")]
    TooLarge,
    /// No PNG, JPEG, WebP or GIF.
    #[error("it is no picture that can be read")]
    Unreadable,
    /// It could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// See the module.
pub struct Media {
    store: Arc<dyn Store>,
    fetcher: Fetcher,
    places: Semaphore,
    clock: Clock,
    /// By address, the path; `None` where there was no picture.
    known: Mutex<Recall<Option<String>>>,
}

impl Media {
    /// Pictures kept in this store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self::with(store, Fetcher::new())
    }

    fn with(store: Arc<dyn Store>, fetcher: Fetcher) -> Self {
        Self {
            store,
            fetcher,
            places: Semaphore::new(PLACES),
            clock: Clock::start(),
            known: Mutex::new(Recall::new(ADDRESSES_MAX, BELIEVED_FOR)),
        }
    }

    /// The path on this gateway of the picture at `address`; `None` if there is none, which is said
    /// once and then believed for a while. Takes at most some seconds.
    pub async fn picture(&self, address: &str) -> Option<String> {
        if let Some(known) = self.recall(address) {
            return known;
        }
        let _place = self.places.acquire().await.ok()?;
        // Somebody else may have fetched it while this one waited.
        if let Some(known) = self.recall(address) {
            return known;
        }
        let path = self.fetch(address).await;
        let path = path.inspect_err(|error| tracing::info!(%error, "a picture is left out")).ok();
        self.lock().learn(address, path.clone(), self.clock.now());
        path
    }

    async fn fetch(&self, address: &str) -> Result<String, MediaError> {
        let (fetcher, address) = (self.fetcher.clone(), address.to_owned());
        let drawn = tokio::task::spawn_blocking(move || picture::redraw(&fetcher.fetch(&address)?));
        // A decoder that panics over a picture could not read it.
        let drawn = drawn.await.unwrap_or(Err(MediaError::Unreadable))?;
        let hash = self.store.put_blob(drawn.into()).await?.ok_or(MediaError::TooLarge)?;
        Ok(format!("{PATH}{hash}"))
    }

    fn recall(&self, address: &str) -> Option<Option<String>> {
        self.lock().get(address, self.clock.now()).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Recall<Option<String>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
