//! Damaged files: what a start makes of a database and a log with flipped bits or a torn end.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use rusqlite::{Connection, types::Value};
use tempfile::TempDir;
use tillbell::{
    clock::Clock,
    store::{
        StoreError,
        sqlite::{Options, SqliteStore},
    },
};

use super::SECRET;
use crate::{
    support::Random,
    support::{Gateway, Setup, checkout, refused, tillbell},
};

const DATABASE: &str = "tillbell.db";
const LOG: &str = "tillbell.db-wal";

/// Bits flipped in each of the two files, one at a time.
const FLIPS: usize = 100;

const SEED: u64 = 6;

/// All rows that matter, as text.
type Rows = BTreeSet<String>;

fn rows(dir: &Path) -> rusqlite::Result<Rows> {
    let db = Connection::open(dir.join(DATABASE))?;
    let mut rows = Rows::new();
    for table in ["events", "alerts", "log", "purchases", "totals", "buyers", "documents"] {
        let mut select = db.prepare(&format!("SELECT * FROM {table} NOT INDEXED"))?;
        let columns = select.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            let values: Result<Vec<Value>, _> =
                (0..columns).map(|column| row.get(column)).collect();
            Ok(format!("{table} {:?}", values?))
        };
        for row in select.query_map([], row)? {
            rows.insert(row?);
        }
    }
    Ok(rows)
}

/// What a gateway leaves that was killed after some sales: a database, and newer ones in its log.
fn killed() -> Arc<TempDir> {
    let mut gateway = Gateway::with_secret(SECRET);
    for sale in 1..=40 {
        let body = checkout(sale).to_string();
        assert_eq!(gateway.deliver("/webhooks/stripe", body.as_bytes(), SECRET).status, 200);
    }
    gateway.wait_for_length(40);
    gateway.kill();
    // A part of them in the database, the others in the log only: as between two checkpoints.
    Arc::clone(&gateway.data)
}

/// The two files, damaged by `damage`, in a directory of their own; what came of a start there.
fn start_after(
    data: &Path,
    damage: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>),
) -> (TempDir, Result<(), StoreError>) {
    let dir = TempDir::new().unwrap();
    let read = |name: &str| fs::read(data.join(name)).unwrap();
    let (mut database, mut log) = (read(DATABASE), read(LOG));
    damage(&mut database, &mut log);
    fs::write(dir.path().join(DATABASE), database).unwrap();
    fs::write(dir.path().join(LOG), log).unwrap();
    fs::write(dir.path().join("boot"), read("boot")).unwrap();
    let options = Options { ballast: 0, ..Options::new(dir.path(), Clock::start()) };
    (dir, SqliteStore::open(options).map(drop))
}

fn flip(bytes: &mut [u8], chance: &mut Random) {
    let at = chance.index(bytes.len());
    bytes[at] ^= 1 << chance.below(8);
}

#[test]
fn a_torn_end_of_the_log_costs_only_what_was_torn() {
    let data = killed();
    let length = fs::read(data.path().join(LOG)).unwrap().len();
    let mut chance = Random(SEED);
    let (whole, opened) = start_after(data.path(), |_, _| {});
    opened.unwrap();
    let whole = rows(whole.path()).unwrap();
    for _ in 0..20 {
        let kept = chance.index(length);
        let (dir, opened) = start_after(data.path(), |_, log| log.truncate(kept));
        opened.unwrap_or_else(|error| panic!("{kept} of {length} bytes: {error}"));
        let found = rows(dir.path()).unwrap();
        assert!(found.len() <= whole.len(), "{kept}: more rows than there were");
    }
    // What was being written when the power went.
    let (dir, opened) = start_after(data.path(), |_, log| {
        let last = log.len() - 1000;
        log[last..].fill(0);
    });
    opened.unwrap();
    assert!(rows(dir.path()).unwrap().len() > whole.len() - 20);
}

#[test]
fn a_flipped_bit_in_the_log_is_found_and_said() {
    let data = killed();
    let whole = rows(start_after(data.path(), |_, _| {}).0.path()).unwrap();
    let (mut chance, mut refusals, mut harmless) = (Random(SEED), 0, 0);
    for number in 0..FLIPS {
        let (dir, opened) = start_after(data.path(), |_, log| flip(log, &mut chance));
        match opened {
            Err(error) => {
                assert!(error.to_string().contains("damaged before its last"), "{error}");
                refusals += 1;
            }
            Ok(()) if rows(dir.path()).unwrap() == whole => harmless += 1,
            // The last commit is not told from one that was torn.
            Ok(()) => {
                let missing = whole.difference(&rows(dir.path()).unwrap()).count();
                assert!(
                    missing < 10,
                    "flip {number} of seed {SEED}: {missing} rows without a word"
                );
            }
        }
    }
    println!("{FLIPS} flips in the log: {refusals} refused, {harmless} changed nothing");
    assert!(refusals > FLIPS / 2, "{refusals}");
}

#[test]
fn a_flipped_bit_in_the_database_is_found_or_in_one_row() {
    let data = killed();
    // With all of it in the database, and none in the log.
    let (whole, opened) = start_after(data.path(), |_, _| {});
    opened.unwrap();
    let rows_before = rows(whole.path()).unwrap();
    let database = fs::read(whole.path().join(DATABASE)).unwrap();
    let (mut chance, mut found, mut harmless, mut silent) = (Random(SEED), 0, 0, 0);
    for number in 0..FLIPS {
        let (dir, opened) = start_after(data.path(), |into, log| {
            log.clear();
            into.clone_from(&database);
            flip(into, &mut chance);
        });
        match opened.map(|()| rows(dir.path())) {
            Err(_) | Ok(Err(_)) => found += 1,
            Ok(Ok(now)) if now == rows_before => harmless += 1,
            Ok(Ok(now)) => {
                let changed = rows_before.difference(&now).count();
                assert_eq!(changed, 1, "flip {number} of seed {SEED}: rows without a word");
                silent += 1;
            }
        }
    }
    println!(
        "{FLIPS} flips in the database: {found} found, {harmless} changed nothing, {silent} changed \
         what one row says"
    );
    assert!(found > 0);
}

#[test]
fn a_damaged_log_refuses_the_start_until_it_is_moved_away() {
    let data = killed();
    let log = data.path().join(LOG);
    let mut bytes = fs::read(&log).unwrap();
    bytes[32 + 24 + 100] ^= 1;
    fs::write(&log, &bytes).unwrap();
    let mut serve = tillbell();
    serve.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data.path());
    let said = refused(&mut serve, 1);
    assert!(said.contains("tillbell.db-wal") && said.contains("move this file away"), "{said}");
    assert_eq!(fs::read(&log).unwrap(), bytes, "untouched");
    fs::remove_file(&log).unwrap();
    Gateway::start_with(Setup { data: Some(data), ..Setup::default() });
}
