//! Directed messages to connections of other nodes.
use super::{bus::Bus, link::Link};
use crate::{
    connection::Connection,
    store::{Direct, Directed, StoreError},
};

pub(super) async fn send(
    _link: &Link,
    _bus: &Bus,
    _to: Connection,
    _message: Direct,
) -> Result<Directed, StoreError> {
    todo!()
}
