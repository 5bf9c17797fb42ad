//! What Stripe says of the key, the endpoints and the time; and when it last called.

use serde_json::Value;

use super::{Finding, Level, apart_from, finding};
use crate::cli::client::Client;
use crate::clock;
use crate::config::Config;
use crate::stripe::api_key::{ApiKey, Power};
use crate::stripe::wanted::WANTED;
use crate::stripe_api::{ApiError, Detail, Endpoint, Manner, StripeApi, Window};

const ABOUT: &str = "stripe";

/// Looks at Stripe with the configured key, and at what reaches a running gateway.
pub(super) fn findings(config: &Config, running: Option<&Client>) -> Vec<Finding> {
    let status = running.map(|client| client.get("/status"));
    // What was given to the gateway as a flag, a gateway alone knows.
    let told = status.as_ref().and_then(|status| status.as_ref().ok()?["public_url"].as_str());
    let here = config.server.public_url.as_deref().or(told);
    let mut findings = match &config.stripe.api_key {
        Some(key) => asked(config, key, here),
        None => {
            let text = "no API key: no store page, product names or reconciliation; \
                        make a restricted key at Stripe and set stripe.api_key";
            vec![finding(Level::Warning, ABOUT, text)]
        }
    };
    findings.extend(status.map(|status| match status {
        Ok(status) if config.stripe.poll => last_check(&status),
        Ok(status) => last_delivery(&status),
        Err(error) => finding(Level::Warning, "webhook", error.to_string()),
    }));
    findings
}

fn asked(config: &Config, key: &ApiKey, here: Option<&str>) -> Vec<Finding> {
    let mut findings = vec![power(key)];
    let api = StripeApi::new(key.clone(), &config.stripe.api_base);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (Ok(api), Ok(runtime)) = (api, runtime) else {
        findings.push(finding(Level::Fails, ABOUT, "stripe.api_base cannot be called"));
        return findings;
    };
    let lately = Window { from_s: clock::wall_now().as_millis() / 1000 - 60, to_s: None };
    runtime.block_on(async {
        let events = api.events(Manner::Waiting, None, &WANTED, lately, None).await;
        let gone = matches!(events, Err(ApiError::Unauthorized | ApiError::Unavailable));
        findings.push(permission("Events: Read", "reconciliation and polling", events.err()));
        if gone {
            return;
        }
        let prices = api.prices(Manner::Waiting, None).await;
        findings.push(permission("Prices: Read", "the catalogue on store pages", prices.err()));
        let session = "cs_test_none_of_this_id";
        let lines = api.line_items(Manner::Waiting, None, session, Detail::Lines).await.err();
        let lines = lines.filter(|error| *error != ApiError::NotFound);
        findings.push(permission("Checkout Sessions: Read", "product names", lines));
        // Ending one that is not there does nothing, and is refused only to those who may not.
        let ended = api.expire_session(None, session).await.err();
        let ended = ended.filter(|error| *error != ApiError::NotFound);
        findings.push(permission("Checkout Sessions: Write", "selling on the store page", ended));
        match api.endpoints().await {
            Ok(all) => findings.extend(endpoints(config, here, &all)),
            Err(error) => {
                findings.push(permission("Webhook Endpoints: Write", "stripe setup", Some(error)));
            }
        }
    });
    findings.extend(clock_of(&config.stripe.api_base));
    findings
}

fn power(key: &ApiKey) -> Finding {
    let mode = match key.livemode() {
        Some(true) => "live mode",
        Some(false) => "test mode: it sees no real sale",
        None => "mode unknown",
    };
    match key.power() {
        Power::Restricted => finding(Level::Ok, ABOUT, format!("a restricted key, {mode}")),
        Power::Everything => {
            let text = format!(
                "a secret key (sk_, {mode}) may do everything, payouts too; make a restricted one (rk_)"
            );
            finding(Level::Warning, ABOUT, text)
        }
        Power::Unknown => {
            finding(Level::Warning, ABOUT, format!("a key of an unknown kind, {mode}"))
        }
    }
}

fn permission(ticked: &str, needed_for: &str, error: Option<ApiError>) -> Finding {
    match error {
        None => finding(Level::Ok, ABOUT, format!("the key may: {ticked}")),
        Some(ApiError::Forbidden) => {
            let text = format!("the key lacks {ticked}, needed for {needed_for}");
            finding(Level::Warning, ABOUT, text)
        }
        Some(error) => finding(Level::Fails, ABOUT, error.to_string()),
    }
}

