//! Alerts: what there is, and a person's verdicts.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    App,
    access::{Caller, Need},
    lists::check_limit,
    operations::{Done, Operation, perform},
    problem::Problem,
    streamers::known,
};
use crate::{
    alert::{Alert, AlertState},
    channel::{Input, Reply, Verdict},
    directory::Streamer,
    id::{AlertId, StreamerId},
    store::AlertFilter,
};

/// An alert for the API: contract §6's form and its story's ends. Who may judge it also sees what was
/// written, before it is approved.
pub(super) fn view<'a>(
    alert: &'a Alert,
    members: impl IntoIterator<Item = &'a Alert>,
    caller: &Caller,
) -> Value {
    let replay = alert.spot.is_some_and(|spot| spot.replay);
    let wire = alert.wire_with(false, members);
    let mut view = serde_json::to_value(wire).expect("an alert is plain JSON");
    // What a carrier shows is of several events; who only reads along sees no id of Stripe's.
    let event = Some(&alert.event).filter(|_| alert.members.is_empty() && caller.judges());
    view["event"] = json!(event);
    view["entered"] = json!(alert.entered.wire());
    view["showing"] = json!(alert.showing);
    view["replay_waiting"] = json!(replay);
    view["proof"] = json!(alert.proof.as_ref().map(crate::alert::Proof::wire));
    let to_judge = Some(alert).filter(|alert| alert.is_withheld() && caller.judges());
    view["held_for"] = json!(to_judge.and_then(|alert| alert.held_for));
    view["written"] = json!(
        to_judge.map(|alert| { json!({ "name": alert.buyer.name, "message": alert.message }) })
    );
    if !caller.sees_amounts() {
        hide_amounts(&mut view);
    }
    view
}

/// Takes the amounts out of an alert for those who may not see any.
pub(super) fn hide_amounts(alert: &mut Value) {
    if let Some(amount) = alert.get_mut("amount") {
        *amount = Value::Null;
    }
    let members = alert.get_mut("members").and_then(Value::as_array_mut);
    members.into_iter().flatten().for_each(hide_amounts);
}

/// [`view`], with the members that a carrier has.
pub(super) async fn full(
    app: &App,
    streamer: &StreamerId,
    alert: &Alert,
    caller: &Caller,
) -> Result<Value, Problem> {
    let mut members = Vec::new();
    for id in &alert.members {
        members.extend(app.node.store.alert(streamer, *id).await?);
    }
    Ok(view(alert, &members, caller))
}

#[derive(Deserialize)]
pub(super) struct Listing {
    state: Option<AlertState>,
    #[serde(default)]
    missed: bool,
    limit: Option<usize>,
    after: Option<String>,
}

pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Query(listing): Query<Listing>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Read).await?;
    let limit = check_limit(listing.limit)?;
    let before = match listing.after.as_deref().map(str::parse) {
        None => None,
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => {
            let detail = "after takes the next of the page before: an alert id";
            return Err(Problem::bad_request("after_invalid", detail));
        }
    };
    let tray = Alert::TRAY.to_vec();
    let states = if listing.missed { tray } else { listing.state.into_iter().collect() };
    let filter = AlertFilter { states, no_tests: listing.missed, before, limit };
    let alerts = app.node.store.alerts(&streamer.id, filter).await?;
    let next = (alerts.len() == limit).then(|| alerts.last().map(|last| last.id)).flatten();
    let mut data = Vec::new();
    // Nothing is made good by a carrier: its members are in the tray too, and each is replayed alone.
    for alert in alerts.iter().filter(|alert| !listing.missed || alert.members.is_empty()) {
        data.push(full(&app, &streamer.id, alert, &caller).await?);
    }
    Ok(Json(json!({ "data": data, "next": next })))
}

pub(super) async fn find(app: &App, streamer: &Streamer, id: &str) -> Result<Alert, Problem> {
    let unknown = || Problem::not_found("alert of that id");
    let id: AlertId = id.parse().map_err(|_| unknown())?;
    app.node.store.alert(&streamer.id, id).await?.ok_or_else(unknown)
}

pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path((s, id)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Read).await?;
    let alert = find(&app, &streamer, &id).await?;
    Ok(Json(full(&app, &streamer.id, &alert, &caller).await?))
}

/// The alert that an operation was about, as it is after it. Who may not read alerts is told what became
/// of this one.
pub(super) async fn after(app: &App, caller: &Caller, done: &Done) -> Result<Value, Problem> {
    let Done { streamer, alert } = done;
    let alert = alert.as_ref().ok_or_else(|| Problem::not_found("alert of that id"))?;
    if caller.may(&streamer.id, Need::Read).is_err() {
        return Ok(json!({ "id": alert.id, "state": alert.state }));
    }
    full(app, &streamer.id, alert, caller).await
}

/// Applies a verdict, and shows the alert as it is then.
async fn judge(
    app: &App,
    caller: &Caller,
    (s, id): (String, String),
    operation: impl FnOnce(AlertId) -> Operation,
) -> Result<Json<Value>, Problem> {
    // Before the id is looked at: a stranger is told nothing of it.
    let streamer = known(app, caller, &s, Need::Judge).await?;
    let alert = find(app, &streamer, &id).await?;
    let done = perform(app, caller, &s, operation(alert.id)).await?;
    Ok(Json(after(app, caller, &done).await?))
}

pub(super) async fn replay(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    judge(&app, &caller, path, |alert_id| Operation::Replay { alert_id }).await
}

/// Most replays that one input asks for: what one commit can well hold.
const REPLAYS_AT_ONCE: usize = 64;

/// Most replays of one request, and how many it asks for if it does not say.
const REPLAYS_MOST: usize = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replays {
    missed: bool,
    limit: Option<usize>,
}

/// Replays what is in the tray, the oldest first; of more than asked for, the newest.
pub(super) async fn replay_missed(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Json(Replays { missed, limit }): Json<Replays>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Judge).await?;
    let limit = check_limit(limit.or(Some(REPLAYS_MOST)))?;
    if !missed {
        let detail = "say {\"missed\":true}: only what was missed is replayed all at once";
        return Err(Problem::bad_request("replay_unclear", detail));
    }
    let mut tray = missed_ones(&app, &streamer.id, limit).await?;
    tray.reverse();
    let mut replayed = 0;
    for some in tray.chunks(REPLAYS_AT_ONCE) {
        let reply = app.node.submit(&streamer.id, Input::ReplayAll(some.to_vec())).await?;
        replayed += if let Reply::Replayed(count) = reply { count } else { 0 };
    }
    Ok(Json(json!({ "replayed": replayed })))
}

/// The newest of what the tray offers to show again, newest first.
async fn missed_ones(
    app: &App,
    streamer: &StreamerId,
    limit: usize,
) -> Result<Vec<AlertId>, Problem> {
    let (mut found, mut before) = (Vec::new(), None);
    while found.len() < limit {
        let filter = AlertFilter {
            states: Alert::TRAY.to_vec(),
            no_tests: true,
            before,
            limit: REPLAYS_MOST,
        };
        let page = app.node.store.alerts(streamer, filter).await?;
        found.extend(page.iter().filter(|alert| alert.can_be_made_good()).map(|alert| alert.id));
        if page.len() < REPLAYS_MOST {
            break;
        }
        before = page.last().map(|last| last.id);
    }
    found.truncate(limit);
    Ok(found)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Approval {
    #[serde(rename = "as")]
    verdict: Verdict,
}

pub(super) async fn approve(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<(String, String)>,
    Json(Approval { verdict }): Json<Approval>,
) -> Result<Json<Value>, Problem> {
    judge(&app, &caller, path, |alert_id| Operation::Approve { alert_id, verdict }).await
}

pub(super) async fn reject(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    judge(&app, &caller, path, |alert_id| Operation::Reject { alert_id }).await
}
