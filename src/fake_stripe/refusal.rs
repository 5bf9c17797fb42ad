//! How Stripe says no: `{"error":{"type","code","message","param"}}` under a fitting status.

use serde_json::{Value, json};

/// What a call gives: an object, or why not.
pub(super) type Answer = Result<Value, Refusal>;

/// A call that is refused. Stripe's clients make their exception of the status and the type.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    kind: &'static str,
    code: Option<&'static str>,
    message: String,
    param: Option<String>,
}

impl Refusal {
    /// The request itself is wrong.
    pub(super) fn request(message: impl Into<String>) -> Self {
        let (kind, message) = ("invalid_request_error", message.into());
        Self { status: 400, kind, code: None, message, param: None }
    }

    /// A parameter is wrong.
    pub(super) fn param(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self { param: Some(param.into()), ..Self::request(message) }
    }

    /// A parameter that must be there is not.
    pub(super) fn missing(param: impl Into<String>) -> Self {
        let param = param.into();
        Self::param(&*param, format!("Missing required param: {param}.")).code("parameter_missing")
    }

    /// There is no such object: 404 where the path names it, 400 where a parameter does.
    pub(super) fn no_such(what: &str, id: &str, param: Option<String>) -> Self {
        let status = if param.is_some() { 400 } else { 404 };
        let said = Self::request(format!("No such {what}: '{id}'")).code("resource_missing");
        Self { status, param: param.or(Some("id".into())), ..said }
    }

    pub(super) fn no_route(method: &str, path: &str) -> Self {
        let text = format!(
            "Unrecognized request URL ({method}: {path}). The fake has the part of Stripe's API \
             that a streamer's shop needs."
        );
        Self { status: 404, ..Self::request(text) }
    }

    /// No key, or none that works.
    pub(super) fn unauthorized(message: impl Into<String>) -> Self {
        Self { status: 401, ..Self::request(message) }
    }

    /// A key that may not do this.
    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self { status: 403, ..Self::request(message) }
    }

    /// The buyer's bank said no.
    pub(super) fn declined() -> Self {
        let said = Self::request("Your card was declined.").code("card_declined");
        Self { status: 402, kind: "card_error", ..said }
    }

    /// One idempotency key for two different calls.
    pub(super) fn key_reused() -> Self {
        let text = "Keys for idempotent requests can only be used with the same parameters they \
                    were first used with. Try using another key if you meant to execute a different \
                    request.";
        Self { kind: "idempotency_error", ..Self::request(text) }
    }

    /// Too many calls, or a fault of Stripe's own: only made on purpose.
    pub(super) fn injected(status: u16) -> Self {
        let said = Self::request("The fake was told to answer this.");
        match status {
            429 => Self { status, ..said.code("rate_limit") },
            _ => Self { status, kind: "api_error", ..said },
        }
    }

    pub(super) fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// The body of the answer.
    pub(super) fn body(&self) -> Value {
        let mut error = json!({ "type": self.kind, "message": self.message });
        if let Some(code) = self.code {
            error["code"] = json!(code);
            error["doc_url"] = json!(format!("https://docs.stripe.com/error-codes/{code}"));
        }
        if let Some(param) = &self.param {
            error["param"] = json!(param);
        }
        json!({ "error": error })
    }
}
