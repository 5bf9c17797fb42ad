//! The pages, served as they are; embedded in release builds, read from disk in debug.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest as _, Sha256};

use super::{App, problem::Problem};

#[derive(RustEmbed)]
#[folder = "overlay/"]
#[exclude = "*.mjs"]
#[exclude = "*.py"]
struct Overlay;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

/// The pages for buyers: store and receipt.
#[derive(RustEmbed)]
#[folder = "shop/"]
struct Shop;

/// OBS puts a streamer's custom CSS into the page as a style element, so inline styles must pass.
/// Everything else is strict: what a buyer wrote can run nothing and load nothing.
const OVERLAY_CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     connect-src 'self'; img-src 'self'; media-src 'self' blob:; font-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors * file:";

/// Frames are for the designer's preview of the overlay.
const DASHBOARD_CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     connect-src 'self'; img-src 'self' data:; media-src 'self'; frame-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const SHOP_CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";

/// Where the overlay page has its build written in.
const BUILD_PLACEHOLDER: &str = "__TILLBELL_BUILD__";

/// Where the local shell has the gateway's address written in.
const URL_PLACEHOLDER: &str = "__TILLBELL_URL__";

/// Names the overlay's build: a hash of all its files.
#[must_use]
pub fn build() -> String {
    let mut hash = Sha256::new();
    let mut names: Vec<_> = Overlay::iter().collect();
    names.sort_unstable();
    for name in names {
        if let Some(file) = Overlay::get(&name) {
            hash.update(name.as_bytes());
            hash.update(file.metadata.sha256_hash());
        }
    }
    hex::encode(&hash.finalize()[..6])
}

/// The sheets that a built-in theme's colours come from, in the order in which a page has them.
#[must_use]
pub fn theme_sheets(theme: &str) -> Vec<String> {
    let names = ["tokens.css".to_owned(), format!("themes/{theme}.css")];
    let files = names.iter().filter_map(|name| Overlay::get(name));
    files.map(|file| String::from_utf8_lossy(&file.data).into()).collect()
}

/// A page, with `placeholder` written over.
fn page(file: Option<EmbeddedFile>, (placeholder, text): (&str, &str)) -> Response {
    let Some(file) = file else { return Problem::not_found("page here").into_response() };
    let page = String::from_utf8_lossy(&file.data).replace(placeholder, text);
    let headers =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (headers, page).into_response()
}

fn with_csp(csp: &'static str, page: Response) -> Response {
    ([(header::CONTENT_SECURITY_POLICY, csp)], page).into_response()
}

/// An asset: kept by the browser, and asked about each time, so that none is ever stale.
fn asset(file: Option<EmbeddedFile>, csp: &'static str, request: &HeaderMap) -> Response {
    let Some(file) = file else { return Problem::not_found("file here").into_response() };
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..12]));
    let tag = HeaderValue::from_str(&etag).expect("hex in quotes is a header value");
    if request.get(header::IF_NONE_MATCH) == Some(&tag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    let kind = file.metadata.mimetype().to_owned();
    let mut response = file.data.into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(csp));
    if let Ok(kind) = HeaderValue::from_str(&kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    response
}

pub(super) async fn dashboard(State(app): State<App>) -> Response {
    dashboard_page(&app, "index.html")
}

pub(super) async fn setup(State(app): State<App>) -> Response {
    dashboard_page(&app, "setup.html")
}

pub(super) async fn look(State(app): State<App>) -> Response {
    dashboard_page(&app, "look.html")
}

pub(super) async fn rules(State(app): State<App>) -> Response {
    dashboard_page(&app, "rules.html")
}

pub(super) async fn sales(State(app): State<App>) -> Response {
    dashboard_page(&app, "sales.html")
}

pub(super) async fn dock(State(app): State<App>) -> Response {
    dashboard_page(&app, "dock.html")
}

fn dashboard_page(app: &App, name: &str) -> Response {
    with_csp(DASHBOARD_CSP, page(Static::get(name), (BUILD_PLACEHOLDER, &app.node.build)))
}

pub(super) async fn static_file(headers: HeaderMap, Path(path): Path<String>) -> Response {
    asset(Static::get(&path), DASHBOARD_CSP, &headers)
}

/// A page for buyers with its places filled.
pub(super) fn shop_page(name: &str, places: &[(&str, &str)]) -> Response {
    let page = fill(&shop_source(name), places);
    let headers =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    with_csp(SHOP_CSP, (headers, page).into_response())
}

/// The source of a page for buyers, for one that is more than a text with places.
pub(super) fn shop_source(name: &str) -> String {
    Shop::get(name).map_or_else(String::new, |file| String::from_utf8_lossy(&file.data).into())
}

/// A source with its `__PLACES__` filled, in one pass: what is filled in is text, and no place for anything.
/// Places of another's stay as they are.
pub(super) fn fill(source: &str, places: &[(&str, &str)]) -> String {
    let mut page = String::with_capacity(source.len());
    for (n, part) in source.split("__").enumerate() {
        match places.iter().find(|(place, _)| n % 2 == 1 && *place == part) {
            Some((_, text)) => page.push_str(&escape(text)),
            None if n % 2 == 1 => page.push_str(&format!("__{part}__")),
            None => page.push_str(part),
        }
    }
    page
}

/// A text as it stands in HTML, also within a quoted attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

pub(super) async fn shop_file(headers: HeaderMap, Path(path): Path<String>) -> Response {
    asset(Shop::get(&path), SHOP_CSP, &headers)
}

pub(super) async fn overlay(State(app): State<App>) -> Response {
    with_csp(OVERLAY_CSP, page(Overlay::get("index.html"), (BUILD_PLACEHOLDER, &app.node.build)))
}

pub(super) async fn overlay_file(headers: HeaderMap, Path(path): Path<String>) -> Response {
    asset(Overlay::get(&path), OVERLAY_CSP, &headers)
}

/// The local shell, to be saved beside OBS's scenes.
pub(super) async fn shell(State(app): State<App>) -> Response {
    let name = HeaderValue::from_static("attachment; filename=\"tillbell-overlay.html\"");
    let page = page(Overlay::get("shell.html"), (URL_PLACEHOLDER, &app.options.public_url));
    ([(header::CONTENT_DISPOSITION, name)], page).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_text_and_no_place() {
        let filled = fill("<b>__A__</b>__B__", &[("A", "__B__<i>"), ("B", "\"'&")]);
        assert_eq!(filled, "<b>__B__&lt;i&gt;</b>&quot;&#39;&amp;");
    }
}
