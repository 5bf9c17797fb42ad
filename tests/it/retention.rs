//! What is old goes, a little at a time, and holds up no sale.

use rusqlite::Connection;
use tillbell::store::sqlite::sealing;

use crate::support::{Gateway, Setup, checkout, wait_for};

const SECRET: &str = "whsec_of_the_tests_1";

/// Old rows of each kind: forty steps of retention.
const OLD: u32 = 8_000;

/// A moment of 2001, in milliseconds.
const LONG_AGO: i64 = 1_000_000_000_000;

/// Puts old events with bodies and an old log into the file of a gateway that has stopped.
fn grow_old(file: &std::path::Path) {
    let mut db = Connection::open(file).unwrap();
    sealing(&db).unwrap();
    let rows = db.transaction().unwrap();
    let body = vec![b'y'; 3_000];
    for n in 0..OLD {
        let (id, alert) = (format!("evt_old{n}"), format!("al_{n:032x}"));
        let event = "INSERT INTO events (id, alert, kind, streamer, door, received, verified, stored, \
             attempts, outcome, body) VALUES (?1, ?2, 'x', 'me', 'webhook', ?3, ?3, ?3, 1, '\"joined\"', ?4)";
        rows.execute(event, (&id, &alert, LONG_AGO, &body)).unwrap();
        let entry = "INSERT INTO log (streamer, epoch, offset, written, body) VALUES ('gone', 7, ?1, ?2, x'7b7d')";
        rows.execute(entry, (n + 1, LONG_AGO)).unwrap();
    }
    rows.commit().unwrap();
}

fn old_rows(db: &Connection) -> u32 {
    let sql = "SELECT (SELECT count(*) FROM events WHERE id LIKE 'evt_old%') \
         + (SELECT count(*) FROM log WHERE streamer = 'gone')";
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_backlog_goes_in_steps_while_sales_are_answered() {
    let mut gateway = Gateway::with_secret(SECRET);
    let sell = |gateway: &Gateway, n: u32| {
        let body = checkout(n).to_string();
        let answer = gateway.deliver("/webhooks/stripe/me", body.as_bytes(), SECRET);
        assert_eq!(answer.status, 200, "{answer:?}");
    };
    sell(&gateway, 1);
    gateway.wait_for_length(1);
    gateway.stop();
    let file = gateway.data.path().join("tillbell.db");
    grow_old(&file);
    let gateway =
        Gateway::start_with(Setup { data: Some(gateway.data.clone()), ..Setup::default() });
    let db = Connection::open(&file).unwrap();
    sell(&gateway, 2);
    let left = old_rows(&db);
    assert!(left > 0, "a sale was answered before all of it was gone");
    (3..20).for_each(|n| sell(&gateway, n));
    wait_for("all that is old to go", || (old_rows(&db) == 0).then_some(()));
    let totals = gateway.get("/api/v1/streamers/me/totals").json();
    assert_eq!(totals["data"][0]["orders"], 19, "totals survive: {totals}");
    gateway.wait_for_length(19);
}
