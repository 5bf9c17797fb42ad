//! Damaged files: what a start makes of a database and a log with flipped bits or a torn end.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use rusqlite::{Connection, config::DbConfig, functions::FunctionFlags, types::Value};
use serde_json::json;
use tempfile::TempDir;
use tillbell::{
    clock::Clock,
    id::StreamerId,
    position::After,
    store::{
        AlertFilter, DocumentKind, Names, Store, StoreError,
        sqlite::{Options, SqliteStore},
    },
    stripe::sale::{IdKind, PurchaseId},
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

const SALES: u32 = 40;

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
    let sell = |gateway: &Gateway, sales| {
        for sale in sales {
            let body = checkout(sale).to_string();
            assert_eq!(gateway.deliver("/webhooks/stripe", body.as_bytes(), SECRET).status, 200);
        }
    };
    sell(&gateway, 1..=SALES / 4);
    // Who reads keeps what comes after from being moved into the database: as between two checkpoints.
    let reader = Connection::open(gateway.data.path().join(DATABASE)).unwrap();
    reader.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    let reading = reader.unchecked_transaction().unwrap();
    let _count: u32 = reading.query_row("SELECT count(*) FROM meta", [], |row| row.get(0)).unwrap();
    sell(&gateway, SALES / 4 + 1..=SALES);
    gateway.wait_for_length(SALES as usize);
    gateway.kill();
    Arc::clone(&gateway.data)
}

