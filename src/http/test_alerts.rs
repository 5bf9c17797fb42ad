//! Test alerts.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Value, json};

use super::{
    App,
    access::{Caller, Need},
    body::IfAny,
    problem::Problem,
    streamers::known,
};
use crate::{
    connection::{Mode, OverlayKind},
    intake::test_alert::TestAlert,
};

pub(super) async fn make(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    IfAny(test): IfAny<TestAlert>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let streamer = known(&app, &caller, &s, Need::Judge).await?;
    if test.amount.is_some_and(|amount| amount.minor < 0) {
        return Err(Problem::unprocessable("amount_invalid", "an amount cannot be negative"));
    }
    let connections = app.node.store.connections(Some(&streamer.id)).await?;
    let live = connections.iter().filter(|c| c.kind == OverlayKind::Alerts && c.mode == Mode::Live);
    let live = live.count();
    let (event, alert) = app.node.test_alert(&streamer.id, &streamer.settings, &test).await?;
    let answer = json!({ "alert_id": alert, "event": event, "connections": live });
    Ok((StatusCode::ACCEPTED, Json(answer)))
}
