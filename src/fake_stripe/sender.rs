//! Sends deliveries, and tries again those that fail.

use std::{net::IpAddr, sync::Arc, time::Duration};

use tokio::{task::JoinSet, time};

use super::{Shared, deliveries::Attempt};
use crate::clock::wall_now;

/// Most deliveries under way.
const AT_ONCE: usize = 8;
/// How long an endpoint may take; the Stripe CLI's own limit.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How often it looks for what is due by itself: sessions that expire.
const LOOK: Duration = Duration::from_millis(500);

/// Sends what is due, for ever.
pub(super) async fn send_for_ever(shared: Arc<Shared>) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(TIMEOUT))
        .user_agent("Stripe/1.0 (+https://stripe.com/docs/webhooks)")
        // Nothing but loopback is sent to, which no proxy reaches.
        .proxy(None)
        .build()
        .into();
    let mut under_way = JoinSet::new();
    loop {
        let (attempts, wait) = {
            let mut world = shared.world();
            let now_ms = world.now_ms;
            let attempts = world.deliveries.take_due(now_ms, AT_ONCE - under_way.len());
            let wait = world.deliveries.next_due_ms().map_or(LOOK, |at| {
                Duration::from_millis(u64::try_from(at - now_ms).unwrap_or_default()).min(LOOK)
            });
            (attempts, wait)
        };
        for attempt in attempts {
            let (shared, agent) = (Arc::clone(&shared), agent.clone());
            under_way.spawn_blocking(move || send(&shared, &agent, &attempt));
        }
        if under_way.len() >= AT_ONCE {
            under_way.join_next().await;
            continue;
        }
        tokio::select! {
            () = shared.news.notified() => {}
            () = time::sleep(wait.max(Duration::from_millis(1))) => {}
            Some(_ended) = under_way.join_next() => {}
        }
    }
}

fn send(shared: &Shared, agent: &ureq::Agent, attempt: &Attempt) {
    // Signed anew for each attempt, with the time it is really made at.
    let now_s = wall_now().as_millis() / 1000;
    let to = {
        let world = shared.world();
        let endpoint = world.endpoints.iter().find(|to| to.id == attempt.endpoint && to.enabled);
        endpoint.map(|to| (to.url.clone(), to.sign(&attempt.body, now_s)))
    };
    let outcome = match to {
        None => Err("the endpoint is deleted or disabled".to_owned()),
        Some((url, _)) if !is_loopback(&url) => {
            Err("not sent: the fake sends to this machine only".to_owned())
        }
        Some((url, signature)) => agent
            .post(&url)
            .header("content-type", "application/json; charset=utf-8")
            .header("accept", "*/*; q=0.5, application/xml")
            .header("cache-control", "no-cache")
            .header("stripe-signature", signature)
            .send(&attempt.body)
            .map(|answer| answer.status().as_u16())
            .map_err(|error| error.to_string()),
    };
    let mut world = shared.world();
    let now_ms = world.now_ms;
    world.deliveries.ended(attempt.delivery, outcome, now_ms);
    drop(world);
    shared.news.notify_one();
}

/// Whether an address is on this machine, so that no rehearsal reaches a stranger.
pub(super) fn is_loopback(url: &str) -> bool {
    let uri = url.parse::<axum::http::Uri>();
    uri.ok().and_then(|uri| uri.host().map(str::to_owned)).is_some_and(|host| {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    })
}
