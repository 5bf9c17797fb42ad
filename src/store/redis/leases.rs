//! Leases: who may do what only one node shall do.

use std::time::Duration;

use super::{
    call::{Call, lua},
    link::Link,
    names,
};
use crate::{id::NodeId, store::StoreError};

lua!(TAKE, "lease");
lua!(LIVING, "living");

/// The longest lease, in milliseconds: a year. Redis refuses what its clock cannot count.
const LONGEST: u64 = 365 * 24 * 3_600_000;

/// The nodes whose leases last.
pub(super) async fn living(link: &Link) -> Result<Vec<String>, StoreError> {
    link.run(&Call::new(&LIVING, [names::NODES.to_owned()])).await
}

/// Takes or prolongs a lease; whether `owner` has it now.
pub(super) async fn take(
    link: &Link,
    name: &str,
    owner: NodeId,
    length: Duration,
) -> Result<bool, StoreError> {
    let length = u64::try_from(length.as_millis()).unwrap_or(u64::MAX).min(LONGEST);
    link.run(&Call::new(&TAKE, [names::lease(name)]).arg(owner.to_string()).arg(length)).await
}
