//! The fake over HTTP: reads calls, asks the world, writes answers.

use std::{future, sync::Arc};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{any, get},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use futures_util::stream;
use serde_json::{Value, json};

use super::{
    Shared,
    calls::{self, Call, Reply},
    connect, control,
    faults::Fault,
    forms::{self, Params},
    links, pay_page, paying,
    refusal::{Answer, Refusal},
};

/// What somebody reads who opens the API's base in a browser.
const WELCOME: &str = "It behaves as Stripe's API does, as far as a streamer's shop needs. Buy \
    something in the shop of a gateway that uses it, and you come to a page of the fake to pay.";

type Fake = State<Arc<Shared>>;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/{*path}", any(api))
        .route("/_fake/", any(told))
        .route("/_fake/{*path}", any(told))
        .route("/pay/{session}", get(show_session).post(pay_session))
        .route("/buy/{link}", get(open_link))
        .route("/onboard/{token}", get(show_onboarding).post(onboard))
        .route("/", get(|| async { Html(pay_page::said("Fake Stripe", WELCOME)) }))
        .route("/thanks", get(|| async { Html(pay_page::said("Thank you", "It is paid.")) }))
        .with_state(shared)
}

async fn api(
    State(shared): Fake,
    method: Method,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
    let form =
        if method == Method::POST { &body[..] } else { query.as_deref().unwrap_or("").as_bytes() };
    let request_id = format!("req_{}", shared.world().random.letters(14));
    let reply = match forms::read(form) {
        Err(refusal) => Reply { answer: Err(refusal), replayed: false, fault: None },
        Ok(params) => {
            let call = Call {
                method: method.to_string(),
                path: path.trim_end_matches('/').to_owned(),
                params,
                key: key(&headers),
                account: text("stripe-account"),
                idempotency_key: text("idempotency-key"),
                request_id: request_id.clone(),
            };
            let reply = calls::carry_out(&mut shared.world(), &call);
            shared.news.notify_one();
            reply
        }
    };
    let mut response = match reply.fault {
        Some(Fault::Hang) => future::pending().await,
        Some(Fault::Half) => half(&reply.answer),
        Some(Fault::Garbage) => (StatusCode::OK, "<html>it broke</html>").into_response(),
        _ => answered(reply.answer),
    };
    let mut put = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    put("request-id", &request_id);
    put("stripe-version", super::till::API_VERSION);
    if reply.replayed {
        put("idempotent-replayed", "true");
    }
    response
}

/// The key of `Authorization`: a bearer's, or the user name of Basic.
fn key(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    if let Some(key) = text.strip_prefix("Bearer ") {
        return Some(key.trim().to_owned());
    }
    let pair = BASE64_STANDARD.decode(text.strip_prefix("Basic ")?.trim()).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    Some(pair.split(':').next().unwrap_or_default().to_owned())
}

fn answered(answer: Answer) -> Response {
    match answer {
        Ok(object) => Json(object).into_response(),
        Err(refusal) => {
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
            (status, Json(refusal.body())).into_response()
        }
    }
}

/// An answer that breaks off: its length is announced, its second half never comes.
fn half(answer: &Answer) -> Response {
    let whole = answer.as_ref().map_or_else(|refusal| refusal.body().to_string(), Value::to_string);
    let length = whole.len();
    let first = Bytes::from(whole).slice(..length / 2);
    let body = Body::from_stream(stream::iter([Ok::<_, std::io::Error>(first)]));
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
    ];
    (headers, body).into_response()
}

/// What only a fake can be told, with JSON or a form.
async fn told(
    State(shared): Fake,
    method: Method,
    path: Option<Path<String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    let given = match (is_form, body.is_empty()) {
        (true, _) => forms::read(&body),
        (_, true) => Ok(json!({})),
        _ => serde_json::from_slice(&body).map_err(|_| Refusal::request("The body is not JSON.")),
    };
    let path = path.map(|Path(path)| path).unwrap_or_default();
    let answer = given.and_then(|given| {
        control::carry_out(&mut shared.world(), method.as_str(), path.trim_end_matches('/'), &given)
    });
    shared.news.notify_one();
    answered(answer)
}

