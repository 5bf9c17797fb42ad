//! What a streamer's sales come to, without tests and what went back.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{
    App,
    access::{Caller, Need},
    problem::Problem,
    streamers::known,
};
use crate::money::Money;

pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Read).await?;
    let mut totals = app.node.store.totals(&streamer.id).await?;
    totals.sort_by_key(|total| total.currency.as_str().to_owned());
    let amount =
        |minor, currency| caller.sees_amounts().then(|| Money::new(minor, currency).wire());
    let data: Vec<Value> = totals
        .iter()
        .map(|total| {
            json!({
                "currency": total.currency.as_str().to_ascii_uppercase(),
                "orders": total.orders,
                "amount": amount(total.minor, total.currency),
            })
        })
        .collect();
    Ok(Json(json!({ "data": data, "next": null })))
}
