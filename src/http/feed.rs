//! The log as it grows: server-sent events and a websocket, from one reader.

mod ask;
pub(super) mod socket;

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderName, HeaderValue},
    response::{
        IntoResponse, Response,
        sse::{self, KeepAlive, Sse},
    },
};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast;

use super::{
    App,
    access::{Caller, Need},
    log,
    problem::Problem,
    streamers::known,
};
use crate::{
    channel::Entry,
    id::StreamerId,
    node::Node,
    position::{After, Position},
    store::{LogPage, StoreError, Wake},
};

/// Entries read at once.
const PAGE: usize = 100;

/// How often a feed that hears nothing looks all the same, should a wake have been lost.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Something for a reader.
enum Item {
    Entry(Box<Entry>),
    HistoryLost(Position),
    News(String, Value),
}

/// Follows one streamer's log from a position, for somebody. Who may not read it is told nothing, until
/// their key is revoked.
struct Reader {
    node: Arc<Node>,
    caller: Caller,
    streamer: StreamerId,
    after: After,
    wakes: broadcast::Receiver<Wake>,
    waiting: VecDeque<Item>,
    /// The key may have been revoked, or lets them see something else; kept here, because waiting may be cut off at any await.
    doubted: bool,
}

impl Reader {
    /// Hears wakes first, then reads: nothing falls between. Without a position: from now on.
    async fn new(
        node: &Arc<Node>,
        caller: Caller,
        streamer: StreamerId,
        after: Option<After>,
    ) -> Result<Self, StoreError> {
        let wakes = node.store.wakes();
        let after = match after {
            Some(after) => after,
            None => match node.store.log(&streamer, After::Oldest, 1).await? {
                LogPage::Page { head, .. } => After::Position(head),
                LogPage::HistoryLost { oldest } => After::Position(oldest),
            },
        };
        let (node, waiting) = (Arc::clone(node), VecDeque::new());
        Ok(Self { node, caller, streamer, after, wakes, waiting, doubted: false })
    }

    /// The next item; `None` when the gateway stops, or the reader's key was revoked.
    async fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.waiting.pop_front() {
                return Some(item);
            }
            if self.doubted {
                match self.caller.again(&self.node.directory).await {
                    Ok(Some(caller)) => (self.caller, self.doubted) = (caller, false),
                    Ok(None) => return None,
                    // Asked again before anything more is told.
                    Err(_) if !self.wait().await => return None,
                    Err(_) => continue,
                }
            }
            self.read().await;
            if self.waiting.is_empty() && !self.wait().await {
                return None;
            }
        }
    }

    fn may_read(&self) -> bool {
        self.caller.may(&self.streamer, Need::Log).is_ok()
    }

    async fn read(&mut self) {
        if !self.may_read() {
            return;
        }
        match self.node.store.log(&self.streamer, self.after, PAGE).await {
            Ok(LogPage::Page { entries, .. }) => {
                if let Some(last) = entries.last() {
                    self.after = After::Position(last.position);
                }
                self.waiting.extend(entries.into_iter().map(|entry| Item::Entry(Box::new(entry))));
            }
            Ok(LogPage::HistoryLost { oldest }) => {
                self.after = After::Position(oldest);
                self.waiting.push_back(Item::HistoryLost(oldest));
            }
            // It is asked again after the next wake or look.
            Err(error) => tracing::debug!(%error, "a feed could not read the log"),
        }
    }

    /// Waits until there may be something to read, or news; `false` at the end.
    async fn wait(&mut self) -> bool {
        let look = tokio::time::sleep(LOOK_EVERY);
        tokio::pin!(look);
        loop {
            tokio::select! {
                wake = self.wakes.recv() => match wake {
                    Ok(Wake::Channel(streamer, _)) if streamer == self.streamer => return true,
                    Ok(Wake::News(streamer, what, data))
                        if streamer == self.streamer && self.may_read() =>
                    {
                        self.waiting.push_back(Item::News(what, data));
                        return true;
                    }
                    Ok(Wake::Documents(streamer)) if streamer == self.streamer => {
                        self.doubted = true;
                        return true;
                    }
                    Ok(Wake::All) | Err(broadcast::error::RecvError::Lagged(_)) => {
                        self.doubted = true;
                        return true;
                    }
                    Ok(_) => {}
                    Err(broadcast::error::RecvError::Closed) => return false,
                },
                () = &mut look => return true,
                () = self.node.draining.cancelled() => return false,
            }
        }
    }

    /// An item as it goes to the reader, with its position if it has one.
    fn view(&self, item: &Item) -> (Option<Position>, Value) {
        match item {
            Item::Entry(entry) => {
                (Some(entry.position), log::view(entry, self.caller.sees_amounts()))
            }
            Item::HistoryLost(oldest) => (
                None,
                json!({
                    "v": 1,
                    "event": { "source": "Tillbell", "type": "HistoryLost" },
                    "data": { "oldest": oldest },
                }),
            ),
            Item::News(what, data) => (
                None,
                json!({
                    "v": 1,
                    "timeStamp": self.node.store.now().wire(),
                    "event": { "source": "Tillbell", "type": what },
                    "test": false,
                    "replay": false,
                    "data": data,
                }),
            ),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct From {
    after: Option<String>,
    /// Whose feed, for the admin; a key has its own.
    streamer: Option<StreamerId>,
}

pub(super) async fn stream(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Query(From { after, .. }): Query<From>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let streamer = known(&app, &caller, &s, Need::Log).await?;
    // A browser that reconnects tells where it was; that is newer than what its address says.
    let last = headers.get("last-event-id").and_then(|last| last.to_str().ok());
    let after = log::read_after(last.or(after.as_deref()))?;
    let reader = Reader::new(&app.node, caller, streamer.id.clone(), after).await?;
    let events = stream::unfold(reader, |mut reader| async move {
        let item = reader.next().await?;
        let (position, data) = reader.view(&item);
        let mut event = sse::Event::default().data(data.to_string());
        if let Some(position) = position {
            event = event.id(position.to_string());
        }
        Some((Ok::<_, Infallible>(event), reader))
    });
    let sse = Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)));
    // Proxies that gather answers would hold events back.
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(([unbuffered], sse).into_response())
}