async fn show_session(State(shared): Fake, Path(id): Path<String>) -> Response {
    session_page(&shared, &id, None)
}

fn session_page(shared: &Shared, id: &str, refused: Option<&str>) -> Response {
    let mut world = shared.world();
    let Ok(mut till) = world.till_of(id) else { return nothing_here() };
    let Ok(session) = till.get("checkout.session", id) else { return nothing_here() };
    let lines = till.books().lines.get(id).cloned().unwrap_or_default();
    let page = match session["status"].as_str() {
        Some("open") => pay_page::session(&session, &lines, refused),
        Some("complete") if paying::waits_for_bank(&mut till, &session) => pay_page::bank(),
        Some("complete") if session["payment_status"] == "unpaid" => {
            pay_page::said("Not paid", "The bank refused: nothing was charged.")
        }
        Some("complete") => pay_page::said("Already paid", "This page has done its work."),
        _ => pay_page::said("Too late", "This page has expired: go back to the shop."),
    };
    let status = if refused.is_some() { StatusCode::PAYMENT_REQUIRED } else { StatusCode::OK };
    (status, Html(page)).into_response()
}

/// A button of the pay page. A program that accepts JSON gets the session and where to go.
async fn pay_session(
    State(shared): Fake,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let wants_json = headers
        .get(header::ACCEPT)
        .is_some_and(|accept| accept.as_bytes().starts_with(b"application/json"));
    let paid = forms::read(&body).and_then(|form| pressed(&shared, &id, &form));
    shared.news.notify_one();
    match paid {
        Ok((session, to)) if wants_json => {
            Json(json!({ "session": session, "redirect": to })).into_response()
        }
        Ok((_, to)) => Redirect::to(&to).into_response(),
        Err(refusal) if wants_json => answered(Err(refusal)),
        Err(refusal) => {
            let body = refusal.body();
            session_page(&shared, &id, body["error"]["message"].as_str())
        }
    }
}

fn pressed(shared: &Shared, id: &str, form: &Value) -> Result<(Value, String), Refusal> {
    let params = Params::new(form);
    let mut world = shared.world();
    let mut till = world.till_of(id)?;
    let (session, to) = match params.text("how")?.unwrap_or("card") {
        "back" => (till.get("checkout.session", id)?, "cancel_url"),
        "bank_pays" => (paying::settle(&mut till, id, true)?, "success_url"),
        "bank_refuses" => (paying::settle(&mut till, id, false)?, "cancel_url"),
        how => {
            let buyer = control::buyer(&params)?;
            (paying::pay(&mut till, id, control::how_of(how), &buyer)?, "success_url")
        }
    };
    let to = session[to].as_str().unwrap_or("/thanks").replace("{CHECKOUT_SESSION_ID}", id);
    Ok((session, to))
}

async fn open_link(
    State(shared): Fake,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let mut world = shared.world();
    let opened = forms::read(query.as_deref().unwrap_or_default().as_bytes())
        .and_then(|query| links::open(&mut world.till_of(&id)?, &id, &Params::new(&query)));
    match opened {
        Ok(session) => Redirect::to(session["url"].as_str().unwrap_or("/")).into_response(),
        Err(_) => nothing_here(),
    }
}

async fn show_onboarding(State(shared): Fake, Path(token): Path<String>) -> Response {
    let known = shared.world().till_of(&token).is_ok();
    if known { Html(pay_page::onboarding()).into_response() } else { nothing_here() }
}

async fn onboard(State(shared): Fake, Path(token): Path<String>) -> Response {
    let done =
        shared.world().till_of(&token).and_then(|mut till| connect::onboard(&mut till, &token));
    shared.news.notify_one();
    match done {
        Ok(to) => Redirect::to(to.as_str().unwrap_or("/")).into_response(),
        Err(_) => nothing_here(),
    }
}

fn nothing_here() -> Response {
    let page = pay_page::said("Nothing here", "The fake knows no such page: go back to the shop.");
    (StatusCode::NOT_FOUND, Html(page)).into_response()
}
