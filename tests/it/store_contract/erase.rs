use std::collections::BTreeSet;

use bytes::Bytes;
use serde_json::json;
use tillbell::{
    channel::Entry,
    position::{After, Epoch, Position},
    store::{BuyerKey, Change, Cutoffs, Fact, LogPage, Names, NewEvent, Settlement},
    time::Timestamp,
};

use super::{
    Home,
    samples::{accept, alert_id, commit, event, event_id, load, mika, write_log},
};

pub(super) async fn all_events_are_gone_through(home: &impl Home) {
    const EVENTS: u128 = 700;
    let store = home.open().await;
    let names = (0..EVENTS).map(|n| (n, format!("n{n}")));
    for (n, name) in names.clone() {
        let nobodys = NewEvent { streamer: None, ..event(&name, alert_id(n + 1)) };
        store.accept(nobodys).await.unwrap();
    }
    store.settle(&event_id("n1"), Settlement::DeadLetter("why".into())).await.unwrap();
    let (mut found, mut after) = (BTreeSet::new(), None);
    loop {
        let page = store.events(after.as_deref(), 100).await.unwrap();
        found.extend(page.events.into_iter().map(|stored| stored.event.id.to_string()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, names.map(|(_, name)| event_id(&name).to_string()).collect());
}

pub(super) async fn a_body_is_replaced_once_there_is_an_outcome(home: &impl Home) {
    let store = home.open().await;
    for (name, n) in [("open", 1), ("done", 2), ("dead", 3)] {
        accept(&*store, name, n).await;
    }
    store.settle(&event_id("done"), Settlement::Joined).await.unwrap();
    store.settle(&event_id("dead"), Settlement::DeadLetter("why".into())).await.unwrap();
    let body = async |name| store.event(&event_id(name)).await.unwrap().unwrap().event.body;
    let put = async |name, body: Option<&'static [u8]>| {
        store.put_body(&event_id(name), body.map(Bytes::from_static)).await.unwrap()
    };
    let before = body("open").await;
    assert!(!put("open", None).await, "it may be on its way");
    assert_eq!(body("open").await, before);
    assert!(!put("unknown", Some(b"{}")).await);
    assert!(put("done", None).await && put("dead", Some(b"{}")).await);
    assert!(body("done").await.is_empty());
    assert_eq!(body("dead").await, b"{}"[..]);
    assert!(store.redrive(&event_id("dead")).await.unwrap(), "it can still be tried again");
    assert!(store.event(&event_id("unknown")).await.unwrap().is_none());
    let all = Cutoffs {
        events: Timestamp::from_millis(i64::MAX),
        log: Timestamp::from_millis(0),
        alerts: None,
        ids: Timestamp::from_millis(0),
        limit: 100,
    };
    assert_eq!(store.expire(all).await.unwrap(), 0, "no body is left to drop");
}

pub(super) async fn entries_are_rewritten_in_their_places(home: &impl Home) {
    const ENTRIES: i64 = 1_203;
    let store = home.open().await;
    let mut all = Vec::new();
    for first in (0..ENTRIES).step_by(401) {
        all.extend(write_log(&*store, &(first..first + 401).collect::<Vec<_>>()).await);
    }
    let old = Cutoffs {
        events: Timestamp::from_millis(0),
        log: Timestamp::from_millis(10),
        alerts: None,
        ids: Timestamp::from_millis(0),
        limit: 100,
    };
    store.expire(old).await.unwrap();
    let before = all.clone();
    let new = |at: usize| Entry { data: json!({ "rewritten": "✓" }), ..before[at].clone() };
    let changed = [1_202, 0, 10, 700];
    let elsewhere = Position { epoch: Epoch(7), offset: 21 };
    let mut rewritten = changed.map(new).to_vec();
    rewritten.push(Entry { position: elsewhere, ..new(20) });
    store.rewrite(&mika(), &rewritten).await.unwrap();
    store.rewrite(&mika(), &[]).await.unwrap();
    store.rewrite(&"rosa".parse().unwrap(), &rewritten).await.unwrap();
    changed.into_iter().for_each(|at| all[at] = new(at));
    let found = async |after| match store.log(&mika(), after, 2_000).await.unwrap() {
        LogPage::Page { entries, head } => (entries, head),
        lost @ LogPage::HistoryLost { .. } => panic!("{lost:?}"),
    };
    let head = all.last().unwrap().position;
    assert_eq!(found(After::Oldest).await, (all[10..].to_vec(), head), "what went stays gone");
    assert_eq!(found(After::Position(all[699].position)).await.0, all[700..]);
    // The log goes on behind it, also for who has seen it before.
    let next = write_log(&*store, &[2_000]).await;
    assert_eq!(load(&*store).await.new_epoch, None);
    assert_eq!(found(After::Position(head)).await.0, next);
}

pub(super) async fn a_forgotten_buyer_counts_from_nothing(home: &impl Home) {
    let store = home.open().await;
    let key = |name: &str| BuyerKey(name.into());
    let buyer = |name, orders| Fact::Buyer { key: key(name), orders };
    let facts = vec![buyer("a", 3), buyer("b", 2)];
    commit(&*store, Change { facts, ..Change::default() }).await;
    let facts = vec![Fact::Forgotten(key("a")), buyer("a", 1), Fact::Forgotten(key("c"))];
    commit(&*store, Change { facts, ..Change::default() }).await;
    let names = Names { buyers: ["a", "b", "c"].map(key).to_vec(), ..Names::default() };
    assert_eq!(store.load(&mika(), &names).await.unwrap().buyers, [1, 2, 0]);
}
