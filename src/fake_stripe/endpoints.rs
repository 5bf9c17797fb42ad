//! `webhook_endpoints`: where deliveries go. The secret is told once.

use serde_json::{Value, json};

use super::{
    deliveries::Endpoint,
    forms::Params,
    listing,
    refusal::{Answer, Refusal},
    till::Till,
};
use crate::stripe::secret::SigningSecret;

/// Most endpoints of one account and mode, from docs.stripe.com/webhooks.
const ENDPOINTS_MAX: usize = 16;

pub(super) fn create(till: &mut Till<'_>, params: &Params<'_>) -> Answer {
    let url = checked_url(params.required("url")?)?;
    let enabled_events = types(params)?.ok_or_else(|| Refusal::missing("enabled_events"))?;
    let connect = params.flag("connect")?.unwrap_or(false);
    if till.books().of_kind("webhook_endpoint").count() >= ENDPOINTS_MAX {
        let message =
            format!("You have reached the maximum of {ENDPOINTS_MAX} test webhook endpoints.");
        return Err(Refusal::request(message));
    }
    let id = till.id("we");
    let secret = format!("whsec_{}", till.world.random.letters(32));
    let row = till.add_endpoint(&id, &url, params)?;
    till.world.endpoints.push(Endpoint {
        id,
        scope: till.scope.clone(),
        url,
        enabled: true,
        enabled_events,
        connect,
        secrets: vec![SigningSecret::parse(&secret).expect("it has the right form")],
    });
    let mut told = row;
    told["secret"] = json!(secret);
    Ok(told)
}

impl Till<'_> {
    fn add_endpoint(&mut self, id: &str, url: &str, params: &Params<'_>) -> Answer {
        let row = json!({
            "id": id, "object": "webhook_endpoint", "api_version": params.text("api_version")?,
            "application": null, "created": self.now_s(), "description": params.text("description")?,
            "enabled_events": types(params)?, "livemode": self.livemode(),
            "metadata": params.metadata()?, "status": "enabled", "url": url,
        });
        Ok(self.add(row))
    }
}

pub(super) fn list(till: &mut Till<'_>, params: &Params<'_>) -> Answer {
    let rows: Vec<&Value> = till.books().of_kind("webhook_endpoint").collect();
    listing::page(&rows, params, "/v1/webhook_endpoints")
}

pub(super) fn update(till: &mut Till<'_>, id: &str, params: &Params<'_>) -> Answer {
    let mut row = till.get("webhook_endpoint", id)?;
    if let Some(url) = params.text("url")? {
        row["url"] = json!(checked_url(url)?);
    }
    if let Some(types) = types(params)? {
        row["enabled_events"] = json!(types);
    }
    if let Some(disabled) = params.flag("disabled")? {
        row["status"] = json!(if disabled { "disabled" } else { "enabled" });
    }
    if params.raw("metadata").is_some() {
        row["metadata"] = params.metadata()?;
    }
    if let Some(endpoint) = till.world.endpoints.iter_mut().find(|endpoint| endpoint.id == id) {
        endpoint.url = row["url"].as_str().unwrap_or_default().to_owned();
        endpoint.enabled = row["status"] == "enabled";
        endpoint.enabled_events =
            types(params)?.unwrap_or(std::mem::take(&mut endpoint.enabled_events));
    }
    Ok(till.change(id, row))
}

pub(super) fn delete(till: &mut Till<'_>, id: &str) -> Answer {
    till.get("webhook_endpoint", id)?;
    till.world.endpoints.retain(|endpoint| endpoint.id != id);
    Ok(till.books().delete(id).unwrap_or_default())
}

fn types(params: &Params<'_>) -> Result<Option<Vec<String>>, Refusal> {
    let types: Vec<String> =
        params.texts("enabled_events").into_iter().map(str::to_owned).collect();
    let odd = types.iter().find(|name| *name != "*" && !name.contains('.'));
    match odd {
        Some(name) => {
            let message = format!("Invalid enabled_events: {name} is no event type");
            Err(Refusal::param("enabled_events", message))
        }
        None => Ok((!types.is_empty()).then_some(types)),
    }
}

/// Stripe wants https in live mode. Here all is on one machine, where there is none.
fn checked_url(url: &str) -> Result<String, Refusal> {
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(Refusal::param(
            "url",
            "Invalid URL: An explicit scheme (such as https) must be provided.",
        )
        .code("url_invalid"));
    }
    Ok(url.to_owned())
}
