//! What Redis holds is bounded: each key is of a kind that goes in its way, and what is sold leaves
//! nothing when it is old.

#[path = "../../memory/sold.rs"]
mod sold;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use serde_json::json;
use tillbell::{
    alert::{Alert, AlertState},
    connection::Connection,
    id::{NodeId, StreamerId},
    money::{Currency, Money},
    store::{
        BuyerKey, Change, Committed, Cutoffs, Direct, Directed, Document, DocumentKind, Expect,
        Fact, Names, NewEvent, Settlement, Store,
        redis::{Identity, Options, RedisStore},
    },
    time::Timestamp,
};

use super::{
    Home as _, RedisHome,
    samples::{alert, alert_id, connection, event, event_id, mika, purchase, queued, with_entries},
};
use crate::support::{RedisServer, documented_user, wait_for};

const END_OF_TIME: Timestamp = Timestamp::from_millis(i64::MAX);

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

/// How a kind of key goes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Goes {
    /// Not at all: there is one, or few are made and by people.
    Never,
    /// With its streamer. It is small, or grows with buyers.
    WithStreamer,
    /// By retention, with what it belongs to, or when what it holds is done.
    InTime,
    /// By itself, after so long at most.
    Lapses(Duration),
    /// Both.
    InTimeOrLapses(Duration),
}
use Goes::{InTime, InTimeOrLapses, Lapses, Never, WithStreamer};

/// Every kind of key there is, as the table in `names.rs` writes it.
const KINDS: [(&str, Goes); 39] = [
    ("{b}:event:<evt>", InTime),
    ("{b}:body:<evt>", InTime),
    ("{b}:alerts", InTime),
    ("{b}:unsettled", InTime),
    ("{b}:settled", InTime),
    ("{b}:bodies", InTime),
    ("{b}:routes", InTime),
    ("{b}:routes_written", InTime),
    ("{s}:channel", WithStreamer),
    ("{s}:alerts", InTime),
    ("{s}:ids", InTime),
    ("{s}:queue", InTime),
    ("{s}:tests", InTime),
    ("{s}:held", InTime),
    ("{s}:ended", InTime),
    ("{s}:log", InTime),
    ("{s}:log_draft:<number>", Lapses(MINUTE)),
    ("{s}:purchases", InTime),
    ("{s}:purchases_changed", InTime),
    ("{s}:purchase_ids", InTime),
    ("{s}:totals", WithStreamer),
    ("{s}:buyers", WithStreamer),
    ("{s}:settled", InTimeOrLapses(DAY.saturating_mul(121))),
    ("{s}:settled_at", InTimeOrLapses(DAY.saturating_mul(121))),
    ("{s}:removed", Lapses(SECOND.saturating_mul(30))),
    ("{s}:connections", InTimeOrLapses(MINUTE)),
    ("{s}:nodes", Lapses(MINUTE)),
    ("{s}:registered", Lapses(DAY)),
    ("{d}:documents", InTime),
    ("{d}:ids", InTime),
    ("{d}:owned", InTime),
    ("{d}:expiring", InTime),
    ("tb:blob:<hash>", Never),
    ("tb:lease:<name>", Lapses(MINUTE)),
    ("tb:streamers", WithStreamer),
    ("tb:nodes", InTimeOrLapses(MINUTE.saturating_mul(2))),
    ("tb:node:<nod>", InTimeOrLapses(SECOND.saturating_mul(10))),
    ("tb:mail:<nod>", Lapses(SECOND.saturating_mul(10))),
    ("tb:gateway", Never),
];

fn rosa() -> StreamerId {
    "rosa".parse().unwrap()
}

/// The kind of a key, as the table writes it.
fn kind(key: &str) -> &'static (&'static str, Goes) {
    let short = match key.split_once("}:") {
        Some((tag, rest)) => {
            let family = tag.strip_prefix("{tb:").and_then(|tag| tag.split(':').next());
            format!("{{{}}}:{rest}", family.unwrap_or_default())
        }
        None => key.to_owned(),
    };
    let is = |pattern: &str| match pattern.split_once('<') {
        Some((begin, _)) => short.strip_prefix(begin).is_some_and(|rest| !rest.is_empty()),
        None => short == pattern,
    };
    let found = KINDS.iter().find(|(pattern, _)| is(pattern));
    found.unwrap_or_else(|| panic!("{key} is of no kind that is known to go"))
}

/// All keys of a server.
fn keys(server: &RedisServer) -> Vec<String> {
    let (mut cursor, mut all) = (String::from("0"), Vec::new());
    loop {
        let (next, some): (String, Vec<String>) =
            server.command(&["SCAN", &cursor, "COUNT", "1000"]);
        all.extend(some);
        if next == "0" {
            return all;
        }
        cursor = next;
    }
}

