//! The edges: HTTP in, JSON out. Handlers translate; what is decided is decided below.

mod access;
mod alerts;
mod assets;
mod backup;
mod board;
mod body;
mod buyers;
mod connections;
mod dead_letters;
mod feed;
mod health;
mod holdings;
mod keys;
mod limit;
mod lists;
mod log;
mod media;
mod moderation;
mod openapi;
mod operations;
mod overlays;
mod pairing;
mod problem;
mod products;
mod queue;
mod receipt;
mod reconcile;
mod rules;
mod secrets;
mod session;
mod shop;
mod socket;
mod status;
mod stripe;
mod streamers;
mod test_alerts;
mod themes;
mod totals;
mod webhook;
mod why;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::FromRef,
    http::{HeaderValue, header},
    middleware,
    response::Redirect,
    routing::{delete, get, post},
};
use ipnet::IpNet;
use secrecy::{ExposeSecret as _, SecretString};
use tower_http::{catch_panic::CatchPanic, set_header::SetResponseHeader};

use tokio::sync::Semaphore;

use crate::{keys::token_digest, node::Node};

pub use assets::{build, theme_sheets};

/// What the edges are told.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where people reach the gateway, without a slash at the end.
    pub public_url: String,
    /// The address it listens on.
    pub listen: SocketAddr,
    /// The admin token.
    pub admin_token: SecretString,
    /// Largest body of a webhook, in bytes.
    pub body_max: usize,
    /// Most open overlay sockets.
    pub connections_max: usize,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// What handlers share: one pointer, since each layer clones it for each request.
#[derive(Clone)]
pub struct App(Arc<Shared>);

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// See [`App`].
pub struct Shared {
    node: Arc<Node>,
    options: Options,
    /// The SHA-256 of the admin token.
    admin: [u8; 32],
    /// Room for bodies that are being read, in KiB.
    bodies: Arc<Semaphore>,
    /// Room for receipts that are followed.
    receipts: receipt::Room,
    /// How often strangers may ask for a checkout.
    checkouts: limit::Limit,
    /// How often docks may ask for a code, and people try one.
    pairings: limit::Limit,
    /// The turn to search for a buyer's data.
    buyers: Arc<Semaphore>,
    /// Room for themes that are unpacked.
    themes: themes::Room,
}

impl App {
    fn new(node: Arc<Node>, options: Options) -> Self {
        let bodies = Arc::new(Semaphore::new(body::ROOM_KIB));
        Self(Arc::new(Shared {
            node,
            admin: token_digest(options.admin_token.expose_secret()),
            options,
            bodies,
            receipts: receipt::Room::default(),
            // A person needs two or three.
            checkouts: limit::Limit::new(10, Duration::from_secs(6)),
            pairings: limit::Limit::new(10, Duration::from_secs(6)),
            buyers: Arc::new(Semaphore::new(1)),
            themes: themes::Room::default(),
        }))
    }
}

impl FromRef<App> for Arc<Node> {
    fn from_ref(app: &App) -> Self {
        Arc::clone(&app.node)
    }
}

/// Everything the gateway serves.
pub fn router(node: Arc<Node>, options: Options) -> Router {
    let app = App::new(node, options);
    // For people and their programs: only under a name of ours, so that no foreign page can have
    // its own name point here and ask as if it were us.
    let ours = Router::new()
        .nest("/api/v1", api().layer(middleware::map_response(problem::of_rejection)))
        .route("/", get(assets::dashboard))
        .route("/setup", get(assets::setup))
        .route("/dock", get(assets::dock))
        .route("/look", get(assets::look))
        .route("/rules", get(assets::rules))
        .route("/sales", get(assets::sales))
        .route("/static/{*path}", get(assets::static_file))
        .route("/metrics", get(health::metrics))
        .layer(middleware::from_fn_with_state(app.clone(), access::check_host));
    dress(public().merge(ours), app)
}

/// Only what the public needs: webhooks, overlay, sockets, store, receipts.
pub fn public_router(node: Arc<Node>, options: Options) -> Router {
    dress(public(), App::new(node, options))
}

/// What every answer has, whichever listener gives it. Around all routes at once: a layer of a router
/// becomes one of each of its routes, and is cloned with all that it holds for each request.
fn dress(router: Router<App>, app: App) -> Router {
    let routes = router
        .fallback(problem::no_route)
        .method_not_allowed_fallback(problem::no_method)
        .with_state(app);
    let plain = CatchPanic::custom(routes, problem::panicked);
    let nosniff = HeaderValue::from_static("nosniff");
    let typed = SetResponseHeader::if_not_present(plain, header::X_CONTENT_TYPE_OPTIONS, nosniff);
    let no_referrer = HeaderValue::from_static("no-referrer");
    let dressed = SetResponseHeader::if_not_present(typed, header::REFERRER_POLICY, no_referrer);
    Router::new().fallback_service(dressed)
}

