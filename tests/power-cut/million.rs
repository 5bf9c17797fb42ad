//! How long a start takes over a million events, alerts and entries.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use tempfile::TempDir;
use tillbell::store::sqlite::sealing;

use crate::{ledger::Ledger, support::Gateway};

const ROWS: u32 = 1_000_000;

/// What a start may take, over a file that was left clean and over one that was not.
const CLEAN: Duration = Duration::from_secs(2);
const UNCLEAN: Duration = Duration::from_secs(30);

/// Copies of one real sale, under other ids.
const FILL: &str = "
    BEGIN;
    CREATE TEMP TABLE n AS
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) SELECT i FROM n;
    INSERT INTO events SELECT format('evt_x%023d', i), format('al_x%d', i), kind, streamer, door,
        received - i, verified - i, stored - i, attempts, routed, outcome, open, body, due
        FROM n, (SELECT * FROM events LIMIT 1);
    INSERT INTO alerts SELECT format('al_%032x', i), streamer, 'missed', test, created - i, entered,
        NULL, NULL, 1, body FROM n, (SELECT * FROM alerts LIMIT 1);
    INSERT INTO log SELECT streamer, epoch + 1, i, written - ?1 + i, body
        FROM n, (SELECT * FROM log LIMIT 1);
    COMMIT;
";

/// Whether starts are quick enough.
pub(crate) fn run() -> Result<bool, String> {
    let disk = TempDir::new().unwrap();
    let ledger = Ledger::on(disk.path(), &[]);
    let mut node = ledger.start();
    let sale = ledger.new_sale();
    assert_eq!(ledger.deliver(&node, sale), 200);
    assert_eq!(ledger.missing_and_doubled(&node), (0, 0));
    assert!(node.stop().success());
    let file = ledger.data.path().join("tillbell.db");
    let db = Connection::open(&file).unwrap();
    sealing(&db).unwrap();
    db.execute_batch(&FILL.replace("?1", &ROWS.to_string())).unwrap();
    drop(db);
    let bytes = std::fs::metadata(&file).unwrap().len();
    let (mut node, clean) = timed(&ledger);
    node.kill();
    let (node, unclean) = timed(&ledger);
    drop(node);
    println!(
        "{ROWS} events, alerts and entries, {} MB: ready after {} ms, after kill -9 {} ms ({} build)",
        bytes / 1_000_000,
        clean.as_millis(),
        unclean.as_millis(),
        if cfg!(debug_assertions) { "debug" } else { "release" },
    );
    Ok(clean < CLEAN && unclean < UNCLEAN)
}

/// Starts the gateway, and how long that took until it was ready.
fn timed(ledger: &Ledger) -> (Gateway, Duration) {
    let begun = Instant::now();
    let node = ledger.start();
    (node, begun.elapsed())
}
