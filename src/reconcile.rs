//! What Stripe did not deliver is fetched: at the start, every few minutes, by command, and, for
//! gateways that no webhook reaches, every other second.
//!
//! All wanted events of a window are listed, not only those Stripe calls undelivered: that word is
//! about the whole account, and says nothing where an endpoint was off or not told of a type. What is
//! not known yet goes through the door that webhooks use, so one event is one event however it came.
//! Whether it is too old to be shown is the channel's to say.

mod checks;
mod cursor;
mod fetch;
pub mod jobs;
mod poll;
mod slices;

use std::time::Duration;

pub use cursor::LastCheck;

use crate::{
    directory::DirectoryError, intake::receive::ReceiveError, store::StoreError,
    stripe_api::ApiError,
};

/// How far back Stripe lists events (docs.stripe.com/api/events).
pub const OLDEST: Duration = Duration::from_hours(30 * 24);

/// A lease is taken again before each page: longer than a page takes, three attempts of 8 s, and so short
/// that nobody misses a node that died. Should two nodes overlap, an event is still one event.
const LEASE: Duration = Duration::from_secs(30);

/// Why a check could not go on.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Stripe did not answer as it should.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// Accounts cannot be read.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// An event could not be stored.
    #[error(transparent)]
    Receive(#[from] ReceiveError),
    /// Another node has taken over.
    #[error("another node has taken over")]
    TakenOver,
}

impl From<StoreError> for CheckError {
    fn from(error: StoreError) -> Self {
        Self::Directory(error.into())
    }
}
