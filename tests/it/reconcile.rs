//! What no webhook brought is fetched from Stripe, by the gateway itself.

mod jobs;
mod polling;

use std::{fs, sync::Arc};

use serde_json::{Value, json};

use crate::support::{FakeStripe, Gateway, RedisServer, Setup, free_port, unix_now, wait_for};

/// A fake Stripe that is called with a key of live mode: what it sells counts.
fn stripe() -> FakeStripe {
    let mut fake = FakeStripe::start();
    fake.key = "rk_live_0123456789abcdefghij".into();
    fake
}

/// How a gateway is started that polls this Stripe.
fn polling(fake: &FakeStripe) -> Setup {
    let mut setup = fake.setup();
    setup.env.push(("TILLBELL__STRIPE__POLL".into(), "true".into()));
    setup
}

/// Somebody buys for 25.99 EUR.
fn sell(fake: &FakeStripe, account: Option<&str>) {
    let session = fake.open_session(account, &[]);
    fake.pay(&session);
}

/// The alerts of a streamer, newest first.
fn alerts(gateway: &Gateway, streamer: &str) -> Vec<Value> {
    let path = format!("/api/v1/streamers/{streamer}/alerts?limit=1000");
    gateway.get(&path).json()["data"].as_array().unwrap().clone()
}

/// Waits until a streamer has so many alerts.
#[track_caller]
fn wait_for_alerts(gateway: &Gateway, streamer: &str, count: usize) {
    wait_for("all alerts", || (alerts(gateway, streamer).len() >= count).then_some(()));
    assert_eq!(alerts(gateway, streamer).len(), count);
}

/// Waits until the gateway's list of checks is not what it was; what the last one found.
fn checked_after(gateway: &Gateway, before: &Value) -> Value {
    wait_for("a check", || {
        let last = gateway.get("/api/v1/status").json()["last_check"].clone();
        (last.is_object() && last["at"] != before["at"]).then_some(last)
    })
}

/// Waits until Stripe's second is another: what is sold then was not sold before.
fn next_second() {
    later(1);
}

/// Waits until so many of Stripe's seconds have passed.
fn later(seconds: i64) {
    let now = unix_now();
    wait_for("time to pass", || (unix_now() >= now + seconds).then_some(()));
}

/// Stops a gateway, and what it left to be started again.
fn stopped(mut gateway: Gateway) -> Setup {
    gateway.stop();
    let _gone = fs::remove_file(gateway.data.path().join("address"));
    Setup { data: Some(Arc::clone(&gateway.data)), ..Setup::default() }
}

#[test]
fn sales_made_while_the_gateway_was_down_are_there_when_it_is_back() {
    let fake = stripe();
    sell(&fake, None);
    next_second();
    let gateway = Gateway::start_with(fake.setup());
    let first = checked_after(&gateway, &Value::Null);
    assert_eq!(first["new_ever"], 0, "what was sold before the first start is old");
    gateway.admin("PATCH", "/api/v1/streamers/me", Some(&json!({ "late_after": "10s" })));
    let left = stopped(gateway);
    for _ in 0..3 {
        sell(&fake, None);
    }
    later(12);
    for _ in 0..2 {
        sell(&fake, None);
    }
    let gateway = Gateway::start_with(Setup { data: left.data, ..fake.setup() });
    wait_for_alerts(&gateway, "me", 5);
    let check = checked_after(&gateway, &first);
    assert_eq!(check["new"], 15, "a sale is three events: {check}");
    let all = alerts(&gateway, "me");
    let late = all.iter().filter(|alert| alert["reason"] == "too_late").count();
    assert_eq!(late, 3, "{all:?}");
    // In the order in which they were made: those too late for the screen are the older ones.
    assert!(all[..2].iter().all(|alert| alert["state"] == "queued"), "{all:?}");
    let metrics = gateway.get("/metrics").text;
    assert!(metrics.contains("tillbell_events_missing_total 15"), "{metrics}");
    assert!(!metrics.contains("tillbell_checked_timestamp_seconds 0\n"), "{metrics}");

    // The next one finds all of it again, and nothing new.
    let left = stopped(gateway);
    let gateway = Gateway::start_with(Setup { data: left.data, ..fake.setup() });
    let again = checked_after(&gateway, &check);
    assert_eq!(
        (&again["events"], &again["new"], &again["new_ever"]),
        (&json!(15), &json!(0), &json!(15))
    );
    wait_for_alerts(&gateway, "me", 5);
}

