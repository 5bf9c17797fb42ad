//! Leases: who may do what only one node shall do.
use super::link::Link;
use crate::{id::NodeId, store::StoreError};
use std::time::Duration;

pub(super) async fn take(
    _link: &Link,
    _name: &str,
    _owner: NodeId,
    _length: Duration,
) -> Result<bool, StoreError> {
    todo!()
}
