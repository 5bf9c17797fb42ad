//! Poll mode: no webhook, no public address, the same alerts.

use serde_json::json;

use super::{alerts, polling, sell, stripe, wait_for_alerts};
use crate::support::{FakeStripe, Gateway, refused_at_last, tillbell, wait_for};

/// The next calls for events go wrong in this way.
fn fail(fake: &FakeStripe, fault: &str, count: u32) {
    let api = json!({ "fault": fault, "count": count, "path": "events" });
    fake.control("faults", &json!({ "api": api }));
}

#[test]
fn a_sale_reaches_the_screen_without_any_webhook() {
    let fake = stripe();
    let gateway = Gateway::start_with(polling(&fake));
    let mut page = gateway.page();
    for n in 1..=2 {
        sell(&fake, None);
        let play = page.expect("play");
        page.show(&play);
        wait_for_alerts(&gateway, "me", n);
    }
    let status = gateway.get("/api/v1/status").json();
    assert_eq!(status["webhooks"]["accepted"], 0);
    let alert = alerts(&gateway, "me")[0]["id"].as_str().unwrap().to_owned();
    let why = gateway.get(&format!("/api/v1/why/{alert}")).json();
    assert_eq!(why["steps"][0]["detail"], "fetched from Stripe's list");
    // What it has seen it does not fetch a second time after a crash.
    let gateway = gateway.kill_and_restart();
    sell(&fake, None);
    wait_for_alerts(&gateway, "me", 3);
}

#[test]
fn trouble_at_stripe_is_said_once_and_passes() {
    let fake = stripe();
    let gateway = Gateway::start_with(polling(&fake));
    sell(&fake, None);
    wait_for_alerts(&gateway, "me", 1);
    let said = |text: &str| gateway.log().lines().filter(|line| line.contains(text)).count();
    let mut sold = 1;
    // A call is tried three times where that may help: the first fails at least twice.
    for (fault, count, sentence) in [
        ("500", 6, "Stripe cannot be reached"),
        ("429", 3, "too many calls to Stripe"),
        ("garbage", 1, "Stripe's answer could not be read"),
    ] {
        let passed = said("can be fetched from Stripe again");
        fail(&fake, fault, count);
        wait_for("the log to say so", || (said(sentence) > 0).then_some(()));
        sell(&fake, None);
        sold += 1;
        wait_for_alerts(&gateway, "me", sold);
        let again = || (said("can be fetched from Stripe again") > passed).then_some(());
        wait_for("the log to say that it passed", again);
        assert_eq!(said(sentence), 1, "{fault}: {}", gateway.log());
        assert_eq!(gateway.get("/readyz").status, 200);
    }
}

#[test]
fn a_revoked_key_is_named_once_and_asked_about_ever_less_often() {
    let fake = stripe();
    let gateway = Gateway::start_with(polling(&fake));
    sell(&fake, None);
    wait_for_alerts(&gateway, "me", 1);
    fake.control("keys", &json!({ "key": fake.key, "revoked": true }));
    let sentence = "Stripe does not accept the API key: check stripe.api_key";
    let said = || gateway.log().lines().filter(|line| line.contains(sentence)).count();
    wait_for("the log to say so", || (said() > 0).then_some(()));
    let job = gateway.post("/api/v1/reconcile", &json!({ "since": "1h" })).json();
    let path = format!("/api/v1/jobs/{}", job["id"].as_str().unwrap());
    let failed = wait_for("the job to fail", || {
        let job = gateway.get(&path).json();
        (job["state"] == "failed").then_some(job)
    });
    assert_eq!(failed["error"], sentence);
    fake.control("keys", &json!({ "key": fake.key, "revoked": false }));
    sell(&fake, None);
    wait_for_alerts(&gateway, "me", 2);
    let named = gateway.log().lines().filter(|line| line.contains(sentence)).count();
    assert_eq!(named, 2, "once by the poll, once by the job: {}", gateway.log());
    assert!(!gateway.log().contains(&fake.key), "the key is in the log");
}

#[test]
fn polling_without_a_key_is_no_configuration() {
    let data = tempfile::TempDir::new().unwrap();
    let mut command = tillbell();
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data.path());
    let said = refused_at_last(command.env("TILLBELL__STRIPE__POLL", "true"), 78);
    assert!(said.contains("stripe.api_key is not set"), "{said}");
}
