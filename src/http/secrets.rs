//! Stripe's signing secrets: taken in, never given out.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    App,
    access::{Caller, Need},
    lists::Page,
    problem::Problem,
    streamers::known,
};
use crate::{
    directory::SecretEntry,
    id::{SecretId, StreamerId},
    stripe::secret::SigningSecret,
};

fn view(entry: &SecretEntry) -> Value {
    json!({ "id": entry.id, "ends_in": entry.ends_in, "created": entry.created.wire() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    secret: SecretString,
}

async fn all(
    app: &App,
    streamer: Option<&StreamerId>,
    page: &Page,
) -> Result<Json<Value>, Problem> {
    let secrets = app.node.directory.secrets(streamer).await?;
    Ok(Json(page.of(secrets, |secret| secret.id.to_string(), view)?))
}

async fn put(
    app: &App,
    streamer: Option<&StreamerId>,
    new: &New,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let secret = SigningSecret::parse(new.secret.expose_secret())
        .map_err(|error| Problem::unprocessable("secret_invalid", error.to_string()))?;
    let entry = app.node.directory.add_secret(streamer, &secret).await?;
    Ok((StatusCode::CREATED, Json(view(&entry))))
}

async fn take_away(
    app: &App,
    streamer: Option<&StreamerId>,
    id: &str,
) -> Result<StatusCode, Problem> {
    let unknown = || Problem::not_found("signing secret of that id");
    let id: SecretId = id.parse().map_err(|_| unknown())?;
    let gone = app.node.directory.remove_secret(streamer, id).await?;
    if gone { Ok(StatusCode::NO_CONTENT) } else { Err(unknown()) }
}

pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    all(&app, Some(&streamer.id), &page).await
}

pub(super) async fn add(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Json(new): Json<New>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    put(&app, Some(&streamer.id), &new).await
}

pub(super) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path((s, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    take_away(&app, Some(&streamer.id), &id).await
}

pub(super) async fn list_gateway(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    caller.is_admin()?;
    all(&app, None, &page).await
}

pub(super) async fn add_gateway(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<New>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    caller.is_admin()?;
    put(&app, None, &new).await
}

pub(super) async fn remove_gateway(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    caller.is_admin()?;
    take_away(&app, None, &id).await
}
