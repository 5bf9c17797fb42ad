//! The dashboard's sign-in: a one-time code for a cookie.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::json;

use super::{
    App,
    access::{COOKIE, Caller, bearer, cookie},
    problem::Problem,
};

/// How long a browser keeps the cookie: as long as an unused session lasts, in seconds.
pub(super) const COOKIE_LASTS_S: u32 = 30 * 24 * 3600;

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
        let detail = "that link was used already, has lapsed or was taken back: ask for a new one, \
                      or make it with tillbell key add --role owner";
        Problem::new(StatusCode::UNAUTHORIZED, "code_invalid", detail)
    })?;
    Ok(set_cookie(&app, session.expose_secret(), COOKIE_LASTS_S))
}

/// Who is signed in. The cookie is set anew, so that a page that is used stays signed in.
pub(super) async fn show(State(app): State<App>, caller: Caller, headers: HeaderMap) -> Response {
    let who = Json(json!({
        "role": caller.0.role,
        "streamer": caller.0.streamer,
        "amounts": caller.sees_amounts(),
    }));
    match cookie(&headers) {
        Some(session) if bearer(&headers).is_none() => {
            let header = [(header::SET_COOKIE, cookie_of(&app, session, COOKIE_LASTS_S))];
            (header, who).into_response()
        }
        _ => who.into_response(),
    }
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

/// Answers with the cookie of a session.
pub(super) fn set_cookie(app: &App, session: &str, max_age_s: u32) -> Response {
    let cookie = cookie_of(app, session, max_age_s);
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}

fn cookie_of(app: &App, session: &str, max_age_s: u32) -> String {
    let secure = if app.options.public_url.starts_with("https://") { "; Secure" } else { "" };
    format!("{COOKIE}={session}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age_s}{secure}")
}
