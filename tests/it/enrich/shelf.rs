//! The one part of Stripe's API that tells what was bought, as bad or slow as a test wants it. It
//! counts what it is asked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    thread,
};

use axum::{
    Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::get,
};
use serde_json::{Value, json};

/// Lines in one answer: fewer than asked for, so that some sessions take several.
const PAGE: usize = 40;

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    Well,
    Status(u16),
    Hang,
    Garbage,
    /// Lists are told, products are not the key's business.
    NoProducts,
}

/// One call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub expanded: bool,
    pub account: String,
}

#[derive(Debug)]
struct Inner {
    mood: Mood,
    /// By session; sessions that are not here hold one mug.
    lines: HashMap<String, Vec<Value>>,
    calls: Vec<Call>,
}

#[derive(Clone)]
pub(super) struct Shelf {
    pub url: String,
    inner: Arc<Mutex<Inner>>,
}

/// A line of `quantity` times the price, whose product is called as the price is.
pub(super) fn line(n: usize, price: &str, quantity: u32) -> Value {
    json!({
        "id": format!("li_{n}"), "object": "item", "description": format!("{price} as sold"),
        "quantity": quantity,
        "price": {
            "id": format!("price_{price}"), "object": "price", "nickname": null, "metadata": {},
            "product": {
                "id": format!("prod_{price}"), "object": "product", "name": price, "images": [],
            },
        },
    })
}

impl Shelf {
    pub(super) fn start() -> Self {
        let inner = Inner { mood: Mood::Well, lines: HashMap::new(), calls: Vec::new() };
        let inner = Arc::new(Mutex::new(inner));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/v1/checkout/sessions/{session}/line_items", get(list))
            .with_state(Arc::clone(&inner));
        // It ends with the process of its test.
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        Self { url, inner }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub(super) fn set(&self, mood: Mood) {
        self.lock().mood = mood;
    }

    pub(super) fn put(&self, session: &str, lines: Vec<Value>) {
        self.lock().lines.insert(session.into(), lines);
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }
}

async fn list(
    State(inner): State<Arc<Mutex<Inner>>>,
    Path(session): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let expanded = query.values().any(|value| value == "data.price.product");
    let (mood, mut lines) = {
        let mut inner = inner.lock().unwrap();
        let account = headers.get("stripe-account").map(|id| id.to_str().unwrap());
        let account = account.unwrap_or_default().to_owned();
        inner.calls.push(Call { expanded, account });
        let lines = inner.lines.get(&session).cloned();
        (inner.mood, lines.unwrap_or_else(|| vec![line(1, "Mug", 1)]))
    };
    let refused = |status| {
        let error = json!({ "error": { "type": "api_error", "message": "no" } });
        (StatusCode::from_u16(status).unwrap(), error.to_string()).into_response()
    };
    match mood {
        Mood::Status(status) => return refused(status),
        Mood::Hang => return std::future::pending().await,
        Mood::Garbage => return "<html>half an ans".into_response(),
        Mood::NoProducts if expanded => return refused(403),
        _ => {}
    }
    if let Some(after) = query.get("starting_after") {
        let at = lines.iter().position(|line| line["id"] == **after).unwrap();
        lines.drain(..=at);
    }
    let has_more = lines.len() > PAGE;
    lines.truncate(PAGE);
    let prices = lines.iter_mut().map(|line| &mut line["price"]).filter(|price| price.is_object());
    for price in prices.filter(|_| !expanded) {
        price["product"] = price["product"]["id"].clone();
    }
    json!({ "object": "list", "data": lines, "has_more": has_more }).to_string().into_response()
}
