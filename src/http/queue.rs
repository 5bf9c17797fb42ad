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
    body::IfAny,
    operations::{Operation, perform},
    problem::Problem,
    streamers::known,
};
use crate::{
    channel::Channel, directory::Streamer, hub::queue_status, id::AlertId, position::Position,
    store::Names, wire::QueueStatus,
};

/// How a streamer's queue stands, in short.
pub(super) async fn status(app: &App, streamer: &Streamer) -> Result<QueueStatus, Problem> {
    let names = Names::default();
    let loaded = app.node.store.load(&streamer.id, &names).await?;
    Ok(queue_status(&Channel::new(loaded, &names, &streamer.settings, app.node.here())))
}

/// How a streamer's queue stands, for those who may see what is in it.
async fn view(app: &App, caller: &Caller, streamer: &Streamer) -> Result<Json<Value>, Problem> {
    if caller.may(&streamer.id, Need::Read).is_err() {
        return Ok(Json(json!(status(app, streamer).await?)));
    }
    let names = Names::default();
    let loaded = app.node.store.load(&streamer.id, &names).await?;
    // A channel that nothing was written to has no epoch of its own yet. And not the channel's own position:
    // a goal that was just set, or a new epoch, is in no log before the next commit.
    let position =
        if loaded.state.offset == 0 { Position::BEGINNING } else { loaded.state.position() };
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
    view["playing"] = json!(playing);
    view["next"] = json!(next);
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
    let operation = Operation::on_queue(&operation)
        .ok_or_else(|| Problem::not_found("operation of that name on the queue"))?;
    let done = perform(&app, &caller, &s, operation).await?;
    view(&app, &caller, &done.streamer).await
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
    IfAny(Skip { alert_id }): IfAny<Skip>,
) -> Result<Json<Value>, Problem> {
    let done = perform(&app, &caller, &s, Operation::Skip { alert_id }).await?;
    Ok(Json(alerts::after(&app, &caller, &done).await?))
}
