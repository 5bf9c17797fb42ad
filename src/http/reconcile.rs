//! Checks of Stripe's list by command, and the jobs they are.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{App, access::Caller, body::IfAny, lists::Page, problem::Problem};
use crate::{
    id::JobId,
    reconcile::jobs::{AskError, Job},
    settings::length,
};

/// How far back is checked when nobody says: as long as Stripe retries a delivery.
const SINCE: std::time::Duration = std::time::Duration::from_hours(3 * 24);

fn view(job: &Job) -> Value {
    json!({
        "id": job.id,
        "kind": "reconcile",
        "state": job.state,
        "since": length::format(std::time::Duration::from_secs(job.since_s)),
        "from": job.from.wire(),
        "until": job.until.wire(),
        "progress": job.progress(),
        "pages": job.counted.pages,
        "events": job.counted.events,
        "new": job.counted.new,
        "started": job.started.wire(),
        "finished": job.finished.map(crate::time::Timestamp::wire),
        "error": job.error,
    })
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    since: Option<String>,
}

pub(super) async fn ask(
    State(app): State<App>,
    caller: Caller,
    IfAny(Ask { since }): IfAny<Ask>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    caller.is_admin()?;
    let since = since.map_or(Ok(SINCE), |text| length::parse(&text));
    let (job, is_new) = app.node.ask_reconcile(since.map_err(|_| AskError::Since)?).await?;
    let status = if is_new { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, Json(view(&job))))
}

pub(super) async fn jobs(
    State(app): State<App>,
    caller: Caller,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    caller.is_admin()?;
    Ok(Json(page.of(app.node.all_jobs().await?, |job| job.id.to_string(), view)?))
}

pub(super) async fn job(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    caller.is_admin()?;
    let unknown = || Problem::not_found("job of that id; they are kept for 30 days");
    let id: JobId = id.parse().map_err(|_| unknown())?;
    Ok(Json(view(&app.node.job(id).await?.ok_or_else(unknown)?)))
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        let text = error.to_string();
        match error {
            AskError::NoKey => Self::new(StatusCode::CONFLICT, "stripe_not_configured", text),
            AskError::Since => Self::unprocessable("since_invalid", text),
            AskError::Store(error) => error.into(),
        }
    }
}
