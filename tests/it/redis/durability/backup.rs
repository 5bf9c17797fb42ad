//! Going back to a backup, as docs/OPERATIONS.md tells it.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use super::Till;
use crate::support::{Page, RedisServer, wait_for};

/// Starts Redis with nothing but this snapshot, has it write an append-only file, and starts it as
/// usual.
fn go_back_to(snapshot: &Path, redis: &RedisServer, data: &Path) {
    fs::remove_dir_all(data).unwrap();
    fs::create_dir(data).unwrap();
    fs::copy(snapshot, data.join("dump.rdb")).unwrap();
    let mut server = Command::new("redis-server");
    server.arg(data.with_file_name("config")).args(["--appendonly", "no"]);
    let mut server = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for("Redis", || redis.try_command::<String>(&["PING"]).ok());
    redis.command::<()>(&["CONFIG", "SET", "appendonly", "yes"]);
    wait_for("the append-only file", || {
        let done = redis.info("aof_rewrite_in_progress")? == "0"
            && redis.info("aof_rewrite_scheduled")? == "0";
        done.then_some(())
    });
    // It closes the connection instead of an answer.
    let _gone = redis.try_command::<()>(&["SHUTDOWN", "NOSAVE"]);
    assert!(server.wait().unwrap().success());
    redis.restart();
}

#[test]
fn a_backup_is_gone_on_with_and_what_came_after_is_known_to_be_lost() {
    let redis = RedisServer::start();
    let till = Till::on(&redis.url(), "always");
    let key = till.node.overlay_key("me", "main");
    let kept = till.sell(5);
    till.assert_alerts_of(&kept);
    let dir = tempfile::tempdir().unwrap();
    let snapshot = dir.path().join("backup.rdb");
    let port = redis.port.to_string();
    let made = Command::new("redis-cli").args(["-p", &port, "--rdb"]).arg(&snapshot).output();
    assert!(made.unwrap().status.success());
    let after = till.sell(5);
    till.assert_alerts_of(&after);
    let position = till.head();

    let (_, data): (String, String) = redis.command(&["CONFIG", "GET", "dir"]);
    redis.kill();
    go_back_to(&snapshot, &redis, Path::new(&data));
    till.recover();
    assert_eq!(till.lost(), after);
    till.assert_history_lost(&position);
    for sale in &after {
        assert_eq!(till.deliver(*sale).json()["result"], "accepted");
    }
    till.assert_all_kept();
    let mut page = Page::welcomed(&till.node, &key);
    let play = page.expect("play");
    page.show(&play);
}
