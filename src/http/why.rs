//! The receipt chain of an event or alert: what happened, when, or where it stopped and why.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{
    App,
    access::{Caller, Need},
    problem::Problem,
};
use crate::{
    alert::Alert,
    id::{AlertId, EventId, StreamerId},
    store::{Door, Settlement, StoredEvent},
    time::Timestamp,
};

/// What is no event and no alert, for this caller.
const UNKNOWN: &str =
    "event or alert of that id (of an event that was answered \"ignored\" nothing is kept)";

pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let unknown = || Problem::not_found(UNKNOWN);
    let event = match id.parse::<AlertId>() {
        Ok(id) => match app.node.store.event_of_alert(id).await? {
            None => return Ok(Json(of_carrier(&app, &caller, id).await?)),
            event => event,
        },
        Err(_) => {
            let event: EventId = id.parse().map_err(|_| unknown())?;
            app.node.store.event(&event).await?
        }
    };
    let event = event.ok_or_else(unknown)?;
    let alert_id = match &event.settled {
        Some(Settlement::Alert(alert) | Settlement::DuplicateOf(alert)) => Some(*alert),
        _ => None,
    };
    let owner = match alert_id {
        Some(alert) => app.node.store.alert_owner(alert).await?,
        None => None,
    };
    let owner = owner.or_else(|| event.streamer().cloned());
    match &owner {
        Some(owner) => caller.may(owner, Need::Read).map_err(|_| unknown())?,
        None => caller.is_admin().map_err(|_| unknown())?,
    }
    let alert = match (&owner, alert_id) {
        (Some(owner), Some(id)) => app.node.store.alert(owner, id).await?,
        _ => None,
    };
    let mut view = view(&event, owner.as_ref(), alert.as_ref());
    // Who only reads along sees no id of Stripe's.
    if !caller.judges() {
        view["event"] = Value::Null;
    }
    Ok(Json(view))
}

/// The story of an alert that is of no event: it carries others, and each of those has its own.
async fn of_carrier(app: &App, caller: &Caller, id: AlertId) -> Result<Value, Problem> {
    let unknown = || Problem::not_found(UNKNOWN);
    let owner = app.node.store.alert_owner(id).await?.ok_or_else(unknown)?;
    caller.may(&owner, Need::Read).map_err(|_| unknown())?;
    let alert = app.node.store.alert(&owner, id).await?;
    let alert = alert.filter(|alert| !alert.members.is_empty()).ok_or_else(unknown)?;
    let steps = alert.steps.iter();
    Ok(json!({
        "event": null,
        "type": null,
        "streamer": owner,
        "alert": alert.id,
        "members": alert.members,
        "outcome": alert.state.name(),
        "steps": steps.map(|told| step(&told.step, told.at, told.detail.as_deref())).collect::<Vec<_>>(),
    }))
}

fn view(event: &StoredEvent, owner: Option<&StreamerId>, alert: Option<&Alert>) -> Value {
    let own = matches!(&event.settled, Some(Settlement::Alert(_)));
    let fetched = (event.event.door == Door::Fetched).then_some("fetched from Stripe's list");
    let mut steps = vec![
        step("received", event.event.received, fetched),
        step("verified", event.event.verified, None),
        step("stored", event.stored, None),
    ];
    // A duplicate's own story ends where the other's began.
    for told in alert.iter().filter(|_| own).flat_map(|alert| &alert.steps) {
        steps.push(step(&told.step, told.at, told.detail.as_deref()));
    }
    json!({
        "event": event.event.id,
        "type": event.event.kind,
        "streamer": owner,
        "alert": alert.map(|alert| alert.id),
        "outcome": outcome(event, alert),
        "steps": steps,
    })
}

fn step(step: &str, at: Timestamp, detail: Option<&str>) -> Value {
    json!({ "step": step, "at": at.wire(), "detail": detail })
}

fn outcome(event: &StoredEvent, alert: Option<&Alert>) -> String {
    match (&event.settled, alert) {
        (None, _) => format!("not settled yet, attempt {}", event.attempts),
        (Some(Settlement::Alert(id)), None) => format!("alert {id}, no longer kept"),
        (Some(Settlement::Alert(_)), Some(alert)) => alert.state.name().into(),
        (Some(Settlement::DuplicateOf(id)), _) => format!("duplicate_of {id}"),
        (Some(Settlement::Joined), _) => "told more about a known purchase".into(),
        (Some(Settlement::Ignored(why)), _) => format!("ignored: {why}"),
        (Some(Settlement::Waiting), _) => "waits for its sale: none known here has its ids".into(),
        (Some(Settlement::DeadLetter(why)), _) => format!("dead letter: {why}"),
    }
}