/// The rows of the table in `names.rs`: each kind with its type, and how it goes.
fn table() -> BTreeMap<String, (String, String)> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/redis/names.rs");
    let text = fs::read_to_string(file).unwrap();
    let mut rows = BTreeMap::new();
    for row in text.lines().filter_map(|line| line.strip_prefix("//! | `")) {
        let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
        let [names, types, _, goes] = cells[..] else { panic!("no row of four: {row}") };
        let (names, types) = (names.split(", "), types.split(", ").collect::<Vec<_>>());
        for (at, name) in names.enumerate() {
            let of_type = types.get(at).unwrap_or(&types[0]);
            rows.insert(name.replace('`', ""), ((*of_type).into(), goes.into()));
        }
    }
    rows
}

#[test]
fn the_kinds_are_those_of_the_table_of_names() {
    let table = table();
    let ours: BTreeSet<&str> = KINDS.iter().map(|(name, _)| *name).collect();
    assert_eq!(ours, table.keys().map(String::as_str).collect());
    for (name, goes) in KINDS {
        let said = table[name].1.as_str();
        assert_eq!(said == "never", goes == Never, "{name} goes: {said}");
        assert_eq!(said == "with the streamer", goes == WithStreamer, "{name} goes: {said}");
    }
}

/// What a gateway does with its store, some of it done and some of it waiting: mika's will all be done,
/// rosa's never. A node that died is known.
async fn everything(server: &RedisServer, options: Options) -> Arc<RedisStore> {
    server.command::<()>(&["ZADD", "tb:nodes", "5", &NodeId::from_u128(8).to_string()]);
    let store = RedisStore::open(options).await.unwrap();
    store.identity(Identity::default(), None).await.unwrap();
    store.put_blob(Bytes::from_static(b"picture")).await.unwrap();
    store.lease("channels", NodeId::from_u128(1), SECOND * 30).await.unwrap();
    store.unsettled(END_OF_TIME, 9).await.unwrap();

    for (name, number) in [("sale", 1), ("open", 2), ("dead", 3)] {
        store.accept(event(name, alert_id(number))).await.unwrap();
    }
    let nobodys = NewEvent { streamer: None, ..event("nobodys", alert_id(4)) };
    store.accept(nobodys).await.unwrap();
    store.route(&event_id("nobodys"), &mika()).await.unwrap();
    store.settle(&event_id("nobodys"), Settlement::Ignored("nothing".into())).await.unwrap();
    store.settle(&event_id("dead"), Settlement::DeadLetter("why".into())).await.unwrap();
    let alerts = vec![
        alert(1, AlertState::Shown),
        queued(5, 1),
        Alert { test: true, ..queued(6, 2) },
        alert(7, AlertState::Held),
    ];
    let settles = vec![(event_id("sale"), Settlement::Alert(alert_id(1)))];
    commit(&*store, &mika(), Change { settles, ..change(alerts) }).await;
    commit(&*store, &rosa(), change(vec![queued(8, 1), alert(9, AlertState::Held)])).await;
    store.index(&["session:cs_1".into()], &mika()).await.unwrap();
    store.index(&["subscription:sub_1".into()], &rosa()).await.unwrap();
    write_documents(&*store).await;

    // A copy that broke off.
    let draft = "{tb:s:mika}:log_draft:7";
    server.command::<String>(&["XADD", draft, "1-0", "entry", "{}"]);
    server.command::<u8>(&["PEXPIRE", draft, "60000"]);
    store.register(connection(1)).await.unwrap();
    let away = Connection { node: NodeId::from_u128(9), ..connection(2) };
    store.register(away.clone()).await.unwrap();
    // Nobody fetches it.
    assert_eq!(store.direct(away.id, Direct::Close).await.unwrap(), Directed::NoAnswer);
    store.remove_streamer(&"zoe".parse().unwrap()).await.unwrap();
    store
}

/// A purchase with a refund, totals and an entry beside these alerts.
fn change(alerts: Vec<Alert>) -> Change {
    let money = Money { minor: 5, currency: Currency::USD };
    let mut purchase = purchase(1, &["cs_1"]);
    purchase.refunds.insert("re_1".into(), money);
    Change {
        alerts,
        purchases: vec![purchase],
        facts: vec![
            Fact::Total { currency: Currency::USD, minor: 5, orders: 1 },
            Fact::Buyer { key: BuyerKey("b".into()), orders: 1 },
        ],
        ..Change::default()
    }
}

