use std::sync::Arc;

use tillbell::{
    alert::{Alert, AlertState, Spot},
    channel::{Claim, End, Play, State},
    id::{AlertId, StreamerId},
    money::Currency,
    store::{
        AlertFilter, BuyerKey, Change, Committed, Document, DocumentKind, Expect, Fact, HEAD,
        LogPage, Names, Settlement, Token, Total,
    },
};
use tokio::task::JoinSet;

use super::{
    Home,
    samples::{
        accept, alert, alert_id, at, commit, event_id, load, mika, play, purchase, queued, session,
        with_entries, write_log,
    },
};
use tillbell::position::After;

fn ids(alerts: &[Alert]) -> Vec<AlertId> {
    alerts.iter().map(|alert| alert.id).collect()
}

fn numbers(numbers: impl IntoIterator<Item = u128>) -> Vec<AlertId> {
    numbers.into_iter().map(alert_id).collect()
}

pub(super) async fn a_channel_begins_empty(home: &impl Home) {
    let store = home.open().await;
    let loaded = load(&*store).await;
    assert_eq!(loaded.token, Token(0));
    assert_eq!(loaded.state, State::new(loaded.state.epoch));
    assert_ne!(loaded.state.epoch, load(&*store).await.state.epoch, "epochs are random");
    assert!(loaded.head.is_empty() && loaded.named.is_empty() && loaded.purchases.is_empty());
    assert!(store.busy_channels().await.unwrap().is_empty());
    assert!(store.totals(&mika()).await.unwrap().is_empty());
}

pub(super) async fn a_commit_is_loaded_whole(home: &impl Home) {
    let store = home.open().await;
    accept(&*store, "a", 1).await;
    let before = load(&*store).await;
    let (mut state, entries) = with_entries(&before.state, &[10, 20]);
    state.play = Some(play(alert_id(1), state.position()));
    state.paused = true;
    let change = Change {
        state: Some(state.clone()),
        alerts: vec![alert(1, AlertState::Playing), queued(2, 7)],
        purchases: vec![purchase(1, &["cs_1"])],
        entries: entries.clone(),
        settles: vec![(event_id("a"), Settlement::Alert(alert_id(1)))],
        ..Change::default()
    };
    let committed = store.commit(&mika(), before.token, change).await.unwrap();
    assert_eq!(committed, Committed::Done);
    drop(store);

    let store = home.open().await;
    let names = Names { purchases: vec![session("cs_1")], ..Names::default() };
    let loaded = store.load(&mika(), &names).await.unwrap();
    assert_eq!(loaded.state, state);
    assert_ne!(loaded.token, Token(0));
    assert_eq!(loaded.head, [queued(2, 7)]);
    assert_eq!(
        loaded.named,
        [alert(1, AlertState::Playing)],
        "the newest play's alert comes along"
    );
    assert_eq!(loaded.purchases, [purchase(1, &["cs_1"])]);
    let page = store.log(&mika(), After::Oldest, 10).await.unwrap();
    assert_eq!(page, LogPage::Page { entries, head: state.position() });
    assert_eq!(store.alert(&mika(), alert_id(2)).await.unwrap(), Some(queued(2, 7)));
    assert_eq!(store.alert(&"rosa".parse().unwrap(), alert_id(2)).await.unwrap(), None);
    assert_eq!(store.alert_owner(alert_id(2)).await.unwrap(), Some(mika()));
    assert_eq!(store.alert_owner(alert_id(3)).await.unwrap(), None);
    let event = store.event(&event_id("a")).await.unwrap().unwrap();
    assert_eq!(event.settled, Some(Settlement::Alert(alert_id(1))));
}

pub(super) async fn a_stale_token_changes_nothing(home: &impl Home) {
    let store = home.open().await;
    accept(&*store, "a", 1).await;
    let stale = load(&*store).await;
    commit(&*store, Change::default()).await;
    let second = load(&*store).await;
    commit(&*store, Change::default()).await;
    let now = load(&*store).await;
    assert_ne!(second.token, now.token, "new after each commit");
    for token in [stale.token, second.token, Token(now.token.0 ^ 1)] {
        let (state, entries) = with_entries(&now.state, &[10]);
        let change = Change {
            state: Some(state),
            alerts: vec![queued(1, 1)],
            entries,
            settles: vec![(event_id("a"), Settlement::Joined)],
            facts: vec![Fact::Total { currency: Currency::USD, minor: 1, orders: 1 }],
            ..Change::default()
        };
        let committed = store.commit(&mika(), token, change).await.unwrap();
        assert_eq!(committed, Committed::Conflict);
    }
    let after = load(&*store).await;
    assert_eq!((after.token, after.state), (now.token, now.state));
    assert!(after.head.is_empty());
    assert!(store.totals(&mika()).await.unwrap().is_empty());
    assert_eq!(store.unsettled_count().await.unwrap(), 1);
}

