//! The channels' logs: one stream each.
use super::link::Link;
use crate::{
    id::StreamerId,
    position::{After, Position},
    store::{LogPage, StoreError},
};

pub(super) async fn heads(
    _link: &Link,
    _streamers: &[StreamerId],
) -> Result<Vec<Position>, StoreError> {
    todo!()
}
pub(super) async fn page(
    _link: &Link,
    _streamer: &StreamerId,
    _after: After,
    _limit: usize,
) -> Result<LogPage, StoreError> {
    todo!()
}
