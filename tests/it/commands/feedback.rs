//! `test-alert`: what it prints as it happens, and its four ways to end.

use serde_json::{Value, json};

use super::{Ended, command, run};
use crate::support::{Gateway, Page, wait_for};

/// The command while a page answers.
fn watched(gateway: &Gateway, line: &str, draw: impl FnOnce(&mut Page)) -> Ended {
    let mut page = gateway.page();
    let mut command = command(gateway, line);
    std::thread::scope(|scope| {
        let ended = scope.spawn(move || Ended::of(command.output().unwrap()));
        draw(&mut page);
        ended.join().unwrap()
    })
}

fn show(page: &mut Page) {
    let play = page.expect("play");
    page.show(&play);
}

#[test]
fn a_shown_alert_is_told_stage_by_stage() {
    let gateway = Gateway::start();
    let out = watched(&gateway, "test-alert", show).done();
    let stages: Vec<&str> =
        out.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(stages, ["accepted", "queued", "playing", "shown"], "{out}");
    assert!(out.lines().all(|line| line.contains(" ms")), "{out}");
    assert!(out.contains("on 1 connection"), "{out}");
}

#[test]
fn the_same_as_one_json_value() {
    let gateway = Gateway::start();
    let told = watched(&gateway, "test-alert me --json", show).json();
    assert_eq!(told["state"], "shown");
    let stages: Vec<&Value> =
        told["stages"].as_array().unwrap().iter().map(|stage| &stage["stage"]).collect();
    assert_eq!(stages, ["accepted", "queued", "playing", "shown"]);
    let alert = told["alert_id"].as_str().unwrap();
    let kept = gateway.get(&format!("/api/v1/streamers/me/alerts/{alert}")).json();
    assert_eq!((&kept["state"], &kept["test"]), (&json!("shown"), &json!(true)));
}

#[test]
fn what_was_asked_for_is_on_the_page() {
    let gateway = Gateway::start();
    let line = "test-alert --amount 12.50 --currency eur --name ann --message hi --item Mug";
    let mut seen = Value::Null;
    watched(&gateway, line, |page| {
        let play = page.expect("play");
        seen = play["alert"].clone();
        page.show(&play);
    })
    .done();
    assert_eq!(seen["amount"]["text"], "€12.50");
    assert_eq!((&seen["buyer"]["name"], &seen["message"]["text"]), (&json!("ann"), &json!("hi")));
    assert_eq!((&seen["items"][0]["name"], &seen["test"]), (&json!("Mug"), &json!(true)));
}

#[test]
fn an_alert_that_is_not_shown_says_why() {
    let gateway = Gateway::start();
    let ended = watched(&gateway, "test-alert", |page| {
        let play = page.expect("play");
        let skipped = gateway.post("/api/v1/streamers/me/queue/skip", &json!({}));
        assert_eq!(skipped.json()["id"], play["alert"]["id"]);
    });
    assert!(ended.out.contains("skipped"), "{ended:?}");
    assert!(ended.failed(1).contains("tillbell why al_"));
}

#[test]
fn nobody_connected_is_3_and_the_alert_is_made_all_the_same() {
    let gateway = Gateway::start();
    for line in ["test-alert", "test-alert --no-wait"] {
        let ended = run(&gateway, line);
        assert!(ended.out.contains("accepted"), "{ended:?}");
        assert!(ended.failed(3).contains("tillbell overlay url"));
    }
    wait_for("both alerts", || {
        let alerts = gateway.get("/api/v1/streamers/me/alerts").json();
        (alerts["data"].as_array().unwrap().len() == 2).then_some(())
    });
    // A preview is nobody.
    let key = gateway.overlay_key("me", "main");
    let _preview = Page::hello(&gateway, &key, json!({ "mode": "preview" }));
    run(&gateway, "test-alert").failed(3);
    let _page = gateway.page();
    run(&gateway, "test-alert --no-wait").done();
}

#[test]
fn amounts_that_cannot_be_are_2_and_nothing_is_made() {
    let gateway = Gateway::start();
    for amount in ["25.001", "0.5 --currency jpy", "-1", "0", "lots", "1e3", "99999999999999999999"]
    {
        let line = format!("test-alert --amount={amount}");
        let ended = run(&gateway, &line);
        assert_eq!(ended.code, 2, "{line}: {ended:?}");
    }
    assert_eq!(run(&gateway, "test-alert --currency euros").code, 2);
    assert_eq!(gateway.get("/api/v1/streamers/me/alerts").json()["data"], json!([]));
}
