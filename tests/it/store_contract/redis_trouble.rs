//! What one part of Redis that refuses, or one record that cannot be read, does to all others: nothing.

use tillbell::{
    connection::SourceState,
    id::StreamerId,
    position::Position,
    store::{Change, Committed, Document, DocumentKind, Expect, Heard, Names, Settlement},
    time::Timestamp,
};

use super::{
    Home, RedisHome,
    samples::{accept, alert_id, connection, event_id, load, mika, queued},
};

const END_OF_TIME: Timestamp = Timestamp::from_millis(i64::MAX);

fn rosa() -> StreamerId {
    "rosa".parse().unwrap()
}

impl RedisHome {
    /// Lets the gateway's user reach keys of these patterns only.
    fn allow(&self, patterns: &[&str]) {
        let mut set = vec!["ACL", "SETUSER", "default", "resetkeys"];
        set.extend(patterns);
        self.0.command::<()>(&set);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_cannot_be_read_keeps_no_other() {
    let home = RedisHome::new();
    let store = home.open().await;
    accept(&*store, "a", 1).await;
    accept(&*store, "b", 2).await;
    let key: Vec<String> = home.0.command(&["KEYS", "*event:evt_a"]);
    home.0.command::<()>(&["HDEL", &key[0], "kind"]);
    let found = store.unsettled(END_OF_TIME, 10).await.unwrap();
    assert_eq!(
        found.iter().map(|event| event.event.id.clone()).collect::<Vec<_>>(),
        [event_id("b")]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_cannot_be_read_keeps_no_other() {
    let home = RedisHome::new();
    let store = home.open().await;
    let change = Change {
        state: Some(load(&*store).await.state),
        alerts: vec![queued(1, 1)],
        ..Change::default()
    };
    let token = load(&*store).await.token;
    assert_eq!(store.commit(&mika(), token, change).await.unwrap(), Committed::Done);
    home.0.command::<()>(&["HSET", "{tb:s:rosa}:channel", "epoch", "none", "offset", "1"]);
    home.0.command::<()>(&["SADD", "tb:streamers", "rosa", "No Slug"]);
    let heads = store.heads(&[rosa(), mika()]).await.unwrap();
    assert_eq!(heads[0], None);
    assert_eq!(heads[1].map(|head: Position| head.offset), Some(0));
    assert_eq!(store.busy_channels().await.unwrap(), [mika()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_heard_while_redis_was_away_is_told_later() {
    let home = RedisHome::new();
    let store = home.open().await;
    store.register(connection(1)).await.unwrap();
    let source = SourceState { active: Some(true), ..SourceState::default() };
    let id = connection(1).id;
    let news = Heard { connection: id, at: store.now(), source, round_trip_ms: None };
    home.allow(&["~tb:*"]);
    assert!(store.heard(&[news]).await.is_err());
    home.allow(&["~*"]);
    store.heard(&[news]).await.unwrap();
    assert_eq!(load(&*store).await.connections[0].source, source);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_streamer_that_was_removed_gets_no_channel_from_who_has_not_heard() {
    let home = RedisHome::new();
    let store = home.open().await;
    store.remove_streamer(&mika()).await.unwrap();
    let late = async || {
        let loaded = store.load(&mika(), &Names::default()).await.unwrap();
        let change = Change {
            state: Some(loaded.state),
            settles: vec![(event_id("late"), Settlement::Alert(alert_id(3)))],
            ..Change::default()
        };
        store.commit(&mika(), loaded.token, change).await.unwrap()
    };
    assert_eq!(late().await, Committed::Conflict);
    let again = Document {
        id: "mika".into(),
        owner: Some(mika()),
        version: 0,
        expires: None,
        body: serde_json::json!({}),
    };
    store.put_document(DocumentKind::Streamer, again, Expect::Absent).await.unwrap();
    assert_eq!(late().await, Committed::Done, "made anew, it has one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_leaves_gives_its_leases_back() {
    let home = RedisHome::new();
    let store = home.open().await;
    let node = connection(1).node;
    let long = std::time::Duration::from_secs(30);
    assert!(store.lease("channels", node, long).await.unwrap());
    store.close().await;
    assert_eq!(home.0.command::<u32>(&["EXISTS", "tb:lease:channels"]), 0);
}
