//! Who is connected, across the whole cluster.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::{
    App,
    access::{Caller, Need},
    body::read,
    lists::Page,
    problem::Problem,
    streamers::known,
};
use crate::{
    connection::Connection,
    id::ConnectionId,
    store::{Direct, Directed},
    wire::MESSAGE_MAX,
};

/// A connection for a caller: where the streamer is connected from only for those who manage it.
fn view(connection: &Connection, caller: &Caller) -> Value {
    let manages = caller.may(&connection.streamer, Need::Manage).is_ok();
    json!({
        "id": connection.id,
        "node": connection.node,
        "streamer": connection.streamer,
        "overlay": { "id": connection.overlay, "name": connection.overlay_name },
        "kind": connection.kind,
        "mode": connection.mode,
        "since": connection.since.wire(),
        "remote": manages.then_some(&connection.remote),
        "client": connection.client,
        "obs": connection.obs,
        "chrome": connection.chrome,
        "active": connection.source.active,
        "visible": connection.source.visible,
        "streaming": connection.source.streaming,
        "muted": connection.muted,
        "last_seen": connection.heard_at.wire(),
        "round_trip_ms": connection.round_trip_ms,
    })
}

#[derive(Deserialize)]
pub(super) struct Of {
    streamer: Option<String>,
}

pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(Of { streamer }): Query<Of>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    let streamer = match (streamer, &caller.0.streamer) {
        (Some(asked), _) => Some(known(&app, &caller, &asked, Need::Read).await?.id.clone()),
        (None, Some(own)) => {
            caller.may(own, Need::Read)?;
            Some(own.clone())
        }
        (None, None) => None,
    };
    let connections = app.node.store.connections(streamer.as_ref()).await?;
    Ok(Json(page.of(connections, |connection| connection.id.to_string(), |c| view(c, &caller))?))
}

fn gone() -> Problem {
    Problem::new(StatusCode::GONE, "gone", "that connection has ended")
}

async fn find(
    app: &App,
    caller: &Caller,
    id: &str,
    need: Need,
) -> Result<Arc<Connection>, Problem> {
    let unknown = || Problem::not_found("connection of that id");
    let id: ConnectionId = id.parse().map_err(|_| unknown())?;
    let connection = app.node.store.connection(id).await?.ok_or_else(unknown)?;
    caller.may(&connection.streamer, need).map_err(|_| unknown())?;
    Ok(connection)
}

pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let connection = find(&app, &caller, &id, Need::Read).await?;
    Ok(Json(view(&connection, &caller)))
}

async fn direct(app: &App, id: ConnectionId, message: Direct) -> Result<(), Problem> {
    match app.node.store.direct(id, message).await? {
        Directed::Taken => Ok(()),
        Directed::Gone => Err(gone()),
        Directed::NoAnswer => {
            Err(Problem::unavailable("node_silent", "the connection's node did not answer in 2 s"))
        }
    }
}

pub(super) async fn close(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let connection = find(&app, &caller, &id, Need::Manage).await?;
    direct(&app, connection.id, Direct::Close).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn send(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    // An id of ours that is not there any more is gone; whether it ever was, nobody keeps.
    let ours = id.parse::<ConnectionId>().is_ok();
    let connection = find(&app, &caller, &id, Need::Manage).await;
    let connection = connection.map_err(|problem| if ours { gone() } else { problem })?;
    let body = read(&app, &headers, body, MESSAGE_MAX).await?;
    let data: Box<RawValue> = serde_json::from_slice(&body)
        .map_err(|_| Problem::bad_request("not_json", "a message is one JSON value"))?;
    direct(&app, connection.id, Direct::Message(data)).await?;
    Ok(StatusCode::ACCEPTED)
}
