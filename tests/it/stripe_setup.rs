//! Setting up at Stripe, as `tillbell stripe` and an invited streamer do it, against the fake.

use std::process::Output;

use serde_json::{Value, json};

use crate::support::{FakeStripe, Gateway, tillbell, wait_for};

fn run(gateway: &Gateway, line: &str) -> Output {
    tillbell().args(line.split(' ')).arg("--data").arg(gateway.data.path()).output().unwrap()
}

fn printed(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Waits for the one alert of a streamer.
fn the_alert(gateway: &Gateway, streamer: &str) -> Value {
    wait_for("an alert", || {
        let all = gateway.get(&format!("/api/v1/streamers/{streamer}/alerts")).json();
        all["data"].as_array().unwrap().first().cloned()
    })
}

#[test]
fn setup_makes_the_endpoint_keeps_its_secret_and_a_sale_rings() {
    let stripe = FakeStripe::start();
    let gateway = Gateway::start_with(stripe.setup());
    let made = printed(&run(&gateway, "stripe setup --json"));
    assert_eq!((&made["result"], &made["status"]), (&json!("new"), &json!("enabled")), "{made}");
    assert_eq!(made["url"], gateway.url("/webhooks/stripe/me"));
    assert_eq!(made["events"].as_array().unwrap().len(), tillbell::stripe::wanted::WANTED.len());
    assert!(!made.to_string().contains("whsec_"), "the secret stays here: {made}");
    // Again: the same endpoint, no second secret.
    let again = printed(&run(&gateway, "stripe setup --json"));
    assert_eq!((&again["result"], &again["id"]), (&json!("mended"), &made["id"]));
    let secrets = gateway.get("/api/v1/streamers/me/secrets").json();
    assert_eq!(secrets["data"].as_array().unwrap().len(), 1);

    stripe.pay(&stripe.open_session(None, &[]));
    let alert = the_alert(&gateway, "me");
    assert_eq!((&alert["amount"]["text"], &alert["test"]), (&json!("€25.99"), &json!(true)));
}

#[test]
fn with_several_streamers_setup_makes_no_endpoint_that_takes_all_sales_for_one() {
    let stripe = FakeStripe::start();
    let gateway = Gateway::start_with(stripe.setup());
    gateway.add_streamer("mika");
    let made = printed(&run(&gateway, "stripe setup --json"));
    assert_eq!(made["url"], gateway.url("/webhooks/stripe"));
    stripe.pay(&stripe.open_session(None, &[("metadata[streamer]", "mika")]));
    assert_eq!(the_alert(&gateway, "mika")["amount"]["minor"], 2599);
}

#[test]
fn an_endpoint_whose_secret_nobody_kept_is_said() {
    let stripe = FakeStripe::start();
    let gateway = Gateway::start_with(stripe.setup());
    let url = gateway.url("/webhooks/stripe/me");
    let form = [("url", &*url), ("enabled_events[0]", "invoice.paid")];
    stripe.post(None, "webhook_endpoints", &form);
    let said = run(&gateway, "stripe setup");
    assert_eq!(said.status.code(), Some(1), "{said:?}");
    assert!(String::from_utf8_lossy(&said.stderr).contains("tells its signing secret only once"));
}

#[test]
fn without_a_key_setup_says_which_one_is_needed() {
    let gateway = Gateway::start();
    for line in ["stripe setup", "stripe invite"] {
        let said = run(&gateway, line);
        assert_eq!(said.status.code(), Some(1), "{said:?}");
        assert!(String::from_utf8_lossy(&said.stderr).contains("stripe.api_key"), "{said:?}");
    }
}

#[test]
fn an_invited_streamer_connects_an_account_and_its_sales_are_theirs() {
    let stripe = FakeStripe::start();
    let gateway = Gateway::start_with(stripe.setup());
    gateway.add_streamer("mika");
    printed(&run(&gateway, "stripe setup --gateway --connect --json"));
    let link = printed(&run(&gateway, "stripe invite mika --json"))["link"].clone();
    let code = link.as_str().unwrap().split_once("#c=").unwrap().1.to_owned();
    let connect = |code: &str| {
        let body = json!({ "code": code }).to_string();
        gateway.request("POST", "/connect", &[("content-type", "application/json")], body)
    };
    assert_eq!(connect("of_nobody").code(), "code_invalid");
    let first = connect(&code).json();
    assert_eq!((&first["streamer"], &first["ready"]), (&json!("mika"), &json!(false)), "{first}");
    stripe.press(first["url"].as_str().unwrap());
    let second = connect(&code).json();
    assert_eq!((&second["ready"], &second["url"]), (&json!(true), &Value::Null), "{second}");
    let accounts = gateway.get("/api/v1/streamers/mika/accounts").json();
    let account = accounts["data"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(accounts["data"].as_array().unwrap().len(), 1, "one account, however often asked");

    stripe.pay(&stripe.open_session(Some(&account), &[]));
    assert_eq!(the_alert(&gateway, "mika")["amount"]["minor"], 2599);
}

#[test]
fn one_address_has_an_endpoint_for_own_and_one_for_connected_accounts() {
    let stripe = FakeStripe::start();
    let gateway = Gateway::start_with(stripe.setup());
    let set_up = |line: &str| printed(&run(&gateway, line));
    let own = set_up("stripe setup --gateway --json");
    let connected = set_up("stripe setup --gateway --connect --json");
    assert_eq!((&connected["result"], &connected["url"]), (&json!("new"), &own["url"]));
    for (line, made) in [("--gateway", own), ("--gateway --connect", connected)] {
        let again = set_up(&format!("stripe setup {line} --json"));
        assert_eq!((&again["result"], &again["id"]), (&json!("mended"), &made["id"]), "{line}");
    }
}

#[test]
fn an_invitation_opened_twice_at_once_makes_one_account() {
    let stripe = FakeStripe::start();
    let gateway = Gateway::start_with(stripe.setup());
    let link = printed(&run(&gateway, "stripe invite --json"))["link"].clone();
    let code = link.as_str().unwrap().split_once("#c=").unwrap().1.to_owned();
    let body = json!({ "code": code }).to_string();
    let json = [("content-type", "application/json")];
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| gateway.request("POST", "/connect", &json, body.clone()));
        }
    });
    let accounts = gateway.get("/api/v1/streamers/me/accounts").json();
    assert_eq!(accounts["data"].as_array().unwrap().len(), 1, "{accounts}");
    assert_eq!(gateway.request("POST", "/connect", &[], "{}").code(), "not_json");
}

