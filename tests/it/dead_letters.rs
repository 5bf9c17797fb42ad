//! Events whose outcome cannot be made: tried again with growing waits, then kept for a person.

use std::process::Output;

use rusqlite::{Connection, params};
use serde_json::{Value, json};
use tillbell::store::sqlite::sealing;

use crate::support::{Gateway, checkout, tillbell, wait_for};

const SECRET: &str = "whsec_of_the_gateway";
const LETTERS: &str = "/api/v1/dead-letters";

/// What waits for a second attempt is first taken up after 5 s.
const REST_MS: i64 = 5_000;

fn run(gateway: &Gateway, line: &str) -> Output {
    tillbell().args(line.split(' ')).arg("--data").arg(gateway.data.path()).output().unwrap()
}

/// A sale on the shared webhook for a streamer's account.
fn sell(gateway: &Gateway, n: u32, account: &str) -> String {
    let mut sale = checkout(n);
    sale["account"] = json!(account);
    let answer = gateway.deliver("/webhooks/stripe", sale.to_string().as_bytes(), SECRET);
    assert_eq!((answer.status, &answer.json()["result"]), (200, &json!("accepted")), "{answer:?}");
    sale["id"].as_str().unwrap().to_owned()
}

fn with_gateway_secret() -> Gateway {
    let gateway = Gateway::start();
    let added = gateway.post("/api/v1/secrets", &json!({ "secret": SECRET }));
    assert_eq!(added.status, 201, "{added:?}");
    gateway
}

#[track_caller]
fn letters(gateway: &Gateway, query: &str, count: usize) -> Vec<Value> {
    wait_for("the dead letters", || {
        let listed = gateway.get(&format!("{LETTERS}?{query}")).json();
        Some(listed["data"].as_array().unwrap().clone()).filter(|all| all.len() == count)
    })
}

/// How often an event was tried, and how long after its storing it is due.
fn attempts_and_rest(gateway: &Gateway, event: &str) -> (u32, i64) {
    let db = Connection::open(gateway.data.path().join("tillbell.db")).unwrap();
    let sql = "SELECT attempts, due - stored FROM events WHERE id = ?1";
    db.query_row(sql, [event], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

#[test]
fn a_failed_attempt_is_counted_rests_and_is_a_dead_letter_after_the_last() {
    let gateway = with_gateway_secret();
    assert!(run(&gateway, "account add acct_me --streamer me").status.success());
    let file = gateway.data.path().join("tillbell.db");
    let account = |body: &str| {
        let db = Connection::open(&file).unwrap();
        sealing(&db).unwrap();
        let sql = "UPDATE documents SET body = ?1 WHERE kind = 'account' AND id = 'acct_me'";
        assert_eq!(db.execute(sql, [body]).unwrap(), 1);
    };
    let sql = "SELECT body FROM documents WHERE kind = 'account' AND id = 'acct_me'";
    let whole: String =
        Connection::open(&file).unwrap().query_row(sql, [], |row| row.get(0)).unwrap();
    account("\"of another age\"");

    let event = sell(&gateway, 1, "acct_me");
    wait_for("the first attempt to fail", || gateway.log().contains("attempt=1").then_some(()));
    let (attempts, rest) = wait_for("the rest", || {
        Some(attempts_and_rest(&gateway, &event)).filter(|(_, rest)| *rest > 0)
    });
    assert_eq!(attempts, 1);
    assert!((REST_MS..REST_MS + 5_000).contains(&rest), "{rest}");
    // A restart makes no rest shorter: the one before the last is put into the file, far away.
    let gateway = gateway.kill_and_restart();
    let put = |attempts: u32, due: i64| {
        let db = Connection::open(&file).unwrap();
        sealing(&db).unwrap();
        let sql = "UPDATE events SET attempts = ?2, due = stored + ?3 WHERE id = ?1";
        assert_eq!(db.execute(sql, params![event, attempts, due]).unwrap(), 1);
    };
    put(4, 600_000);
    let gateway = gateway.kill_and_restart();
    let other = sell(&gateway, 2, "acct_of_nobody");
    let nobodys = letters(&gateway, "", 1);
    assert_eq!(nobodys[0]["event"], other);
    assert_eq!(attempts_and_rest(&gateway, &event), (4, 600_000));
    put(4, 0);
    let letter = letters(&gateway, "type=checkout.session.completed&reason=five", 1).remove(0);
    assert_eq!((&letter["event"], &letter["attempts"]), (&json!(event), &json!(5)));

    account(&whole);
    assert!(run(&gateway, "dead-letters redrive --all --reason five").status.success());
    wait_for("the alert", || (gateway.alerts().len() == 1).then_some(()));
    assert_eq!(letters(&gateway, "", 1)[0]["event"], other, "what was not meant stays");
}

/// As when a process that stood still for a while goes on after another has taken its events over.
#[test]
fn what_came_to_its_outcome_elsewhere_leaves_no_dead_letter() {
    let gateway = with_gateway_secret();
    let db = Connection::open(gateway.data.path().join("tillbell.db")).unwrap();
    db.execute_batch(
        "CREATE TRIGGER elsewhere AFTER INSERT ON documents WHEN NEW.kind = 'dead_letter' \
         BEGIN UPDATE events SET outcome = '\"joined\"', open = 0; END",
    )
    .unwrap();
    let event = sell(&gateway, 1, "acct_of_nobody");
    wait_for("the outcome", || {
        let why = gateway.get(&format!("/api/v1/why/{event}")).json();
        (why["outcome"] == "told more about a known purchase").then_some(())
    });
    letters(&gateway, "", 0);
    assert!(!gateway.log().contains("became a dead letter"), "{}", gateway.log());
}

#[test]
fn all_are_redriven_once_a_page_at_a_time() {
    let gateway = with_gateway_secret();
    let accounts = ["acct_mika", "acct_of_nobody"];
    (0..6).for_each(|n| drop(sell(&gateway, n, accounts[n as usize % 2])));
    let all = letters(&gateway, "", 6);
    assert_eq!(letters(&gateway, "reason=acct_mika", 3).len(), 3);
    assert_eq!(letters(&gateway, "type=charge.refunded", 0).len(), 0);
    assert!(run(&gateway, "account add acct_mika --streamer me").status.success());
    let mut after = String::new();
    for (redriven, last) in [(4, false), (2, true)] {
        let path = format!("{LETTERS}/redrive?limit=4{after}");
        let answer = gateway.admin("POST", &path, None).json();
        assert_eq!(answer["redriven"], redriven, "{answer}");
        // Four may have been all there are, as far as a full page can tell; two are the end.
        assert_eq!(answer["next"].is_null(), last, "{answer}");
        after = format!("&after={}", answer["next"].as_str().unwrap_or_default());
    }
    wait_for("the sales", || (gateway.alerts().len() == 3).then_some(()));
    let left = letters(&gateway, "reason=acct_of_nobody", 3);
    assert!(left.iter().all(|letter| all.contains(letter)), "one is one, however often: {left:?}");
    let told = run(&gateway, "dead-letters redrive --all --json");
    assert_eq!(String::from_utf8_lossy(&told.stdout).trim(), r#"{"redriven":3}"#, "{told:?}");
    for (line, code) in [
        ("dead-letters redrive", 2),
        ("dead-letters redrive --reason acct", 2),
        ("dead-letters redrive dl_1 --all", 2),
        ("dead-letters list --type x", 0),
    ] {
        assert_eq!(run(&gateway, line).status.code(), Some(code), "{line}");
    }
}
