//! What only the shared store promises of channels: nothing is written half, and what is no longer
//! needed is gone from wherever it stood.

use std::collections::BTreeMap;

use tillbell::{
    alert::{Alert, AlertState},
    money::Currency,
    store::{BuyerKey, Change, Committed, Cutoffs, Fact, Settlement, Store, StoreError, Token},
    time::Timestamp,
};

use super::{
    Home as _, RedisHome,
    samples::{
        accept, alert, alert_id, at, commit, event_id, load, mika, play, purchase, queued,
        with_entries, write_log,
    },
};
use crate::support::RedisServer;

const END_OF_TIME: Timestamp = Timestamp::from_millis(i64::MAX);

/// All keys of streamers and of events, each with a digest of what it holds.
fn contents(server: &RedisServer) -> BTreeMap<String, String> {
    let keys: Vec<String> = server.command(&["KEYS", "{tb:[sb]:*"]);
    let digest = |key: String| {
        let mut digests: Vec<String> = server.command(&["DEBUG", "DIGEST-VALUE", &key]);
        (key, digests.remove(0))
    };
    keys.into_iter().map(digest).collect()
}

/// A change of every kind, on top of what is there.
async fn everything(store: &dyn Store) -> Change {
    let (mut state, entries) = with_entries(&load(store).await.state, &[50, 60]);
    state.play = Some(play(alert_id(1), state.position()));
    let total = Fact::Total { currency: Currency::USD, minor: i64::MAX, orders: 1 };
    let buyer = Fact::Buyer { key: BuyerKey("b".into()), orders: 1 };
    Change {
        state: Some(state),
        alerts: vec![alert(1, AlertState::Held), queued(2, 7), queued(3, 8)],
        purchases: vec![purchase(1, &["cs_1", "cs_2"])],
        absorbed: vec![alert_id(2)],
        entries,
        facts: vec![total, buyer],
        settles: vec![(event_id("open"), Settlement::Alert(alert_id(1)))],
    }
}