pub(super) async fn of_many_commits_on_one_token_one_is_done(home: &impl Home) {
    let store = home.open().await;
    for round in 0..4_u64 {
        let loaded = load(&*store).await;
        let mut racers = JoinSet::new();
        for number in 0..16_u128 {
            let store = Arc::clone(&store);
            let order = round * 16 + u64::try_from(number).unwrap();
            let change = Change {
                state: Some(loaded.state.clone()),
                alerts: vec![queued(u128::from(order), order)],
                ..Change::default()
            };
            let token = loaded.token;
            racers.spawn(async move { store.commit(&mika(), token, change).await.unwrap() });
        }
        let found = racers.join_all().await;
        assert_eq!(found.iter().filter(|committed| **committed == Committed::Done).count(), 1);
        assert!(found.iter().all(|committed| !matches!(committed, Committed::AlreadySettled(_))));
    }
    assert_eq!(load(&*store).await.head.len(), 4, "the others left no trace");
}

pub(super) async fn a_settled_event_refuses_the_whole_commit(home: &impl Home) {
    let store = home.open().await;
    accept(&*store, "open", 1).await;
    accept(&*store, "settled", 2).await;
    store.settle(&event_id("settled"), Settlement::Joined).await.unwrap();
    let before = load(&*store).await;
    let (state, entries) = with_entries(&before.state, &[10]);
    let change = Change {
        state: Some(state),
        alerts: vec![queued(1, 1)],
        purchases: vec![purchase(1, &["cs_1"])],
        entries,
        facts: vec![Fact::Buyer { key: BuyerKey("b".into()), orders: 1 }],
        settles: vec![
            (event_id("open"), Settlement::Alert(alert_id(1))),
            (event_id("settled"), Settlement::Alert(alert_id(2))),
        ],
        ..Change::default()
    };
    let committed = store.commit(&mika(), before.token, change).await.unwrap();
    assert_eq!(committed, Committed::AlreadySettled(event_id("settled")));

    let names = Names {
        alerts: vec![alert_id(1)],
        purchases: vec![session("cs_1")],
        buyers: vec![BuyerKey("b".into())],
    };
    let after = store.load(&mika(), &names).await.unwrap();
    assert_eq!(after.token, before.token);
    assert!(after.head.is_empty() && after.named.is_empty() && after.purchases.is_empty());
    assert_eq!(after.buyers, [0]);
    assert!(store.event(&event_id("open")).await.unwrap().unwrap().settled.is_none());
}

pub(super) async fn a_dead_letter_is_settled_by_a_commit(home: &impl Home) {
    let store = home.open().await;
    accept(&*store, "a", 1).await;
    store.settle(&event_id("a"), Settlement::DeadLetter("no streamer".into())).await.unwrap();
    let outcome = Settlement::DuplicateOf(alert_id(9));
    let settles = vec![(event_id("a"), outcome.clone())];
    commit(&*store, Change { settles, ..Change::default() }).await;
    assert_eq!(store.event(&event_id("a")).await.unwrap().unwrap().settled, Some(outcome));
}

pub(super) async fn the_head_has_its_order_and_its_limits(home: &impl Home) {
    let store = home.open().await;
    let many = HEAD as u128;
    // Enters first, then the others one before the other.
    let order = |number| u64::try_from(if number == 0 { 1 } else { 500 - number }).unwrap();
    let test = |number: u128, order: u64, entered: i64| {
        let spot = Some(Spot { order, entered: at(entered), replay: false });
        Alert { test: true, spot, ..queued(number, order) }
    };
    let held = |number: u128, entered: i64| Alert {
        entered: at(entered),
        ..alert(number, AlertState::Held)
    };
    let replay = Alert { state: AlertState::Shown, ..queued(500, 2) };
    // Of the queue: the replay is second, a test is third, the rest in an order unlike their ids'.
    let mut alerts =
        vec![replay, test(501, 3, 7_000), test(502, 1_000, 6_000), test(503, 999, 9_000)];
    alerts.extend((0..many + 8).map(|n| queued(n, order(n))));
    alerts.extend([held(601, 3_000), held(600, 4_000)]);
    alerts.extend((0..many).map(|n| held(700 + n, 10_000)));
    alerts.push(alert(800, AlertState::Shown));
    commit(&*store, Change { alerts, ..Change::default() }).await;

    let head = ids(&load(&*store).await.head);
    let by_order = [0, 500, 501].into_iter().chain((0..many - 3).map(|n| many + 7 - n));
    assert_eq!(head[..HEAD], numbers(by_order));
    assert_eq!(head[HEAD..HEAD + 2], numbers([502, 503]), "tests behind the limit, by entering");
    let by_entering = [601, 600].into_iter().chain((0..many - 2).map(|n| 700 + n));
    assert_eq!(head[HEAD + 2..], numbers(by_entering));
}

