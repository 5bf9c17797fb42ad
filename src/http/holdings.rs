//! What streamers hold at Stripe: accounts and payment links. Only the admin gives and takes them:
//! who claims another's account or link is sent that one's sales.

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
    lists::Page,
    problem::Problem,
    streamers::known,
};
use crate::directory::{Held, Holding};

fn view(held: &Held) -> Value {
    json!({ "id": held.id, "streamer": held.streamer, "created": held.created.wire() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    id: String,
}

async fn all(
    what: Holding,
    app: &App,
    caller: &Caller,
    s: &str,
    page: &Page,
) -> Result<Json<Value>, Problem> {
    let streamer = known(app, caller, s, Need::Manage).await?;
    let held = app.node.directory.holdings(what, &streamer.id).await?;
    Ok(Json(page.of(held, |held| held.id.clone(), view)?))
}

async fn give(
    what: Holding,
    app: &App,
    caller: &Caller,
    s: &str,
    new: &New,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let streamer = known(app, caller, s, Need::Manage).await?;
    caller.is_admin()?;
    let held = app.node.directory.add_holding(what, &streamer.id, &new.id).await?;
    Ok((StatusCode::CREATED, Json(view(&held))))
}

async fn take(
    what: Holding,
    app: &App,
    caller: &Caller,
    s: &str,
    id: &str,
) -> Result<StatusCode, Problem> {
    let streamer = known(app, caller, s, Need::Manage).await?;
    caller.is_admin()?;
    if app.node.directory.remove_holding(what, &streamer.id, id).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::not_found(format_args!("{} of that id with {}", what.noun(), streamer.id)))
}

pub(super) async fn accounts(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    all(Holding::Account, &app, &caller, &s, &page).await
}

pub(super) async fn add_account(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Json(new): Json<New>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    give(Holding::Account, &app, &caller, &s, &new).await
}

pub(super) async fn remove_account(
    State(app): State<App>,
    caller: Caller,
    Path((s, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    take(Holding::Account, &app, &caller, &s, &id).await
}

pub(super) async fn payment_links(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    all(Holding::PaymentLink, &app, &caller, &s, &page).await
}

pub(super) async fn add_payment_link(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Json(new): Json<New>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    give(Holding::PaymentLink, &app, &caller, &s, &new).await
}

pub(super) async fn remove_payment_link(
    State(app): State<App>,
    caller: Caller,
    Path((s, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    take(Holding::PaymentLink, &app, &caller, &s, &id).await
}