#[test]
fn a_first_start_without_stripe_is_where_the_first_check_begins() {
    let fake = stripe();
    let revoked = |revoked: bool| {
        fake.control("keys", &json!({ "key": fake.key, "revoked": revoked }));
    };
    revoked(true);
    let gateway = Gateway::start_with(fake.setup());
    wait_for("a check in vain", || gateway.log().contains("cannot be fetched").then_some(()));
    let left = stopped(gateway);
    revoked(false);
    sell(&fake, None);
    next_second();
    let gateway = Gateway::start_with(Setup { data: left.data, ..fake.setup() });
    wait_for_alerts(&gateway, "me", 1);
}

#[test]
fn what_webhook_and_list_both_bring_is_one_alert() {
    // Test mode: in live mode Stripe delivers to https only.
    let fake = FakeStripe::start();
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}/webhooks/stripe");
    let form = [("url", url.as_str()), ("enabled_events[]", "*")];
    let secret = fake.post(None, "webhook_endpoints", &form)["secret"].clone();
    fake.control("faults", &json!({ "deliveries": { "duplicate": true, "reorder_ms": 3000 } }));
    let mut setup = polling(&fake);
    setup.port = Some(port);
    setup.env.push(("STRIPE_WEBHOOK_SECRET".into(), secret.as_str().unwrap().into()));
    let gateway = Gateway::start_with(setup);
    for _ in 0..20 {
        sell(&fake, None);
    }
    wait_for_alerts(&gateway, "me", 20);
    let count = |status: &Value, name: &str| status["webhooks"][name].as_u64().unwrap();
    let status = wait_for("all deliveries", || {
        let status = gateway.get("/api/v1/status").json();
        let both = count(&status, "accepted") + count(&status, "duplicate");
        (both == 2 * 3 * 20 && status["unsettled"] == 0).then_some(status)
    });
    assert!(count(&status, "accepted") < 60, "the list was never first: {status}");
    assert_eq!((alerts(&gateway, "me").len(), &status["dead_letters"]), (20, &json!(0)));
}

#[test]
fn an_account_that_is_gone_keeps_no_other_from_being_checked() {
    let fake = stripe();
    let account = |fake: &FakeStripe| {
        fake.post(None, "accounts", &[("type", "standard")])["id"].as_str().unwrap().to_owned()
    };
    let mikas = account(&fake);
    sell(&fake, Some(&mikas));
    next_second();
    let gateway = Gateway::start_with(polling(&fake));
    gateway.add_streamer("mika");
    for id in ["acct_0gone", &mikas, "acct_zgone"] {
        let path = "/api/v1/streamers/mika/accounts";
        assert_eq!(gateway.post(path, &json!({ "id": id })).status, 201);
    }
    sell(&fake, Some(&mikas));
    sell(&fake, None);
    wait_for_alerts(&gateway, "mika", 1);
    wait_for_alerts(&gateway, "me", 1);
    wait_for("what was bought", || {
        (alerts(&gateway, "mika")[0]["items"][0]["name"] == "Hoodie").then_some(())
    });
    let said = |id: &str| gateway.log().lines().filter(|line| line.contains(id)).count();
    assert_eq!((said("acct_0gone"), said("acct_zgone")), (1, 1), "{}", gateway.log());
}

/// How many events a node has fetched.
fn fetched(gateway: &Gateway) -> u64 {
    let metrics = gateway.get("/metrics").text;
    let line = metrics.lines().find(|line| line.starts_with("tillbell_events_fetched_total"));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap()
}

#[test]
fn one_node_fetches_for_all_and_another_when_it_dies() {
    let fake = stripe();
    let redis = RedisServer::start();
    let setup = Setup { redis: Some(redis.url()), ..polling(&fake) };
    let mut nodes = [(), ()].map(|()| Gateway::start_with(setup.clone()));
    sell(&fake, None);
    wait_for_alerts(&nodes[0], "me", 1);
    if fetched(&nodes[0]) == 0 {
        nodes.swap(0, 1);
    }
    let [mut fetches, rests] = nodes;
    assert_eq!((fetched(&fetches) > 0, fetched(&rests)), (true, 0));
    // A job dies with its node, too, and goes on at the other.
    fake.control("faults", &json!({ "api": { "fault": "hang", "count": 2, "path": "events" } }));
    let job = fetches.post("/api/v1/reconcile", &json!({ "since": "1h" })).json();
    fetches.kill();
    sell(&fake, None);
    wait_for_alerts(&rests, "me", 2);
    let path = format!("/api/v1/jobs/{}", job["id"].as_str().unwrap());
    let job = wait_for("the job's end", || {
        let job = rests.get(&path).json();
        (job["state"] == "done").then_some(job)
    });
    assert!(job["events"].as_u64() >= Some(3), "{job}");
}