pub(super) async fn what_is_named_comes_once(home: &impl Home) {
    let store = home.open().await;
    let claim = Claim {
        alert: alert_id(2),
        amount: None,
        test: false,
        returned: 0,
        counted: true,
        goal: None,
    };
    let mut sold = purchase(2, &["cs_2", "cs_3"]);
    sold.sale = Some(claim);
    let mut state = load(&*store).await.state;
    let members = numbers([4, 2]);
    let newest = play(alert_id(3), state.position());
    state.play = Some(Play { end: Some(End::Shown), members, ..newest });
    let alerts = (1..=5).map(|number| alert(number, AlertState::Shown)).collect();
    let change =
        Change { state: Some(state), alerts, purchases: vec![sold.clone()], ..Change::default() };
    commit(&*store, change).await;

    let names = Names {
        alerts: numbers([1, 2, 1, 99]),
        purchases: vec![session("cs_3"), session("cs_2"), session("cs_9")],
        buyers: Vec::new(),
    };
    let loaded = store.load(&mika(), &names).await.unwrap();
    assert_eq!(ids(&loaded.named), numbers([1, 2, 3, 4]), "what played comes with its members");
    assert_eq!(loaded.purchases, [sold]);
    let elsewhere = store.load(&"rosa".parse().unwrap(), &names).await.unwrap();
    assert!(elsewhere.named.is_empty() && elsewhere.purchases.is_empty());
}

pub(super) async fn joined_purchases_are_found_by_all_their_ids(home: &impl Home) {
    let store = home.open().await;
    let purchases = vec![purchase(1, &["cs_1"]), purchase(2, &["cs_2"]), purchase(3, &["cs_3"])];
    commit(&*store, Change { purchases, ..Change::default() }).await;
    let joined = purchase(1, &["cs_1", "cs_2", "cs_4"]);
    let change = Change {
        purchases: vec![joined.clone()],
        absorbed: vec![alert_id(2)],
        ..Change::default()
    };
    commit(&*store, change).await;
    for (id, found) in [
        ("cs_1", vec![joined.clone()]),
        ("cs_2", vec![joined.clone()]),
        ("cs_4", vec![joined]),
        ("cs_3", vec![purchase(3, &["cs_3"])]),
        ("cs_5", vec![]),
    ] {
        let names = Names { purchases: vec![session(id)], ..Names::default() };
        assert_eq!(store.load(&mika(), &names).await.unwrap().purchases, found, "{id}");
    }
}

pub(super) async fn totals_and_buyers_add_up(home: &impl Home) {
    let store = home.open().await;
    let eur: Currency = "eur".parse().unwrap();
    let key = |name: &str| BuyerKey(name.into());
    let total = |currency, minor, orders| Fact::Total { currency, minor, orders };
    let buyer = |name, orders| Fact::Buyer { key: key(name), orders };
    let facts =
        vec![total(Currency::USD, 2_500, 1), total(eur, 100, 1), total(eur, -30, 0), buyer("a", 2)];
    commit(&*store, Change { facts, ..Change::default() }).await;
    let facts = vec![total(Currency::USD, i64::MAX, 1), buyer("a", -1), buyer("b", -3)];
    commit(&*store, Change { facts, ..Change::default() }).await;

    let totals = store.totals(&mika()).await.unwrap();
    let sum = |currency, minor, orders| Total { currency, minor, orders };
    assert_eq!(totals, [sum(eur, 70, 1), sum(Currency::USD, i64::MAX, 2)], "sums stop at the end");
    let names = Names { buyers: vec![key("c"), key("a"), key("b")], ..Names::default() };
    assert_eq!(store.load(&mika(), &names).await.unwrap().buyers, [0, 1, 0], "never below none");
    assert!(store.totals(&"rosa".parse().unwrap()).await.unwrap().is_empty());
}

