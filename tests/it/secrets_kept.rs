//! Canaries in every place where something private goes in, and a look at all that comes out.

use std::fmt::Write as _;

use serde_json::json;

use crate::support::{Gateway, Page, Setup, checkout, wait_for};

const SECRET: &str = "whsec_canary_of_the_api";
const CONFIGURED: &str = "whsec_canary_of_the_configuration";
const STRIPE_KEY: &str = "sk_live_canary_of_the_configuration";
const WEBHOOK: &str = "/webhooks/stripe/me";

fn environment() -> Vec<(String, String)> {
    let pairs = [
        ("STRIPE_WEBHOOK_SECRET", CONFIGURED),
        ("STRIPE_API_KEY", STRIPE_KEY),
        ("TILLBELL__LOG__LEVEL", "trace"),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// A sale whose every private field is a canary.
fn sale(n: u32) -> String {
    let mut event = checkout(n);
    let object = &mut event["data"]["object"];
    object["customer_details"] = json!({
        "email": "canary.mail@example.test", "name": "Canary Legal", "phone": "+15550100",
        "address": { "line1": "Canary Street 1" },
    });
    object["customer_email"] = json!("canary.mail@example.test");
    object["custom_fields"][0]["text"]["value"] = json!("CanaryNick");
    object["custom_fields"][1]["text"]["value"] = json!("canary message");
    event.to_string()
}

/// Runs what a day may bring: a sale, a repeat, forgeries, bad keys, a dead letter, a removal.
fn a_day(gateway: &Gateway) {
    let added = gateway.post("/api/v1/streamers/me/secrets", &json!({ "secret": SECRET }));
    assert_eq!(added.status, 201);
    let mut page = gateway.page();
    for secret in [SECRET, SECRET, CONFIGURED, "whsec_canary_of_a_stranger"] {
        gateway.deliver(WEBHOOK, sale(1).as_bytes(), secret);
    }
    let play = page.expect("play");
    page.show(&play);
    let mut broken = sale(2);
    broken.truncate(broken.len() - 1);
    gateway.deliver(WEBHOOK, broken.as_bytes(), SECRET);
    gateway.deliver(WEBHOOK, sale(3).replace("\"paid\"", "[\"paid\"]").as_bytes(), SECRET);
    let other = sale(4).replacen('{', r#"{"account":"acct_nobody","#, 1);
    gateway.post("/api/v1/secrets", &json!({ "secret": SECRET }));
    gateway.deliver("/webhooks/stripe", other.as_bytes(), SECRET);
    wait_for("the dead letter", || {
        let letters = gateway.get("/api/v1/dead-letters").json();
        (!letters["data"].as_array().unwrap().is_empty()).then_some(())
    });
    let mut bad = Page::with_key(gateway, "ovk.canary_of_a_bad_key");
    bad.send(&json!({ "type": "hello", "client": "test", "version": "1", "mode": "live" }));
    assert_eq!(bad.close_code(), 4500);
    gateway.request(
        "GET",
        "/api/v1/status",
        &[("authorization", "Bearer tba.canary_of_a_guess")],
        (),
    );
    gateway.post("/api/v1/session", &json!({ "code": "canary_of_a_code" }));
    gateway
        .post("/api/v1/streamers/me/secrets", &json!({ "secret": "sk_live_canary_of_a_mistake" }));
}

/// Asserts that none of these is in the text.
#[track_caller]
fn assert_without(place: &str, text: &str, private: &[&str]) {
    for canary in private {
        let at = text.to_lowercase().find(&canary.to_lowercase());
        let line = at.map(|at| &text[text[..at].rfind('\n').map_or(0, |nl| nl + 1)..]);
        let line = line.and_then(|text| text.lines().next());
        assert!(line.is_none(), "{place} has {canary}: {}", line.unwrap_or_default());
    }
}

#[test]
fn the_log_and_the_figures_hold_nothing_private_even_at_their_loudest() {
    let mut gateway = Gateway::start_with(Setup { env: environment(), ..Setup::default() });
    let token = gateway.admin_token();
    let overlay = gateway.overlay_key("me", "main");
    a_day(&gateway);
    let metrics = gateway.get("/metrics").text;
    gateway.stop();
    let log = gateway.log();
    for said in ["sale became an alert", "refused a delivery", "dead letter", "overlay connected"] {
        assert!(log.contains(said), "the day is not in the log: {log}");
    }
    let master = std::fs::read_to_string(gateway.data.path().join("master.key")).unwrap();
    let private = [
        "canary",
        "whsec_",
        "sk_live",
        "example.test",
        "love the stream",
        &token,
        &overlay,
        master.trim(),
        "+15550100",
    ];
    assert_without("the log", &log, &private);
    assert_without("/metrics", &metrics, &private);
    assert!(metrics.contains("tillbell_"), "{metrics}");
}

#[test]
fn no_command_prints_a_secret_that_is_kept() {
    let gateway = Gateway::start_with(Setup { env: environment(), ..Setup::default() });
    a_day(&gateway);
    let token = gateway.admin_token();
    let mut said = String::new();
    for line in [
        "config",
        "config --json",
        "doctor",
        "secret list --json",
        "key list --json",
        "connections list --json",
        "alerts list --json",
        "queue show --json",
        "streamer show",
        "dead-letters list --json",
        "secret list --gateway",
    ] {
        let mut command = crate::support::tillbell();
        command.envs(environment()).args(line.split(' ')).arg("--data").arg(gateway.data.path());
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        write!(said, "{line}\n{}", String::from_utf8(text).unwrap()).unwrap();
    }
    assert!(said.contains("CanaryNick"), "the streamer may see who bought: {said}");
    let said = said.replace("CanaryNick", "").replace("canary message", "");
    assert_without("a command", &said, &["canary", "whsec_", "sk_live", &token, "ovk."]);
}

#[test]
fn nothing_private_leaves_through_the_keys_of_overlays_and_bots() {
    let gateway = Gateway::start_with(Setup { env: environment(), ..Setup::default() });
    let token = gateway.admin_token();
    let made = gateway.post("/api/v1/streamers/me/keys", &json!({ "role": "feed" })).json();
    let feed = format!("Bearer {}", made["key"].as_str().unwrap());
    let mut preview =
        Page::hello(&gateway, &gateway.overlay_key("me", "main"), json!({ "mode": "preview" }));
    a_day(&gateway);
    let mut seen = preview.welcome.to_string() + &preview.expect("play").to_string();
    for path in ["log", "queue", "alerts", "overlays", "secrets", "keys", "", "log?limit=0"] {
        let path = format!("/api/v1/streamers/me/{path}");
        let path = path.trim_end_matches('/');
        seen += &gateway.request("GET", path, &[("authorization", &feed)], ()).text;
    }
    for path in [
        "/api/v1/status",
        "/api/v1/dead-letters",
        "/metrics",
        "/api/v1/connections",
        "/api/v1/why/evt_000000000000000000000001",
    ] {
        seen += &gateway.request("GET", path, &[("authorization", &feed)], ()).text;
    }
    assert!(seen.contains("CanaryNick") && seen.contains("AlertShown"), "{seen}");
    let seen = seen.replace("CanaryNick", "").replace("canary message", "");
    let private = ["canary", "whsec_", "ovk.", "example.test", &token, "cs_live", "evt_", "cus_"];
    assert_without("what a feed key reads", &seen, &private);
}
