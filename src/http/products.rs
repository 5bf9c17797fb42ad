//! What a streamer sells.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde_json::{Map, Value, json};

use super::{
    App,
    access::{Caller, Need},
    lists::Page,
    problem::Problem,
    streamers::known,
};
use crate::{
    shop::{Draft, Listed, ProductError, Products},
    store::Store,
};

impl From<ProductError> for Problem {
    fn from(error: ProductError) -> Self {
        let text = error.to_string();
        match error {
            ProductError::Store(error) => error.into(),
            ProductError::Unfit(unfit) => {
                Self::unprocessable("product_invalid", text).with("field", unfit.field)
            }
            ProductError::Unreadable(_) => Self::unprocessable("body_invalid", text),
            ProductError::Exists(_) => Self::new(StatusCode::CONFLICT, "exists", text),
            ProductError::Full => Self::new(StatusCode::CONFLICT, "too_many", text),
            ProductError::Raced => Self::new(StatusCode::CONFLICT, "raced", text),
            ProductError::Unknown(_) => Self::new(StatusCode::NOT_FOUND, "not_found", text),
        }
    }
}

/// A product, every field of it there; `held` are the pieces of its stock that checkouts keep.
fn view(store: &dyn Store, listed: &Listed) -> Value {
    let mut view = json!({
        "name": null, "amount": null, "image": null, "stock": null, "recurring": null, "held": 0,
    });
    if let (Value::Object(view), stock) = (&mut view, &listed.stock) {
        view.extend(listed.describe());
        if let Some(stock) = stock {
            view.insert("held".into(), stock.held(store.now()).into());
        }
    }
    view
}

pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    let store = &*app.node.store;
    let all = Products { store, streamer: &streamer.id }.all().await?;
    let id = |listed: &Listed| listed.product.id.clone();
    Ok(Json(page.of(all, id, |listed| view(store, listed))?))
}

pub(super) async fn add(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Json(draft): Json<Draft>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    let store = &*app.node.store;
    let added = Products { store, streamer: &streamer.id }.add(draft).await?;
    Ok((StatusCode::CREATED, Json(view(store, &added))))
}

pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path((s, id)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    let store = &*app.node.store;
    Ok(Json(view(store, &Products { store, streamer: &streamer.id }.one(&id).await?)))
}

pub(super) async fn change(
    State(app): State<App>,
    caller: Caller,
    Path((s, id)): Path<(String, String)>,
    Json(patch): Json<Map<String, Value>>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    let store = &*app.node.store;
    let changed = Products { store, streamer: &streamer.id }.change(&id, patch).await?;
    Ok(Json(view(store, &changed)))
}

pub(super) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path((s, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    let store = &*app.node.store;
    Products { store, streamer: &streamer.id }.remove(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}
