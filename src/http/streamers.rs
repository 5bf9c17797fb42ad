//! Streamers and their settings.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    App,
    access::{Caller, Need},
    lists::Page,
    problem::Problem,
};
use crate::{
    alert::AlertState,
    directory::{Streamer, patched},
    id::StreamerId,
    settings::Settings,
    store::AlertFilter,
    time::Timestamp,
};

/// A streamer's id from a path, if the streamer is known and the caller may do `need` with it.
pub(super) async fn known(
    app: &App,
    caller: &Caller,
    id: &str,
    need: Need,
) -> Result<std::sync::Arc<Streamer>, Problem> {
    let unknown = || Problem::not_found(format_args!("streamer {:?}", cut(id)));
    let id: StreamerId = id.parse().map_err(|_| unknown())?;
    caller.may(&id, need)?;
    app.node.directory.streamer(&id).await?.ok_or_else(unknown)
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

/// A streamer for a caller: settings and links only for those who may change them.
fn view(app: &App, caller: &Caller, streamer: &Streamer) -> Value {
    let (id, name, created) = (&streamer.id, streamer.name(), streamer.created.wire());
    if caller.may(id, Need::Manage).is_err() {
        return json!({ "id": id, "name": name, "created": created });
    }
    let mut view = serde_json::to_value(&streamer.settings).expect("settings are plain JSON");
    view["id"] = json!(id);
    view["name"] = json!(name);
    view["created"] = json!(created);
    view["edition"] = json!(streamer.settings.edition());
    view["webhook_url"] =
        json!(format!("{}/webhooks/stripe/{}", app.options.public_url, streamer.id));
    view["configured_secrets"] = json!(app.node.directory.configured(id).len());
    view["store_url"] = json!(format!("{}/store/{}", app.options.public_url, streamer.id));
    view
}

fn deliveries(app: &App, id: &StreamerId) -> Value {
    let deliveries = app.node.deliveries(id);
    json!({
        "verified": deliveries.verified.map(Timestamp::wire),
        "refused": deliveries.refused.map(|(at, code)| json!({ "at": at.wire(), "code": code })),
    })
}

pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    let limit = page.limit()?;
    // A key's own streamer is its whole list: it learns no other's name, not even as a cursor.
    if let Some(own) = &caller.0.streamer {
        let own = known(&app, &caller, own.as_str(), caller.least()).await?;
        return Ok(Json(json!({ "data": [view(&app, &caller, &own)], "next": null })));
    }
    let all = app.node.directory.streamers(page.after.as_deref(), limit).await?;
    let next = (all.len() == limit).then(|| all.last().map(|last| last.id.clone())).flatten();
    let data: Vec<Value> = all.iter().map(|streamer| view(&app, &caller, streamer)).collect();
    Ok(Json(json!({ "data": data, "next": next })))
}

#[derive(Deserialize)]
pub(super) struct New {
    id: String,
    #[serde(flatten)]
    settings: Map<String, Value>,
}

pub(super) async fn add(
    State(app): State<App>,
    caller: Caller,
    body: Json<New>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    caller.is_admin()?;
    let Json(New { id, settings }) = body;
    let id: StreamerId =
        id.parse().map_err(|error| Problem::unprocessable("id_invalid", format!("{error}")))?;
    // Checked before anything is made: a bad setting leaves nothing behind.
    let settings = patched(&Settings::default(), &settings)?;
    let streamer = app.node.directory.add_streamer(&id, settings).await?;
    Ok((StatusCode::CREATED, Json(view(&app, &caller, &streamer))))
}

pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &id, Need::Read).await?;
    let mut view = view(&app, &caller, &streamer);
    // News of this node since its start, and nothing that is kept: so it is in no list.
    if caller.may(&streamer.id, Need::Manage).is_ok() {
        view["deliveries"] = deliveries(&app, &streamer.id);
    }
    Ok(Json(view))
}

pub(super) async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(patch): Json<Map<String, Value>>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &id, Need::Manage).await?;
    let edition = headers.get(header::IF_MATCH).and_then(|tag| tag.to_str().ok());
    let edition = edition.map(|tag| tag.trim_matches('"'));
    let streamer = app.node.directory.change_streamer(&streamer.id, &patch, edition).await?;
    app.node.hub.tell_settings(&streamer);
    app.node.refresh_boards(&streamer.id);
    app.node.look(&streamer.id);
    Ok(Json(view(&app, &caller, &streamer)))
}

#[derive(Deserialize)]
pub(super) struct Removal {
    #[serde(default)]
    force: bool,
}

pub(super) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(Removal { force }): Query<Removal>,
) -> Result<StatusCode, Problem> {
    caller.is_admin()?;
    let streamer = known(&app, &caller, &id, Need::Manage).await?;
    let unfinished = AlertFilter {
        states: vec![AlertState::Held, AlertState::Queued, AlertState::Playing],
        limit: 1,
        ..AlertFilter::default()
    };
    if !force && !app.node.store.alerts(&streamer.id, unfinished).await?.is_empty() {
        let detail =
            "alerts of this streamer wait or play: let them end, or repeat with ?force=true";
        return Err(Problem::new(StatusCode::CONFLICT, "alerts_unfinished", detail));
    }
    app.node.directory.remove_streamer(&streamer.id).await?;
    app.node.close_rotated_of(&streamer.id).await;
    Ok(StatusCode::NO_CONTENT)
}
