//! Setting up at Stripe: the webhook endpoint by the admin, the account by the streamer's own hand.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    App,
    access::{Caller, Need},
    assets,
    problem::Problem,
    streamers::known,
};
use crate::{
    onboarding::{EndpointIs, OnboardingError},
    stripe_api::ApiError,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEndpoint {
    /// Whose; none is the gateway's own, for all streamers.
    streamer: Option<String>,
    /// Whether it is sent the events of connected accounts.
    #[serde(default)]
    connect: bool,
}

pub(super) async fn set_up_endpoint(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewEndpoint>,
) -> Result<Json<Value>, Problem> {
    caller.is_admin()?;
    let streamer = match &new.streamer {
        Some(id) => Some(known(&app, &caller, id, Need::Manage).await?.id.clone()),
        None => None,
    };
    let own = streamer.as_ref().map_or_else(String::new, |streamer| format!("/{streamer}"));
    let url = format!("{}/webhooks/stripe{own}", app.options.public_url);
    let (endpoint, is) = app.node.set_up_endpoint(&url, streamer.as_ref(), new.connect).await?;
    let result = match is {
        EndpointIs::New => "new",
        EndpointIs::Mended => "mended",
        EndpointIs::WithoutSecret => "without_secret",
    };
    Ok(Json(json!({
        "id": endpoint.id,
        "url": endpoint.url,
        "status": endpoint.status,
        "events": endpoint.enabled_events,
        "api_version": endpoint.api_version,
        "result": result,
    })))
}

/// A link for a streamer, who needs no key for it.
pub(super) async fn invite(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    let code = app.node.invite(&streamer.id).await?;
    let page = connect_page(&app);
    let link = format!("{page}#c={}", code.expose_secret());
    Ok((StatusCode::CREATED, Json(json!({ "streamer": streamer.id, "link": link }))))
}

/// Where invitations lead. The code is in the fragment, so it reaches no log.
fn connect_page(app: &App) -> String {
    format!("{}/connect/", app.options.public_url)
}

pub(super) async fn page() -> Response {
    assets::shop_page("connect.html", &[])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Code {
    code: String,
}

/// What an invited streamer's account still needs.
pub(super) async fn connect(
    State(app): State<App>,
    Json(Code { code }): Json<Code>,
) -> Result<Json<Value>, Problem> {
    let invited = app.node.directory.invited(&code).await?;
    let streamer = invited.ok_or_else(|| {
        let detail = "this invitation is older than a week, or not whole: ask for a new one";
        Problem::new(StatusCode::UNAUTHORIZED, "code_invalid", detail)
    })?;
    let next = app.node.onboard(&streamer, &code, &connect_page(&app)).await?;
    Ok(Json(json!({ "streamer": streamer, "ready": next.is_none(), "url": next })))
}

impl From<OnboardingError> for Problem {
    fn from(error: OnboardingError) -> Self {
        let text = error.to_string();
        match error {
            OnboardingError::NoKey => {
                Self::new(StatusCode::CONFLICT, "stripe_not_configured", text)
            }
            OnboardingError::NotPublic(_) => Self::unprocessable("public_url_invalid", text),
            OnboardingError::NoSecret => Self::new(StatusCode::BAD_GATEWAY, "secret_missing", text),
            OnboardingError::Stripe(error) => error.into(),
            OnboardingError::Directory(error) => error.into(),
        }
    }
}

/// For those who set things up: Stripe's own words tell them most. Buyers are told less.
impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        let text = error.to_string();
        let gateway = |code| Self::new(StatusCode::BAD_GATEWAY, code, text.clone());
        match error {
            ApiError::Unauthorized => gateway("stripe_key_refused"),
            ApiError::Forbidden => gateway("stripe_permission_missing"),
            ApiError::NotFound => gateway("stripe_not_found"),
            ApiError::Refused { message, .. } => {
                let said = message.map_or_else(String::new, |message| format!(": {message}"));
                Self::new(StatusCode::BAD_GATEWAY, "stripe_refused", format!("{text}{said}"))
            }
            ApiError::Unavailable | ApiError::Busy | ApiError::Resting | ApiError::Unreadable => {
                gateway("stripe_unavailable")
            }
        }
    }
}
