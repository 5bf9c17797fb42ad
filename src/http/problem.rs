//! Errors as RFC 9457 problems with a stable code.

use std::any::Any;

use axum::{
    Json,
    body::to_bytes,
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use crate::{
    channel::Refusal,
    conductor::SubmitError,
    directory::DirectoryError,
    intake::{receive::ReceiveError, test_alert::TestAlertError},
    store::StoreError,
};

/// A problem answer.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    more: Map<String, Value>,
}

/// When to try again what the gateway could not do now, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// When to try again what was asked for too often, in seconds.
const RETRY_LATER: HeaderValue = HeaderValue::from_static("6");

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), more: Map::new() }
    }

    pub(super) fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    pub(super) fn unprocessable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    pub(super) fn not_found(what: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("there is no {what}"))
    }

    /// That an address speaks only websocket.
    pub(super) fn upgrade_required() -> Self {
        let detail = "this address speaks websocket, version 13";
        Self::new(StatusCode::UPGRADE_REQUIRED, "upgrade_required", detail)
    }

    pub(super) fn unavailable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
    }

    /// Adds a member to the answer.
    pub(super) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.more.insert(key.into(), value.into());
        self
    }

    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }

    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    pub(super) const fn code(&self) -> &'static str {
        self.code
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Problem"),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
        });
        if let Value::Object(body) = &mut body {
            body.extend(self.more);
        }
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        match self.status {
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, RETRY_AFTER);
            }
            StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(header::RETRY_AFTER, RETRY_LATER);
            }
            StatusCode::UNAUTHORIZED => {
                let challenge = HeaderValue::from_static("Bearer");
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            StatusCode::UPGRADE_REQUIRED => {
                // RFC 9110 wants the first, RFC 6455 the second.
                headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
                let version = HeaderValue::from_static("13");
                headers.insert(header::SEC_WEBSOCKET_VERSION, version);
            }
            _ => {}
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::NoBackup) {
            return Self::new(StatusCode::CONFLICT, "no_backup", error.to_string());
        }
        if matches!(error, StoreError::Unreadable { .. }) {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            return Self::new(status, "unreadable", error.to_string());
        }
        tracing::warn!(%error, "a request met a store that is away");
        Self::unavailable("store_unavailable", "the store is not available: try again")
    }
}

impl From<DirectoryError> for Problem {
    fn from(error: DirectoryError) -> Self {
        let text = error.to_string();
        match error {
            DirectoryError::Store(error) => error.into(),
            DirectoryError::Key(_) => {
                tracing::error!(%error, "a stored secret cannot be opened");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", text)
            }
            DirectoryError::Exists(_) => Self::new(StatusCode::CONFLICT, "exists", text),
            DirectoryError::Raced => Self::new(StatusCode::CONFLICT, "raced", text),
            DirectoryError::Unknown(_) => Self::new(StatusCode::NOT_FOUND, "not_found", text),
            DirectoryError::UnknownSetting(_) => Self::unprocessable("setting_unknown", text),
            DirectoryError::Setting(setting) => {
                Self::unprocessable("setting_invalid", text).with("field", setting.field())
            }
            DirectoryError::BadName(_) => Self::unprocessable("name_invalid", text),
        }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Refused(refusal) => refusal.into(),
            SubmitError::Unavailable => Self::unavailable("store_unavailable", error.to_string()),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal {
            Refusal::UnknownAlert => StatusCode::NOT_FOUND,
            _ => StatusCode::CONFLICT,
        };
        Self::new(status, refusal.code(), refusal.to_string())
    }
}

impl From<ReceiveError> for Problem {
    fn from(error: ReceiveError) -> Self {
        let status = match &error {
            ReceiveError::StreamerUnknown(_) => StatusCode::NOT_FOUND,
            ReceiveError::SecretNotConfigured | ReceiveError::Store(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            ReceiveError::BodyEmpty | ReceiveError::Signature(_) | ReceiveError::Event(_) => {
                StatusCode::BAD_REQUEST
            }
        };
        if let ReceiveError::Store(error) = &error {
            tracing::warn!(%error, "an event could not be stored");
        }
        Self::new(status, error.code(), error.to_string())
    }
}

impl From<TestAlertError> for Problem {
    fn from(error: TestAlertError) -> Self {
        match error {
            TestAlertError::Receive(error) => error.into(),
            TestAlertError::NotAccepted => Self::unavailable("overloaded", error.to_string()),
        }
    }
}

/// Most bytes of a framework's own sentence.
const REJECTION_MAX: usize = 4096;

/// What the framework refuses by itself, a body or query that does not fit, in the form of every
/// other problem.
pub(super) async fn of_rejection(response: Response) -> Response {
    let code = match response.status() {
        StatusCode::BAD_REQUEST => "request_invalid",
        StatusCode::PAYLOAD_TOO_LARGE => "body_too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "not_json",
        StatusCode::UNPROCESSABLE_ENTITY => "body_invalid",
        _ => return response,
    };
    let (parts, body) = response.into_parts();
    let plain = parts.headers.get(header::CONTENT_TYPE);
    if plain.is_none_or(|kind| !kind.as_bytes().starts_with(b"text/plain")) {
        return Response::from_parts(parts, body);
    }
    let text = to_bytes(body, REJECTION_MAX).await.unwrap_or_default();
    Problem::new(parts.status, code, String::from_utf8_lossy(&text)).into_response()
}

pub(super) async fn no_route(uri: Uri) -> Problem {
    Problem::not_found(format_args!("page {}", uri.path()))
}

pub(super) async fn no_method(method: Method, uri: Uri) -> Problem {
    let detail = format!("{} does not take {method}", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

/// A panic in a handler costs that request, and is a bug.
pub(super) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request handler panicked");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "this is a bug of the gateway")
        .into_response()
}
