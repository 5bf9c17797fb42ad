//! What a store tells, held against what another tells: more of everything than is carried at once.

use bytes::Bytes;
use serde_json::json;
use tillbell::{
    alert::{AlertState, Spot},
    channel::{Entry, EntryType, Purchase},
    clock::Clock,
    id::{AlertId, EventId, NodeId, StreamerId},
    position::After,
    store::{
        AlertFilter, BuyerKey, Change, Committed, Cutoffs, Document, DocumentKind, Door, Expect,
        Fact, LogPage, Names, NewEvent, Settlement, Store,
        redis::{Durability, Options, RedisStore},
        sqlite::{self, SqliteStore},
    },
    stripe::sale::{IdKind, PurchaseId},
    time::Timestamp,
};

use super::{Past, moved};
use crate::support::Cluster;

/// So many of each kind are made.
const MANY: u32 = 150;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn me() -> StreamerId {
    "me".parse().unwrap()
}

fn alert_id(number: u32) -> AlertId {
    AlertId::from_u128(number.into())
}

fn event_id(number: u32) -> EventId {
    format!("evt_made_{number}").parse().unwrap()
}

fn ids(number: u32) -> [PurchaseId; 2] {
    let id = |kind| PurchaseId::new(kind, number.to_string());
    [id(IdKind::Session), id(IdKind::Charge)]
}

fn buyer(number: u32) -> BuyerKey {
    BuyerKey(format!("buyer {number}"))
}

fn everybody() -> Names {
    let all = 0..MANY;
    Names {
        alerts: all.clone().map(alert_id).collect(),
        purchases: all.clone().flat_map(ids).collect(),
        buyers: all.map(buyer).collect(),
    }
}

/// Events with all that can become of one, and their half done work.
async fn make_events(store: &dyn Store) {
    for number in 0..MANY {
        let id = event_id(number);
        let event = NewEvent {
            id: id.clone(),
            alert: alert_id(number),
            kind: "checkout.session.completed".into(),
            streamer: (number % 2 == 0).then(me),
            door: if number % 3 == 0 { Door::TestAlert } else { Door::Webhook },
            received: at(i64::from(number)),
            verified: at(i64::from(number) + 1),
            body: Bytes::from(format!("{{\"number\": \"{number}\u{ff}\"}}")),
        };
        store.accept(event).await.unwrap();
        if number % 5 != 0 {
            store.route(&id, &me()).await.unwrap();
        }
        let outcome = match number % 7 {
            0 => continue,
            1 => Settlement::Alert(alert_id(number)),
            2 => Settlement::DuplicateOf(alert_id(number - 1)),
            3 => Settlement::Joined,
            4 => Settlement::Ignored("nothing in it".into()),
            _ => Settlement::DeadLetter("a person decides".into()),
        };
        store.attempt(&id).await.unwrap();
        assert!(store.settle(&id, outcome).await.unwrap());
        if number % 7 == 6 {
            assert!(store.redrive(&id).await.unwrap());
        }
    }
}

/// Alerts in all states, entries, purchases, totals, buyers.
async fn make_channel(store: &dyn Store) {
    let filter = AlertFilter { limit: 1, ..AlertFilter::default() };
    let sale = store.alerts(&me(), filter).await.unwrap().remove(0);
    for some in (0..MANY).collect::<Vec<_>>().chunks(40) {
        let loaded = store.load(&me(), &Names::default()).await.unwrap();
        let mut state = loaded.state;
        let mut change = Change::default();
        for &number in some {
            let mut alert = sale.clone();
            alert.id = alert_id(number);
            alert.test = number % 4 == 0;
            alert.entered = at(number.into());
            alert.state = AlertState::ALL[number as usize % AlertState::ALL.len()];
            let waits = alert.state == AlertState::Queued || number % 8 == 0;
            let spot = Spot { order: u64::from(MANY - number), entered: at(7), replay: false };
            alert.spot = waits.then_some(spot);
            change.alerts.push(alert);
            state.offset += 1;
            change.entries.push(Entry {
                position: state.position(),
                time: at(number.into()),
                what: EntryType::AlertQueued,
                test: false,
                replay: number % 2 == 0,
                data: json!({ "number": number, "text": "„quoted“\n", "large": u64::MAX }),
            });
            change.purchases.push(Purchase::new(alert_id(number), ids(number)));
            change.facts.push(Fact::Buyer { key: buyer(number), orders: i64::from(number) - 3 });
            let currency = ["eur", "usd", "jpy"][number as usize % 3].parse().unwrap();
            let minor = if number < 3 { i64::MIN / 2 } else { 1 };
            change.facts.push(Fact::Total { currency, minor, orders: 1 });
        }
        change.state = Some(state);
        assert_eq!(store.commit(&me(), loaded.token, change).await.unwrap(), Committed::Done);
    }
}

async fn make_documents(store: &dyn Store) {
    for (at_kind, kind) in DocumentKind::ALL.into_iter().enumerate() {
        for number in 0..MANY / 2 {
            let lapsed = number % 10 == 0;
            let expires = (number % 3 == 0).then_some(at(if lapsed { 1 } else { i64::MAX / 4096 }));
            let document = Document {
                id: format!("made-{at_kind}-{number}"),
                owner: (number % 2 == 0).then(me),
                version: 0,
                expires,
                body: json!({ "kind": kind.name(), "number": number }),
            };
            for _version in 0..=number % 3 {
                store.put_document(kind, document.clone(), Expect::Any).await.unwrap();
            }
        }
    }
}

