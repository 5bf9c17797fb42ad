//! Contract §2: the first start, the ones after it, and the starts that must not be.

mod refused;

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::json;
use tempfile::TempDir;

use crate::support::{Gateway, Setup, checkout, tillbell, wait_for};

/// A gateway whose stdout and stderr go to files, so that what stands there at a moment can be seen.
struct Run {
    process: Child,
    home: PathBuf,
}

/// The data directory under a home.
fn data(home: &Path) -> PathBuf {
    home.join("not there yet").join("data")
}

fn serve(home: &Path) -> Command {
    let mut command = tillbell();
    command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data(home));
    command
}

impl Run {
    /// Starts it and waits until `/readyz` answers 200 for the first time.
    fn until_ready(home: &TempDir) -> Self {
        let home = home.path().to_owned();
        let mut process = serve(&home)
            .stdin(Stdio::null())
            .stdout(File::create(home.join("out")).unwrap())
            .stderr(File::create(home.join("err")).unwrap())
            .spawn()
            .unwrap();
        wait_for("readiness", || {
            assert!(process.try_wait().unwrap().is_none(), "it ended: {}", read(&home, "err"));
            let url = fs::read_to_string(data(&home).join("address")).ok()?;
            let answer = ureq::get(format!("{}/readyz", url.trim())).call().ok()?;
            (answer.status() == 200).then_some(())
        });
        Self { process, home }
    }

    fn out(&self) -> String {
        read(&self.home, "out")
    }

    /// Asks it to stop; its exit code.
    fn stop(mut self) -> Option<i32> {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.process.wait().unwrap().code()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _ended = self.process.wait();
    }
}

