//! API keys, and the links by which people sign in. Either is shown once, when it is made.

use std::time::Duration;

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
    directory::{KeyEntry, LINK_LASTS, LinkState, NewKey, Role},
    id::KeyId,
    settings::length,
    time::Timestamp,
};

/// How long the link of a moderator or viewer is good for: it goes to somebody who reads it later.
const INVITATION_LASTS: Duration = Duration::from_hours(7 * 24);

/// How long a link may be good for.
const LASTS_MIN: Duration = Duration::from_mins(1);
const LASTS_MAX: Duration = Duration::from_hours(30 * 24);

fn view(entry: &KeyEntry, now: Timestamp) -> Value {
    json!({
        "id": entry.id,
        "role": entry.role,
        "name": entry.name,
        "streamer": entry.streamer,
        "created": entry.created.wire(),
        "invitation": entry.link.map(|link| invitation(link, now)),
        "sessions": entry.sessions,
        "seen": entry.seen.map(Timestamp::wire),
    })
}

/// How a key's link stands: `open`, `used` or `lapsed`, and since or until when.
fn invitation(link: LinkState, now: Timestamp) -> Value {
    let (state, at) = match link.used {
        Some(used) => ("used", used),
        None if link.until <= now => ("lapsed", link.until),
        None => ("open", link.until),
    };
    json!({ "state": state, "at": at.wire() })
}

pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    let keys = app.node.directory.keys_of(&streamer.id).await?;
    let now = app.node.store.now();
    Ok(Json(page.of(keys, |key| key.id.to_string(), |key| view(key, now))?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    role: Role,
    /// Who or what it is for.
    #[serde(default)]
    name: String,
    /// How long its link is good for, like `7d`.
    expires: Option<String>,
}

impl New {
    /// How long the link is good for; none for what only programs use.
    fn link_lasts(&self) -> Result<Option<Duration>, Problem> {
        let wrong = |detail| Problem::unprocessable("expires_invalid", detail);
        let usual = match self.role {
            Role::Owner => Some(LINK_LASTS),
            Role::Moderator | Role::Viewer => Some(INVITATION_LASTS),
            Role::Admin | Role::Feed | Role::Action => None,
        };
        let Some(asked) = &self.expires else { return Ok(usual) };
        if usual.is_none() {
            return Err(wrong(
                "only the keys of owners, moderators and viewers have a link".into(),
            ));
        }
        let asked = length::parse(asked).map_err(|error| wrong(error.to_string()))?;
        if (LASTS_MIN..=LASTS_MAX).contains(&asked) {
            return Ok(Some(asked));
        }
        Err(wrong("a link is good for between 1m and 30d".into()))
    }
}

pub(super) async fn add(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Json(new): Json<New>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    if new.role == Role::Admin {
        let detail = "there is one admin token, in the data directory: keys are for owner, \
                      moderator, viewer, feed or action";
        return Err(Problem::unprocessable("role_invalid", detail));
    }
    let link_lasts = new.link_lasts()?;
    let New { role, name, .. } = new;
    let made = app.node.directory.add_key(&streamer.id, NewKey { role, name, link_lasts }).await?;
    let mut view = view(&made.entry, app.node.store.now());
    view["key"] = json!(made.key.expose_secret());
    if let Some(code) = made.code {
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
