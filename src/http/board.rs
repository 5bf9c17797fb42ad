//! What was sold over a while.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    App,
    access::{Caller, Need},
    alerts::hide_amounts,
    problem::Problem,
    streamers::known,
};
use crate::{channel::Progress, hub::Reading, settings::length};

/// The while, unless asked otherwise.
const SINCE: Duration = Duration::from_hours(24);

/// The longest while: what is drawn by the hour has an end.
const SINCE_MAX: Duration = Duration::from_hours(31 * 24);

#[derive(Deserialize)]
pub(super) struct Asked {
    since: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Query(Asked { since }): Query<Asked>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Read).await?;
    let length = since.map_or(Ok(SINCE), |since| read(&since))?;
    let Reading { mut board, goal, read, cut } = app.node.board(&streamer, length).await?;
    let mut goal = json!(goal.as_ref().map(Progress::wire));
    if !caller.sees_amounts() {
        board.hide_amounts();
        hide_amounts(&mut goal);
    }
    let now = app.node.store.now();
    let mut view = serde_json::to_value(board).expect("a board is plain JSON");
    view["currency"] = json!(streamer.settings.currency.as_str().to_ascii_uppercase());
    view["since"] = json!((now - length).wire());
    view["until"] = json!(now.wire());
    view["read"] = json!(read);
    view["cut"] = json!(cut);
    view["goal"] = goal;
    Ok(Json(view))
}

fn read(since: &str) -> Result<Duration, Problem> {
    let length = length::parse(since).ok();
    length.filter(|length| (Duration::from_secs(1)..=SINCE_MAX).contains(length)).ok_or_else(|| {
        Problem::bad_request("since_invalid", "since is a length of time up to 31d, like 24h")
    })
}
