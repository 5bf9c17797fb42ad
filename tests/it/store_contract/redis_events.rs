//! What only the shared store promises of events and what is beside them: whose they are among
//! nodes, what a broken-off commit leaves behind, and that what spans keys is whole.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::json;
use tillbell::{
    id::{NodeId, StreamerId},
    store::{
        Change, Committed, Cutoffs, Document, DocumentKind, Expect, NewEvent, Settlement, Store,
        StoredEvent,
        redis::{Options, RedisStore},
    },
    time::Timestamp,
};

use super::{
    Home as _, RedisHome,
    samples::{accept, alert_id, event, event_id, load, mika},
};

const END_OF_TIME: Timestamp = Timestamp::from_millis(i64::MAX);

/// A lease of a node that outlasts the test, in milliseconds since 1970.
const FAR: &str = "9000000000000";

const MARKS: &str = "{tb:s:mika}:settled";

async fn open_as(home: &RedisHome, node: u128) -> Arc<RedisStore> {
    RedisStore::open(Options { node: NodeId::from_u128(node), ..home.options() }).await.unwrap()
}

fn names(events: &[StoredEvent]) -> Vec<&str> {
    events.iter().map(|stored| stored.event.id.as_str()).collect()
}

async fn settled(store: &dyn Store, name: &str) -> Option<Settlement> {
    store.event(&event_id(name)).await.unwrap().unwrap().settled
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unsettled_events_are_their_nodes_while_it_lives() {
    let home = RedisHome::new();
    let (one, other) = (open_as(&home, 1).await, open_as(&home, 2).await);
    for node in [1, 2] {
        let node = NodeId::from_u128(node).to_string();
        home.0.command::<()>(&["ZADD", "tb:nodes", FAR, &node]);
    }
    accept(&*one, "a", 1).await;
    accept(&*other, "b", 2).await;
    accept(&*one, "c", 3).await;
    // From here on the other one looks after those of nodes that are gone.
    assert_eq!(names(&other.unsettled(END_OF_TIME, 9).await.unwrap()), ["evt_b"]);
    assert_eq!(names(&one.unsettled(END_OF_TIME, 9).await.unwrap()), ["evt_a", "evt_c"]);
    assert_eq!(other.attempt(&event_id("a")).await.unwrap(), 2);
    assert_eq!(names(&other.unsettled(END_OF_TIME, 9).await.unwrap()), ["evt_a", "evt_b"]);
    assert_eq!(names(&one.unsettled(END_OF_TIME, 9).await.unwrap()), ["evt_c"]);
    assert_eq!(one.unsettled_count().await.unwrap(), 3);

    one.close().await;
    home.0.command::<()>(&["ZREM", "tb:nodes", &NodeId::from_u128(1).to_string()]);
    let all = other.unsettled(END_OF_TIME, 9).await.unwrap();
    assert_eq!(names(&all), ["evt_a", "evt_b", "evt_c"], "oldest first, whosever they were");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nodes_events_are_found_behind_many_of_others() {
    let home = RedisHome::new();
    let store = home.open().await;
    let living = NodeId::from_u128(2).to_string();
    home.0.command::<()>(&["ZADD", "tb:nodes", FAR, &living]);
    for bucket in 0..16 {
        let members: Vec<String> = (0..1_200).map(|n| format!("{living}/evt_{n}")).collect();
        let key = format!("{{tb:b:{bucket}}}:unsettled");
        let mut command = vec!["ZADD", &key];
        command.extend(members.iter().flat_map(|member| ["5", member]));
        home.0.command::<()>(&command);
    }
    accept(&*store, "a", 1).await;
    accept(&*store, "b", 2).await;
    assert_eq!(names(&store.unsettled(END_OF_TIME, 1).await.unwrap()), ["evt_a"]);
    assert_eq!(names(&store.unsettled(END_OF_TIME, 9).await.unwrap()), ["evt_a", "evt_b"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_commit_settled_counts_although_its_event_was_not_told() {
    let home = RedisHome::new();
    let store = home.open().await;
    for (name, number) in [("a", 1), ("b", 2), ("c", 3)] {
        accept(&*store, name, number).await;
    }
    let dead = Settlement::DeadLetter("five attempts".into());
    assert!(store.settle(&event_id("b"), dead.clone()).await.unwrap());
    for name in ["evt_a", "evt_b", "evt_c"] {
        home.0.command::<()>(&["HSET", MARKS, name, "\"joined\""]);
    }
    let ignored = Settlement::Ignored("not ours".into());
    assert!(!store.settle(&event_id("a"), ignored).await.unwrap());
    assert!(!store.redrive(&event_id("b")).await.unwrap());
    store.route(&event_id("c"), &"rosa".parse().unwrap()).await.unwrap();
    for name in ["a", "b", "c"] {
        assert_eq!(settled(&*store, name).await, Some(Settlement::Joined), "{name}");
    }
    assert_eq!(store.unsettled_count().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outcome_without_a_streamer_counts_once_there_is_one() {
    let home = RedisHome::new();
    let store = home.open().await;
    let nobodys = NewEvent { streamer: None, ..event("a", alert_id(1)) };
    store.accept(nobodys).await.unwrap();
    assert!(store.settle(&event_id("a"), Settlement::Joined).await.unwrap());
    assert_eq!(home.0.command::<u32>(&["EXISTS", MARKS]), 0);
    store.route(&event_id("a"), &mika()).await.unwrap();

    let loaded = load(&*store).await;
    let settles = vec![(event_id("a"), Settlement::Alert(alert_id(1)))];
    let change = Change { state: Some(loaded.state), settles, ..Change::default() };
    let committed = store.commit(&mika(), loaded.token, change).await.unwrap();
    assert_eq!(committed, Committed::AlreadySettled(event_id("a")));
    assert_eq!(settled(&*store, "a").await, Some(Settlement::Joined));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_settled_event_leaves_nothing_behind() {
    let home = RedisHome::new();
    let store = home.open().await;
    store.put_blob(Bytes::from_static(b"stays")).await.unwrap();
    for number in 0..200_u32 {
        let name = number.to_string();
        accept(&*store, &name, number.into()).await;
        assert!(store.settle(&event_id(&name), Settlement::Joined).await.unwrap());
    }
    let step = Cutoffs {
        events: END_OF_TIME,
        log: Timestamp::from_millis(0),
        alerts: None,
        ids: END_OF_TIME,
        limit: 150,
    };
    assert_eq!(store.expire(step).await.unwrap(), 150 + 50, "events, and bodies of others");
    assert_eq!(store.expire(step).await.unwrap(), 50);
    let left: Vec<String> = home.0.command(&["KEYS", "{tb:b:*"]);
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_streamer_leaves_no_document_and_no_route() {
    let home = RedisHome::new();
    let store = home.open().await;
    let rosa: StreamerId = "rosa".parse().unwrap();
    let kinds = DocumentKind::ALL;
    for kind in kinds {
        for (id, owner) in [("mika", mika()), ("rosa", rosa.clone())] {
            let document = Document {
                id: id.into(),
                owner: Some(owner),
                version: 0,
                expires: None,
                body: json!(1),
            };
            store.put_document(kind, document, Expect::Absent).await.unwrap();
        }
    }
    let keys = |of| (0..2_000).map(|n| format!("session:{of}_{n}")).collect::<Vec<_>>();
    store.index(&keys("mika"), &mika()).await.unwrap();
    store.index(&keys("rosa"), &rosa).await.unwrap();

    store.remove_streamer(&mika()).await.unwrap();
    for kind in kinds {
        let left = store.documents(kind, None, None, 9).await.unwrap();
        assert_eq!(left.iter().map(|one| &one.id[..]).collect::<Vec<_>>(), ["rosa"], "{kind:?}");
    }
    assert_eq!(store.routed(&keys("mika")).await.unwrap(), None);
    for key in keys("rosa") {
        assert_eq!(store.routed(&[key]).await.unwrap(), Some(rosa.clone()));
    }
}