fn public() -> Router<App> {
    Router::new()
        .route("/webhooks/stripe", post(webhook::shared))
        .route("/webhooks/stripe/", post(webhook::shared))
        .route("/webhooks/stripe/{streamer}", post(webhook::addressed))
        .route("/webhooks/stripe/{streamer}/", post(webhook::addressed))
        .route("/overlay", get(|| async { Redirect::permanent("/overlay/") }))
        .route("/overlay/", get(assets::overlay))
        .route("/overlay/shell", get(assets::shell))
        .route("/overlay/{*path}", get(assets::overlay_file))
        .route("/media/{hash}", get(media::show))
        .route("/themes/{hash}/theme.css", get(themes::sheet))
        .route("/themes/{hash}/assets/{*path}", get(themes::asset))
        .route("/ws/overlay", get(socket::overlay))
        .route("/ws/feed", get(feed::socket::open))
        .route("/receipt/{session}", get(receipt::page))
        .route("/receipt/{session}/events", get(receipt::events))
        .route("/store/{streamer}", get(shop::page))
        .route("/store/{streamer}/qr.svg", get(shop::code))
        .route("/store/{streamer}/checkout", post(shop::check_out))
        .route("/store/{streamer}/checkout/{session}", delete(shop::give_up))
        .route("/shop/{*path}", get(assets::shop_file))
        .route(
            "/connect",
            post(stripe::connect).layer(middleware::map_response(problem::of_rejection)),
        )
        .route("/connect/", get(stripe::page))
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
}

fn api() -> Router<App> {
    Router::new()
        .route("/session", get(session::show).post(session::open).delete(session::end))
        .route("/pairings", post(pairing::ask))
        .route("/pairings/claim", post(pairing::claim))
        .route("/streamers", get(streamers::list).post(streamers::add))
        .nest("/streamers/{s}", of_streamer())
        .route("/secrets", get(secrets::list_gateway).post(secrets::add_gateway))
        .route("/secrets/{id}", delete(secrets::remove_gateway))
        .route("/connections", get(connections::list))
        .route("/connections/{id}", get(connections::show).delete(connections::close))
        .route("/connections/{id}/messages", post(connections::send))
        .route("/dead-letters", get(dead_letters::list))
        .route("/dead-letters/redrive", post(dead_letters::redrive_all))
        .route("/dead-letters/{id}", get(dead_letters::show).delete(dead_letters::discard))
        .route("/dead-letters/{id}/redrive", post(dead_letters::redrive))
        .route("/stripe/endpoint", post(stripe::set_up_endpoint))
        .route("/reconcile", post(reconcile::ask))
        .route("/backup", post(backup::make))
        .route("/jobs", get(reconcile::jobs))
        .route("/jobs/{id}", get(reconcile::job))
        .route("/why/{id}", get(why::show))
        .route("/status", get(status::show))
        .route("/openapi.json", get(openapi::show))
}

fn of_streamer() -> Router<App> {
    Router::new()
        .route("/", get(streamers::show).patch(streamers::change).delete(streamers::remove))
        .route("/overlays", get(overlays::list).post(overlays::add))
        .route(
            "/overlays/{o}",
            get(overlays::show).patch(overlays::rename).delete(overlays::remove),
        )
        .route("/overlays/{o}/rotate", post(overlays::rotate))
        .route("/keys", get(keys::list).post(keys::add))
        .route("/keys/{id}", delete(keys::revoke))
        .route("/pairings/{code}", get(pairing::show).post(pairing::accept).delete(pairing::refuse))
        .route("/secrets", get(secrets::list).post(secrets::add))
        .route("/secrets/{id}", delete(secrets::remove))
        .route("/accounts", get(holdings::accounts).post(holdings::add_account))
        .route("/accounts/{id}", delete(holdings::remove_account))
        .route("/payment-links", get(holdings::payment_links).post(holdings::add_payment_link))
        .route("/payment-links/{id}", delete(holdings::remove_payment_link))
        .route("/invitations", post(stripe::invite))
        .route("/products", get(products::list).post(products::add))
        .route(
            "/products/{p}",
            get(products::show).patch(products::change).delete(products::remove),
        )
        .route("/themes", get(themes::list).post(themes::add))
        .route("/themes/{t}", get(themes::export).delete(themes::remove))
        .route("/test-alerts", post(test_alerts::make))
        .route("/rules/try", post(rules::attempt))
        .route("/moderation/try", post(moderation::try_out))
        .route("/alerts", get(alerts::list))
        .route("/alerts/replay", post(alerts::replay_missed))
        .route("/alerts/{id}", get(alerts::show))
        .route("/alerts/{id}/replay", post(alerts::replay))
        .route("/alerts/{id}/approve", post(alerts::approve))
        .route("/alerts/{id}/reject", post(alerts::reject))
        .route("/buyers/export", post(buyers::export))
        .route("/buyers/erase", post(buyers::erase))
        .route("/queue", get(queue::show))
        .route("/queue/skip", post(queue::skip))
        .route("/queue/{operation}", post(queue::operate))
        .route("/totals", get(totals::show))
        .route("/board", get(board::show))
        .route("/log", get(log::page))
        .route("/log/stream", get(feed::stream))
}
