//! `events`: what happened, newest first, for those who missed a delivery.

use serde_json::{Value, json};

use super::{
    deliveries::Endpoint,
    forms::Params,
    listing,
    refusal::{Answer, Refusal},
    till::Till,
    world::{Event, World},
};

/// Most `types[]`, and how long events can be listed, from docs.stripe.com/api/events.
const TYPES_MAX: usize = 20;
const KEPT_S: i64 = 30 * 86_400;

pub(super) fn list(till: &mut Till<'_>, params: &Params<'_>) -> Answer {
    let types = wanted_types(params)?;
    let bounds = Bounds::read(params)?;
    let delivered = params.flag("delivery_success")?;
    let oldest_s = till.now_s() - KEPT_S;
    let world = &till.world;
    let fits = |event: &&Event| {
        event.scope == till.scope
            && event.created_s >= oldest_s
            && bounds.hold(event.created_s)
            && (types.is_empty() || types.iter().any(|wanted| is(wanted, &event.event_type)))
            && delivered.is_none_or(|delivered| {
                (world.deliveries.of_event(&event.id) == (0, 0)) == delivered
            })
    };
    let rows: Vec<&Value> =
        world.events.iter().rev().filter(fits).map(|event| &event.json).collect();
    let mut page = listing::page(&rows, params, "/v1/events")?;
    for event in page["data"].as_array_mut().into_iter().flatten() {
        show(till, event);
    }
    Ok(page)
}

pub(super) fn retrieve(till: &Till<'_>, id: &str) -> Answer {
    let mut found = find(till, id)?.json.clone();
    show(till, &mut found);
    Ok(found)
}

fn find<'t>(till: &'t Till<'_>, id: &str) -> Result<&'t Event, Refusal> {
    let is = |event: &&Event| event.id == id && event.scope == till.scope;
    till.world.events.iter().find(is).ok_or_else(|| Refusal::no_such("event", id, None))
}

/// Sends an event again, as `stripe events resend` does.
pub(super) fn resend(till: &mut Till<'_>, id: &str, params: &Params<'_>) -> Answer {
    let event = find(till, id)?.json.clone();
    let named = params.text("webhook_endpoint")?;
    let World { endpoints, deliveries, now_ms, .. } = &mut *till.world;
    let asked =
        |to: &&Endpoint| named.map_or(to.enabled && to.scope == till.scope, |id| to.id == id);
    for endpoint in endpoints.iter().filter(asked) {
        deliveries.add(id, &endpoint.id, &event, *now_ms);
    }
    retrieve(till, id)
}

/// An event stays as it was made; only the count of open deliveries is of now. Whose it is, is said
/// to a platform's endpoint; who asks in the account's name knows, and nobody shall count on hearing it.
fn show(till: &Till<'_>, event: &mut Value) {
    if let Some(event) = event.as_object_mut() {
        event.remove("account");
    }
    let (open, _) = till.world.deliveries.of_event(event["id"].as_str().unwrap_or_default());
    event["pending_webhooks"] = json!(open);
}

fn wanted_types<'a>(params: &Params<'a>) -> Result<Vec<&'a str>, Refusal> {
    let mut types = params.texts("types");
    if types.len() > TYPES_MAX {
        let message = format!("You can filter by at most {TYPES_MAX} types.");
        return Err(Refusal::param("types", message));
    }
    if let Some(one) = params.text("type")? {
        if !types.is_empty() {
            return Err(Refusal::param("type", "You may only specify one of type and types."));
        }
        types.push(one);
    }
    Ok(types)
}

/// Whether a type is meant by a filter, as in `charge.*`.
fn is(wanted: &str, event_type: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(prefix) => event_type.starts_with(prefix),
        None => event_type == wanted,
    }
}

/// `created`: one moment, or bounds.
struct Bounds {
    least: i64,
    most: i64,
}

impl Bounds {
    fn read(params: &Params<'_>) -> Result<Self, Refusal> {
        let mut bounds = Self { least: i64::MIN, most: i64::MAX };
        if let Some(created) = params.part("created") {
            if let Some(at) = created.whole("gt")? {
                bounds.least = at.saturating_add(1);
            }
            if let Some(at) = created.whole("gte")? {
                bounds.least = bounds.least.max(at);
            }
            if let Some(at) = created.whole("lt")? {
                bounds.most = at.saturating_sub(1);
            }
            if let Some(at) = created.whole("lte")? {
                bounds.most = bounds.most.min(at);
            }
        } else if let Some(at) = params.whole("created")? {
            bounds = Self { least: at, most: at };
        }
        Ok(bounds)
    }

    fn hold(&self, at: i64) -> bool {
        (self.least..=self.most).contains(&at)
    }
}