pub(super) async fn channels_with_work_are_busy(home: &impl Home) {
    let store = home.open().await;
    let state = load(&*store).await.state;
    let running = play(alert_id(1), state.position());
    let ended = Play { end: Some(End::Lapsed), ..running.clone() };
    let replay = Alert { state: AlertState::Missed, ..queued(3, 1) };
    for (slug, alerts, play, busy) in [
        ("queued", vec![queued(1, 1)], None, true),
        ("held", vec![alert(2, AlertState::Held)], None, true),
        ("replaying", vec![replay], None, true),
        ("playing", vec![], Some(running), true),
        ("ended", vec![alert(4, AlertState::Shown)], Some(ended), false),
    ] {
        let streamer: StreamerId = slug.parse().unwrap();
        let change =
            Change { state: Some(State { play, ..state.clone() }), alerts, ..Change::default() };
        store.commit(&streamer, Token(0), change).await.unwrap();
        let found = store.busy_channels().await.unwrap();
        assert_eq!(found.iter().filter(|other| **other == streamer).count(), usize::from(busy));
    }
}

pub(super) async fn alerts_are_listed_newest_first(home: &impl Home) {
    let store = home.open().await;
    let test = Alert { test: true, ..alert(3, AlertState::Shown) };
    let alerts =
        vec![alert(1, AlertState::Shown), queued(2, 1), test, alert(4, AlertState::Missed)];
    commit(&*store, Change { alerts, ..Change::default() }).await;
    let all = AlertFilter { limit: 10, ..AlertFilter::default() };
    let over = vec![AlertState::Shown, AlertState::Missed];
    for (filter, found) in [
        (all.clone(), vec![4, 3, 2, 1]),
        (AlertFilter { limit: 2, ..all.clone() }, vec![4, 3]),
        (AlertFilter { before: Some(alert_id(3)), ..all.clone() }, vec![2, 1]),
        (AlertFilter { states: over.clone(), ..all.clone() }, vec![4, 3, 1]),
        (AlertFilter { states: over, no_tests: true, ..all.clone() }, vec![4, 1]),
        (AlertFilter { states: vec![AlertState::Held], ..all }, vec![]),
    ] {
        let what = format!("{filter:?}");
        assert_eq!(ids(&store.alerts(&mika(), filter).await.unwrap()), numbers(found), "{what}");
    }
}

pub(super) async fn a_removed_streamer_leaves_its_events(home: &impl Home) {
    let store = home.open().await;
    accept(&*store, "a", 1).await;
    write_log(&*store, &[10]).await;
    let change = Change {
        alerts: vec![queued(1, 1)],
        purchases: vec![purchase(1, &["cs_1"])],
        facts: vec![Fact::Total { currency: Currency::USD, minor: 1, orders: 1 }],
        ..Change::default()
    };
    commit(&*store, change).await;
    let keys = ["subscription:sub_1".to_owned()];
    store.index(&keys, &mika()).await.unwrap();
    let document = |id: &str, owner| Document {
        id: id.into(),
        owner,
        version: 0,
        expires: None,
        body: serde_json::json!({}),
    };
    let put = |kind, document| store.put_document(kind, document, Expect::Absent);
    put(DocumentKind::Streamer, document("mika", None)).await.unwrap();
    put(DocumentKind::Overlay, document("ovl_1", Some(mika()))).await.unwrap();
    put(DocumentKind::Overlay, document("ovl_2", None)).await.unwrap();
    store.remove_streamer(&mika()).await.unwrap();

    let names = Names { purchases: vec![session("cs_1")], ..Names::default() };
    let loaded = store.load(&mika(), &names).await.unwrap();
    assert_eq!((loaded.token, loaded.state.offset), (Token(0), 0));
    assert!(loaded.head.is_empty() && loaded.purchases.is_empty());
    assert_eq!(store.alert_owner(alert_id(1)).await.unwrap(), None);
    assert!(store.totals(&mika()).await.unwrap().is_empty());
    assert_eq!(store.routed(&keys).await.unwrap(), None);
    assert!(store.document(DocumentKind::Streamer, "mika").await.unwrap().is_none());
    assert!(store.document(DocumentKind::Overlay, "ovl_1").await.unwrap().is_none());
    assert!(store.document(DocumentKind::Overlay, "ovl_2").await.unwrap().is_some());
    let log = store.log(&mika(), After::Oldest, 10).await.unwrap();
    assert!(matches!(log, LogPage::Page { entries, .. } if entries.is_empty()));
    assert!(store.event(&event_id("a")).await.unwrap().is_some());
}
