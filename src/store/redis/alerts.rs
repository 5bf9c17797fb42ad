//! Alerts.
use super::link::Link;
use crate::{
    alert::Alert,
    id::{AlertId, StreamerId},
    store::{AlertFilter, StoreError},
};

pub(super) async fn one(
    _link: &Link,
    _streamer: &StreamerId,
    _id: AlertId,
) -> Result<Option<Alert>, StoreError> {
    todo!()
}
pub(super) async fn owner(_link: &Link, _id: AlertId) -> Result<Option<StreamerId>, StoreError> {
    todo!()
}
pub(super) async fn list(
    _link: &Link,
    _streamer: &StreamerId,
    _filter: &AlertFilter,
) -> Result<Vec<Alert>, StoreError> {
    todo!()
}
