//! Overlays and their links.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    App,
    access::{Caller, Need},
    lists::Page,
    problem::Problem,
    streamers::known,
};
use crate::{connection::OverlayKind, directory::Overlay};

fn view(app: &App, overlay: &Overlay) -> Value {
    let key = app.node.directory.overlay_key(overlay);
    json!({
        "id": overlay.id,
        "name": overlay.name,
        "kind": overlay.kind,
        "created": overlay.created.wire(),
        "generation": overlay.generation,
        "url": format!("{}/overlay/#k={key}", app.options.public_url),
        "connections": app.node.hub.of_overlay(&overlay.streamer, overlay.id),
    })
}

async fn find(app: &App, caller: &Caller, s: &str, o: &str) -> Result<Overlay, Problem> {
    let streamer = known(app, caller, s, Need::Manage).await?;
    let overlay = app.node.directory.overlay(&streamer.id, o).await?;
    overlay.ok_or_else(|| Problem::not_found("overlay of that id or name"))
}

pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    let overlays = app.node.directory.overlays(&streamer.id).await?;
    Ok(Json(page.of(overlays, |overlay| overlay.id.to_string(), |o| view(&app, o))?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    name: String,
    #[serde(default = "alerts")]
    kind: OverlayKind,
}

const fn alerts() -> OverlayKind {
    OverlayKind::Alerts
}

pub(super) async fn add(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Json(New { name, kind }): Json<New>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    let overlay = app.node.directory.add_overlay(&streamer.id, &name, kind).await?;
    Ok((StatusCode::CREATED, Json(view(&app, &overlay))))
}

pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path((s, o)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let overlay = find(&app, &caller, &s, &o).await?;
    Ok(Json(view(&app, &overlay)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rename {
    name: String,
}

pub(super) async fn rename(
    State(app): State<App>,
    caller: Caller,
    Path((s, o)): Path<(String, String)>,
    Json(Rename { name }): Json<Rename>,
) -> Result<Json<Value>, Problem> {
    let overlay = find(&app, &caller, &s, &o).await?;
    let overlay = app.node.directory.rename_overlay(overlay, &name).await?;
    Ok(Json(view(&app, &overlay)))
}

pub(super) async fn rotate(
    State(app): State<App>,
    caller: Caller,
    Path((s, o)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let overlay = find(&app, &caller, &s, &o).await?;
    let overlay = app.node.directory.rotate_overlay(overlay).await?;
    app.node.close_rotated_of(&overlay.streamer).await;
    Ok(Json(view(&app, &overlay)))
}

pub(super) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path((s, o)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let overlay = find(&app, &caller, &s, &o).await?;
    app.node.directory.remove_overlay(&overlay).await?;
    app.node.close_rotated_of(&overlay.streamer).await;
    Ok(StatusCode::NO_CONTENT)
}