/// Takes away some of what is old: entries, bodies, what has lapsed.
async fn grow_old(store: &dyn Store) {
    let (never, half) = (at(i64::MIN), at(i64::from(MANY / 2)));
    let all = at(i64::MAX / 4096);
    let cutoffs = Cutoffs { events: half, log: all, alerts: None, ids: never, limit: 50 };
    assert!(store.expire(cutoffs).await.unwrap() > 100);
}

async fn all_documents(store: &dyn Store, kind: DocumentKind) -> Vec<Document> {
    store.documents(kind, None, None, 10_000).await.unwrap()
}

/// Holds all that two stores tell against each other.
async fn assert_same(one: &dyn Store, other: &dyn Store) {
    for kind in DocumentKind::ALL {
        let documents = all_documents(one, kind).await;
        assert_eq!(all_documents(other, kind).await, documents, "{kind:?}");
        let owned = one.documents(kind, Some(&me()), None, 10_000).await.unwrap();
        assert_eq!(other.documents(kind, Some(&me()), None, 10_000).await.unwrap(), owned);
    }
    assert_channel_is_same(one, other).await;
    let both = [one, other];
    let past = (1..4).map(|number| format!("evt_{number:024}").parse().unwrap());
    for id in (0..MANY).map(event_id).chain(past) {
        let event = one.event(&id).await.unwrap().unwrap();
        let of_alert = other.event_of_alert(event.event.alert).await.unwrap();
        assert_eq!(of_alert.as_ref(), Some(&event));
        assert_eq!(other.event(&id).await.unwrap(), Some(event));
    }
    let mut unsettled = Vec::new();
    for store in both {
        let found = store.unsettled(at(i64::MAX / 4096), 10_000).await.unwrap();
        let mut found: Vec<_> = found.into_iter().map(|event| event.event.id).collect();
        assert_eq!(store.unsettled_count().await.unwrap(), found.len() as u64);
        found.sort();
        unsettled.push(found);
    }
    assert!(unsettled[0].len() > 10);
    assert_eq!(unsettled[0], unsettled[1]);
    for number in 0..MANY {
        let key = [format!("subscription:sub_{number}")];
        assert_eq!(other.routed(&key).await.unwrap(), one.routed(&key).await.unwrap());
    }
}

async fn assert_channel_is_same(one: &dyn Store, other: &dyn Store) {
    let streamers = [me(), "mika".parse().unwrap(), "nobody".parse().unwrap()];
    assert_eq!(other.heads(&streamers).await.unwrap(), one.heads(&streamers).await.unwrap());
    assert_eq!(other.busy_channels().await.unwrap(), one.busy_channels().await.unwrap());
    let names = everybody();
    let [before, after] =
        [one.load(&me(), &names).await.unwrap(), other.load(&me(), &names).await.unwrap()];
    assert_eq!(after.state, before.state);
    assert_eq!(after.head, before.head);
    assert_eq!(after.named, before.named);
    assert_eq!(after.purchases, before.purchases);
    assert_eq!(after.purchases.len(), MANY as usize);
    assert_eq!(after.buyers, before.buyers);
    assert_eq!(other.totals(&me()).await.unwrap(), one.totals(&me()).await.unwrap());
    let filter = AlertFilter { limit: 10_000, ..AlertFilter::default() };
    let alerts = one.alerts(&me(), filter.clone()).await.unwrap();
    assert_eq!(other.alerts(&me(), filter).await.unwrap(), alerts);
    let log = one.log(&me(), After::Oldest, 10_000).await.unwrap();
    assert!(matches!(&log, LogPage::Page { entries, .. } if entries[0].position.offset > 1));
    assert_eq!(other.log(&me(), After::Oldest, 10_000).await.unwrap(), log);
    for lost in [After::Offset(0), After::Offset(100_000)] {
        let page = one.log(&me(), lost, 10).await.unwrap();
        assert!(matches!(page, LogPage::HistoryLost { .. }));
        assert_eq!(other.log(&me(), lost, 10).await.unwrap(), page);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_reads_the_same_on_a_cluster() {
    let (past, mut gateway) = Past::live();
    gateway.stop();
    let dir = past.data.path();
    let open = || SqliteStore::open(sqlite::Options::new(dir, Clock::start())).unwrap();
    let store = open();
    make_events(&*store).await;
    make_channel(&*store).await;
    make_documents(&*store).await;
    grow_old(&*store).await;
    let keys: Vec<_> = (0..MANY).map(|number| format!("subscription:sub_{number}")).collect();
    store.index(&keys, &me()).await.unwrap();
    let blobs = (0..3).map(|byte| Bytes::from(vec![byte; 300_000]));
    let mut hashes = Vec::new();
    for blob in blobs.clone() {
        hashes.push(store.put_blob(blob).await.unwrap().unwrap());
    }
    store.close().await;

    let cluster = Cluster::start();
    moved(dir, &cluster.url());
    let store = open();
    let options =
        Options { url: cluster.url().into(), node: NodeId::new(), durability: Durability::Always };
    let shared = RedisStore::open(options).await.unwrap();
    assert_same(&*store, &*shared).await;
    for (hash, blob) in hashes.iter().zip(blobs) {
        assert_eq!(shared.blob(hash).await.unwrap(), Some(blob));
    }
    shared.close().await;
    store.close().await;
}
