//! The description of the API, kept as a file: `docs/openapi.json`.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

use super::{access::Caller, problem::Problem};

pub(super) async fn show(_signed_in: Caller) -> Result<Response, Problem> {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((kind, include_str!("../../docs/openapi.json")).into_response())
}
