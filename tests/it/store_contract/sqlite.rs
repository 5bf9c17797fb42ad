//! What only the embedded store promises: about its file, its directory and its disk.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
    sync::Arc,
};

use rusqlite::Connection;
use tillbell::{
    channel::State,
    position::After,
    store::{
        Change, Cutoffs, Document, DocumentKind, Expect, LogPage, Settlement, Store, StoreError,
        sqlite::{Options, SqliteStore},
    },
    time::Timestamp,
};

use super::{
    SqliteHome,
    samples::{accept, alert_id, commit, event, event_id, load, mika, queued, write_log},
};

fn open(home: &SqliteHome) -> Arc<SqliteStore> {
    SqliteStore::open(home.options()).unwrap()
}

fn refusal(options: Options) -> StoreError {
    SqliteStore::open(options).err().expect("it must not open")
}

/// The store in another directory.
fn at_home_in(home: &SqliteHome, dir: &Path) -> Options {
    Options { dir: dir.into(), ..home.options() }
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let home = SqliteHome::new();
    let store = open(&home);
    let refused = refusal(home.options());
    let own = format!(" (process {})", std::process::id());
    assert!(matches!(&refused, StoreError::InUse { pid } if *pid == own), "{refused}");
    store.close().await;
    open(&home);
}

#[tokio::test]
async fn newer_data_is_refused_untouched() {
    let home = SqliteHome::new();
    open(&home).close().await;
    let file = home.0.path().join("tillbell.db");
    Connection::open(&file).unwrap().execute_batch("PRAGMA user_version = 9000").unwrap();
    let before = fs::read(&file).unwrap();
    let refused = refusal(home.options());
    assert!(matches!(refused, StoreError::TooNew { found: 9000, .. }), "{refused}");
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[tokio::test]
async fn data_of_the_first_schema_goes_on() {
    let home = SqliteHome::new();
    let first = include_str!("../../../src/store/sqlite/migrations/0001_first.sql");
    let db = Connection::open(home.0.path().join("tillbell.db")).unwrap();
    db.execute_batch(first).unwrap();
    let alert = alert_id(1).to_string();
    let dead = r#"{"dead_letter":"five attempts"}"#;
    db.execute(
        "INSERT INTO events VALUES ('evt_a', ?1, 'k', NULL, 'webhook', 1, 1, 1, 5, NULL, ?2, 1, x'62')",
        [&alert, dead],
    )
    .unwrap();
    db.execute_batch("PRAGMA user_version = 1").unwrap();
    drop(db);
    let store = open(&home);
    let kept = store.event(&event_id("a")).await.unwrap().unwrap();
    assert_eq!(kept.settled, Some(Settlement::DeadLetter("five attempts".into())));
    assert!(store.redrive(&event_id("a")).await.unwrap());
    store.close().await;
}

#[tokio::test]
async fn what_cannot_be_used_is_named() {
    let home = SqliteHome::new();
    let blocked = home.0.path().join("a file");
    fs::write(&blocked, "").unwrap();
    let refused = refusal(at_home_in(&home, &blocked));
    assert!(refused.to_string().contains("a file"), "{refused}");

    let damaged = home.0.path().join("damaged");
    fs::create_dir(&damaged).unwrap();
    fs::write(damaged.join("tillbell.db"), "no database at all, but long enough ".repeat(99))
        .unwrap();
    let refused = refusal(at_home_in(&home, &damaged));
    assert!(matches!(refused, StoreError::Unreadable { .. }), "{refused}");
}

#[tokio::test]
async fn after_a_crash_the_file_is_looked_through() {
    let home = SqliteHome::new();
    let store = open(&home);
    for number in 0..100 {
        accept(&*store, &number.to_string(), number).await;
    }
    drop(store);
    let file = home.0.path().join("tillbell.db");
    let db = Connection::open(&file).unwrap();
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(db);
    let mut bytes = fs::read(&file).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0xAA);
    fs::write(&file, bytes).unwrap();
    let refused = refusal(home.options());
    assert!(matches!(refused, StoreError::Unreadable { .. }), "{refused}");
}

#[tokio::test]
async fn an_older_copy_begins_new_epochs() {
    let home = SqliteHome::new();
    let store = open(&home);
    write_log(&*store, &[10, 20]).await;
    commit(&*store, Change { alerts: vec![queued(1, 1)], ..Change::default() }).await;
    let before = load(&*store).await;
    store.close().await;
    let file = home.0.path().join("tillbell.db");
    let copy = fs::read(&file).unwrap();

    let store = open(&home);
    assert!(!store.restored());
    write_log(&*store, &[30]).await;
    store.close().await;
    fs::write(&file, copy).unwrap();

    let store = open(&home);
    assert!(store.restored());
    let after = load(&*store).await;
    let position = before.state.position();
    assert_ne!(after.state.epoch, before.state.epoch);
    assert_ne!(after.token, before.token);
    assert_eq!(after.state, State { epoch: after.state.epoch, offset: 0, ..before.state });
    assert_eq!(after.head, before.head, "what waits is still there");
    let found = store.log(&mika(), After::Position(position), 10).await.unwrap();
    assert_eq!(found, LogPage::HistoryLost { oldest: after.state.position() });
    store.close().await;

    let store = open(&home);
    assert!(store.restored(), "until what waits has been set aside");
    assert_eq!(load(&*store).await.state.epoch, after.state.epoch, "one new epoch only");
    store.end_restoring().await.unwrap();
    assert!(!store.restored());
    store.close().await;
    assert!(!open(&home).restored(), "once only");
}

