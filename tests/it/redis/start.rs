//! The start of a node: what Redis really does is held against what was declared, and nodes that
//! start on the same Redis are one gateway.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::Command,
    sync::{Arc, Barrier},
    thread,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{
    Cluster, Gateway, RedisServer, Sentinels, Setup, refused, refused_at_last, tillbell,
};

fn serve(data: &Path, url: &str) -> Command {
    let mut command = tillbell();
    command.args(["serve", "--listen", "127.0.0.1:0", "--redis", url, "--data"]).arg(data);
    command
}

fn env(url: &str, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let all = [("TILLBELL__REDIS__URL", url)].into_iter().chain(more.iter().copied());
    all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A node with a data directory of its own.
fn node(url: &str, more: &[(&str, &str)]) -> Gateway {
    Gateway::start_with(Setup { env: env(url, more), ..Setup::default() })
}

fn secret(data: &Path, name: &str) -> String {
    let file = data.join(name);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    fs::read_to_string(file).unwrap()
}

#[test]
fn a_redis_that_promises_less_than_declared_is_refused_with_the_line_that_accepts_it() {
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);
    let rows: [Row<'_>; 7] = [
        ("appendonly no", &[], &["keeps no append-only file", "redis.durability = \"none\""]),
        (
            "appendfsync everysec",
            &[],
            &["once a second", "\"always\"", "redis.durability = \"everysec\""],
        ),
        ("no-appendfsync-on-rewrite yes", &[], &["while it rewrites it", "\"none\""]),
        (
            "appendfsync no",
            &[("TILLBELL__REDIS__DURABILITY", "everysec")],
            &["leaves it to the system", "redis.durability = \"none\""],
        ),
        (
            "maxmemory 100mb\nmaxmemory-policy volatile-lru",
            &[],
            &["volatile-lru", "maxmemory-policy noeviction"],
        ),
        ("rename-command CONFIG \"\"", &[], &["+config|get", "redis.durability = \"none\""]),
        (
            "user default on nopass ~* &* +@all -config",
            &[],
            &["+config|get", "redis.durability = \"none\""],
        ),
    ];
    let home = TempDir::new().unwrap();
    let data = home.path().join("data");
    for (config, variables, named) in rows {
        let server = RedisServer::with(config);
        let said = refused(serve(&data, &server.url()).envs(variables.iter().copied()), 78);
        let place = format!("127.0.0.1:{}", server.port);
        for name in named.iter().chain(&[place.as_str()]) {
            assert!(said.contains(name), "{config:?}: no {name:?} in {said}");
        }
    }
    assert!(!data.exists(), "nothing is made");
}

#[test]
fn what_was_proposed_starts() {
    let server = RedisServer::with("appendfsync everysec");
    node(&server.url(), &[("TILLBELL__REDIS__DURABILITY", "everysec")]);
    let server = RedisServer::with("appendonly no\nrename-command CONFIG \"\"");
    node(&server.url(), &[("TILLBELL__REDIS__DURABILITY", "none")]);
}

#[test]
fn a_redis_that_does_not_let_us_in_is_told_without_the_password() {
    let server = RedisServer::start();
    server.command::<()>(&["CONFIG", "SET", "requirepass", "sesame"]);
    let home = TempDir::new().unwrap();
    let data = home.path().join("data");
    let url = |login: &str| format!("redis://{login}127.0.0.1:{}", server.port);
    let said = refused(&mut serve(&data, &url("")), 78);
    assert!(said.contains("wants a password"), "{said}");
    let said = refused(&mut serve(&data, &url(":canary@")), 78);
    assert!(said.contains("refuses the user or password") && !said.contains("canary"), "{said}");
    let said = refused(&mut serve(&data, "redis://192.0.2.1"), 78);
    assert!(said.contains("without password and without TLS") && said.contains("rediss"), "{said}");
    node(&url(":sesame@"), &[]);
}