#[test]
fn doctor_says_what_the_key_and_the_endpoint_lack() {
    let stripe = FakeStripe::start();
    let gateway = Gateway::start_with(stripe.setup());
    printed(&run(&gateway, "stripe setup --json"));
    let doctor = |key: &str| {
        let out = tillbell()
            .args(["doctor", "--data"])
            .arg(gateway.data.path())
            .env("STRIPE_API_KEY", key)
            .env("TILLBELL__STRIPE__API_BASE", &stripe.url)
            .output()
            .unwrap();
        String::from_utf8(out.stdout).unwrap()
    };
    let all = doctor(&stripe.key);
    assert!(all.contains("may do everything, payouts too"), "{all}");
    assert!(all.contains("the key may: Events: Read"), "{all}");
    assert!(all.contains("the key may: Checkout Sessions: Write"), "{all}");
    assert!(all.contains("is enabled"), "{all}");
    assert!(all.contains("agrees with Stripe's"), "{all}");
    let endpoint = stripe.get("webhook_endpoints")["data"][0]["id"].as_str().unwrap().to_owned();
    stripe.post(None, &format!("webhook_endpoints/{endpoint}"), &[("disabled", "true")]);
    assert!(doctor(&stripe.key).contains("is disabled"), "{}", doctor(&stripe.key));
    let read_only = json!({ "key": stripe.key, "permissions": ["checkout_session_read"] });
    stripe.control("keys", &read_only);
    let said = doctor(&stripe.key);
    assert!(said.contains("may: Checkout Sessions: Read"), "{said}");
    assert!(said.contains("lacks Checkout Sessions: Write"), "{said}");
    stripe.control("keys", &json!({ "key": stripe.key, "revoked": true }));
    let revoked = doctor(&stripe.key);
    assert!(revoked.contains("does not accept the API key"), "{revoked}");
    assert!(!revoked.contains(&stripe.key), "{revoked}");
}
