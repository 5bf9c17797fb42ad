//! Checks by command are jobs: asked for twice they are one, and a crash is a pause.

use serde_json::{Value, json};

use super::{next_second, sell, stripe, wait_for_alerts};
use crate::support::{Gateway, tillbell, wait_for};

fn ask(gateway: &Gateway, since: &str) -> (u16, Value) {
    let answer = gateway.post("/api/v1/reconcile", &json!({ "since": since }));
    (answer.status, answer.json())
}

fn shown(gateway: &Gateway, job: &Value) -> Value {
    gateway.get(&format!("/api/v1/jobs/{}", job["id"].as_str().unwrap())).json()
}

fn done(gateway: &Gateway, job: &Value) -> Value {
    wait_for("the job's end", || {
        let job = shown(gateway, job);
        assert_ne!(job["state"], "failed", "{job}");
        (job["state"] == "done").then_some(job)
    })
}

#[test]
fn the_same_request_is_one_job_and_finds_what_was_sold_before_the_first_start() {
    let fake = stripe();
    sell(&fake, None);
    next_second();
    let gateway = Gateway::start_with(fake.setup());
    // Stripe is slow, so that the job is still under way when it is asked for again.
    let api = json!({ "fault": "hang", "count": 1, "path": "events" });
    fake.control("faults", &json!({ "api": api }));
    let (status, job) = ask(&gateway, "3d");
    assert_eq!((status, &job["state"], &job["since"]), (202, &json!("running"), &json!("3d")));
    let (status, same) = ask(&gateway, "72h");
    assert_eq!((status, &same["id"]), (200, &job["id"]));
    let (status, other) = ask(&gateway, "2h");
    assert_eq!(status, 202);
    assert_ne!(other["id"], job["id"]);
    let ended = done(&gateway, &job);
    assert_eq!(
        (&ended["progress"], &ended["events"], &ended["new"]),
        (&json!(1.0), &json!(3), &json!(3))
    );
    assert!(ended["finished"].is_string() && ended["error"].is_null(), "{ended}");
    wait_for_alerts(&gateway, "me", 1);
    assert_eq!(done(&gateway, &other)["new"], 0);
    let (status, next) = ask(&gateway, "3d");
    assert_eq!(status, 202, "the first has ended");
    let listed = gateway.get("/api/v1/jobs").json();
    let ids: Vec<_> = listed["data"].as_array().unwrap().iter().map(|job| &job["id"]).collect();
    assert_eq!(ids, [&job["id"], &other["id"], &next["id"]]);
}

#[test]
fn many_jobs_of_before_keep_no_new_one_from_its_turn() {
    let fake = stripe();
    let gateway = Gateway::start_with(fake.setup());
    // More than are read in one step.
    let last = (1..=101).map(|n| ask(&gateway, &format!("{}m", 60 + n)).1).next_back().unwrap();
    assert_eq!(done(&gateway, &last)["since"], "161m");
}

#[test]
fn a_request_that_cannot_be_meant_is_no_job() {
    let gateway = Gateway::start();
    let refused = gateway.post("/api/v1/reconcile", &json!({ "since": "3d" }));
    assert_eq!((refused.status, &*refused.code()), (409, "stripe_not_configured"));
    let fake = stripe();
    let gateway = Gateway::start_with(fake.setup());
    for since in ["59m", "31d", "yesterday", ""] {
        let refused = gateway.post("/api/v1/reconcile", &json!({ "since": since }));
        assert_eq!((refused.status, &*refused.code()), (422, "since_invalid"), "{since}");
    }
    let misspelt = gateway.post("/api/v1/reconcile", &json!({ "sinse": "3d" }));
    assert_eq!(misspelt.status, 422);
    assert_eq!(gateway.get("/api/v1/jobs/job_1").status, 404);
    assert_eq!(gateway.get("/api/v1/jobs").json()["data"], json!([]));
}

#[test]
fn the_command_waits_and_says_what_was_found() {
    let fake = stripe();
    sell(&fake, None);
    next_second();
    let gateway = Gateway::start_with(fake.setup());
    let run = |args: &[&str]| {
        let mut command = tillbell();
        command.arg("reconcile").args(args).arg("--data").arg(gateway.data.path());
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, said, _) = run(&["--since", "1h"]);
    assert_eq!((code, &*said), (Some(0), "  checked the last 1h: 3 events, 3 of them new\n"));
    let (code, said, _) = run(&["--json"]);
    let job: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (code, &job["state"], &job["since"], &job["new"]),
        (Some(0), &json!("done"), &json!("3d"), &json!(0))
    );
    let (code, said, _) = run(&["--no-wait"]);
    assert!(code == Some(0) && said.starts_with("  job_"), "{said}");
    let (code, _, told) = run(&["--since", "1y"]);
    assert!(code == Some(2) && told.contains("from 1h to 30d"), "{told}");
    fake.control("keys", &json!({ "key": fake.key, "revoked": true }));
    let (code, _, told) = run(&["--since", "5h"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("check stripe.api_key") && told.contains("job_"), "{told}");
}

#[test]
fn a_job_over_a_thousand_events_goes_on_after_kill_9() {
    const SALES: usize = 350;
    let fake = stripe();
    // Of several seconds: what was sold in one is listed, and marked as done, at once.
    for _ in 0..5 {
        (0..SALES / 5).for_each(|_| sell(&fake, None));
        next_second();
    }
    let gateway = Gateway::start_with(fake.setup());
    let (status, job) = ask(&gateway, "30d");
    assert_eq!(status, 202);
    let cut_at = wait_for("some of it", || {
        let job = shown(&gateway, &job);
        assert_eq!(job["state"], "running", "it was over before it could be killed: {job}");
        (job["new"].as_u64() >= Some(100)).then(|| job["pages"].as_u64())
    });
    let gateway = gateway.kill_and_restart();
    let ended = done(&gateway, &job);
    assert!(ended["pages"].as_u64() > cut_at, "{ended}");
    // What was taken in between the last mark and the kill is fetched again, and is not new.
    assert!(ended["events"].as_u64().unwrap() >= 3 * SALES as u64, "{ended}");
    assert!(ended["new"].as_u64().unwrap() <= 3 * SALES as u64, "{ended}");
    wait_for_alerts(&gateway, "me", SALES);
    let (_, again) = ask(&gateway, "30d");
    let again = done(&gateway, &again);
    assert_eq!((&again["events"], &again["new"]), (&json!(3 * SALES), &json!(0)));
}
