//! Reading bodies that strangers send: bounded in size, in time, and in what they hold all together.

use std::time::Duration;

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::{FromRequest, Request, rejection::JsonRejection},
    http::{HeaderMap, StatusCode, header},
};
use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::{App, problem::Problem};

/// What all bodies being read may hold together, in KiB: 64 MiB.
pub(super) const ROOM_KIB: usize = 64 * 1024;

/// How long a body may take. Stripe's arrive in milliseconds.
const READ_WITHIN: Duration = Duration::from_secs(30);

/// What a JSON body says, or the defaults if there is none, whatever its type is called: buttons and
/// scripts name one with nothing in it.
pub(super) struct IfAny<T>(pub(super) T);

impl<T: Default + DeserializeOwned, S: Send + Sync> FromRequest<S> for IfAny<T> {
    type Rejection = JsonRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, JsonRejection> {
        let (parts, body) = request.into_parts();
        let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), state).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        let whole = Request::from_parts(parts, bytes.into());
        Json::from_request(whole, state).await.map(|Json(said)| Self(said))
    }
}

/// Reads a whole body of at most `max` bytes.
pub(super) async fn read(
    app: &App,
    headers: &HeaderMap,
    body: Body,
    max: usize,
) -> Result<Bytes, Problem> {
    let too_large = || {
        let detail = format!("the body is larger than {max} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    };
    let told = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    // A body that does not tell its length could be the longest there is.
    let length = told.and_then(|length| length.parse().ok()).unwrap_or(max);
    if length > max {
        return Err(too_large());
    }
    let kib = u32::try_from(length / 1024 + 1).unwrap_or(u32::MAX);
    let _room = app.bodies.try_acquire_many(kib).map_err(|_| {
        Problem::unavailable("overloaded", "too many requests at once: send it again")
    })?;
    match tokio::time::timeout(READ_WITHIN, to_bytes(body, max)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => {
            let source = std::error::Error::source(&error);
            let over = source.is_some_and(|source| source.to_string().contains("length limit"));
            let cut = || Problem::bad_request("body_cut", "the body broke off");
            Err(if over { too_large() } else { cut() })
        }
        Err(_) => {
            let detail = "the body did not arrive within 30 s";
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", detail))
        }
    }
}
