//! The buyer's receipt (contract §8): a page, and the same as it changes. The session in its address
//! is the only key, so it is written nowhere, and what stands there tells a stranger nothing.

mod room;
mod watch;

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    extract::{ConnectInfo, Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{StreamExt as _, stream};

use self::watch::Watch;
use super::{App, access::remote, assets, problem::Problem};
use crate::{
    directory::DirectoryError,
    id::StreamerId,
    node::Node,
    receipt::{self, Receipt},
    store::{Names, StoreError},
    stripe::sale::PurchaseId,
};

pub(super) use self::room::Room;

/// How often a follower that hears nothing is sent a comment: less than proxies wait.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The page. With JavaScript it follows along; without, it says how things stand now.
pub(super) async fn page(State(app): State<App>, Path(session): Path<String>) -> Response {
    let Some(session) = receipt::session(&session) else {
        return (StatusCode::NOT_FOUND, render("none", "", "", "")).into_response();
    };
    match stands(&app.node, &session).await {
        Ok((receipt, name)) => {
            let ahead = match receipt {
                Receipt::Waiting { ahead: Some(ahead) } => ahead.to_string(),
                _ => String::new(),
            };
            let at = match receipt {
                Receipt::Shown { at: Some(at) } => at.to_string(),
                _ => String::new(),
            };
            render(words_for(receipt), &ahead, &at, &name)
        }
        Err(error) => {
            tracing::debug!(%error, "a receipt could not be looked at");
            (StatusCode::SERVICE_UNAVAILABLE, render("away", "", "", "")).into_response()
        }
    }
}

/// The page's words for it: each stands in the page once, for server and script.
const fn words_for(receipt: Receipt) -> &'static str {
    match receipt {
        Receipt::Pending => "pending",
        Receipt::Unpaid => "unpaid",
        Receipt::Failed => "failed",
        Receipt::Paid => "paid",
        Receipt::Waiting { ahead: Some(0) } => "next",
        Receipt::Waiting { ahead: Some(_) } => "waiting",
        Receipt::Waiting { ahead: None } => "far",
        Receipt::Playing => "playing",
        Receipt::Shown { at: Some(_) } => "shown",
        Receipt::Shown { at: None } => "shown-once",
        Receipt::Missed => "missed",
        Receipt::Refunded => "refunded",
    }
}

fn render(state: &str, ahead: &str, at: &str, streamer: &str) -> Response {
    let places = [("STATE", state), ("AHEAD", ahead), ("AT", at), ("STREAMER", streamer)];
    dress(assets::shop_page("receipt.html", &places))
}

/// The receipt as it changes.
pub(super) async fn events(
    State(app): State<App>,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(session): Path<String>,
) -> Response {
    let Some(session) = receipt::session(&session) else {
        return dress(Problem::not_found("receipt of that form").into_response());
    };
    let seat = app.receipts.seat(remote(peer, &headers, &app.options));
    let watch = Watch::new(Arc::clone(&app.node), session, seat);
    let first = Event::default().retry(watch.again());
    let events = stream::unfold(watch, |mut watch| async move {
        let receipt = watch.next().await?;
        let data = serde_json::to_string(&receipt).expect("a receipt is plain JSON");
        Some((Event::default().data(data), watch))
    });
    let events = stream::iter([first]).chain(events).map(Ok::<_, Infallible>);
    let sse = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    // Proxies that gather answers would hold events back.
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    dress(([unbuffered], sse).into_response())
}

/// Whoever has the address has the receipt: nobody shall keep it or list it.
fn dress(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
    response
}

/// How a purchase stands, and what its streamer is called, or nothing as long as it is nobody's.
async fn stands(node: &Node, session: &PurchaseId) -> Result<(Receipt, String), DirectoryError> {
    let mut streamer = None;
    let receipt = look(node, session, &mut streamer).await?;
    let known = match &streamer {
        // Not told of a purchase that nobody has heard of: that would tell who sells here.
        Some(streamer) if receipt != Receipt::Pending => node.directory.streamer(streamer).await?,
        _ => None,
    };
    Ok((receipt, known.map_or_else(String::new, |streamer| streamer.name().to_owned())))
}

/// How a purchase stands now. Whose it is is looked up until it is known, then remembered.
async fn look(
    node: &Node,
    session: &PurchaseId,
    streamer: &mut Option<StreamerId>,
) -> Result<Receipt, StoreError> {
    if streamer.is_none() {
        *streamer = node.store.routed(&[session.to_string()]).await?;
    }
    let Some(streamer) = streamer else { return Ok(Receipt::Pending) };
    let names = Names { purchases: vec![session.clone()], ..Names::default() };
    Ok(Receipt::of(session, &node.store.load(streamer, &names).await?))
}
