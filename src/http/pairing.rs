//! Letting docks in: the dock's side, which needs no key, and the side of the person who decides.

use std::net::{IpAddr, SocketAddr};

use axum::{
    Json,
    extract::{ConnectInfo, Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    App,
    access::{Caller, Need, remote},
    problem::Problem,
    session::{COOKIE_LASTS_S, set_cookie},
    streamers::known,
};
use crate::directory::{Claim, Role};

fn take_turn(app: &App, address: IpAddr) -> Result<(), Problem> {
    if app.pairings.take(address, app.node.clock.now()) {
        return Ok(());
    }
    let detail = "too many pairing codes asked for or tried from your address: wait a minute";
    Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail))
}

/// A dock asks. Its secret is told to it alone, once.
pub(super) async fn ask(
    State(app): State<App>,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let address = remote(peer, &headers, &app.options);
    take_turn(&app, address)?;
    let client = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let asked = app.node.directory.ask_to_pair(address, client.unwrap_or_default()).await?;
    let (pairing, secret) = asked.ok_or_else(|| {
        let detail = "too many docks wait to be paired: try again in some minutes";
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail)
    })?;
    let answer = json!({
        "code": pairing.code,
        "secret": secret.expose_secret(),
        "expires": pairing.until.wire(),
    });
    Ok((StatusCode::CREATED, Json(answer)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Held {
    code: String,
    secret: String,
}

/// A dock asks what became of it: 202 while nobody has decided, then its cookie. Not limited: a secret
/// of 256 bits is not guessed, and each dock that waits asks every two seconds.
pub(super) async fn claim(
    State(app): State<App>,
    Json(Held { code, secret }): Json<Held>,
) -> Result<Response, Problem> {
    match app.node.directory.claim(&code, &secret).await? {
        Claim::Waiting => {
            Ok((StatusCode::ACCEPTED, Json(json!({ "state": "waiting" }))).into_response())
        }
        Claim::Paired(session) => Ok(set_cookie(&app, session.expose_secret(), COOKIE_LASTS_S)),
        Claim::Gone => {
            let detail = "that code has lapsed or was turned away: ask for a new one";
            Err(Problem::new(StatusCode::UNAUTHORIZED, "code_invalid", detail))
        }
    }
}

fn unknown() -> Problem {
    Problem::not_found("dock that shows this code: compare it, codes change every 10 minutes")
}

/// Who asks, told to the person who typed its code.
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path((s, code)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    known(&app, &caller, &s, Need::Manage).await?;
    take_turn(&app, remote(peer, &headers, &app.options))?;
    let pairing = app.node.directory.pairing(&code).await?.ok_or_else(unknown)?;
    Ok(Json(json!({
        "code": pairing.code,
        "remote": pairing.remote,
        "client": pairing.client,
        "since": pairing.since.wire(),
        "expires": pairing.until.wire(),
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    role: Role,
    /// What the list of keys calls it.
    #[serde(default)]
    name: String,
}

/// Lets a dock in.
pub(super) async fn accept(
    State(app): State<App>,
    caller: Caller,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path((s, code)): Path<(String, String)>,
    Json(Answer { role, name }): Json<Answer>,
) -> Result<StatusCode, Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    take_turn(&app, remote(peer, &headers, &app.options))?;
    if !matches!(role, Role::Owner | Role::Moderator | Role::Viewer) {
        let detail = "a dock is an owner's, a moderator's or a viewer's";
        return Err(Problem::unprocessable("role_invalid", detail));
    }
    match app.node.directory.pair(&code, &streamer.id, role, &name).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(unknown()),
    }
}

/// Turns a dock away.
pub(super) async fn refuse(
    State(app): State<App>,
    caller: Caller,
    Path((s, code)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    known(&app, &caller, &s, Need::Manage).await?;
    match app.node.directory.turn_away(&code).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(unknown()),
    }
}
