//! Streamers' own themes: checked and kept for those who may change settings, and served to pages under the
//! hash of their zip, which needs no key: who knows it has seen the theme.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use super::{
    App,
    access::{Caller, Need},
    assets, body,
    lists::Page,
    problem::Problem,
    streamers::known,
};
use crate::{
    directory::{OwnTheme, OwnThemeError, Streamer},
    theme::{self, Checked, Finding, ZIP_MAX},
};

/// Room for zips in memory. Pages wait for no theme that is being checked.
#[derive(Clone)]
pub(super) struct Room {
    /// For one to be checked: that takes up to 200 MB, and some seconds for a large moving picture.
    checked: Arc<Semaphore>,
    /// For those that something is served of: strangers may ask, so nothing is read before there is room.
    served: Arc<Semaphore>,
}

impl Default for Room {
    fn default() -> Self {
        let [checked, served] = [1, 2].map(|places| Arc::new(Semaphore::new(places)));
        Self { checked, served }
    }
}

/// What is served of a theme loads nothing and runs nothing by itself.
const CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

impl From<OwnThemeError> for Problem {
    fn from(error: OwnThemeError) -> Self {
        let text = error.to_string();
        match error {
            OwnThemeError::Directory(error) => error.into(),
            OwnThemeError::Full => Self::new(StatusCode::CONFLICT, "too_many", text),
            OwnThemeError::InUse(_) => Self::new(StatusCode::CONFLICT, "theme_in_use", text),
        }
    }
}

fn view(theme: &OwnTheme) -> Value {
    let OwnTheme { manifest, hash, bytes, added } = theme;
    json!({
        "name": manifest.name,
        "title": manifest.title,
        "version": manifest.version,
        "author": manifest.author,
        "base": manifest.base,
        "hash": hash,
        "bytes": bytes,
        "added": added.wire(),
        "url": theme.url(),
        "sounds": theme.sounds(),
    })
}

pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    let all = app.node.directory.themes(&streamer.id).await?;
    Ok(Json(page.of(all, |theme| theme.name().to_string(), view)?))
}

#[derive(Deserialize)]
pub(super) struct Adding {
    #[serde(default, rename = "try")]
    attempt: bool,
}

pub(super) async fn add(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Query(Adding { attempt }): Query<Adding>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    let zip = body::read(&app, &headers, body, ZIP_MAX).await?;
    let place = Arc::clone(&app.themes.checked).acquire_owned().await;
    let checked = zip.clone();
    let Checked { manifest, findings } =
        apart(place, move || theme::check(&checked, assets::theme_sheets)).await?;
    if attempt {
        let refused = manifest.is_none();
        let answer = json!({ "refused": refused, "manifest": manifest, "findings": findings });
        return Ok((StatusCode::OK, Json(answer)));
    }
    let Some(manifest) = manifest else { return Err(refusal(&findings)) };
    let (theme, new) = app.node.directory.add_theme(&streamer.id, manifest, zip).await?;
    tell_pages(&app, &streamer).await;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(json!({ "theme": view(&theme), "findings": findings }))))
}

fn refusal(findings: &[Finding]) -> Problem {
    let first = findings.first().map(ToString::to_string).unwrap_or_default();
    let more = match findings.len() {
        0 | 1 => String::new(),
        all => format!(" (and {} more)", all - 1),
    };
    let detail = format!("the theme is refused: {first}{more}");
    Problem::unprocessable("theme_refused", detail).with("findings", json!(findings))
}

pub(super) async fn export(
    State(app): State<App>,
    caller: Caller,
    Path((s, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    let zip = app.node.directory.theme_zip(&streamer.id, &name).await?;
    let file = HeaderValue::from_str(&format!("attachment; filename=\"{name}.zip\""))
        .expect("a theme's name is plain");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/zip")),
        (header::CONTENT_DISPOSITION, file),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, zip).into_response())
}

pub(super) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path((s, name)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    app.node.directory.remove_theme(&streamer, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Pages that use the theme load its new sheet.
async fn tell_pages(app: &App, streamer: &Streamer) {
    // Who cannot read it now is told by the next change, or when they come back.
    if let Ok(Some(streamer)) = app.node.directory.streamer(&streamer.id).await {
        app.node.hub.tell_settings(&streamer);
    }
}

/// The sheet of a theme. Another version of the gateway may write it differently, so pages ask each time.
pub(super) async fn sheet(
    State(app): State<App>,
    Path(hash): Path<String>,
    request: HeaderMap,
) -> Result<Response, Problem> {
    let sheet = of_zip(&app, &hash, theme::page_sheet).await?.ok_or_else(unknown)?;
    let tag = format!("\"{}\"", hex::encode(&Sha256::digest(&sheet)[..12]));
    let tag = HeaderValue::from_str(&tag).expect("hex in quotes is a header value");
    if request.get(header::IF_NONE_MATCH) == Some(&tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP)),
        (header::ETAG, tag),
    ];
    Ok((headers, sheet).into_response())
}

/// An asset of a theme: it never changes.
pub(super) async fn asset(
    State(app): State<App>,
    Path((hash, path)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let asset = of_zip(&app, &hash, move |zip| theme::asset(zip, &path)).await?;
    let (kind, bytes) = asset.ok_or_else(unknown)?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::CONTENT_SECURITY_POLICY, CSP),
    ];
    Ok((headers, bytes).into_response())
}

fn unknown() -> Problem {
    Problem::not_found("file of a theme here")
}

/// What `read` makes of the zip of this hash.
async fn of_zip<T: Send + 'static>(
    app: &App,
    hash: &str,
    read: impl FnOnce(&[u8]) -> T + Send + 'static,
) -> Result<T, Problem> {
    let is_hash = hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if !is_hash {
        return Err(unknown());
    }
    let place = Arc::clone(&app.themes.served).acquire_owned().await;
    let zip = app.node.store.blob(hash).await?.ok_or_else(unknown)?;
    apart(place, move || read(&zip)).await
}

/// Works away from what must answer at once, and gives `place` back afterwards.
async fn apart<T: Send + 'static>(
    place: impl Send + 'static,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let worked = tokio::task::spawn_blocking(move || {
        let _place = place;
        work()
    });
    // A decoder that panics over a picture is a bug of the gateway's all the same.
    worked.await.map_err(|_| {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Problem::new(status, "internal", "a file of the theme could not be read to its end")
    })
}