async fn commit(store: &dyn Store, streamer: &StreamerId, change: Change) {
    let loaded = store.load(streamer, &Names::default()).await.unwrap();
    let (state, entries) = with_entries(&loaded.state, &[100]);
    let change = Change { state: Some(state), entries, ..change };
    let committed = store.commit(streamer, loaded.token, change).await.unwrap();
    assert_eq!(committed, Committed::Done);
}

/// Of each kind one that is rosa's, one that is nobody's, and one that has lapsed.
async fn write_documents(store: &dyn Store) {
    for kind in DocumentKind::ALL {
        for (id, owner, expires) in [
            ("rosas", Some(rosa()), None),
            ("nobodys", None, None),
            ("lapsed", None, Some(Timestamp::from_millis(1))),
        ] {
            let document =
                Document { id: id.into(), owner, version: 0, expires, body: json!({ "a": 1 }) };
            store.put_document(kind, document, Expect::Absent).await.unwrap();
        }
    }
}

/// All that waits comes to its end, people remove what they made, and then everything is old.
async fn come_to_an_end(store: &dyn Store) {
    store.settle(&event_id("open"), Settlement::Joined).await.unwrap();
    let ended = [5, 6, 7].map(|number| alert(number, AlertState::Missed));
    let settles = vec![(event_id("dead"), Settlement::Joined)];
    let change = Change { alerts: ended.into(), settles, ..Change::default() };
    commit(store, &mika(), change).await;
    for number in [1, 2] {
        store.unregister(connection(number).id).await.unwrap();
    }
    for kind in DocumentKind::ALL {
        assert!(store.remove_document(kind, "nobodys").await.unwrap());
    }
    store.remove_streamer(&rosa()).await.unwrap();
    let all = Cutoffs {
        events: END_OF_TIME,
        log: END_OF_TIME,
        alerts: Some(END_OF_TIME),
        ids: END_OF_TIME,
        limit: 100,
    };
    while store.expire(all).await.unwrap() > 0 {}
}

/// The keys that hold anything, of which only some may be there.
#[track_caller]
fn only(server: &RedisServer, may_be: impl Fn(Goes) -> bool) {
    // A log without entries is an empty stream: no other type is kept empty.
    let entries = |key: &String| server.try_command::<u64>(&["XLEN", key]);
    let mut left = keys(server);
    left.retain(|key| !may_be(kind(key).1) && entries(key).ok() != Some(0));
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_key_goes_as_its_kind_does() {
    let home = RedisHome::new();
    let store = everything(&home.0, home.options()).await;
    let (table, mut seen) = (table(), BTreeSet::new());
    for key in keys(&home.0) {
        let (pattern, goes) = *kind(&key);
        seen.insert(pattern);
        let kept: String = home.0.command(&["TYPE", &key]);
        assert_eq!(kept.replace("zset", "sorted set"), table[pattern].0, "{key}");
        let left: i64 = home.0.command(&["PTTL", &key]);
        match goes {
            Lapses(most) | InTimeOrLapses(most) => {
                let most = i64::try_from(most.as_millis()).unwrap();
                assert!((1..=most).contains(&left), "{key} has {left} ms");
            }
            _ => assert_eq!(left, -1, "{key} is not to lapse"),
        }
    }
    let unseen: Vec<_> = KINDS.iter().filter(|(pattern, _)| !seen.contains(pattern)).collect();
    assert!(unseen.is_empty(), "nothing has written {unseen:?}");

    let dead = NodeId::from_u128(8).to_string();
    wait_for("the dead node's removal", || {
        home.0.command::<Option<f64>>(&["ZSCORE", "tb:nodes", &dead]).is_none().then_some(())
    });
    come_to_an_end(&*store).await;
    store.close().await;
    only(&home.0, |goes| matches!(goes, Never | WithStreamer | Lapses(_)));
    let store = home.open().await;
    store.remove_streamer(&mika()).await.unwrap();
    store.close().await;
    only(&home.0, |goes| matches!(goes, Never | Lapses(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_user_may_do_all_of_it() {
    let home = RedisHome(RedisServer::with(&documented_user("pw")));
    let url = format!("redis://tillbell:pw@127.0.0.1:{}", home.0.port);
    let store = everything(&home.0, Options { url: url.into(), ..home.options() }).await;
    come_to_an_end(&*store).await;
    store.close().await;
    assert_eq!(home.0.denied(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sales_take_what_is_known_and_leave_nothing() {
    // So many that the buffers a server takes and gives back by itself, 20 KB at a time, matter little
    // beside what an id of each would take.
    const SALES: u32 = 3_000;
    let rounds = sold::rounds(2, SALES).await;
    assert_eq!(sold::problem(&rounds, SALES), None, "{rounds:?}");
}
