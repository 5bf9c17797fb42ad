//! An embedded gateway that moves to Redis: all that people hold of it goes on working, and a move
//! that cannot be whole is none.

mod refused;
mod same;

use std::{path::Path, process::Stdio, sync::Arc};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Answer, Gateway, Page, RedisServer, Setup, checkout, tillbell, wait_for};

const SECRET: &str = "whsec_of_the_moved";
const WEBHOOK: &str = "/webhooks/stripe/me";
const LOG: &str = "/api/v1/streamers/me/log";

/// How a command ended: its code, and what it printed to stdout and stderr.
fn run(command: &mut std::process::Command) -> (i32, String, String) {
    let ended = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (ended.status.code().unwrap(), text(ended.stdout), text(ended.stderr))
}

/// Runs `tillbell migrate`.
fn migrate(from: &Path, to: &str) -> (i32, String, String) {
    run(tillbell().arg("migrate").arg("--from").arg(from).args(["--to", to, "--json"]))
}

/// Moves a gateway; how many records went, by kind.
#[track_caller]
fn moved(from: &Path, to: &str) -> Value {
    let (code, out, err) = migrate(from, to);
    assert_eq!((code, &*err, out.lines().count()), (0, "", 1), "{out}");
    serde_json::from_str::<Value>(&out).unwrap()["carried"].take()
}

fn deliver(gateway: &Gateway, n: u32) -> Value {
    gateway.deliver(WEBHOOK, checkout(n).to_string().as_bytes(), SECRET).json()
}

/// A gateway with a sale that was shown, one that waits, and an event that is nobody's; what people
/// hold of it, and where somebody had read its log to.
struct Past {
    data: Arc<TempDir>,
    token: String,
    overlay: String,
    side: String,
    viewer: String,
    position: String,
}

impl Past {
    fn live() -> (Self, Gateway) {
        let gateway = Gateway::with_secret(SECRET);
        gateway.add_streamer("mika");
        let side = gateway.add_overlay("me", "side", "goal");
        let key = gateway.post("/api/v1/streamers/me/keys", &json!({ "role": "viewer" }));
        let mut page = gateway.page();
        deliver(&gateway, 1);
        let play = page.expect("play");
        page.show(&play);
        let past = Self {
            data: Arc::clone(&gateway.data),
            token: gateway.admin_token(),
            overlay: gateway.overlay_key("me", "main"),
            side,
            viewer: key.json()["key"].as_str().unwrap().to_owned(),
            position: gateway.get(LOG).json()["head"].as_str().unwrap().to_owned(),
        };
        gateway.operate("pause");
        deliver(&gateway, 2);
        gateway.wait_for_length(1);
        gateway.post("/api/v1/secrets", &json!({ "secret": SECRET }));
        let nobodys = checkout(3).to_string().replacen('{', r#"{"account":"acct_nobody","#, 1);
        gateway.deliver("/webhooks/stripe", nobodys.as_bytes(), SECRET);
        wait_for("the dead letter", || {
            let letters = gateway.get("/api/v1/dead-letters").json();
            (letters["data"].as_array().unwrap().len() == 1).then_some(())
        });
        (past, gateway)
    }
}

/// What a gateway tells of itself; the same before and after.
fn told(gateway: &Gateway, past: &Past) -> Vec<Value> {
    let paths = [
        "/api/v1/streamers".into(),
        "/api/v1/streamers/me/keys".into(),
        "/api/v1/streamers/me/secrets".into(),
        "/api/v1/streamers/me/alerts".into(),
        "/api/v1/streamers/me/queue".into(),
        "/api/v1/dead-letters".into(),
        format!("{LOG}?after={}", past.position),
        format!("/api/v1/why/evt_{:024}", 1),
        format!("/api/v1/why/evt_{:024}", 2),
        format!("/api/v1/why/evt_{:024}", 3),
    ];
    let tell = |path: &String| {
        let answer = gateway.get(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        // The address is not the gateway's own.
        let port = format!(":{}/", gateway.port);
        serde_json::from_str(&answer.text.replace(&port, "/")).unwrap()
    };
    paths.iter().map(tell).collect()
}

#[test]
fn a_gateway_moves_with_all_that_people_hold_of_it() {
    let (past, mut gateway) = Past::live();
    let before = told(&gateway, &past);
    gateway.stop();
    let redis = RedisServer::start();
    let carried = moved(past.data.path(), &redis.url());
    for (kind, count) in [
        ("streamers", 2),
        ("overlays", 3),
        ("keys", 1),
        ("secrets", 2),
        ("dead_letters", 1),
        ("events", 3),
        ("alerts", 2),
        ("purchases", 2),
        ("totals", 1),
        ("buyers", 2),
    ] {
        assert_eq!(carried[kind], count, "{kind}: {carried}");
    }

    let node = Gateway::start_with(Setup { redis: Some(redis.url()), ..Setup::default() });
    assert_eq!(node.admin_token(), past.token);
    assert_eq!(told(&node, &past), before);
    assert_eq!(node.overlay_key("me", "side"), past.side);
    let bearer = format!("Bearer {}", past.viewer);
    let as_viewer = |path| node.request("GET", path, &[("authorization", &bearer)], ());
    assert_eq!(as_viewer("/api/v1/streamers/me/queue").status, 200);

    assert_eq!(deliver(&node, 1)["result"], "duplicate");
    let mut page = Page::welcomed(&node, &past.overlay);
    let head = node.get(LOG).json()["head"].as_str().unwrap().to_owned();
    node.operate("resume");
    let play = page.expect("play");
    assert_eq!(play["alert"]["created"], before[3]["data"][0]["created"], "what waited");
    page.show(&play);
    assert_eq!(deliver(&node, 4)["result"], "accepted");
    let play = page.expect("play");
    assert_eq!(play["alert"]["buyer"]["first_time"], true);
    page.show(&play);
    // The log goes on where it stood, in the same epoch.
    let answer: Answer = node.get(&format!("{LOG}?after={head}&limit=1"));
    let next = answer.json()["data"][0].clone();
    let (epoch, offset) = head.split_once(':').unwrap();
    assert_eq!(next["epoch"], epoch);
    assert_eq!(next["offset"], offset.parse::<u64>().unwrap() + 1);
}

#[test]
fn the_master_key_is_sealed_when_the_nodes_share_a_secret() {
    let mut gateway = Gateway::start();
    let (data, key) = (Arc::clone(&gateway.data), gateway.overlay_key("me", "main"));
    gateway.stop();
    let redis = RedisServer::start();
    let env = [
        ("TILLBELL__REDIS__URL".to_owned(), redis.url()),
        ("TILLBELL__REDIS__CLUSTER_SECRET".to_owned(), "a secret among nodes".replace(' ', "-")),
    ];
    let mut command = tillbell();
    command.arg("migrate").arg("--from").arg(data.path()).envs(env.clone());
    let (code, out, err) = run(&mut command);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert!(out.contains("tillbell serve --redis URL --data DIR"), "{out}");
    let stored: Vec<String> = redis.command(&["HVALS", "tb:gateway"]);
    let master = std::fs::read_to_string(data.path().join("master.key")).unwrap();
    let admin = std::fs::read_to_string(data.path().join("admin.token")).unwrap();
    for secret in [master.trim(), admin.trim()] {
        assert!(!stored.iter().any(|field| field.contains(secret)), "kept as it is");
    }
    let node = Gateway::start_with(Setup { env: env.into(), ..Setup::default() });
    assert_eq!(node.overlay_key("me", "main"), key);
}
