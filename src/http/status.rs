//! The gateway at a glance.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::{App, access::Caller, problem::Problem};

/// Most dead letters and streamers counted.
const COUNTED_MAX: usize = 1000;

pub(super) async fn show(State(app): State<App>, caller: Caller) -> Result<Json<Value>, Problem> {
    caller.is_admin()?;
    let node = &app.node;
    let uptime = u64::try_from(node.clock.uptime().as_millis()).unwrap_or(u64::MAX);
    let counted = |result| node.metrics.webhooks_with(result);
    let (accepted, duplicate, ignored) =
        (counted("accepted"), counted("duplicate"), counted("ignored"));
    let rejected = node.metrics.webhooks_total() - accepted - duplicate - ignored;
    let last = node.last_webhook();
    let check = match node.stripe {
        Some(_) => node.last_check().await?,
        None => None,
    };
    Ok(Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "build": node.build,
        "node": node.id,
        "uptime_ms": uptime,
        "store": node.store.name(),
        "public_url": app.options.public_url,
        "streamers": node.directory.streamers(None, COUNTED_MAX).await?.len(),
        "connections": node.store.connections(None).await?.len(),
        "unsettled": node.store.unsettled_count().await?,
        "dead_letters": node.dead_letters(&crate::intake::DeadLetterFilter::default(), None, COUNTED_MAX).await?.0.len(),
        "damage": node.store.damage(),
        "webhooks": {
            "accepted": accepted,
            "duplicate": duplicate,
            "ignored": ignored,
            "rejected": rejected,
        },
        "stripe": node.stripe.as_ref().map(|api| json!({ "livemode": api.key().livemode() })),
        "last_check": check.map(|check| json!({
            "at": check.at.wire(),
            "events": check.events,
            "new": check.new,
            "new_ever": check.new_ever,
        })),
        "last_webhook": last.map(|(at, result)| json!({ "at": at.wire(), "result": result })),
    })))
}
