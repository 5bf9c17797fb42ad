//! Moves that are refused, and one that breaks off.

use std::{fs, path::Path, sync::Arc};

use bytes::Bytes;
use tempfile::TempDir;
use tillbell::{
    clock::Clock,
    store::{
        Store as _,
        sqlite::{Options, SqliteStore},
    },
};

use super::{migrate, moved, run};
use crate::support::{Cluster, Gateway, RedisServer, tillbell};

/// The data directory of a gateway that has just been made.
fn fresh() -> Arc<TempDir> {
    let mut gateway = Gateway::start();
    let data = Arc::clone(&gateway.data);
    gateway.stop();
    data
}

/// The one sentence of a refusal.
#[track_caller]
fn refused(from: &Path, to: &str, code: i32) -> String {
    let (ended, out, err) = migrate(from, to);
    assert_eq!((ended, &*out, err.lines().count()), (code, "", 1), "{err}");
    err
}

fn keys(redis: &RedisServer) -> Vec<String> {
    redis.command(&["KEYS", "*"])
}

#[test]
fn only_an_empty_redis_is_moved_to() {
    let data = fresh();
    let redis = RedisServer::start();
    for key in ["tb:gateway", "tb:blob:x", "{tb:s:me}:channel"] {
        redis.command::<()>(&["HSET", key, "field", "value"]);
        let said = refused(data.path(), &redis.url(), 1);
        assert!(said.contains("not empty"), "{key}: {said}");
        assert_eq!(keys(&redis), [key], "nothing is added");
        redis.command::<()>(&["DEL", key]);
    }
    // What is somebody else's is in nobody's way, and stays.
    for key in ["shop:tb:1", "{tbx}:1", "tb"] {
        redis.command::<()>(&["SET", key, "value"]);
    }
    moved(data.path(), &redis.url());
    assert_eq!(redis.command::<String>(&["GET", "tb"]), "value");
    assert!(refused(data.path(), &redis.url(), 1).contains("not empty"));
    moved(data.path(), &format!("{}/1", redis.url()));
}

#[test]
fn any_master_of_a_cluster_can_be_in_the_way() {
    let data = fresh();
    let cluster = Cluster::start();
    for key in ["tb:blob:a", "tb:blob:b", "tb:blob:c", "tb:blob:d", "tb:blob:e"] {
        let master = cluster.master_of(key);
        master.command::<()>(&["SET", key, "value"]);
        let said = refused(data.path(), &cluster.url(), 1);
        assert!(said.contains("not empty"), "{key}: {said}");
        master.command::<()>(&["DEL", key]);
    }
    moved(data.path(), &cluster.url());
}

#[test]
fn a_gateway_that_runs_stays() {
    let redis = RedisServer::start();
    let mut gateway = Gateway::start();
    let said = refused(gateway.data.path(), &redis.url(), 1);
    assert!(said.contains(&format!("(process {})", gateway.pid())), "{said}");
    assert_eq!(gateway.get("/readyz").status, 200);
    gateway.stop();
    moved(gateway.data.path(), &redis.url());
}

#[test]
fn what_cannot_move_says_why() {
    let redis = RedisServer::start();
    let nothing = TempDir::new().unwrap();
    let said = refused(nothing.path(), &redis.url(), 1);
    assert!(said.contains("tillbell.db"), "{said}");
    assert_eq!(fs::read_dir(nothing.path()).unwrap().count(), 0, "nothing is made there");

    let data = fresh();
    let file = |name: &str| data.path().join(name);
    let (code, out, err) = run(tillbell().arg("migrate").arg("--from").arg(data.path()));
    assert_eq!((code, &*out), (2, ""), "{err}");
    assert!(err.contains("TILLBELL__REDIS__URL"), "{err}");
    let said = refused(data.path(), "http://127.0.0.1", 78);
    assert!(said.contains("redis.url"), "{said}");
    redis.command::<()>(&["CONFIG", "SET", "appendfsync", "everysec"]);
    let said = refused(data.path(), &redis.url(), 78);
    assert!(said.contains("redis.durability"), "{said}");
    redis.command::<()>(&["CONFIG", "SET", "appendfsync", "always"]);
    redis.kill();
    let said = refused(data.path(), &redis.url(), 75);
    assert!(said.contains("cannot be reached"), "{said}");
    redis.restart();

    let key = fs::read_to_string(file("master.key")).unwrap();
    fs::remove_file(file("master.key")).unwrap();
    let said = refused(data.path(), &redis.url(), 1);
    assert!(said.contains("master.key"), "{said}");
    fs::write(file("master.key"), "no key").unwrap();
    let said = refused(data.path(), &redis.url(), 1);
    assert!(said.contains("master key"), "{said}");
    fs::write(file("master.key"), key).unwrap();
    // As after a copy was put back: what waited in it must be set aside first.
    let boot = fs::read_to_string(file("boot")).unwrap();
    fs::write(file("boot"), "99").unwrap();
    let said = refused(data.path(), &redis.url(), 1);
    assert!(said.contains("tillbell serve"), "{said}");
    fs::write(file("boot"), boot).unwrap();
    assert!(keys(&redis).is_empty());
    moved(data.path(), &redis.url());
}

#[test]
fn nobody_begins_on_half_a_move() {
    let data = fresh();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = SqliteStore::open(Options::new(data.path(), Clock::start())).unwrap();
        for byte in 0..8 {
            store.put_blob(Bytes::from(vec![byte; 1 << 20])).await.unwrap();
        }
        store.close().await;
    });
    let redis = RedisServer::start();
    let used: u64 = redis.info("used_memory").unwrap().parse().unwrap();
    redis.command::<()>(&["CONFIG", "SET", "maxmemory", &(used + (4 << 20)).to_string()]);
    let said = refused(data.path(), &redis.url(), 1);
    assert!(said.contains("broke off") && said.contains("maxmemory"), "{said}");
    assert!(!keys(&redis).is_empty());

    redis.command::<()>(&["CONFIG", "SET", "maxmemory", "0"]);
    let said = refused(data.path(), &redis.url(), 1);
    assert!(said.contains("broke off") && said.contains("FLUSHDB"), "{said}");
    let other = TempDir::new().unwrap();
    let mut serve = tillbell();
    serve.args(["serve", "--listen", "127.0.0.1:0", "--redis", &redis.url(), "--data"]);
    let (code, out, err) = run(serve.arg(other.path()));
    assert_eq!((code, &*out), (78, ""), "{err}");
    assert!(err.contains("tillbell migrate"), "{err}");

    redis.command::<()>(&["FLUSHDB"]);
    assert_eq!(moved(data.path(), &redis.url())["blobs"], 8);
}
