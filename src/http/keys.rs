//! API keys. A key is shown once, when it is made.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use secrecy::ExposeSecret as _;
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
    directory::{KeyEntry, Role},
    id::KeyId,
};

fn view(entry: &KeyEntry) -> Value {
    json!({
        "id": entry.id,
        "role": entry.role,
        "streamer": entry.streamer,
        "created": entry.created.wire(),
    })
}

pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    let keys = app.node.directory.keys_of(&streamer.id).await?;
    Ok(Json(page.of(keys, |key| key.id.to_string(), view)?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    role: Role,
}

pub(super) async fn add(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Json(New { role }): Json<New>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    if role == Role::Admin {
        let detail = "there is one admin token, in the data directory: keys are for owner, \
                      moderator, viewer, feed or action";
        return Err(Problem::unprocessable("role_invalid", detail));
    }
    let directory = &app.node.directory;
    let (entry, key) = directory.add_key(&streamer.id, role).await?;
    let mut view = view(&entry);
    view["key"] = json!(key.expose_secret());
    // People sign in with a link; programs do not.
    if matches!(role, Role::Owner | Role::Moderator | Role::Viewer)
        && let Some(principal) = directory.principal_of_key(key.expose_secret()).await?
    {
        let code = directory.new_login(&principal).await?;
        view["link"] = json!(format!("{}/#code={}", app.options.public_url, code.expose_secret()));
    }
    Ok((StatusCode::CREATED, Json(view)))
}

pub(super) async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Path((s, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    let unknown = || Problem::not_found("key of that id");
    let id: KeyId = id.parse().map_err(|_| unknown())?;
    if app.node.directory.revoke_key(&streamer.id, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(unknown())
    }
}