/// The change with some of its kinds left out, one for each bit.
fn part_of(change: &Change, bits: u32) -> Change {
    let mut part = change.clone();
    let has = |bit: u32| bits & (1 << bit) != 0;
    if !has(0) {
        part.alerts.clear();
    }
    if !has(1) {
        part.purchases.clear();
    }
    if !has(2) {
        part.absorbed.clear();
    }
    if !has(3) {
        part.facts.clear();
    }
    if !has(4) {
        part.entries.clear();
    }
    part
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_commit_leaves_every_key_as_it_was() {
    let home = RedisHome(RedisServer::with("enable-debug-command local\n"));
    let store = home.open().await;
    accept(&*store, "open", 1).await;
    accept(&*store, "settled", 2).await;
    store.settle(&event_id("settled"), Settlement::Joined).await.unwrap();
    write_log(&*store, &[10, 20]).await;
    let first = Change {
        alerts: vec![queued(1, 1), alert(2, AlertState::Held), alert(3, AlertState::Shown)],
        purchases: vec![purchase(2, &["cs_2"])],
        facts: vec![Fact::Total { currency: Currency::USD, minor: 1, orders: 1 }],
        ..Change::default()
    };
    commit(&*store, first).await;
    let token = load(&*store).await.token;
    let change = everything(&*store).await;
    let before = contents(&home.0);
    assert!(before.len() > 12, "{before:?}");

    let put = async |token, change| store.commit(&mika(), token, change).await;
    for bits in 0..32 {
        let part = part_of(&change, bits);
        for stale in [Token(0), Token(token.0 ^ 1)] {
            assert_eq!(put(stale, part.clone()).await.unwrap(), Committed::Conflict);
        }
        let mut settled = part.clone();
        settled.settles.push((event_id("settled"), Settlement::Alert(alert_id(2))));
        let refused = Committed::AlreadySettled(event_id("settled"));
        assert_eq!(put(token, settled).await.unwrap(), refused);
        assert_eq!(contents(&home.0), before, "{bits:b}");
    }
    let (state, entries) = with_entries(change.state.as_ref().unwrap(), &[70]);
    let mut gap = change.clone();
    gap.entries.remove(0);
    let late = Change { state: Some(state), entries, ..change.clone() };
    for broken in [gap, late] {
        let refused = put(token, broken).await.unwrap_err();
        assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
        assert_eq!(contents(&home.0), before, "entries that do not follow the log");
    }
    assert_eq!(put(token, change).await.unwrap(), Committed::Done);
    assert_ne!(contents(&home.0), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_memory_a_commit_is_refused_whole_and_asked_again() {
    let home = RedisHome(RedisServer::with("enable-debug-command local\n"));
    let store = home.open().await;
    accept(&*store, "open", 1).await;
    write_log(&*store, &[10, 20]).await;
    let token = load(&*store).await.token;
    let change = everything(&*store).await;
    let before = contents(&home.0);
    home.0.command::<()>(&["CONFIG", "SET", "maxmemory", "1"]);
    let refused = store.commit(&mika(), token, change.clone()).await.unwrap_err();
    assert!(matches!(refused, StoreError::OutOfMemory), "{refused}");
    assert_eq!(contents(&home.0), before);
    assert_eq!(load(&*store).await.token, token, "reads still work");
    home.0.command::<()>(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(store.commit(&mika(), token, change).await.unwrap(), Committed::Done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_stands_only_where_it_belongs() {
    let home = RedisHome::new();
    let store = home.open().await;
    let test = |alert| Alert { test: true, ..alert };
    let replay = Alert { state: AlertState::Shown, ..queued(1, 2) };
    for (alert, stands) in [
        (test(queued(1, 1)), vec!["queue", "tests"]),
        (test(alert(1, AlertState::Playing)), vec![]),
        (alert(1, AlertState::Held), vec!["held"]),
        (queued(1, 1), vec!["queue"]),
        (alert(1, AlertState::Shown), vec!["ended"]),
        (replay, vec!["queue"]),
        (alert(1, AlertState::Missed), vec!["ended"]),
    ] {
        commit(&*store, Change { alerts: vec![alert], ..Change::default() }).await;
        let mut found = vec!["queue", "tests", "held", "ended"];
        found.retain(|part| {
            home.0.command::<u32>(&["EXISTS", &format!("{{tb:s:mika}}:{part}")]) == 1
        });
        assert_eq!(found, stands);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_one_moment_tests_come_in_their_order() {
    let home = RedisHome::new();
    let store = home.open().await;
    let many = 40_u32;
    let test = |number: u32| Alert { test: true, ..queued(number.into(), (1_000 - number).into()) };
    let sales = (1_000_u32..1_032).map(|number| queued(number.into(), (number - 999).into()));
    let alerts = sales.chain((0..many).map(test)).collect();
    commit(&*store, Change { alerts, ..Change::default() }).await;
    let head = load(&*store).await.head;
    let found: Vec<_> = head.iter().filter(|alert| alert.test).map(|alert| alert.id).collect();
    let wanted: Vec<_> = (many - 32..many).rev().map(|number| alert_id(number.into())).collect();
    assert_eq!(found, wanted, "the last ids have the first orders");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_old_or_removed_leaves_no_key_behind() {
    let home = RedisHome::new();
    let store = home.open().await;
    for name in ["a", "b"] {
        accept(&*store, name, u128::from(name.as_bytes()[0])).await;
    }
    write_log(&*store, &[10]).await;
    let old = |number| Alert { created: at(100), ..alert(number, AlertState::Shown) };
    let change = Change {
        alerts: (1..=5).map(old).collect(),
        purchases: vec![purchase(1, &["cs_1", "cs_2"]), purchase(2, &["cs_3"])],
        settles: vec![(event_id("a"), Settlement::Joined), (event_id("b"), Settlement::Joined)],
        ..Change::default()
    };
    commit(&*store, change).await;
    let keys = || -> Vec<String> {
        let mut keys: Vec<String> = home.0.command(&["KEYS", "{tb:s:mika}:*"]);
        keys.sort_unstable();
        keys
    };
    let marks: i64 = home.0.command(&["PTTL", "{tb:s:mika}:settled"]);
    assert!(marks > 120 * 86_400_000, "marks outlast their events: {marks} ms");

    let step = |limit| Cutoffs {
        events: at(0),
        log: END_OF_TIME,
        alerts: Some(END_OF_TIME),
        ids: END_OF_TIME,
        limit,
    };
    // One of each kind: an entry, an alert, a purchase and an event.
    assert_eq!(store.expire(step(1)).await.unwrap(), 4);
    assert_eq!(home.0.command::<u32>(&["HLEN", "{tb:s:mika}:settled"]), 1);
    assert_eq!(store.expire(step(100)).await.unwrap(), 4 + 1 + 1);
    assert_eq!(store.expire(step(100)).await.unwrap(), 0);
    // An empty stream remembers where it ended.
    assert_eq!(keys(), ["{tb:s:mika}:channel", "{tb:s:mika}:log"]);
    store.remove_streamer(&mika()).await.unwrap();
    // That it is gone is known for a while.
    assert_eq!(keys(), ["{tb:s:mika}:removed"]);
    assert!(home.0.command::<i64>(&["PTTL", "{tb:s:mika}:removed"]) > 0);
    assert_eq!(home.0.command::<u32>(&["EXISTS", "tb:streamers"]), 0);
}
