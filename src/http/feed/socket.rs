//! `/ws/feed`: one entry of the log a text frame, and operations the other way.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{
        Query, State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, header},
    response::Response,
};
use futures_util::{StreamExt as _, stream::FuturesUnordered};

use super::{
    super::{
        App,
        access::{Caller, bearer},
        log,
        problem::Problem,
        streamers::known,
    },
    From, Reader,
    ask::Asked,
};
use crate::{
    close::CloseReason,
    id::StreamerId,
    position::After,
    session::{HELLO_WITHIN, Rate},
    wire::{ClientFrame, MESSAGE_MAX, SUBPROTOCOL, SUBPROTOCOL_KEY, ServerFrame},
};

/// How often a feed is pinged.
const PING_EVERY: Duration = Duration::from_secs(25);

/// How long a feed's socket may refuse a frame before it is too slow.
const SEND_WITHIN: Duration = Duration::from_secs(10);

/// Operations of one feed under way; what else it asks for waits in its socket.
const UNDER_WAY_MAX: usize = 8;

/// Largest message that is read at all: a farewell answers one that is only a little too large.
const READ_MAX: usize = 4 * MESSAGE_MAX;

/// The key as in contract §4.
pub(in crate::http) async fn open(
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
        .max_message_size(READ_MAX)
        .max_frame_size(READ_MAX)
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
    app.node.metrics.close(reason.name());
    let retry = u64::try_from(reason.retry_after().as_millis()).unwrap_or(0);
    let bye = ServerFrame::bye(reason, retry).text();
    let close = CloseFrame { code: reason.code(), reason: reason.name().into() };
    let farewell = async {
        socket.send(Message::Text(bye.into())).await?;
        socket.send(Message::Close(Some(close))).await
    };
    // Who reads nothing must not keep this task for ever.
    let _gone = tokio::time::timeout(SEND_WITHIN, farewell).await;
}

/// The client's key: the handshake's, or that of a first frame `auth`.
async fn identify(socket: &mut WebSocket, key: Option<String>) -> Result<String, CloseReason> {
    match key {
        Some(key) => Ok(key),
        None => match tokio::time::timeout(HELLO_WITHIN, socket.recv()).await {
            Ok(Some(Ok(Message::Text(text)))) => match ClientFrame::read(&text) {
                Ok(ClientFrame::Auth { key }) => Ok(key),
                _ => Err(CloseReason::ProtocolError),
            },
            _ => Err(CloseReason::ProtocolError),
        },
    }
}

/// Who holds a key, and whose log they may read with it, or whose queue they may operate.
async fn client_of(
    app: &App,
    key: &str,
    asked: Option<StreamerId>,
) -> Result<(Caller, StreamerId), CloseReason> {
    let caller = Caller::of_token(app, key).await.map_err(|problem| match problem.code() {
        "unauthorized" => CloseReason::Unauthorized,
        _ => CloseReason::StoreUnavailable,
    })?;
    let streamer = asked.or_else(|| caller.0.streamer.clone()).ok_or(CloseReason::Unauthorized)?;
    // An admin may name anybody, also who does not exist: that feed would be silent for ever.
    match known(app, &caller, streamer.as_str(), caller.least()).await {
        Ok(_) => Ok((caller, streamer)),
        Err(problem) if problem.code() == "store_unavailable" => Err(CloseReason::StoreUnavailable),
        Err(_) => Err(CloseReason::Unauthorized),
    }
}

/// Sends entries, and does what is asked, until either side ends; why, if it was this side.
async fn follow(
    app: &App,
    socket: &mut WebSocket,
    key: &str,
    asked: Option<StreamerId>,
    after: Option<After>,
) -> Option<CloseReason> {
    let (caller, streamer) = match client_of(app, key, asked).await {
        Ok(client) => client,
        Err(reason) => return Some(reason),
    };
    let Ok(mut reader) = Reader::new(&app.node, caller, streamer.clone(), after).await else {
        return Some(CloseReason::StoreUnavailable);
    };
    let mut pings = tokio::time::interval(PING_EVERY);
    let mut rate = Rate::new(app.node.store.now());
    let mut under_way = FuturesUnordered::new();
    loop {
        let message = tokio::select! {
            // In this order: what was asked for is begun before the next frame is read, so that a
            // client's operations are done in the order of its frames.
            biased;
            Some(answer) = under_way.next(), if !under_way.is_empty() => {
                Message::Text(String::into(answer))
            }
            _ = pings.tick() => Message::Ping(bytes::Bytes::new()),
            received = socket.recv(), if under_way.len() < UNDER_WAY_MAX => {
                let text = match said(received) {
                    Said::Text(text) => text,
                    Said::Nothing => continue,
                    Said::TooMuch => return Some(CloseReason::FrameTooLarge),
                    Said::Farewell => return None,
                };
                if !rate.allows(app.node.store.now()) {
                    return Some(CloseReason::RateLimited);
                }
                match Asked::read(app, key, &streamer, &text).await {
                    Ok(asked) => {
                        under_way.push(asked.answer(app));
                        continue;
                    }
                    Err(refusal) => Message::Text(refusal.into()),
                }
            }
            item = reader.next() => match item {
                None if app.node.is_draining() => return Some(CloseReason::Restarting),
                None => return Some(CloseReason::Unauthorized),
                Some(item) => Message::Text(reader.view(&item).1.to_string().into()),
            },
        };
        match tokio::time::timeout(SEND_WITHIN, socket.send(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return None,
            Err(_) => return Some(CloseReason::TooSlow),
        }
    }
}

/// What came from a client.
enum Said {
    Text(axum::extract::ws::Utf8Bytes),
    Nothing,
    TooMuch,
    Farewell,
}

fn said(received: Option<Result<Message, axum::Error>>) -> Said {
    match received {
        Some(Ok(Message::Text(text))) if text.len() > MESSAGE_MAX => Said::TooMuch,
        Some(Ok(Message::Text(text))) => Said::Text(text),
        // Counted and answered as a frame that cannot be read.
        Some(Ok(Message::Binary(_))) => Said::Text(axum::extract::ws::Utf8Bytes::from_static("")),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Said::Nothing,
        Some(Ok(Message::Close(_)) | Err(_)) | None => Said::Farewell,
    }
}
