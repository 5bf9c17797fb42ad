//! The log, a page at a time.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde_json::{Value, json};

use super::{
    App,
    access::{Caller, Need},
    alerts::hide_amounts,
    lists::Page,
    problem::Problem,
    streamers::known,
};
use crate::{
    channel::Entry,
    position::{After, Position},
    store::LogPage,
};

/// Reads `after` of the log.
pub(super) fn read_after(after: Option<&str>) -> Result<Option<After>, Problem> {
    let read = |text: &str| {
        text.parse().map_err(|error| Problem::bad_request("after_invalid", format!("{error}")))
    };
    after.filter(|after| !after.is_empty()).map(read).transpose()
}

/// That the history asked for is not kept, or of another epoch.
pub(super) fn history_lost(oldest: Position) -> Problem {
    let detail = "that position is not (or no longer) in this log: go on from the oldest";
    Problem::new(StatusCode::GONE, "history_lost", detail).with("oldest", oldest.to_string())
}

/// An entry for a caller: without amounts, if they may not see any.
pub(super) fn view(entry: &Entry, sees_amounts: bool) -> Value {
    let mut view = serde_json::to_value(entry.wire()).expect("an entry is plain JSON");
    if !sees_amounts {
        if let Some(alert) = view.pointer_mut("/data/alert") {
            hide_amounts(alert);
        }
        if let Some(goal) = view.pointer_mut("/data/goal") {
            hide_amounts(goal);
        }
        if let Some(returned) = view.pointer_mut("/data/returned") {
            *returned = Value::Null;
        }
    }
    view
}

pub(super) async fn page(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Log).await?;
    let limit = page.limit()?;
    let after = read_after(page.after.as_deref())?.unwrap_or(After::Oldest);
    match app.node.store.log(&streamer.id, after, limit).await? {
        LogPage::HistoryLost { oldest } => Err(history_lost(oldest)),
        LogPage::Page { entries, head } => {
            let next =
                (entries.len() == limit).then(|| entries.last().map(|e| e.position)).flatten();
            let amounts = caller.sees_amounts();
            let data: Vec<Value> = entries.iter().map(|entry| view(entry, amounts)).collect();
            Ok(Json(json!({ "data": data, "next": next, "head": head })))
        }
    }
}
