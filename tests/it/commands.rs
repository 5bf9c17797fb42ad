//! Contract §2: the commands against a running gateway: what they print, and how they end.

mod buyer;
mod feedback;
mod rules;
mod moderation;
mod told;

use std::{
    io::Write as _,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

use crate::support::{Gateway, tillbell, wait_for};

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    out: String,
    err: String,
}

impl Ended {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The one JSON value of `--json`.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!((self.code, &*self.err, self.out.lines().count()), (0, "", 1), "{self:?}");
        serde_json::from_str(&self.out).unwrap()
    }

    /// The values of a list, one a line.
    #[track_caller]
    fn rows(&self) -> Vec<Value> {
        assert_eq!((self.code, &*self.err), (0, ""), "{self:?}");
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What it printed, if it was done.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert_eq!((self.code, &*self.err), (0, ""), "{self:?}");
        self.out
    }

    /// The one plain sentence of a failure with this code.
    #[track_caller]
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.err.lines().count()), (code, 1), "{self:?}");
        for noise in ["panicked", "Error {", "Os {", "stack backtrace", "{\""] {
            assert!(!self.err.contains(noise), "{self:?}");
        }
        self.err
    }
}

/// The words of a command line; no argument of these tests has a space in it.
pub(crate) fn command(gateway: &Gateway, line: &str) -> Command {
    let mut command = tillbell();
    command.args(line.split(' ')).arg("--data").arg(gateway.data.path()).stdin(Stdio::null());
    command
}

/// Runs a command.
pub(crate) fn run(gateway: &Gateway, line: &str) -> Ended {
    Ended::of(command(gateway, line).output().unwrap())
}

/// Runs a command with this on its stdin.
fn pipe(mut command: Command, input: &str) -> Ended {
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Ended::of(process.wait_with_output().unwrap())
}

/// Makes a test alert that nobody sees, and waits until it is queued.
fn queued(gateway: &Gateway, streamer: &str) -> String {
    let made = run(gateway, &format!("test-alert {streamer} --no-wait --json --name ann"));
    assert_eq!(made.code, 3, "{made:?}");
    wait_for("the alert in the queue", || {
        let queue = run(gateway, &format!("queue show {streamer} --json")).json();
        queue["next"][0]["id"].as_str().map(str::to_owned)
    })
}

#[test]
fn streamers_are_added_set_and_removed() {
    let gateway = Gateway::start();
    let added = run(&gateway, "streamer add mika --name Mika --json").json();
    assert_eq!((&added["id"], &added["name"]), (&"mika".into(), &"Mika".into()));
    assert!(run(&gateway, "overlay url --streamer mika").done().contains("/overlay/#k=ovk."));
    let rows = run(&gateway, "streamer list --json").rows();
    assert_eq!(rows.iter().map(|row| &row["id"]).collect::<Vec<_>>(), ["me", "mika"]);
    let set = run(&gateway, "streamer set mika currency=eur renewals=true duration=9s --json");
    let set = set.json();
    assert_eq!(
        [&set["currency"], &set["renewals"], &set["duration"]],
        [&Value::from("eur"), &true.into(), &"9s".into()]
    );
    assert!(run(&gateway, "streamer show mika").done().contains("eur"));
    for (line, named) in [
        ("streamer add mika", "mika"),
        ("streamer add UPPER", "UPPER"),
        ("streamer show nobody", "nobody"),
        ("streamer set mika colour=red", "colour"),
        ("streamer set mika duration=99s", "between 3s and 60s"),
        ("streamer set mika renewals=perhaps", "renewals"),
        ("streamer remove nobody", "nobody"),
    ] {
        let said = run(&gateway, line).failed(1);
        assert!(said.contains(named), "{line}: {said}");
    }
    run(&gateway, "streamer set mika currency").failed(2);
    queued(&gateway, "mika");
    let said = run(&gateway, "streamer remove mika").failed(1);
    assert!(said.contains("force"), "{said}");
    run(&gateway, "streamer remove mika --force").done();
    assert_eq!(run(&gateway, "streamer list --json").rows().len(), 1);
}