/// The endpoints that lead here, as far as the public address says.
fn endpoints(config: &Config, here: Option<&str>, all: &[Endpoint]) -> Vec<Finding> {
    let Some(here) = here else { return Vec::new() };
    let here = format!("{}/", here.trim_end_matches('/'));
    let ours: Vec<_> = all.iter().filter(|endpoint| endpoint.url.starts_with(&here)).collect();
    if ours.is_empty() && !config.stripe.poll {
        let text = "no webhook endpoint at Stripe leads to this gateway: tillbell stripe setup, or stripe.poll";
        return vec![finding(Level::Warning, ABOUT, text)];
    }
    ours.into_iter().map(endpoint).collect()
}

fn endpoint(endpoint: &Endpoint) -> Finding {
    let (id, url) = (&endpoint.id, &endpoint.url);
    let all = endpoint.enabled_events.iter().any(|kind| kind == "*");
    let missing = WANTED.iter().filter(|kind| !endpoint.enabled_events.iter().any(|e| e == *kind));
    let missing: Vec<_> = missing.copied().collect();
    if endpoint.status.as_deref() == Some("disabled") {
        let text = format!("{id} to {url} is disabled, so nothing is sent: tillbell stripe setup");
        return finding(Level::Fails, ABOUT, text);
    }
    if !all && !missing.is_empty() {
        let text = format!("{id} is not sent {}: tillbell stripe setup", missing.join(", "));
        return finding(Level::Warning, ABOUT, text);
    }
    let version = endpoint.api_version.as_deref().unwrap_or("the account's version");
    finding(Level::Ok, ABOUT, format!("{id} to {url} is enabled ({version})"))
}

/// How far this clock is from Stripe's, by the date of any answer.
fn clock_of(base: &str) -> Option<Finding> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(std::time::Duration::from_secs(5)))
        .http_status_as_error(false)
        .build()
        .into();
    let answer = agent.get(base).call().ok()?;
    let date = answer.headers().get("date")?.to_str().ok()?.to_owned();
    apart_from(&date, "Stripe's")
}

fn last_delivery(status: &Value) -> Finding {
    match (&status["last_webhook"]["at"], &status["last_webhook"]["result"]) {
        (Value::String(at), Value::String(result)) => {
            let good = ["accepted", "duplicate", "ignored"].contains(&result.as_str());
            let level = if good { Level::Ok } else { Level::Fails };
            finding(level, "webhook", format!("the last delivery was {result}, at {at}"))
        }
        _ => finding(Level::Warning, "webhook", "nothing was delivered since the gateway's start"),
    }
}

/// Of a gateway that asks instead of being told.
fn last_check(status: &Value) -> Finding {
    match status["last_check"]["at"].as_str() {
        Some(at) => finding(Level::Ok, "polling", format!("Stripe's list was last read at {at}")),
        None => finding(Level::Warning, "polling", "Stripe's list was not read yet"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_stripe(status: &str, events: &[&str]) -> Endpoint {
        Endpoint {
            id: "we_1".into(),
            url: "https://shop.example/webhooks/stripe/me".into(),
            status: Some(status.into()),
            enabled_events: events.iter().map(|kind| (*kind).to_owned()).collect(),
            api_version: None,
            secret: None,
            application: None,
            metadata: None,
        }
    }

    #[test]
    fn an_endpoint_that_is_off_or_lacks_events_is_said() {
        assert!(endpoint(&at_stripe("enabled", &WANTED)).level == Level::Ok);
        assert!(endpoint(&at_stripe("enabled", &["*"])).level == Level::Ok);
        assert!(endpoint(&at_stripe("disabled", &WANTED)).level == Level::Fails);
        let lacking = endpoint(&at_stripe("enabled", &WANTED[1..]));
        assert!(lacking.level == Level::Warning);
        assert!(lacking.text.contains("checkout.session.completed"), "{}", lacking.text);
    }

    #[test]
    fn a_key_that_may_do_everything_is_said() {
        let level = |key| power(&ApiKey::parse(key).unwrap()).level;
        assert!(level("rk_live_a") == Level::Ok);
        assert!(level("sk_live_a") == Level::Warning);
    }

    #[test]
    fn a_missing_permission_names_what_to_tick() {
        let lacking = permission("Events: Read", "polling", Some(ApiError::Forbidden));
        assert!(lacking.text.contains("Events: Read") && lacking.level == Level::Warning);
        assert!(permission("x", "y", Some(ApiError::Unauthorized)).level == Level::Fails);
    }
}
