//! Pictures that the gateway keeps. Their name is their hash, so they never change and need no key: who
//! knows it has seen the picture.

use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse as _, Response},
};

use super::{App, problem::Problem};
use crate::media::content_type;

pub(super) async fn show(
    State(app): State<App>,
    Path(hash): Path<String>,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("picture of that name");
    let is_hash = hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let bytes = if is_hash { app.node.store.blob(&hash).await? } else { None };
    let bytes = bytes.ok_or_else(unknown)?;
    let kind = content_type(&bytes).ok_or_else(unknown)?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ];
    Ok((headers, bytes).into_response())
}
