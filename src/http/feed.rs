//! The log as it grows: server-sent events and a websocket, from one reader.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{
        Path, Query, State, WebSocketUpgrade,
        ws::{Message, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, HeaderName, HeaderValue, header},
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
    access::{Caller, Need, bearer, of_token},
    log,
    problem::Problem,
    streamers::known,
};
use crate::{
    channel::Entry,
    close::CloseReason,
    directory::Principal,
    id::StreamerId,
    node::Node,
    position::{After, Position},
    store::{LogPage, StoreError, Wake},
    wire::{SUBPROTOCOL, SUBPROTOCOL_KEY, ServerFrame},
};

/// Entries read at once.
const PAGE: usize = 100;

/// How often a feed that hears nothing looks all the same, should a wake have been lost.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// How often a websocket feed is pinged.
const PING_EVERY: Duration = Duration::from_secs(25);

/// How long a feed's socket may refuse a frame before it is too slow.
const SEND_WITHIN: Duration = Duration::from_secs(10);

/// Something for a reader.
enum Item {
    Entry(Box<Entry>),
    HistoryLost(Position),
    News(String, Value),
}

/// Follows one streamer's log from a position, for somebody.
struct Reader {
    node: Arc<Node>,
    principal: Principal,
    streamer: StreamerId,
    after: After,
    wakes: broadcast::Receiver<Wake>,
    waiting: VecDeque<Item>,
    /// The key may have been revoked; kept here, because waiting may be cut off at any await.
    doubted: bool,
}

impl Reader {
    /// Hears wakes first, then reads: nothing falls between. Without a position: from now on.
    async fn new(
        node: &Arc<Node>,
        principal: Principal,
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
        Ok(Self { node, principal, streamer, after, wakes, waiting, doubted: false })
    }

    /// The next item; `None` when the gateway stops, or the reader's key was revoked.
    async fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.waiting.pop_front() {
                return Some(item);
            }
            if self.doubted {
                match self.node.directory.still_holds(&self.principal).await {
                    Ok(true) => self.doubted = false,
                    Ok(false) => return None,
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

    async fn read(&mut self) {
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
                    Ok(Wake::News(streamer, what, data)) if streamer == self.streamer => {
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
    fn view(&self, item: &Item, sees_amounts: bool) -> (Option<Position>, Value) {
        match item {
            Item::Entry(entry) => (Some(entry.position), log::view(entry, sees_amounts)),
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
    let amounts = caller.sees_amounts();
    let reader = Reader::new(&app.node, caller.0, streamer.id.clone(), after).await?;
    let events = stream::unfold(reader, move |mut reader| async move {
        let item = reader.next().await?;
        let (position, data) = reader.view(&item, amounts);
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

/// `/ws/feed`: one entry a text frame. The key as in contract §4.
pub(super) async fn socket(
    State(app): State<App>,
    Query(From { after, streamer }): Query<From>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|_| Problem::upgrade_required())?;
    let after = log::read_after(after.as_deref())?;
    let key = key_of(&headers);
    let node = Arc::clone(&app.node);
    Ok(upgrade
        .protocols([SUBPROTOCOL])
        .read_buffer_size(1024)
        .write_buffer_size(0)
        .max_message_size(crate::wire::MESSAGE_MAX)
        .on_upgrade(move |socket| {
            node.tasks.clone().track_future(feed(app, socket, key, streamer, after))
        }))
}

fn key_of(headers: &HeaderMap) -> Option<String> {
    let protocols = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
    let mut listed = protocols.iter().filter_map(|line| line.to_str().ok());
    let key = listed.find_map(|line| {
        line.split(',').find_map(|protocol| protocol.trim().strip_prefix(SUBPROTOCOL_KEY))
    });
    key.or_else(|| bearer(headers)).map(str::to_owned)
}

async fn feed(
    app: App,
    mut socket: WebSocket,
    key: Option<String>,
    asked: Option<StreamerId>,
    after: Option<After>,
) {
    let reason = match identify(&mut socket, key).await {
        Err(reason) => reason,
        Ok(key) => match follow(&app, &mut socket, &key, asked, after).await {
            Some(reason) => reason,
            None => return,
        },
    };
    let retry = u64::try_from(reason.retry_after().as_millis()).unwrap_or(0);
    let bye = ServerFrame::bye(reason, retry).text();
    let _gone = socket.send(Message::Text(bye.into())).await;
    let close = axum::extract::ws::CloseFrame { code: reason.code(), reason: reason.name().into() };
    let _gone = socket.send(Message::Close(Some(close))).await;
}

/// The reader's key: the handshake's, or that of a first frame `auth`.
async fn identify(socket: &mut WebSocket, key: Option<String>) -> Result<String, CloseReason> {
    match key {
        Some(key) => Ok(key),
        None => match tokio::time::timeout(crate::session::HELLO_WITHIN, socket.recv()).await {
            Ok(Some(Ok(Message::Text(text)))) => match crate::wire::ClientFrame::read(&text) {
                Ok(crate::wire::ClientFrame::Auth { key }) => Ok(key),
                _ => Err(CloseReason::ProtocolError),
            },
            _ => Err(CloseReason::ProtocolError),
        },
    }
}

/// Who holds a key, and whose log they may read with it now.
async fn reader_of(
    app: &App,
    key: &str,
    asked: Option<&StreamerId>,
) -> Result<(Caller, StreamerId), CloseReason> {
    let caller = Caller(of_token(app, key).await.map_err(|problem| match problem.code() {
        "unauthorized" => CloseReason::Unauthorized,
        _ => CloseReason::StoreUnavailable,
    })?);
    let streamer = asked.or(caller.0.streamer.as_ref()).cloned();
    match streamer.filter(|streamer| caller.may(streamer, Need::Log).is_ok()) {
        Some(streamer) => Ok((caller, streamer)),
        None => Err(CloseReason::Unauthorized),
    }
}

/// Sends entries until either side ends; why, if it was this side.
async fn follow(
    app: &App,
    socket: &mut WebSocket,
    key: &str,
    asked: Option<StreamerId>,
    after: Option<After>,
) -> Option<CloseReason> {
    let (caller, streamer) = match reader_of(app, key, asked.as_ref()).await {
        Ok(reader) => reader,
        Err(reason) => return Some(reason),
    };
    let amounts = caller.sees_amounts();
    let Ok(mut reader) = Reader::new(&app.node, caller.0, streamer, after).await else {
        return Some(CloseReason::StoreUnavailable);
    };
    let mut pings = tokio::time::interval(PING_EVERY);
    loop {
        let message = tokio::select! {
            item = reader.next() => match item {
                None if app.node.is_draining() => return Some(CloseReason::Restarting),
                None => return Some(CloseReason::Unauthorized),
                Some(item) => {
                    let (_, data) = reader.view(&item, amounts);
                    Message::Text(data.to_string().into())
                }
            },
            _ = pings.tick() => Message::Ping(bytes::Bytes::new()),
            received = socket.recv() => match received {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => continue,
            },
        };
        match tokio::time::timeout(SEND_WITHIN, socket.send(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return None,
            Err(_) => return Some(CloseReason::TooSlow),
        }
    }
}
