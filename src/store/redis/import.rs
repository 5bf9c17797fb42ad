//! Filling an empty Redis with a gateway that moves. A mark is written first and taken away last, in
//! the step that brings the keys: until then no node begins here.

mod check;
mod vacancy;

use futures_util::future::try_join_all;
use redis::cmd;
use secrecy::SecretString;

use super::{
    Options,
    call::{Call, lua},
    channels, commit, documents, events,
    identity::{self, Identity, IdentityError, MOVING},
    link::Link,
    names::GATEWAY,
    open::{self, OpenError},
    routes,
    seen::Seen,
};
use crate::{
    id::NodeId,
    store::{Batch, Committed, Names, StoreError},
};

lua!(BEGIN, "import_begin");

/// Whether a gateway may move in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Yes: it has begun.
    Now,
    /// No: a gateway has kept something here.
    Taken,
    /// No: another move has not ended.
    BrokenOff,
}

/// An empty Redis that is being filled.
pub struct Import {
    link: Link,
    /// Nobody: events without an outcome are taken up by whichever node starts first.
    node: NodeId,
    seen: Seen,
}

impl Import {
    /// Connects, as a node does.
    ///
    /// # Errors
    /// When Redis cannot be reached for a while, or is not what the URL or the durability says.
    pub async fn open(options: &Options) -> Result<Self, OpenError> {
        Ok(Self { link: open::link(options).await?, node: options.node, seen: Seen::default() })
    }

    /// Begins, if nothing of a gateway's is there.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn begin(&self) -> Result<Begun, StoreError> {
        if self.link.query(cmd("HEXISTS").arg(GATEWAY).arg(MOVING)).await? {
            return Ok(Begun::BrokenOff);
        }
        if vacancy::has_ours(&self.link).await? {
            return Ok(Begun::Taken);
        }
        let call = Call::new(&BEGIN, [GATEWAY.to_owned()]).arg(MOVING).arg(self.mark());
        let begun: bool = self.link.run(&call).await?;
        Ok(if begun { Begun::Now } else { Begun::Taken })
    }

    /// Writes a batch.
    ///
    /// # Errors
    /// When Redis does not take all of it. What it took stays, and writing it again may count twice:
    /// the whole must begin anew.
    pub async fn put(&self, batch: &Batch) -> Result<(), StoreError> {
        let link = &self.link;
        match batch {
            Batch::Blobs(blobs) => {
                try_join_all(blobs.iter().map(|bytes| documents::put_blob(link, bytes))).await?;
            }
            Batch::Documents(kind, all) => {
                try_join_all(all.iter().map(|one| documents::import(link, *kind, one))).await?;
            }
            Batch::Events(all) => {
                try_join_all(all.iter().map(|one| events::import(link, self.node, one))).await?;
            }
            Batch::Routes(streamer, keys) => routes::index(link, keys, streamer).await?,
            Batch::Channel(streamer, change) => {
                let loaded = channels::load(link, &self.seen, streamer, &Names::default()).await?;
                let done = commit::commit(link, &self.seen, streamer, loaded.token, change).await?;
                if done != Committed::Done || loaded.new_epoch.is_some() {
                    let why = "what was written there a moment ago is not there any more";
                    return Err(StoreError::Unavailable(why.into()));
                }
            }
        }
        Ok(())
    }

    /// Ends, with the secrets that links and sealed secrets need: from now on nodes may begin here.
    /// `secret` seals the master key, as the nodes will be told. `false` when it is not ours any
    /// more, since somebody emptied it.
    ///
    /// # Errors
    /// When the master key is none, or Redis does not answer.
    pub async fn end(
        &self,
        own: &Identity<SecretString>,
        secret: Option<&SecretString>,
    ) -> Result<bool, IdentityError> {
        identity::bring(&self.link, &self.mark(), own, secret).await
    }

    fn mark(&self) -> String {
        self.node.to_string()
    }
}
