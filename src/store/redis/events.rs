//! Events: what was accepted, and what became of it.
use super::link::Link;
use crate::{
    id::{AlertId, EventId, NodeId, StreamerId},
    store::{Accepted, Cutoffs, NewEvent, Settlement, StoreError, StoredEvent},
    time::Timestamp,
};

pub(super) async fn accept(
    _link: &Link,
    _node: NodeId,
    _event: &NewEvent,
) -> Result<Accepted, StoreError> {
    todo!()
}
pub(super) async fn by_id(_link: &Link, _id: &EventId) -> Result<Option<StoredEvent>, StoreError> {
    todo!()
}
pub(super) async fn by_alert(
    _link: &Link,
    _alert: AlertId,
) -> Result<Option<StoredEvent>, StoreError> {
    todo!()
}
pub(super) async fn unsettled(
    _link: &Link,
    _node: NodeId,
    _before: Timestamp,
    _limit: usize,
) -> Result<Vec<StoredEvent>, StoreError> {
    todo!()
}
pub(super) async fn unsettled_count(_link: &Link) -> Result<u64, StoreError> {
    todo!()
}
pub(super) async fn attempt(_link: &Link, _node: NodeId, _id: &EventId) -> Result<u32, StoreError> {
    todo!()
}
pub(super) async fn route(
    _link: &Link,
    _id: &EventId,
    _streamer: &StreamerId,
) -> Result<(), StoreError> {
    todo!()
}
pub(super) async fn settle(
    _link: &Link,
    _node: NodeId,
    _id: &EventId,
    _outcome: &Settlement,
) -> Result<bool, StoreError> {
    todo!()
}
pub(super) async fn redrive(
    _link: &Link,
    _node: NodeId,
    _id: &EventId,
) -> Result<bool, StoreError> {
    todo!()
}
/// Copies outcomes that commits have fixed in a channel's `settled` to the events themselves.
pub(super) async fn finish(
    _link: &Link,
    _settled: &[(EventId, Settlement)],
) -> Result<(), StoreError> {
    todo!()
}
/// How many bodies and events went.
pub(super) async fn expire(_link: &Link, _cutoffs: &Cutoffs) -> Result<usize, StoreError> {
    todo!()
}
