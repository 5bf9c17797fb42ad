//! Wakes between nodes.
use super::link::Link;
use crate::{
    id::NodeId,
    store::{Mailbox, StoreError, Wake},
};
use std::sync::Arc;
use tokio::sync::broadcast;

pub(super) struct Bus {}

impl Bus {
    pub(super) fn start(_link: Arc<Link>, _node: NodeId) -> Self {
        todo!()
    }
    pub(super) fn ready(&self) -> Result<(), StoreError> {
        todo!()
    }
    pub(super) fn wake(&self, _wake: Wake) {
        todo!()
    }
    pub(super) fn wakes(&self) -> broadcast::Receiver<Wake> {
        todo!()
    }
    pub(super) fn open_mailbox(&self, _mailbox: Mailbox) {
        todo!()
    }
    pub(super) fn stop(&self) {
        todo!()
    }
}
