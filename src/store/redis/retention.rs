//! Removing what is old, a bounded number of rows at a time.

use super::{channels, documents, events, link::Link, routes};
use crate::store::{Cutoffs, StoreError};

pub(super) async fn expire(link: &Link, cutoffs: &Cutoffs) -> Result<usize, StoreError> {
    Ok(channels::expire(link, cutoffs).await?
        + routes::expire(link, cutoffs).await?
        + events::expire(link, cutoffs).await?
        + documents::expire(link, cutoffs).await?)
}
