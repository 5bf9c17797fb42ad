//! A buyer's own data, handed out or erased. Who is meant comes in the body: what stands in an
//! address is written to access logs.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Deserialize;
use tokio::sync::SemaphorePermit;

use super::{
    App,
    access::{Caller, Need},
    problem::Problem,
    streamers::known,
};
use crate::buyer::{Buyer, BuyerError, Erased, Export};

/// Who is meant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Who {
    email: Option<String>,
    customer: Option<String>,
}

impl From<BuyerError> for Problem {
    fn from(error: BuyerError) -> Self {
        match error {
            BuyerError::Store(error) => error.into(),
            BuyerError::Channel(error) => error.into(),
            BuyerError::TooMany { .. } => Self::unprocessable("too_many", error.to_string()),
        }
    }
}

async fn find(app: &App, caller: &Caller, s: &str, who: &Who) -> Result<Buyer, Problem> {
    let streamer = known(app, caller, s, Need::Manage).await?;
    let keys = app.node.directory.keys();
    let nobodys = caller.is_admin().is_ok();
    Buyer::of(keys, &streamer.id, who.email.as_deref(), who.customer.as_deref(), nobodys)
        .map_err(|error| Problem::unprocessable("buyer_invalid", error.to_string()))
}

/// Each goes through all that is kept, so there is one at a time.
fn turn(app: &App) -> Result<SemaphorePermit<'_>, Problem> {
    app.buyers.try_acquire().map_err(|_| {
        let detail = "another buyer's data is being searched: try again in a minute";
        Problem::new(StatusCode::CONFLICT, "busy", detail)
    })
}

pub(super) async fn export(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Json(who): Json<Who>,
) -> Result<Json<Export>, Problem> {
    let buyer = find(&app, &caller, &s, &who).await?;
    let _turn = turn(&app)?;
    Ok(Json(app.node.export_buyer(&buyer).await?))
}

pub(super) async fn erase(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Json(who): Json<Who>,
) -> Result<Json<Erased>, Problem> {
    let buyer = find(&app, &caller, &s, &who).await?;
    let _turn = turn(&app)?;
    Ok(Json(app.node.erase_buyer(&buyer).await?))
}
