//! Dead letters, for a person to decide.

use std::sync::Arc;

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
    lists::check_limit,
    problem::Problem,
};
use crate::{
    id::{DeadLetterId, StreamerId},
    intake::{DeadLetter, DeadLetterFilter},
};

fn view(letter: &DeadLetter) -> Value {
    json!({
        "id": letter.id,
        "event": letter.event,
        "type": letter.kind,
        "streamer": letter.streamer,
        "reason": letter.reason,
        "received": letter.received.wire(),
        "attempts": letter.attempts,
    })
}

#[derive(Deserialize)]
pub(super) struct Listing {
    streamer: Option<StreamerId>,
    #[serde(rename = "type")]
    kind: Option<String>,
    reason: Option<String>,
    limit: Option<usize>,
    after: Option<String>,
}

impl Listing {
    /// Which are meant, if this caller may see them, and how many at most.
    fn read(&self, caller: &Caller) -> Result<(DeadLetterFilter, usize), Problem> {
        let limit = check_limit(self.limit)?;
        let streamer = self.streamer.clone().or_else(|| caller.0.streamer.clone());
        match &streamer {
            Some(streamer) => caller.may(streamer, Need::Manage)?,
            None => caller.is_admin()?,
        }
        Ok((
            DeadLetterFilter { streamer, kind: self.kind.clone(), reason: self.reason.clone() },
            limit,
        ))
    }
}

pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(listing): Query<Listing>,
) -> Result<Json<Value>, Problem> {
    let (filter, limit) = listing.read(&caller)?;
    let (letters, next) = app.node.dead_letters(&filter, listing.after.as_deref(), limit).await?;
    Ok(Json(json!({ "data": letters.iter().map(view).collect::<Vec<_>>(), "next": next })))
}

pub(super) async fn redrive_all(
    State(app): State<App>,
    caller: Caller,
    Query(listing): Query<Listing>,
) -> Result<Json<Value>, Problem> {
    let (filter, limit) = listing.read(&caller)?;
    let (redriven, next) = app.node.redrive_all(&filter, listing.after.as_deref(), limit).await?;
    Ok(Json(json!({ "redriven": redriven, "next": next })))
}

/// A raw body holds names and addresses: only who manages a streamer gets at its dead letters.
async fn find(app: &App, caller: &Caller, id: &str) -> Result<DeadLetter, Problem> {
    let unknown = || Problem::not_found("dead letter of that id");
    let id: DeadLetterId = id.parse().map_err(|_| unknown())?;
    let letter = app.node.dead_letter(id).await?.ok_or_else(unknown)?;
    match &letter.streamer {
        Some(streamer) => caller.may(streamer, Need::Manage)?,
        None => caller.is_admin()?,
    }
    Ok(letter)
}

pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let letter = find(&app, &caller, &id).await?;
    let mut view = view(&letter);
    let stored = app.node.store.event(&letter.event).await?;
    view["body"] = json!(stored.map(|s| String::from_utf8_lossy(&s.event.body).into_owned()));
    Ok(Json(view))
}

pub(super) async fn redrive(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let letter = find(&app, &caller, &id).await?;
    Arc::clone(&app.node).redrive(&letter).await?;
    Ok(Json(json!({ "event": letter.event, "result": "queued" })))
}

pub(super) async fn discard(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let letter = find(&app, &caller, &id).await?;
    app.node.discard(&letter).await?;
    Ok(StatusCode::NO_CONTENT)
}
