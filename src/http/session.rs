//! The dashboard's sign-in: a one-time code for a cookie.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    App,
    access::{COOKIE, Caller, cookie},
    problem::Problem,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Code {
    code: String,
}

pub(super) async fn open(
    State(app): State<App>,
    Json(Code { code }): Json<Code>,
) -> Result<Response, Problem> {
    let session = app.node.directory.redeem(&code).await?;
    let session = session.ok_or_else(|| {
        let detail = "that link was used already or is older than 10 minutes: make a new one with \
                      tillbell key add --role owner";
        Problem::new(StatusCode::UNAUTHORIZED, "code_invalid", detail)
    })?;
    Ok(set_cookie(&app, session.expose_secret(), 30 * 24 * 3600))
}

pub(super) async fn show(caller: Caller) -> Json<Value> {
    Json(json!({ "role": caller.0.role, "streamer": caller.0.streamer }))
}

pub(super) async fn end(
    State(app): State<App>,
    _signed_in: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(session) = cookie(&headers) {
        app.node.directory.end_session(session).await?;
    }
    Ok(set_cookie(&app, "", 0))
}

fn set_cookie(app: &App, session: &str, max_age_s: u32) -> Response {
    let secure = if app.options.public_url.starts_with("https://") { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE}={session}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age_s}{secure}"
    );
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}