/// The two files, damaged by `damage`, in a directory of their own; what came of a start there.
fn start_after(
    data: &Path,
    damage: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>),
) -> (TempDir, Result<Arc<SqliteStore>, StoreError>) {
    let dir = TempDir::new().unwrap();
    let read = |name: &str| fs::read(data.join(name)).unwrap();
    let (mut database, mut log) = (read(DATABASE), read(LOG));
    damage(&mut database, &mut log);
    fs::write(dir.path().join(DATABASE), database).unwrap();
    fs::write(dir.path().join(LOG), log).unwrap();
    fs::write(dir.path().join("boot"), read("boot")).unwrap();
    let options = Options { ballast: 0, ..Options::new(dir.path(), Clock::start()) };
    (dir, SqliteStore::open(options))
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
            Ok(_) if rows(dir.path()).unwrap() == whole => harmless += 1,
            // The last commit is not told from one that was torn.
            Ok(_) => {
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

/// What a store says when it is asked for everything, question by question; what it refuses is `None`.
async fn told(store: &SqliteStore) -> Vec<Option<String>> {
    let me: StreamerId = "me".parse().unwrap();
    // What waits is told without what is damaged, and that is said.
    let head = store.load(&me, &Names::default()).await.map(|loaded| format!("{:?}", loaded.head));
    let mut told = vec![head.ok().filter(|_| store.damage().is_empty())];
    let mut say = |answer: Result<String, StoreError>| match answer {
        Ok(text) => told.push(Some(text)),
        Err(error) => {
            assert!(matches!(error, StoreError::Unreadable { .. }), "{error}");
            told.push(None);
        }
    };
    for sale in 1..=SALES {
        let session = PurchaseId::new(IdKind::Session, format!("cs_live_{sale:024}"));
        let names = Names { purchases: vec![session], ..Names::default() };
        let found = store.load(&me, &names).await;
        say(found.map(|l| format!("{:?}", (l.state, l.named, l.purchases, l.token))));
    }
    say(store.events(None, 1000).await.map(|page| format!("{page:?}")));
    let all = AlertFilter { limit: 1000, ..AlertFilter::default() };
    say(store.alerts(&me, all).await.map(|alerts| format!("{alerts:?}")));
    say(store.log(&me, After::Oldest, 1000).await.map(|page| format!("{page:?}")));
    say(store.totals(&me).await.map(|totals| format!("{totals:?}")));
    for kind in DocumentKind::ALL {
        say(store.documents(kind, None, None, 1000).await.map(|all| format!("{all:?}")));
    }
    told
}

#[tokio::test]
async fn a_flipped_bit_in_the_database_changes_nothing_that_is_read() {
    let data = killed();
    // With all of it in the database, and none in the log.
    let (whole, opened) = start_after(data.path(), |_, _| {});
    let before = told(&opened.unwrap()).await;
    assert!(before.iter().all(Option::is_some));
    let database = fs::read(whole.path().join(DATABASE)).unwrap();
    let (mut chance, mut refused, mut found, mut harmless) = (Random(SEED), 0, 0, 0);
    for number in 0..FLIPS {
        let (_dir, opened) = start_after(data.path(), |into, log| {
            log.clear();
            into.clone_from(&database);
            flip(into, &mut chance);
        });
        let Ok(store) = opened else {
            refused += 1;
            continue;
        };
        let now = told(&store).await;
        for (before, now) in before.iter().zip(&now) {
            assert!(
                now.is_none() || now == before,
                "flip {number} of seed {SEED}: {before:?} became {now:?}"
            );
        }
        let is_found = now != before || !store.damage().is_empty();
        *(if is_found { &mut found } else { &mut harmless }) += 1;
    }
    println!(
        "{FLIPS} flips in the database: {refused} refused at the start, {found} found when read, \
         {harmless} changed nothing, 0 changed what is read"
    );
    assert!(refused > 0 && found > 0);
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

/// Changes rows as a disk would: their sums do not follow.
pub(crate) fn damage(data: &Path, sql: &str) {
    let db = Connection::open(data.join(DATABASE)).unwrap();
    db.create_scalar_function("seal", -1, FunctionFlags::SQLITE_DETERMINISTIC, |_| Ok(0)).unwrap();
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false).unwrap();
    assert_eq!(db.execute(sql, []).unwrap(), 1, "{sql}");
}

#[test]
fn a_damaged_alert_is_said_and_what_waits_with_it_plays() {
    let mut gateway = Gateway::with_secret(SECRET);
    for sale in 1..=3 {
        let body = checkout(sale).to_string();
        assert_eq!(gateway.deliver("/webhooks/stripe/me", body.as_bytes(), SECRET).status, 200);
        gateway.wait_for_length(sale as usize);
    }
    let alerts = gateway.get("/api/v1/streamers/me/alerts").json();
    let ids: Vec<_> = (0..3).map(|at| alerts["data"][2 - at]["id"].clone()).collect();
    gateway.stop();
    let damaged = ids[1].as_str().unwrap();
    damage(
        gateway.data.path(),
        &format!("UPDATE alerts SET body = CAST(body || 'x' AS BLOB) WHERE id = '{damaged}'"),
    );
    let gateway =
        Gateway::start_with(Setup { data: Some(gateway.data.clone()), ..Setup::default() });
    let mut page = gateway.page();
    for id in [&ids[0], &ids[2]] {
        let play = page.expect("play");
        assert_eq!(&play["alert"]["id"], id);
        page.ack("started", &play);
        page.ack("finished", &play);
    }
    let one = gateway.get(&format!("/api/v1/streamers/me/alerts/{damaged}"));
    assert_eq!(one.status, 500);
    assert!(one.json()["detail"].as_str().unwrap().contains(damaged), "{one:?}");
    let status = gateway.get("/api/v1/status").json();
    assert!(status["damage"][0].as_str().unwrap().contains(damaged), "{status}");
    let mut doctor = tillbell();
    doctor.arg("doctor").arg("--data").arg(gateway.data.path());
    let said = String::from_utf8(doctor.output().unwrap().stdout).unwrap();
    assert!(said.contains(&format!("alert {damaged} in the store cannot be read")), "{said}");
    let replay = gateway.post(&format!("/api/v1/streamers/me/alerts/{damaged}/replay"), &json!({}));
    assert_eq!(replay.status, 500, "{replay:?}");
    // An event of its sale gets no outcome, and those behind it do not wait for that.
    let mut again = checkout(2);
    again["id"] = json!("evt_of_the_same_sale");
    again["type"] = json!("checkout.session.async_payment_succeeded");
    for body in [again.to_string(), checkout(4).to_string()] {
        assert_eq!(gateway.deliver("/webhooks/stripe/me", body.as_bytes(), SECRET).status, 200);
    }
    page.expect("play");
    assert_eq!(gateway.get("/api/v1/status").json()["unsettled"], 1);
}