#[test]
fn overlays_are_added_rotated_and_removed() {
    let gateway = Gateway::start();
    let url = run(&gateway, "overlay url").done();
    assert_eq!(url, run(&gateway, "overlay url main").done());
    assert_eq!(url.lines().count(), 1, "the bare URL, for pipes");
    let mut page = gateway.page();
    let rotated = run(&gateway, "overlay rotate main").done();
    assert_ne!(rotated, url);
    assert_eq!(page.close_code(), 4500);
    let added = run(&gateway, "overlay add side --kind goal --json").json();
    assert_eq!(added["kind"], "goal");
    assert_eq!(run(&gateway, "overlay list --json").rows().len(), 2);
    assert!(run(&gateway, "overlay add side").failed(1).contains("side"));
    assert!(run(&gateway, "overlay url none").failed(1).contains("overlay"));
    run(&gateway, "overlay remove side").done();
    assert_eq!(run(&gateway, "overlay list --json").rows().len(), 1);
}

#[test]
fn secrets_come_from_stdin_or_a_file_and_are_never_shown() {
    let gateway = Gateway::start();
    let added = pipe(command(&gateway, "secret add"), "whsec_piped_secret\n").done();
    assert!(!added.contains("whsec_") && added.contains("cret"), "{added}");
    let file = gateway.data.path().join("a-secret");
    std::fs::write(&file, "whsec_secret_of_a_file\n").unwrap();
    let line = format!("secret add --gateway --json --file {}", file.display());
    let entry = run(&gateway, &line).json();
    assert_eq!(entry["ends_in"], "file");
    assert_eq!(run(&gateway, "secret list --json").rows()[0]["ends_in"], "cret");
    let id = entry["id"].as_str().unwrap();
    run(&gateway, &format!("secret remove {id}")).failed(1);
    run(&gateway, &format!("secret remove --gateway {id}")).done();
    assert!(run(&gateway, "secret list --gateway --json").rows().is_empty());
    let key = pipe(command(&gateway, "secret add"), "sk_live_canary").failed(1);
    assert!(key.contains("API key") && !key.contains("canary"), "{key}");
    pipe(command(&gateway, "secret add"), " \n").failed(2);
    run(&gateway, "secret add --file /nowhere/at/all").failed(1);
    // An argument would stand in the shell's history.
    let argument = run(&gateway, "secret add whsec_as_an_argument");
    assert_eq!(argument.code, 2);
}

#[test]
fn keys_are_shown_once_and_work_until_revoked() {
    let gateway = Gateway::start();
    let key = run(&gateway, "key add --role viewer --json").json();
    let (id, token) = (key["id"].as_str().unwrap(), key["key"].as_str().unwrap());
    assert!(!run(&gateway, "key list").done().contains(token));
    let as_viewer = |line: &str| run(&gateway, &format!("{line} --token {token}"));
    as_viewer("queue show").done();
    as_viewer("queue pause").failed(1);
    run(&gateway, &format!("key revoke {id}")).done();
    assert!(as_viewer("queue show").failed(1).contains("token"));
    run(&gateway, &format!("key revoke {id}")).failed(1);
    assert_eq!(run(&gateway, "key add --role emperor").code, 2);
}

