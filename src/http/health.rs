//! Whether the process lives, whether it is ready, and its figures.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{App, access::Caller, problem::Problem};

pub(super) async fn livez() -> StatusCode {
    StatusCode::OK
}

/// Ready: it takes new work, and the store answers.
pub(super) async fn readyz(State(app): State<App>) -> Response {
    if app.node.is_draining() {
        return Problem::unavailable("draining", "the gateway is stopping").into_response();
    }
    match app.node.store.ready().await {
        Ok(()) => StatusCode::OK.into_response(),
        // Asked every few seconds by whoever watches: the answer tells, the log need not.
        Err(error) => {
            tracing::debug!(%error, "not ready");
            Problem::unavailable("store_unavailable", "the store is not available: try again")
                .into_response()
        }
    }
}

pub(super) async fn metrics(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    caller.is_admin()?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], app.node.metrics.text(app.node.store.gauges()))
        .into_response())
}
