//! Which streamer a key of Stripe's routes to.
use super::link::Link;
use crate::{
    id::StreamerId,
    store::{Cutoffs, StoreError},
};

pub(super) async fn find(_link: &Link, _keys: &[String]) -> Result<Option<StreamerId>, StoreError> {
    todo!()
}
pub(super) async fn index(
    _link: &Link,
    _keys: &[String],
    _streamer: &StreamerId,
) -> Result<(), StoreError> {
    todo!()
}
pub(super) async fn remove(_link: &Link, _streamer: &StreamerId) -> Result<(), StoreError> {
    todo!()
}
pub(super) async fn expire(_link: &Link, _cutoffs: &Cutoffs) -> Result<usize, StoreError> {
    todo!()
}
