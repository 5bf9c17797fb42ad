//! A copy of everything, streamed: whoever asks decides where it is kept.

use std::{fs::File, io};

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use futures_util::stream;
use tokio::io::AsyncReadExt as _;

use super::{App, access::Caller, problem::Problem};
use crate::store::StoreError;

/// Read from the copy at a time, in bytes.
const CHUNK: usize = 64 << 10;

pub(super) async fn make(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    caller.is_admin()?;
    let copy = app.node.store.backup().await.map_err(|error| match error {
        StoreError::Full => {
            let detail = "the data directory has no room for the copy that a backup is made from: \
                          free as much as the database takes";
            Problem::new(StatusCode::INSUFFICIENT_STORAGE, "disk_full", detail)
        }
        error => error.into(),
    })?;
    let length = copy.metadata().map_err(|error| StoreError::Unavailable(error.to_string()))?.len();
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.sqlite3")),
        (header::CONTENT_LENGTH, HeaderValue::from(length)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, stream_of(copy)).into_response())
}

/// A file's bytes, read as the one who asked takes them.
fn stream_of(file: File) -> Body {
    let file = tokio::fs::File::from_std(file);
    Body::from_stream(stream::try_unfold(file, |mut file| async {
        let mut chunk = Vec::with_capacity(CHUNK);
        let read = (&mut file).take(CHUNK as u64).read_to_end(&mut chunk).await?;
        Ok::<_, io::Error>((read > 0).then(|| (Bytes::from(chunk), file)))
    }))
}
