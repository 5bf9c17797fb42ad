//! What becomes of records that the disk changed: each is refused, and what does not need it goes on.

use tillbell::{
    money::Currency,
    position::After,
    store::{
        Accepted, AlertFilter, Change, Document, DocumentKind, Expect, Fact, Names, Settlement,
        Store, StoreError, sqlite::SqliteStore,
    },
};

use super::{
    SqliteHome,
    samples::{accept, alert_id, at, commit, event, event_id, load, mika, queued, write_log},
};
use crate::{disk::damage::damage, support::wait_for};

/// A store over what `sql` changed behind its back.
fn damaged(home: &SqliteHome, sql: &str) -> std::sync::Arc<SqliteStore> {
    damage(home.0.path(), sql);
    SqliteStore::open(home.options()).unwrap()
}

async fn stored(home: &SqliteHome, change: Change) {
    let store = SqliteStore::open(home.options()).unwrap();
    accept(&*store, "a", 1).await;
    commit(&*store, change).await;
    write_log(&*store, &[10]).await;
    store.close().await;
}

fn names<T: std::fmt::Debug>(answer: Result<T, StoreError>, record: &str) {
    match answer {
        Err(StoreError::Unreadable { what, .. }) => assert_eq!(what, record),
        other => panic!("{record}: {other:?}"),
    }
}

#[tokio::test]
async fn a_damaged_event_is_replaced_by_its_next_delivery() {
    let home = SqliteHome::new();
    stored(&home, Change::default()).await;
    let store = damaged(&home, "UPDATE events SET attempts = 7");
    names(store.event(&event_id("a")).await, "event evt_a");
    assert_eq!(store.unsettled(at(i64::MAX), 10).await.unwrap(), []);
    // What is changed in place is not called whole again.
    store.settle(&event_id("a"), Settlement::Joined).await.unwrap();
    names(store.event(&event_id("a")).await, "event evt_a");
    let again = store.accept(event("a", alert_id(2))).await.unwrap();
    assert_eq!(again, Accepted::New);
    let found = store.event(&event_id("a")).await.unwrap().unwrap();
    assert_eq!((found.event.alert, found.attempts, found.settled), (alert_id(2), 1, None));
}

#[tokio::test]
async fn a_copy_does_not_make_a_damaged_record_whole() {
    let home = SqliteHome::new();
    stored(&home, Change::default()).await;
    let store = damaged(&home, "UPDATE events SET kind = 'other'");
    let mut copy = store.backup().await.unwrap();
    store.close().await;
    let other = SqliteHome::new();
    let mut file = std::fs::File::create(other.0.path().join("tillbell.db")).unwrap();
    std::io::copy(&mut copy, &mut file).unwrap();
    let store = SqliteStore::open(other.options()).unwrap();
    names(store.event(&event_id("a")).await, "event evt_a");
}

#[tokio::test]
async fn a_damaged_total_is_refused_and_sales_go_on() {
    let euro: Currency = "eur".parse().unwrap();
    let total = || Change {
        facts: vec![Fact::Total { currency: euro, minor: 100, orders: 1 }],
        ..Change::default()
    };
    let home = SqliteHome::new();
    stored(&home, total()).await;
    let store = damaged(&home, "UPDATE totals SET minor = 101");
    names(store.totals(&mika()).await, "total mika eur");
    commit(&*store, total()).await;
    names(store.totals(&mika()).await, "total mika eur");
    assert_eq!(store.damage().len(), 1);
}

#[tokio::test]
async fn each_kind_of_record_is_refused() {
    let home = SqliteHome::new();
    stored(&home, Change { alerts: vec![queued(1, 1)], ..Change::default() }).await;
    let store = damaged(&home, "UPDATE alerts SET spot_order = 9");
    names(store.alert(&mika(), alert_id(1)).await, &format!("alert {}", alert_id(1)));
    assert!(load(&*store).await.head.is_empty(), "the others are loaded without it");
    let named = Names { alerts: vec![alert_id(1)], ..Names::default() };
    assert!(store.load(&mika(), &named).await.is_err());
    store.close().await;

    let store = damaged(&home, "UPDATE log SET written = 11");
    names(store.log(&mika(), After::Oldest, 9).await, "log entry mika 1");
    store.close().await;

    let store = damaged(&home, "UPDATE channels SET head = 2");
    names(store.load(&mika(), &Names::default()).await, "channel mika");
    assert_eq!(store.heads(&[mika()]).await.unwrap(), [None]);
    assert_eq!(store.damage().len(), 1, "what nobody reads is not found");
    drop(store);
    let store = SqliteStore::open(home.options()).unwrap();
    wait_for("all records to be looked at", || (store.damage().len() == 3).then_some(()));
}

#[tokio::test]
async fn a_damaged_document_can_only_be_removed() {
    let home = SqliteHome::new();
    let store = SqliteStore::open(home.options()).unwrap();
    let document = || Document {
        id: "one".into(),
        owner: None,
        version: 0,
        expires: None,
        body: serde_json::json!({}),
    };
    let kind = DocumentKind::Gateway;
    store.put_document(kind, document(), Expect::Absent).await.unwrap();
    store.close().await;
    let store = damaged(&home, "UPDATE documents SET version = 8");
    names(store.document(kind, "one").await, "document gateway one");
    names(store.put_document(kind, document(), Expect::Any).await, "document gateway one");
    assert!(store.remove_document(kind, "one").await.unwrap());
    assert_eq!(store.put_document(kind, document(), Expect::Absent).await.unwrap(), Some(1));
}

#[tokio::test]
async fn a_damaged_index_is_made_anew_after_a_crash() {
    let home = SqliteHome::new();
    stored(&home, Change { alerts: vec![queued(1, 1)], ..Change::default() }).await;
    // A start that ends as in a crash, with all of it in the database.
    drop(SqliteStore::open(home.options()).unwrap());
    let file = home.0.path().join("tillbell.db");
    let mut bytes = std::fs::read(&file).unwrap();
    // As the index of the list has it; the row has the id first.
    let (key, id) = (b"mika", alert_id(1).to_string());
    let at = bytes
        .windows(key.len() + id.len())
        .position(|found| found == [key, id.as_bytes()].concat());
    bytes[at.unwrap()] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let store = SqliteStore::open(home.options()).unwrap();
    let all = AlertFilter { limit: 9, ..AlertFilter::default() };
    assert_eq!(store.alerts(&mika(), all).await.unwrap(), [queued(1, 1)]);
    assert!(store.damage().is_empty());
}
