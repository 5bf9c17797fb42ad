//! The store (contract §8): its page, and the door to Stripe's checkout. Both are anybody's: nothing
//! here needs a key, and nothing a buyer sends says what something costs.

mod code;
mod page;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    Form, Json,
    body::Body,
    extract::{ConnectInfo, FromRequest as _, Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;

use super::{App, access::remote, body, problem::Problem};
use crate::{
    directory::Streamer,
    id::StreamerId,
    receipt,
    shop::{Basket, CheckoutError, Offer, Opened, Order},
    stripe_api::ApiError,
};

/// Largest body of an order, in bytes. A browser without scripts sends a field of some 45 bytes for each
/// product of the page, wanted or not, and the catalogue alone may have 600; a message is 6 KiB at most.
const ORDER_MAX: usize = 64 * 1024;

/// Most fields of a form: one for each product, and a few.
const FIELDS_MAX: usize = 800;

impl From<CheckoutError> for Problem {
    fn from(error: CheckoutError) -> Self {
        let text = error.to_string();
        match error {
            CheckoutError::Fault(fault) => {
                Self::unprocessable("order_invalid", text).with("field", fault.field)
            }
            CheckoutError::SoldOut { product, left, .. } => {
                let problem = Self::new(StatusCode::CONFLICT, "sold_out", text);
                problem.with("product", product).with("left", left)
            }
            CheckoutError::NotConfigured => Self::unavailable("stripe_not_configured", text),
            CheckoutError::Ended => Self::new(StatusCode::CONFLICT, "checkout_ended", text),
            CheckoutError::Stripe(error) => of_stripe(&error, text),
            CheckoutError::Products(error) => error.into(),
            CheckoutError::Directory(error) => error.into(),
        }
    }
}

fn of_stripe(error: &ApiError, text: String) -> Problem {
    if let ApiError::Refused { code: Some(code), .. } = error
        && code.starts_with("amount_too_")
    {
        let detail = "Stripe takes no payment of that size in this currency";
        return Problem::unprocessable("order_invalid", detail).with("field", "items");
    }
    // Not Stripe's own words: they may repeat what the buyer wrote.
    let (param, code) = match error {
        ApiError::Refused { param, code, .. } => (param.as_deref(), code.as_deref()),
        _ => (None, None),
    };
    tracing::warn!(%error, param, code, "Stripe did not open or end a checkout session");
    Problem::new(StatusCode::BAD_GATEWAY, "stripe_unavailable", text)
}

/// The page.
pub(super) async fn page(State(app): State<App>, Path(streamer): Path<String>) -> Response {
    match shop(&app, &streamer).await {
        Ok(shop) => page::render(&app, &shop, None),
        Err(problem) => page::without_shop(&problem),
    }
}

/// The code that leads to the page, for cameras.
pub(super) async fn code(
    State(app): State<App>,
    Path(streamer): Path<String>,
) -> Result<Response, Problem> {
    let streamer = seller(&app, &streamer).await?;
    Ok(code::render(&format!("{}/store/{}", app.options.public_url, streamer.id)))
}

/// A streamer and what they sell.
struct Shop {
    streamer: Arc<Streamer>,
    offers: Vec<Offer>,
}

async fn seller(app: &App, id: &str) -> Result<Arc<Streamer>, Problem> {
    let unknown = || Problem::not_found("store here");
    let id: StreamerId = id.parse().map_err(|_| unknown())?;
    app.node.directory.streamer(&id).await?.ok_or_else(unknown)
}

async fn shop(app: &App, id: &str) -> Result<Shop, Problem> {
    let streamer = seller(app, id).await?;
    let offers = app.node.offers(&streamer).await?;
    Ok(Shop { streamer, offers })
}

/// What an order is written in.
#[derive(Clone, Copy)]
enum Written {
    /// JSON, by a script: answered in JSON.
    Json,
    /// The page's form, by a browser without scripts: answered by a page or a redirect.
    Form,
}

impl Written {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        match kind.split(';').next().unwrap_or_default().trim() {
            "application/json" => Some(Self::Json),
            "application/x-www-form-urlencoded" => Some(Self::Form),
            _ => None,
        }
    }
}

/// Opens a checkout.
pub(super) async fn check_out(
    State(app): State<App>,
    peer: ConnectInfo<SocketAddr>,
    Path(streamer): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Some(written) = Written::of(&headers) else {
        let detail = "send the order as application/json";
        return Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", detail)
            .into_response();
    };
    let address = remote(peer, &headers, &app.options);
    let asked = async {
        take_turn(&app, address)?;
        let body = body::read(&app, &headers, body, ORDER_MAX).await?;
        Ok::<_, Problem>((shop(&app, &streamer).await?, body))
    };
    match (asked.await, written) {
        (Ok((shop, body)), Written::Json) => match open(&app, &shop, written, body).await {
            Ok(Opened { url, session }) => {
                let answer = Json(json!({ "url": url, "session": session }));
                ([(header::CACHE_CONTROL, "no-store")], answer).into_response()
            }
            Err(error) => Problem::from(error).into_response(),
        },
        (Ok((shop, body)), Written::Form) => match open(&app, &shop, written, body).await {
            Ok(opened) => Redirect::to(&opened.url).into_response(),
            Err(error) => page::render(&app, &shop, Some(&error.into())),
        },
        (Err(problem), Written::Json) => problem.into_response(),
        (Err(problem), Written::Form) => page::without_shop(&problem),
    }
}

/// Gives a checkout up: its session's id is the right to.
pub(super) async fn give_up(
    State(app): State<App>,
    peer: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path((streamer, session)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let unknown = || Problem::not_found("checkout of that form");
    receipt::session(&session).ok_or_else(unknown)?;
    take_turn(&app, remote(peer, &headers, &app.options))?;
    let streamer = seller(&app, &streamer).await?;
    app.node.give_up(&streamer, &session).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn take_turn(app: &App, address: IpAddr) -> Result<(), Problem> {
    if app.checkouts.take(address, app.node.clock.now()) {
        return Ok(());
    }
    let detail = "too many checkouts from your address: wait a minute";
    Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail))
}

async fn open(
    app: &App,
    shop: &Shop,
    written: Written,
    body: bytes::Bytes,
) -> Result<Opened, CheckoutError> {
    let currency = shop.streamer.settings.currency;
    let order = match written {
        Written::Json => Order::of_json(&body)?,
        Written::Form => Order::of_form(&fields(body).await, &shop.offers, currency)?,
    };
    let basket = Basket::of(order, &shop.offers, currency)?;
    let public_url = app.options.public_url.clone();
    app.node.check_out(Arc::clone(&shop.streamer), basket, public_url).await
}

/// The fields of a form; of one that cannot be read there are none.
async fn fields(body: bytes::Bytes) -> Vec<(String, String)> {
    let mut request = Request::post("/").body(Body::from(body)).expect("a bare request is one");
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(header::CONTENT_TYPE, kind);
    let form = Form::<Vec<(String, String)>>::from_request(request, &()).await;
    form.map_or_else(
        |_| Vec::new(),
        |Form(mut fields)| {
            fields.truncate(FIELDS_MAX);
            fields
        },
    )
}
