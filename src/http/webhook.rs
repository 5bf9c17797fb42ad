//! Stripe's door (contract §3). Never a redirect, never limited by address.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{App, body::read, problem::Problem};
use crate::{
    id::{EventId, StreamerId},
    intake::receive::{Delivery, Received},
    store::Door,
    stripe::signature::join_lines,
};

#[derive(Serialize)]
struct Answer {
    result: &'static str,
    event: EventId,
}

pub(super) async fn shared(State(app): State<App>, headers: HeaderMap, body: Body) -> Response {
    answer(&app, None, &headers, body).await
}

pub(super) async fn addressed(
    State(app): State<App>,
    Path(streamer): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match streamer.parse::<StreamerId>() {
        Ok(streamer) => answer(&app, Some(streamer), &headers, body).await,
        Err(error) => {
            let problem =
                Problem::new(StatusCode::NOT_FOUND, "streamer_unknown", error.to_string());
            refuse(&app, problem)
        }
    }
}

async fn answer(
    app: &App,
    streamer: Option<StreamerId>,
    headers: &HeaderMap,
    body: Body,
) -> Response {
    let taken = take(app, streamer.clone(), headers, body).await;
    if let Some(streamer) = &streamer {
        let answer = taken.as_ref().map(|_| ()).map_err(Problem::code);
        // A name that nobody has comes from a stranger: it must not fill memory.
        if answer != Err("streamer_unknown") {
            app.node.delivery_answered(streamer, answer);
        }
    }
    match taken {
        Ok(received) => {
            let (result, event) = match received {
                Received::Accepted(event, _) => ("accepted", event),
                Received::Duplicate(event) => ("duplicate", event),
                Received::Ignored(event) => ("ignored", event),
            };
            app.node.webhook_answered(result);
            (StatusCode::OK, Json(Answer { result, event })).into_response()
        }
        Err(problem) => refuse(app, problem),
    }
}

fn refuse(app: &App, problem: Problem) -> Response {
    app.node.webhook_answered(problem.code());
    // Said once for each code: a flood of forgeries must not fill the log. The metrics count all.
    if app.node.first_time(problem.code()) {
        tracing::warn!(code = problem.code(), "the webhook refused a delivery");
    }
    problem.into_response()
}

async fn take(
    app: &App,
    streamer: Option<StreamerId>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Received, Problem> {
    let received = app.node.store.now();
    if app.node.is_draining() {
        let detail = "the gateway is stopping: Stripe will send it again";
        return Err(Problem::unavailable("draining", detail));
    }
    if let Some(streamer) = &streamer {
        app.node.check_address(streamer).await?;
    }
    let body = read(app, headers, body, app.options.body_max).await?;
    let lines = headers.get_all("stripe-signature");
    let signature = join_lines(lines.iter().map(|line| line.as_bytes()));
    let delivery = Delivery { streamer, signature, body, door: Door::Webhook, received };
    Ok(Arc::clone(&app.node).receive(delivery).await?)
}
