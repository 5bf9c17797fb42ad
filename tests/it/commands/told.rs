//! Commands that tell what happened and how things stand: `why`, `tail`, `dead-letters`, `doctor`,
//! `config`, `explain-signature`.

use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use serde_json::{Value, json};

use super::{Ended, command, pipe, queued, run};
use crate::support::{Gateway, checkout, sign, sign_at, tillbell, unix_now, wait_for};

const SECRET: &str = "whsec_of_the_tests_1";

#[test]
fn why_tells_the_whole_story() {
    let gateway = Gateway::with_secret(SECRET);
    let mut page = gateway.page();
    gateway.deliver("/webhooks/stripe/me", checkout(1).to_string().as_bytes(), SECRET);
    let play = page.expect("play");
    page.show(&play);
    let alert = play["alert"]["id"].as_str().unwrap();
    let story = ["received", "verified", "stored", "queued", "sent", "started", "shown"];
    let of_the_story = |step: &&str| story.contains(step);
    for id in [alert, "evt_000000000000000000000001"] {
        let told = run(&gateway, &format!("why {id} --json")).json();
        let steps = told["steps"].as_array().unwrap().iter().map(|s| s["step"].as_str().unwrap());
        assert_eq!(steps.filter(of_the_story).collect::<Vec<_>>(), story, "{told}");
        assert_eq!((&told["alert"], &told["outcome"]), (&json!(alert), &json!("shown")));
        let text = run(&gateway, &format!("why {id}")).done();
        assert!(story.iter().all(|step| text.contains(step)) && text.contains(" ms"), "{text}");
    }
    assert!(run(&gateway, "why evt_never").failed(1).contains("event or alert"));
}

#[test]
fn tail_prints_one_object_a_line_from_a_position_on() {
    let gateway = Gateway::start();
    queued(&gateway, "me");
    let all = gateway.get("/api/v1/streamers/me/log").json();
    let first = &all["data"][0];
    let after = format!("{}:{}", first["epoch"].as_str().unwrap(), first["offset"]);
    let mut tail = command(&gateway, &format!("tail --after {after}"));
    let mut tail = tail.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(next(), all["data"][1]);
    run(&gateway, "queue pause");
    // News without an offset may come in between; the entry must come.
    let entry = std::iter::repeat_with(next).find(|e| e["event"]["type"] == "QueueChanged");
    assert_eq!(entry.unwrap()["data"]["paused"], true);
    tail.kill().unwrap();
    tail.wait().unwrap();
    run(&gateway, "tail --after nonsense").failed(2);
    run(&gateway, "tail nobody").failed(1);
}

#[test]
fn dead_letters_are_decided_by_a_person() {
    let gateway = Gateway::with_secret(SECRET);
    gateway.post("/api/v1/streamers", &json!({ "id": "mika" }));
    gateway.post("/api/v1/streamers/mika/secrets", &json!({ "secret": SECRET }));
    run(&gateway, "streamer remove mika").done();
    assert!(run(&gateway, "dead-letters list").done().contains("no dead letters"));
    for n in 1..=2 {
        let body = checkout(n).to_string();
        let answer = gateway.deliver("/webhooks/stripe/mika", body.as_bytes(), SECRET);
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let rows = wait_for("two dead letters", || {
        let rows = run(&gateway, "dead-letters list --json").rows();
        (rows.len() == 2).then_some(rows)
    });
    let [first, second] = [0, 1].map(|n: usize| rows[n]["id"].as_str().unwrap().to_owned());
    let shown = run(&gateway, &format!("dead-letters show {first} --json")).json();
    assert!(shown["body"].as_str().unwrap().contains("checkout.session.completed"));
    run(&gateway, &format!("dead-letters discard {first}")).done();
    run(&gateway, &format!("dead-letters show {first}")).failed(1);
    gateway.post("/api/v1/streamers", &json!({ "id": "mika" }));
    run(&gateway, &format!("dead-letters redrive {second}")).done();
    wait_for("the redriven sale", || {
        let alerts = run(&gateway, "alerts list --streamer mika --json").rows();
        (alerts.len() == 1).then_some(())
    });
    run(&gateway, "dead-letters show dl_nonsense").failed(1);
}

#[test]
fn doctor_looks_with_and_without_a_gateway() {
    let mut gateway = Gateway::with_secret(SECRET);
    let told = run(&gateway, "doctor --json");
    let told: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(told["gateway"], true, "{told}");
    assert!(run(&gateway, "doctor").out.contains("1 signing secret"));
    gateway.stop();
    let mut alone = command(&gateway, "doctor");
    // Its own port may be in use on the machine of the tests.
    alone.env("TILLBELL__SERVER__LISTEN", "127.0.0.1:0");
    let alone = Ended::of(alone.output().unwrap()).done();
    assert!(alone.contains("without"), "{alone}");
    let mut broken = command(&gateway, "doctor");
    broken.env("TILLBELL__SERVER__LISTEN", "nowhere");
    let broken = Ended::of(broken.output().unwrap());
    assert!(broken.out.contains("fails"), "{broken:?}");
    assert!(broken.failed(78).contains("server.listen"));
}

#[test]
fn config_masks_secrets_and_says_where_they_came_from() {
    let mut command = tillbell();
    command.args(["config", "--data", "/nowhere"]).envs([
        ("STRIPE_API_KEY", "sk_live_canary_0123456789"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_canary_0123456789"),
    ]);
    let said = Ended::of(command.output().unwrap()).done();
    assert!(!said.contains("canary") && said.contains("…6789"), "{said}");
    assert!(said.contains("STRIPE_API_KEY") && said.contains("STRIPE_WEBHOOK_SECRET"), "{said}");
}

#[test]
fn explain_signature_says_which_reason_it_is() {
    let home = tempfile::TempDir::new().unwrap();
    let file = home.path().join("body");
    let body = checkout(1).to_string();
    std::fs::write(&file, &body).unwrap();
    let explained = |header: &str, secret: &str| {
        let mut command = tillbell();
        command.args(["explain-signature", "--json", "--header", header, "--payload"]).arg(&file);
        let ended = pipe(command, secret);
        assert_eq!(ended.err, "", "{ended:?}");
        (ended.code, serde_json::from_str::<Value>(&ended.out).unwrap())
    };
    let good = sign(body.as_bytes(), SECRET);
    let (code, told) = explained(&good, SECRET);
    assert_eq!((code, &told["verifies"]), (0, &json!(true)));
    let old = sign_at(body.as_bytes(), SECRET, unix_now() - 4000);
    let newline = sign(format!("{body}\n").as_bytes(), SECRET);
    for (header, secret, part) in [
        (&*good, "whsec_canary", "secret"),
        (&good, "sk_live_0123", "API key"),
        (&good, "whsec_of the_tests", "white space"),
        (&old, SECRET, "old"),
        (&newline, SECRET, "newline"),
        (&good.replace("v1=", "v0="), SECRET, "v0"),
        ("", SECRET, "header"),
    ] {
        let (code, told) = explained(header, secret);
        let said = told["sentences"].to_string();
        assert_eq!((code, &told["verifies"]), (1, &json!(false)), "{said}");
        assert!(said.contains(part), "no {part:?} in {said}");
        assert!(!said.contains(SECRET) && !said.contains("whsec_canary"), "{said}");
    }
}
