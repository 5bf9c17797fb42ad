//! The queue, and what people do to it.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    App,
    access::{Caller, Need},
    alerts,
    problem::Problem,
    streamers::known,
};
use crate::{
    channel::{Channel, Input, Refusal},
    directory::Streamer,
    hub::queue_status,
    id::AlertId,
    position::Position,
    store::Names,
};

/// How a streamer's queue stands.
async fn view(app: &App, caller: &Caller, streamer: &Streamer) -> Result<Json<Value>, Problem> {
    let names = Names::default();
    let loaded = app.node.store.load(&streamer.id, &names).await?;
    let channel = Channel::new(loaded, &names, &streamer.settings, app.node.here());
    let state = channel.state();
    let view_of = |alert| alerts::view(alert, channel.members_of(alert), caller);
    let playing = state.playing().map(|play| {
        json!({
            "alert": channel.alert(play.alert).map(view_of),
            "lease": play.lease,
            "since": play.since.wire(),
            "started": play.started.as_ref().map(|started| started.at.wire()),
            "duration_ms": play.duration_ms,
            "leader": play.leader,
            "replay": play.replay,
        })
    });
    let next: Vec<Value> = channel.queue().into_iter().map(view_of).collect();
    let mut view = serde_json::to_value(queue_status(&channel)).expect("a status is plain JSON");
    if caller.may(&streamer.id, Need::Read).is_err() {
        return Ok(Json(view));
    }
    view["playing"] = json!(playing);
    view["next"] = json!(next);
    // A channel that nothing was written to has no epoch of its own yet.
    let position = if state.offset == 0 { Position::BEGINNING } else { state.position() };
    view["position"] = json!(position);
    Ok(Json(view))
}

pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Read).await?;
    view(&app, &caller, &streamer).await
}

pub(super) async fn operate(
    State(app): State<App>,
    caller: Caller,
    Path((s, operation)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Operate).await?;
    let input = match &*operation {
        "pause" => Input::Pause,
        "resume" => Input::Resume,
        "clear" => Input::Clear,
        "mute" => Input::Mute,
        "unmute" => Input::Unmute,
        "panic" => Input::Panic,
        _ => return Err(Problem::not_found("operation of that name on the queue")),
    };
    app.node.submit(&streamer.id, input).await?;
    view(&app, &caller, &streamer).await
}

/// The alert that plays as the request arrives: a skip without a name means this one, and never the
/// one that may follow it.
async fn playing(app: &App, streamer: &Streamer) -> Result<AlertId, Problem> {
    let loaded = app.node.store.load(&streamer.id, &Names::default()).await?;
    let play = loaded.state.playing().map(|play| play.alert);
    play.ok_or_else(|| Refusal::NothingPlays.into())
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Skip {
    alert_id: Option<AlertId>,
}

pub(super) async fn skip(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    body: Option<Json<Skip>>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Operate).await?;
    let Skip { alert_id } = body.map(|Json(skip)| skip).unwrap_or_default();
    let id = match alert_id {
        Some(named) => named,
        None => playing(&app, &streamer).await?,
    };
    app.node.submit(&streamer.id, Input::Skip(Some(id))).await?;
    let alert = app.node.store.alert(&streamer.id, id).await?;
    let alert = alert.ok_or_else(|| Problem::not_found("alert of that id"))?;
    if caller.may(&streamer.id, Need::Read).is_err() {
        return Ok(Json(json!({ "id": alert.id, "state": alert.state })));
    }
    Ok(Json(alerts::full(&app, &streamer.id, &alert, &caller).await?))
}
