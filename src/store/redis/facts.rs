//! Facts beside the channel: purchases and their ids, totals, buyers.
use super::link::Link;
use crate::{
    id::StreamerId,
    store::{StoreError, Total},
};

pub(super) async fn totals(_link: &Link, _streamer: &StreamerId) -> Result<Vec<Total>, StoreError> {
    todo!()
}
