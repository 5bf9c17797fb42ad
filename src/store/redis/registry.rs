//! Who is connected, on which node.
use super::link::Link;
use crate::{
    connection::Connection,
    id::{ConnectionId, NodeId, StreamerId},
    store::{Heard, StoreError},
};
use std::sync::Arc;

pub(super) struct Registry {}

impl Registry {
    pub(super) fn start(_link: Arc<Link>, _node: NodeId) -> Self {
        todo!()
    }
    pub(super) async fn register(&self, _connection: Connection) -> Result<(), StoreError> {
        todo!()
    }
    pub(super) async fn heard(&self, _heard: &[Heard]) -> Result<(), StoreError> {
        todo!()
    }
    pub(super) async fn unregister(&self, _id: ConnectionId) -> Result<(), StoreError> {
        todo!()
    }
    pub(super) async fn list(
        &self,
        _streamer: Option<&StreamerId>,
    ) -> Result<Vec<Connection>, StoreError> {
        todo!()
    }
    pub(super) async fn find(&self, _id: ConnectionId) -> Result<Option<Connection>, StoreError> {
        todo!()
    }
    pub(super) async fn leave(&self) {
        todo!()
    }
}