#[test]
fn connections_are_shown_spoken_to_and_closed() {
    let gateway = Gateway::start();
    assert!(run(&gateway, "connections list").done().contains("tillbell overlay url"));
    let mut page = gateway.page();
    let rows = run(&gateway, "connections list --json").rows();
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!(row["id"], page.welcome["connection_id"]);
    let id = row["id"].as_str().unwrap();
    let shown = run(&gateway, &format!("connections show {id}")).done();
    assert!(shown.contains(id) && shown.contains("127.0.0.1"), "{shown}");
    run(&gateway, &format!(r#"connections send {id} {{"say":"hello"}}"#)).done();
    assert_eq!(page.expect("message")["data"]["say"], "hello");
    run(&gateway, &format!("connections send {id} nonsense")).failed(2);
    run(&gateway, &format!("connections close {id}")).done();
    assert_eq!(page.close_code(), 4004);
    run(&gateway, "connections show con_nonsense").failed(1);
}

#[test]
fn the_queue_is_steered_and_alerts_are_listed() {
    let gateway = Gateway::start();
    assert!(run(&gateway, "queue skip").failed(1).contains("nothing plays"));
    for (verb, word) in [("pause", "paused"), ("mute", "muted"), ("panic", "panic")] {
        assert!(run(&gateway, &format!("queue {verb}")).done().contains(word), "{verb}");
    }
    run(&gateway, "queue resume").done();
    assert!(run(&gateway, "queue unmute").done().contains("running"));
    let id = &*queued(&gateway, "me");
    let queue = run(&gateway, "queue show").done();
    assert!(queue.contains(id) && queue.contains("ann"), "{queue}");
    assert_eq!(run(&gateway, "alerts list --json").rows()[0]["id"], id);
    assert_eq!(run(&gateway, "alerts list --state queued --json").rows()[0]["id"], id);
    assert!(run(&gateway, "alerts list --state held").done().contains("none is held"));
    run(&gateway, "alerts list --state nonsense").failed(1);
    run(&gateway, &format!("alerts replay {id}")).failed(1);
    run(&gateway, &format!("alerts approve {id}")).failed(1);
    assert!(run(&gateway, &format!("queue skip --alert {id}")).done().contains("skipped"));
    assert!(run(&gateway, &format!("alerts show {id}")).done().contains("skipped"));
    let replayed = run(&gateway, &format!("alerts replay {id} --json")).json();
    assert_eq!(replayed["replay_waiting"], true);
    run(&gateway, "queue clear me").done();
    assert_eq!(run(&gateway, "queue show --json").json()["length"], 0);
    assert!(run(&gateway, "alerts list --missed").done().contains("none missed"));
    assert!(run(&gateway, "alerts replay --missed").done().contains("none missed"));
    assert_eq!(run(&gateway, "alerts replay --missed --json").json(), json!({ "replayed": 0 }));
    assert_eq!(run(&gateway, "alerts replay").code, 2);
    assert!(run(&gateway, "queue show nobody").failed(1).contains("nobody"));
    assert_eq!(run(&gateway, "alerts list --limit 0").code, 2);
}

#[test]
fn keys_find_their_streamer_and_say_what_they_may_not_see() {
    let gateway = Gateway::start();
    run(&gateway, "streamer add mika").done();
    let key = |role: &str| {
        let made = run(&gateway, &format!("key add --streamer mika --role {role} --json")).json();
        format!("--token {}", made["key"].as_str().unwrap())
    };
    let (action, moderator) = (key("action"), key("moderator"));
    assert!(run(&gateway, &format!("{action} queue pause")).done().contains("paused"));
    assert_eq!(run(&gateway, "queue show mika --json").json()["paused"], true);
    // No rules is an answer, too, but not theirs.
    for setting in ["rules", "moderation"] {
        let refused = run(&gateway, &format!("{moderator} {setting} show")).failed(1);
        assert!(refused.contains(setting), "{refused}");
    }
}

#[test]
fn without_a_gateway_commands_say_so_with_75() {
    let mut gateway = Gateway::start();
    let url = gateway.url("");
    assert_eq!(gateway.stop().code(), Some(0));
    for line in [
        "streamer list",
        "overlay url",
        "secret list",
        "key list",
        "connections list",
        "alerts list",
        "queue show",
        "dead-letters list",
        "tail",
        "why evt_1",
        "test-alert",
        "healthcheck",
    ] {
        let said = run(&gateway, line).failed(75);
        assert!(said.contains("tillbell serve"), "{line}: {said}");
        // A gateway that was killed leaves its address behind.
        let said = run(&gateway, &format!("{line} --url {url}")).failed(75);
        assert!(said.contains(&url), "{line}: {said}");
    }
}
