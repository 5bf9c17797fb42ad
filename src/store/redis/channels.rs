//! Channels: loading one with what belongs to it, and committing a change of it.
use super::link::Link;
use crate::{
    id::StreamerId,
    store::{Change, Committed, Cutoffs, Loaded, Names, StoreError, Token},
};

pub(super) async fn load(
    _link: &Link,
    _streamer: &StreamerId,
    _names: &Names,
) -> Result<Loaded, StoreError> {
    todo!()
}
pub(super) async fn commit(
    _link: &Link,
    _streamer: &StreamerId,
    _token: Token,
    _change: &Change,
) -> Result<Committed, StoreError> {
    todo!()
}
pub(super) async fn busy(_link: &Link) -> Result<Vec<StreamerId>, StoreError> {
    todo!()
}
pub(super) async fn remove(_link: &Link, _streamer: &StreamerId) -> Result<(), StoreError> {
    todo!()
}
/// How many entries, alerts and purchases went.
pub(super) async fn expire(_link: &Link, _cutoffs: &Cutoffs) -> Result<usize, StoreError> {
    todo!()
}