#[test]
fn a_redis_that_is_away_is_waited_for_and_then_told() {
    let server = RedisServer::start();
    server.kill();
    let home = TempDir::new().unwrap();
    let url = format!("redis://:canary@127.0.0.1:{}", server.port);
    let said = refused_at_last(&mut serve(&home.path().join("data"), &url), 75);
    let last = said.lines().last().unwrap_or_default();
    assert!(last.starts_with(&format!("Redis at 127.0.0.1:{} cannot", server.port)), "{said}");
    assert!(!said.contains("canary"), "{said}");
}

#[test]
fn too_few_replicas_are_waited_for_and_then_told() {
    let server = RedisServer::start();
    let home = TempDir::new().unwrap();
    let mut start = serve(&home.path().join("data"), &server.url());
    let said = refused_at_last(start.env("TILLBELL__REDIS__DURABILITY", "replicated"), 78);
    let last = said.lines().last().unwrap_or_default();
    assert!(last.contains("has 0 of the replicas"), "{said}");
    assert!(last.contains("redis.durability = \"always\""), "{said}");
}

#[test]
fn a_group_is_found_by_its_sentinels_and_they_are_no_redis() {
    let group = Sentinels::start();
    let url = group.url();
    let hosts = url.trim_start_matches("redis+sentinel://").split('/').next().unwrap();
    let sentinel = hosts.split(',').next().unwrap();
    let home = TempDir::new().unwrap();
    let data = home.path().join("data");
    let said = refused(&mut serve(&data, &format!("redis://{sentinel}")), 78);
    assert!(said.contains(&format!("\"redis+sentinel://{sentinel}/NAME\"")), "{said}");
    let master = group.master().port;
    let said = refused(&mut serve(&data, &format!("redis+sentinel://127.0.0.1:{master}/x")), 78);
    assert!(said.contains(&format!("\"redis://127.0.0.1:{master}\"")), "{said}");
    node(&url, &[("TILLBELL__REDIS__DURABILITY", "replicated")]);
}

#[test]
fn a_plain_address_of_a_cluster_is_the_cluster() {
    let cluster = Cluster::start();
    let url = cluster.url();
    let first = url.trim_start_matches("redis+cluster://").split(',').next().unwrap();
    let one = node(&url, &[]);
    let other = node(&format!("redis://{first}"), &[]);
    assert_eq!(one.overlay_key("me", "main"), other.overlay_key("me", "main"));
}

