//! The handshake of the overlay socket. It ends with the bare TCP stream in the hub's hands.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use hyper_util::{rt::TokioIo, server::conn::auto::upgrade::downcast};
use tokio::net::TcpStream;
use tungstenite::handshake::server::create_response_with_body;

use super::{
    App,
    access::{bearer, is_own_origin, remote},
    problem::Problem,
};
use crate::{
    close::CloseReason,
    hub::{Codec, Conn},
    id::ConnectionId,
    node::random,
    session::Session,
    wire::{SUBPROTOCOL, SUBPROTOCOL_KEY},
};

/// OBS's own origin for local files, and browsers' for files and sandboxes.
const LOCAL_ORIGINS: [&str; 3] = ["null", "file://", "http://absolute"];

pub(super) async fn overlay(
    State(app): State<App>,
    peer: ConnectInfo<SocketAddr>,
    mut request: Request,
) -> Response {
    if app.node.is_draining() {
        return Problem::unavailable("draining", "the gateway is stopping").into_response();
    }
    if app.node.hub.len() >= app.options.connections_max {
        let detail = "no more overlays can connect (limits.connections)";
        return Problem::unavailable("overloaded", detail).into_response();
    }
    let Ok(mut response) = create_response_with_body(&request, Body::empty) else {
        return Problem::upgrade_required().into_response();
    };
    let headers = request.headers();
    let protocols = protocols(headers);
    if protocols.contains(&SUBPROTOCOL) {
        let selected = HeaderValue::from_static(SUBPROTOCOL);
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, selected);
    }
    let key = protocols.iter().find_map(|protocol| protocol.strip_prefix(SUBPROTOCOL_KEY));
    let key = key.or_else(|| bearer(headers)).map(str::to_owned);
    let refused = !origin_passes(headers, &app);
    let client = (remote(peer, headers, &app.options), chrome(headers));
    let upgrade = hyper::upgrade::on(&mut request);
    let node = Arc::clone(&app.node);
    let tasks = node.tasks.clone();
    tasks.spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let Ok(parts) = downcast::<TokioIo<TcpStream>>(upgraded) else { return };
        let spread = u16::try_from(random() % 1001).unwrap_or(500);
        let session = Session::new(node.store.now(), key, spread);
        let stream = parts.io.into_inner();
        let conn = Arc::new(Conn::new(ConnectionId::new(), client, stream, session));
        if refused {
            node.end(&conn, CloseReason::OriginRefused);
        }
        node.tasks.clone().spawn(node.serve_socket(conn, Codec::new(parts.read_buf)));
    });
    response
}

/// The major version in `… Chrome/127.0.6533.120 …`.
fn chrome(headers: &HeaderMap) -> Option<u16> {
    let agent = headers.get(header::USER_AGENT)?.to_str().ok()?;
    let (_, version) = agent.split_once("Chrome/")?;
    version.split('.').next()?.parse().ok()
}

fn protocols(headers: &HeaderMap) -> Vec<&str> {
    headers
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect()
}

/// The key carries all the authority, and no cookie is read here; so a missing origin passes, as of
/// programs, and a local one, as of OBS. A foreign page is refused although it could do nothing.
fn origin_passes(headers: &HeaderMap, app: &App) -> bool {
    match headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or("")) {
        None => true,
        Some(origin) => {
            LOCAL_ORIGINS.contains(&origin) || is_own_origin(origin, headers, &app.options)
        }
    }
}