#[tokio::test]
async fn a_backup_is_whole_and_knows_what_it_is() {
    let home = SqliteHome::new();
    let store = open(&home);
    accept(&*store, "a", 1).await;
    write_log(&*store, &[10]).await;
    let dir = home.0.path().join("restored");
    fs::create_dir(&dir).unwrap();
    let mut copied = store.backup().await.unwrap();
    let mut target = File::create(dir.join("tillbell.db")).unwrap();
    io::copy(&mut copied, &mut target).unwrap();
    let names = fs::read_dir(home.0.path()).unwrap().map(|file| file.unwrap().file_name());
    let drafts = names.filter(|name| name.to_string_lossy().starts_with("backup"));
    assert_eq!(drafts.count(), 0, "no draft is left");

    let copy = SqliteStore::open(at_home_in(&home, &dir)).unwrap();
    assert!(copy.restored());
    assert!(copy.event(&event_id("a")).await.unwrap().is_some());
    assert_ne!(load(&*copy).await.state.epoch, load(&*store).await.state.epoch);
}

/// Restored over a database whose process was killed: SQLite would write the log of that one into
/// the copy.
#[tokio::test]
async fn a_copy_is_not_mixed_with_the_log_it_finds() {
    let home = SqliteHome::new();
    let store = open(&home);
    accept(&*store, "a", 1).await;
    let mut copied = store.backup().await.unwrap();
    for number in 0..50 {
        accept(&*store, &format!("later{number}"), 100 + number).await;
    }
    let log = home.0.path().join("tillbell.db-wal");
    let foreign = fs::read(&log).unwrap();
    drop(store);
    io::copy(&mut copied, &mut File::create(home.0.path().join("tillbell.db")).unwrap()).unwrap();
    fs::write(&log, foreign).unwrap();

    let store = open(&home);
    assert!(store.restored());
    assert!(store.event(&event_id("a")).await.unwrap().is_some());
    assert_eq!(store.unsettled_count().await.unwrap(), 1);
    accept(&*store, "after", 200).await;
    drop(store);
    assert_eq!(open(&home).unsettled_count().await.unwrap(), 2, "its own log is read");
}

#[tokio::test]
async fn a_full_disk_refuses_and_recovers() {
    let home = SqliteHome::new();
    let options = Options { ballast: 1 << 20, max_pages: Some(800), ..home.options() };
    let store = SqliteStore::open(options).unwrap();
    let ballast = home.0.path().join("ballast");
    assert_eq!(fs::metadata(&ballast).unwrap().len(), 1 << 20);
    let large = |number: u128| {
        let mut event = event(&number.to_string(), alert_id(number));
        // Nothing that packing makes smaller.
        let mut body = vec![0; 20_000];
        getrandom::fill(&mut body).unwrap();
        event.body = body.into();
        event
    };
    store.accept(large(0)).await.unwrap();
    store.settle(&event_id("0"), Settlement::Joined).await.unwrap();
    let mut kept = 1;
    let refused = loop {
        match store.accept(large(kept)).await {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, StoreError::Full), "{refused}");
    assert!(kept > 10);
    assert!(!ballast.exists(), "its room is given to the database");
    assert_eq!(store.unsettled_count().await.unwrap(), u64::try_from(kept - 1).unwrap());
    assert!(store.event(&event_id(&kept.to_string())).await.unwrap().is_none());

    let past = Timestamp::from_millis(0);
    let bodies = Timestamp::from_millis(i64::MAX);
    let cutoffs = Cutoffs { events: bodies, log: past, alerts: None, ids: past, limit: 10 };
    assert_eq!(store.expire(cutoffs).await.unwrap(), 1);
    accept(&*store, "after", 1_000).await;
}

#[tokio::test]
async fn only_what_waits_below_a_key_is_said_to_wait() {
    let home = SqliteHome::new();
    let store = open(&home);
    for id in ["session:cs_1/evt_1", "session:cs_22/evt_2"] {
        let body = serde_json::json!("evt_1");
        let row = Document { id: id.into(), owner: None, version: 0, expires: None, body };
        store.put_document(DocumentKind::Waiting, row, Expect::Any).await.unwrap();
    }
    for (key, waits) in [("session:cs_1", true), ("session:cs_2", false), ("session:cs", false)] {
        assert_eq!(store.index(&[key.into()], &mika()).await.unwrap(), waits, "{key}");
    }
}

#[tokio::test]
async fn a_load_that_never_ends_writes_over_the_log() {
    let home = SqliteHome::new();
    let store = open(&home);
    let log = home.0.path().join("tillbell.db-wal");
    let salts = || {
        let mut header = [0; 24];
        File::open(&log).unwrap().read_exact(&mut header).unwrap();
        header[16..].to_vec()
    };
    accept(&*store, "0", 1).await;
    let before = salts();
    let mut body = vec![0; 20_000];
    getrandom::fill(&mut body).unwrap();
    let mut number = 1;
    while salts() == before {
        number += 1;
        assert!(number < 2_500, "50 MB are written, and none of it over what was there");
        let mut event = event(&number.to_string(), alert_id(number));
        event.body = body.clone().into();
        store.accept(event).await.unwrap();
    }
}
