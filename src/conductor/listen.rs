//! What other nodes changed: they say so, and in case that was lost, it is looked for every 2 s.

use std::{sync::Arc, time::Duration};

use tokio::sync::broadcast::error::RecvError;

use super::sweeps::every;
use crate::{node::Node, store::Wake};

/// How often the channels of connections here are looked at (design §2).
const POLL_EVERY: Duration = Duration::from_secs(2);

impl Node {
    /// Looks at channels that other nodes changed, until the node stops.
    pub async fn listen(self: Arc<Self>) {
        let mut wakes = self.store.wakes();
        let mut polls = every(POLL_EVERY);
        loop {
            tokio::select! {
                wake = wakes.recv() => match wake {
                    Ok(wake) => self.hear(wake).await,
                    Err(RecvError::Lagged(_)) => self.look_for_changes().await,
                    Err(RecvError::Closed) => return,
                },
                _ = polls.tick() => self.look_for_changes().await,
                () = self.stop.cancelled() => return,
            }
        }
    }

    async fn hear(self: &Arc<Self>, wake: Wake) {
        match wake {
            Wake::Channel(streamer, head) => {
                let here = self.hub.has(&streamer);
                // Its own commits a node has shown before it says so.
                if here && self.hub.shown(&streamer) != Some(head) {
                    self.look(&streamer);
                }
            }
            Wake::Documents(streamer) => {
                self.directory.forget(Some(&streamer));
                if self.hub.has(&streamer) {
                    self.documents_changed(&streamer).await;
                }
            }
            Wake::News(..) => {}
            Wake::All => self.look_for_changes().await,
        }
    }

    async fn look_for_changes(self: &Arc<Self>) {
        let streamers = self.hub.streamers();
        if streamers.is_empty() {
            return;
        }
        match self.store.heads(&streamers).await {
            Ok(heads) => {
                for (streamer, head) in streamers.iter().zip(heads) {
                    if head.is_some() && self.hub.shown(streamer) != head {
                        self.look(streamer);
                    }
                }
            }
            Err(error) => tracing::debug!(%error, "channels cannot be looked at"),
        }
    }
}
