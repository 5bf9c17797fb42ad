//! Copies, and going back to one as docs/OPERATIONS.md tells it.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::SECRET;
use crate::support::{Gateway, Page, RedisServer, Setup, checkout, refused, tillbell, wait_for};

fn backup(gateway: &Gateway, file: &Path) -> Command {
    let mut command = tillbell();
    command.arg("--data").arg(gateway.data.path()).arg("backup").arg(file);
    command
}

fn sell(gateway: &Gateway, sale: u32) -> Value {
    let body = checkout(sale).to_string();
    gateway.deliver("/webhooks/stripe", body.as_bytes(), SECRET).json()["result"].clone()
}

/// What stands in OPERATIONS.md between the gateway's stop and its start, for other places.
fn steps(data: &Path, file: &Path) -> String {
    let docs = include_str!("../../../docs/OPERATIONS.md");
    let (_, steps) = docs.split_once("sudo systemctl stop tillbell\n").unwrap();
    let (steps, _) = steps.split_once("sudo systemctl start tillbell\n").unwrap();
    let steps = steps.replace("/var/lib/tillbell", data.to_str().unwrap());
    steps.replace("/mnt/backup/tillbell.db", file.to_str().unwrap())
}

#[test]
fn a_copy_is_private_new_and_whole_or_not_there() {
    let gateway = Gateway::start();
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("copy.db");
    let made = backup(&gateway, &file).output().unwrap();
    let said = String::from_utf8(made.stdout).unwrap();
    assert!(made.status.success() && said.contains(" kB in "), "{said}");
    let metadata = fs::metadata(&file).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let before = fs::read(&file).unwrap();
    let said = refused(&mut backup(&gateway, &file), 1);
    assert!(said.contains("copy.db is there already"), "{said}");
    assert_eq!(fs::read(&file).unwrap(), before);
    let said = refused(&mut backup(&gateway, &dir.path().join("missing/copy.db")), 1);
    assert!(said.contains("missing/copy.db"), "{said}");

    let json = backup(&gateway, &dir.path().join("other.db")).arg("--json").output().unwrap();
    let told: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(told["bytes"], fs::metadata(dir.path().join("other.db")).unwrap().len());
    let left = fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(left, 2, "no draft is left");
    let names = fs::read_dir(gateway.data.path()).unwrap().map(|file| file.unwrap().file_name());
    assert!(!names.into_iter().any(|name| name.to_string_lossy().starts_with("backup")));
}

#[test]
fn redis_is_backed_up_by_its_own_means() {
    let redis = RedisServer::start();
    let gateway = Gateway::start_with(Setup { redis: Some(redis.url()), ..Setup::default() });
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("copy.db");
    let said = refused(&mut backup(&gateway, &file), 1);
    assert!(said.contains("the data is in Redis"), "{said}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_backup_is_gone_on_with_and_what_came_after_is_known_to_be_lost() {
    let mut gateway = Gateway::with_secret(SECRET);
    let key = gateway.overlay_key("me", "main");
    let mut page = gateway.page();
    page.show_next(&gateway);
    drop(page);
    assert_eq!(sell(&gateway, 1), "accepted");
    gateway.wait_for_length(1);
    let made = gateway.post("/api/v1/streamers/me/keys", &json!({ "role": "feed" })).json();
    let protocols = format!("tillbell.v1, tillbell.key.{}", made["key"].as_str().unwrap());
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("tillbell.db");
    assert!(backup(&gateway, &file).status().unwrap().success());
    for sale in 2..5 {
        assert_eq!(sell(&gateway, sale), "accepted");
    }
    gateway.wait_for_length(4);
    let log = "/api/v1/streamers/me/log";
    let ahead = gateway.get(&format!("{log}?limit=1000")).json()["head"].clone();
    let ahead = ahead.as_str().unwrap().to_owned();
    // Killed, not stopped: its log lies beside the database when the copy is put there.
    gateway.kill();
    let steps = steps(gateway.data.path(), &file);
    assert!(Command::new("sh").args(["-e", "-c", &steps]).status().unwrap().success(), "{steps}");

    let data = Some(gateway.data.clone());
    let gateway = Gateway::start_with(Setup { data, ..Setup::default() });
    assert!(gateway.log().contains("restored from a copy"), "{}", gateway.log());
    let lost = gateway.get(&format!("{log}?after={ahead}"));
    assert_eq!((lost.status, lost.code().as_str()), (410, "history_lost"));
    let headers = [("sec-websocket-protocol", protocols.as_str())];
    let mut feed = Page::open(&gateway, &format!("/ws/feed?after={ahead}"), &headers);
    assert_eq!(feed.next().unwrap()["event"]["type"], "HistoryLost");
    // Nothing is shown a second time by itself: what waited is in the tray.
    let tray = gateway.alerts();
    assert_eq!(tray.len(), 2, "{tray:?}");
    let mut page = Page::welcomed(&gateway, &key);
    let kept = tray.iter().find(|alert| alert["test"] == false).unwrap();
    assert_eq!((&kept["state"], &kept["reason"]), (&"missed".into(), &"restored".into()));
    // Stripe has them all for 30 days.
    assert_eq!(sell(&gateway, 1), "duplicate");
    for sale in 2..5 {
        assert_eq!(sell(&gateway, sale), "accepted");
    }
    wait_for("the lost sales", || (gateway.alerts().len() == 5).then_some(()));
    assert_eq!(page.expect("play")["alert"]["replay"], false);
}