#[test]
fn three_nodes_that_start_at_once_are_one_gateway() {
    let server = RedisServer::start();
    let (url, together) = (server.url(), Barrier::new(3));
    let nodes: Vec<Gateway> = thread::scope(|scope| {
        let start = || {
            together.wait();
            node(&url, &[])
        };
        let starting: Vec<_> = (0..3).map(|_| scope.spawn(start)).collect();
        starting.into_iter().map(|node| node.join().unwrap()).collect()
    });
    let same = |what: &dyn Fn(&Gateway) -> Value| {
        let first = what(&nodes[0]);
        assert!(nodes.iter().all(|node| what(node) == first), "{first}");
        first
    };
    same(&|node| secret(node.data.path(), "master.key").into());
    same(&|node| secret(node.data.path(), "admin.token").into());
    let ids = |path: &str| {
        same(&|node| {
            let all = node.get(path).json();
            all["data"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect()
        })
    };
    assert_eq!(ids("/api/v1/streamers"), serde_json::json!(["me"]));
    assert_eq!(ids("/api/v1/streamers/me/overlays").as_array().unwrap().len(), 1);
    same(&|node| node.overlay_key("me", "main").into());
    assert_eq!(same(&|node| node.get("/api/v1/status").json()["store"].clone()), "redis");
    let greeted = nodes.iter().filter(|node| node.greeting.contains("/overlay/#k=")).count();
    assert_eq!(greeted, 1, "only the one that made the streamer shows its link");
}

#[test]
fn the_master_key_is_sealed_in_redis_when_nodes_share_a_secret() {
    let server = RedisServer::start();
    let with = |secret| [("TILLBELL__REDIS__CLUSTER_SECRET", secret)];
    let first = node(&server.url(), &[]);
    let plain: String = server.command(&["HGET", "tb:gateway", "master"]);
    assert_eq!(plain, secret(first.data.path(), "master.key").trim());
    let second = node(&server.url(), &with("a-secret-of-all-nodes"));
    assert_eq!(second.admin_token(), first.admin_token());
    let sealed: String = server.command(&["HGET", "tb:gateway", "master"]);
    assert!(sealed.starts_with("sealed.") && !sealed.contains(&plain), "{sealed}");
    let home = TempDir::new().unwrap();
    let data = home.path().join("data");
    let said = refused(&mut serve(&data, &server.url()), 78);
    assert!(said.contains("set redis.cluster_secret"), "{said}");
    let said = refused(serve(&data, &server.url()).envs(with("the-secret-of-others")), 78);
    assert!(said.contains("redis.cluster_secret does not open"), "{said}");
    let third = node(&server.url(), &with("a-secret-of-all-nodes"));
    assert_eq!(secret(third.data.path(), "master.key").trim(), plain);
}

#[test]
fn a_node_of_another_gateway_is_refused_and_keeps_its_key() {
    let (ours, theirs) = (RedisServer::start(), RedisServer::start());
    let mut stranger = node(&theirs.url(), &[]);
    stranger.stop();
    let _ours = node(&ours.url(), &[]);
    let before = secret(stranger.data.path(), "master.key");
    let said = refused(&mut serve(stranger.data.path(), &ours.url()), 78);
    assert!(said.contains("master.key") && said.contains("--data"), "{said}");
    assert_eq!(secret(stranger.data.path(), "master.key"), before);
}

#[test]
fn a_directory_with_an_embedded_gateway_is_not_left_behind_in_silence() {
    let server = RedisServer::start();
    let mut embedded = Gateway::start();
    embedded.stop();
    let said = refused(&mut serve(embedded.data.path(), &server.url()), 78);
    assert!(said.contains("tillbell migrate --from") && said.contains("--data"), "{said}");
    let begun = server.command::<u32>(&["EXISTS", "tb:gateway"]);
    assert_eq!(begun, 0, "no gateway was begun there");
    fs::remove_file(embedded.data.path().join("master.key")).unwrap();
    let _other = node(&server.url(), &[]);
    let said = refused(&mut serve(embedded.data.path(), &server.url()), 1);
    assert!(said.contains("master.key is missing"), "{said}");
    assert!(!embedded.data.path().join("master.key").exists(), "no foreign key in its place");
}

#[test]
fn one_process_has_a_data_directory_also_with_redis() {
    let server = RedisServer::start();
    let first = node(&server.url(), &[]);
    let said = refused(&mut serve(first.data.path(), &server.url()), 1);
    assert!(said.contains(&format!("process {}", first.pid())), "{said}");
    assert_eq!(first.get("/readyz").status, 200);
}

#[test]
fn a_restarted_node_finds_everything_as_it_was() {
    let server = RedisServer::start();
    let mut first = node(&server.url(), &[]);
    let (key, token) = (first.overlay_key("me", "main"), first.admin_token());
    first.stop();
    let data = Some(Arc::clone(&first.data));
    let again =
        Gateway::start_with(Setup { data, env: env(&server.url(), &[]), ..Setup::default() });
    assert_eq!((again.overlay_key("me", "main"), again.admin_token()), (key, token));
    assert!(!again.greeting.contains("#k="), "{}", again.greeting);
}

#[test]
fn doctor_tells_what_redis_promises() {
    let server = RedisServer::with("appendfsync everysec");
    let home = TempDir::new().unwrap();
    let doctor = |more: &[(&str, &str)]| {
        let mut command = tillbell();
        command.args(["doctor", "--data"]).arg(home.path().join("data"));
        let output = command.envs(env(&server.url(), more)).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let said = doctor(&[]);
    let line = |about: &str| said.lines().find(|line| line.contains(about)).unwrap().to_owned();
    assert!(line(" redis  ").contains(&format!("127.0.0.1:{} (version ", server.port)), "{said}");
    assert!(line("redis safety").contains("fails"), "{said}");
    assert!(line("redis safety").contains("redis.durability = \"everysec\""), "{said}");
    assert!(line("redis clock").contains("ms apart"), "{said}");
    let said = doctor(&[("TILLBELL__REDIS__DURABILITY", "everysec")]);
    assert!(said.contains("at most the last second"), "{said}");
}