fn read(home: &Path, name: &str) -> String {
    fs::read_to_string(home.join(name)).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// What a command prints, by the gateway of this home.
fn told(home: &TempDir, arguments: &[&str]) -> String {
    let output = tillbell().args(arguments).arg("--data").arg(data(home.path())).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_first_start_makes_everything_and_prints_the_links_before_it_is_ready() {
    let home = TempDir::new().unwrap();
    let run = Run::until_ready(&home);
    // What stands in the file now was printed before the 200.
    let out = run.out();
    let base = fs::read_to_string(data(home.path()).join("address")).unwrap();
    let base = base.trim();
    assert!(base.starts_with("http://127.0.0.1:"), "{base}");
    for link in [
        format!("{base}/overlay/#k=ovk."),
        format!("{base}/#code="),
        format!("{base}/webhooks/stripe/me"),
        "tillbell test-alert".to_owned(),
    ] {
        assert!(out.contains(&link), "no {link} in\n{out}");
    }
    assert!(!out.contains("INFO"), "the log is on stderr, not here:\n{out}");
    // Written by then or a moment later: requests are answered as soon as they can be.
    wait_for("the log", || read(home.path(), "err").contains("ready").then_some(()));

    let data = data(home.path());
    assert_eq!(mode(&data), 0o700);
    for secret in ["master.key", "admin.token", "tillbell.db"] {
        assert_eq!(mode(&data.join(secret)), 0o600, "{secret}");
    }
    assert!(out.contains(told(&home, &["overlay", "url", "main"]).trim()), "{out}");
    let streamers = told(&home, &["streamer", "list", "--json"]);
    assert_eq!(streamers.lines().count(), 1);
    assert!(streamers.contains(r#""id":"me""#), "{streamers}");
    assert_eq!(run.stop(), Some(0));
    assert!(!data.join("address").exists(), "a stopped gateway leaves no address");
}

#[test]
fn a_later_start_finds_everything_as_it_was() {
    let home = TempDir::new().unwrap();
    let run = Run::until_ready(&home);
    let path = |url: &str| url.split_once("/overlay/").unwrap().1.trim().to_owned();
    let overlay = path(&told(&home, &["overlay", "url"]));
    let token = fs::read(data(home.path()).join("admin.token")).unwrap();
    told(&home, &["streamer", "set", "me", "currency=eur", "duration=8s"]);
    assert_eq!(run.stop(), Some(0));

    let run = Run::until_ready(&home);
    assert_eq!(path(&told(&home, &["overlay", "url"])), overlay);
    assert_eq!(fs::read(data(home.path()).join("admin.token")).unwrap(), token);
    let me = told(&home, &["streamer", "show", "--json"]);
    assert!(me.contains(r#""currency":"eur""#) && me.contains(r#""duration":"8s""#), "{me}");
    assert_eq!(told(&home, &["overlay", "list", "--json"]).lines().count(), 1);

    // Nobody reads a terminal here: the links are secrets, so it prints how to get them.
    let out = run.out();
    assert!(!out.contains("ovk.") && !out.contains("#code="), "{out}");
    let commands: Vec<&str> = out
        .lines()
        .filter_map(|line| line.split_once("run: tillbell ")?.1.split(" --data").next())
        .collect();
    assert_eq!(commands.len(), 2, "{out}");
    for command in commands {
        let shown = told(&home, &command.split(' ').collect::<Vec<_>>());
        assert!(shown.contains("/#"), "tillbell {command} printed no link: {shown}");
    }
}

#[test]
fn a_first_start_needs_no_home_and_listens_on_loopback_only() {
    let home = TempDir::new().unwrap();
    let config = tillbell().arg("config").arg("--data").arg(home.path()).output().unwrap();
    let config = String::from_utf8(config.stdout).unwrap();
    let listen = config.lines().find(|line| line.contains("server.listen ")).unwrap();
    assert!(listen.contains("127.0.0.1:7575") && listen.contains("default"), "{listen}");
}

#[test]
fn the_environment_sets_the_address_and_secrets_come_from_files() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("secret");
    fs::write(&file, "whsec_from_a_file\n").unwrap();
    let env = [
        ("TILLBELL__STRIPE__WEBHOOK_SECRET_FILE".to_owned(), file.display().to_string()),
        ("TILLBELL__SERVER__PUBLIC_URL".to_owned(), "https://alerts.example.test".to_owned()),
    ];
    let gateway = Gateway::start_with(Setup { env: env.into(), ..Setup::default() });
    let body = checkout(1).to_string();
    let answer = gateway.deliver("/webhooks/stripe/me", body.as_bytes(), "whsec_from_a_file");
    assert_eq!(answer.json()["result"], "accepted", "{answer:?}");
    let me = gateway.get("/api/v1/streamers/me").json();
    assert_eq!(me["webhook_url"], "https://alerts.example.test/webhooks/stripe/me");

    let mut listening = tillbell();
    listening.env("TILLBELL__SERVER__LISTEN", "127.0.0.1:1").args(["config", "--json", "--data"]);
    let said = String::from_utf8(listening.arg(home.path()).output().unwrap().stdout).unwrap();
    let row = json!({ "key": "server.listen", "value": "127.0.0.1:1",
        "from": "TILLBELL__SERVER__LISTEN" });
    let row = row.to_string();
    assert!(said.lines().any(|line| line == row), "{said}");
}

#[test]
fn stripes_own_variable_verifies_events_of_me() {
    let env = ("STRIPE_WEBHOOK_SECRET".to_owned(), "whsec_old_one,whsec_new_one".to_owned());
    let gateway = Gateway::start_with(Setup { env: vec![env], ..Setup::default() });
    for (n, secret) in [(1, "whsec_old_one"), (2, "whsec_new_one")] {
        let body = checkout(n).to_string();
        let answer = gateway.deliver("/webhooks/stripe/me", body.as_bytes(), secret);
        assert_eq!(answer.json()["result"], "accepted", "{answer:?}");
    }
    // They are the streamer's, and nobody else's.
    gateway.post("/api/v1/streamers", &json!({ "id": "mika" }));
    let body = checkout(3).to_string();
    let answer = gateway.deliver("/webhooks/stripe/mika", body.as_bytes(), "whsec_new_one");
    assert_eq!((answer.status, &*answer.code()), (503, "secret_not_configured"));
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("tillbell.toml");
    fs::write(&file, "[server]\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"debug\"\n").unwrap();
    let from = |env: &[(&str, &str)], key: &str| {
        let mut command = tillbell();
        command.envs(env.iter().copied()).args(["config", "--json", "--config"]).arg(&file);
        let output = command.arg("--data").arg(home.path()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let rows =
            text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let row = rows.into_iter().find(|row| row["key"] == key).unwrap();
        (row["value"].as_str().unwrap().to_owned(), row["from"].as_str().unwrap().to_owned())
    };
    let place = format!("{}:2", file.display());
    assert_eq!(from(&[], "server.listen"), ("127.0.0.1:1".into(), place));
    let env = [("TILLBELL__SERVER__LISTEN", "127.0.0.1:2")];
    assert_eq!(from(&env, "server.listen"), ("127.0.0.1:2".into(), env[0].0.into()));
    assert_eq!(from(&[("TILLBELL_DATA", "/elsewhere")], "data").1, "--data");
    assert_eq!(from(&[], "log.level").0, "debug");
}
