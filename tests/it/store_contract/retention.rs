use std::time::Duration;

use tillbell::{
    alert::{Alert, AlertState},
    money::Currency,
    position::{After, Position},
    store::{BuyerKey, Change, Cutoffs, Fact, LogPage, Names, NewEvent, Settlement, Store},
    time::Timestamp,
};

use super::{
    Home,
    samples::{
        accept, alert, alert_id, commit, event, event_id, load, mika, play, purchase, queued,
        session, write_log,
    },
};

const END_OF_TIME: Timestamp = Timestamp::from_millis(i64::MAX);

const ALL: Cutoffs = Cutoffs {
    events: END_OF_TIME,
    log: END_OF_TIME,
    alerts: Some(END_OF_TIME),
    ids: END_OF_TIME,
    limit: 1_000,
};

const NONE: Cutoffs = Cutoffs { events: at(0), log: at(0), alerts: None, ids: at(0), limit: 1_000 };

const fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

async fn settled(store: &dyn Store, name: &str, number: u128, received: i64) {
    let event = NewEvent { received: at(received), ..event(name, alert_id(number)) };
    store.accept(event).await.unwrap();
    assert!(store.settle(&event_id(name), Settlement::Joined).await.unwrap());
}

pub(super) async fn what_is_old_goes(home: &impl Home) {
    let store = home.open().await;
    settled(&*store, "old", 1, 100).await;
    settled(&*store, "new", 2, 200).await;
    write_log(&*store, &[100, 200]).await;
    let old = Alert { created: at(100), ..alert(1, AlertState::Shown) };
    let new = Alert { created: at(200), ..alert(2, AlertState::Missed) };
    let purchases = vec![purchase(1, &["cs_1"])];
    commit(&*store, Change { alerts: vec![old, new], purchases, ..Change::default() }).await;
    store.index(&["session:cs_1".into()], &mika()).await.unwrap();

    assert_eq!(store.expire(NONE).await.unwrap(), 0);
    let middle = at(150);
    let step = Cutoffs { events: middle, log: middle, alerts: Some(middle), ..NONE };
    assert_eq!(store.expire(step).await.unwrap(), 3, "a body, an entry, an alert");
    let body = async |name| store.event(&event_id(name)).await.unwrap().unwrap().event.body.len();
    assert_eq!(body("old").await, 0, "the id stays");
    assert_ne!(body("new").await, 0);
    assert_eq!(store.alert_owner(alert_id(1)).await.unwrap(), None);
    assert_eq!(store.alert_owner(alert_id(2)).await.unwrap(), Some(mika()));
    let names = Names { purchases: vec![session("cs_1")], ..Names::default() };
    assert_eq!(store.load(&mika(), &names).await.unwrap().purchases.len(), 1);

    let later = store.now() + Duration::from_secs(1);
    let gone = store.expire(Cutoffs { ids: later, ..NONE }).await.unwrap();
    assert_eq!(gone, 4, "a purchase, a route, two events");
    assert!(store.event(&event_id("new")).await.unwrap().is_none());
    assert!(store.load(&mika(), &names).await.unwrap().purchases.is_empty());
    assert_eq!(store.routed(&["session:cs_1".into()]).await.unwrap(), None);
}

pub(super) async fn what_must_stay_stays(home: &impl Home) {
    let store = home.open().await;
    accept(&*store, "unsettled", 1).await;
    accept(&*store, "dead", 2).await;
    store.settle(&event_id("dead"), Settlement::DeadLetter("why".into())).await.unwrap();
    let buyer = BuyerKey("b".into());
    let mut state = load(&*store).await.state;
    state.play = Some(play(alert_id(5), state.position()));
    let replay = Alert { state: AlertState::Shown, ..queued(4, 2) };
    let mut alerts = vec![alert(1, AlertState::Held), queued(2, 1), alert(3, AlertState::Playing)];
    alerts.extend([replay, alert(5, AlertState::Shown)]);
    let change = Change {
        state: Some(state.clone()),
        alerts,
        facts: vec![
            Fact::Total { currency: Currency::USD, minor: 5, orders: 1 },
            Fact::Buyer { key: buyer.clone(), orders: 3 },
        ],
        ..Change::default()
    };
    commit(&*store, change).await;
    let lasting = ["subscription:sub_1", "subscription:sub_2"].map(str::to_owned);
    store.index(&lasting, &mika()).await.unwrap();

    assert_eq!(store.expire(ALL).await.unwrap(), 0);
    for name in ["unsettled", "dead"] {
        let kept = store.event(&event_id(name)).await.unwrap().unwrap();
        assert!(!kept.event.body.is_empty(), "{name}");
    }
    for number in 1..=5 {
        assert!(store.alert(&mika(), alert_id(number)).await.unwrap().is_some(), "{number}");
    }
    let loaded =
        store.load(&mika(), &Names { buyers: vec![buyer], ..Names::default() }).await.unwrap();
    assert_eq!((loaded.state, loaded.buyers), (state, vec![3]));
    assert_eq!(store.totals(&mika()).await.unwrap()[0].minor, 5);
    for key in lasting {
        assert_eq!(store.routed(&[key]).await.unwrap(), Some(mika()));
    }
}

pub(super) async fn what_waits_keeps_its_body_and_grows_old(home: &impl Home) {
    let store = home.open().await;
    for (name, number) in [("waits", 1), ("woken", 2)] {
        let nobodys = NewEvent { streamer: None, ..event(name, alert_id(number)) };
        store.accept(nobodys).await.unwrap();
        assert!(store.settle(&event_id(name), Settlement::Waiting).await.unwrap());
    }
    assert!(store.redrive(&event_id("woken")).await.unwrap());
    let bodies = Cutoffs { events: END_OF_TIME, ..NONE };
    assert_eq!(store.expire(bodies).await.unwrap(), 0);
    assert!(!store.event(&event_id("waits")).await.unwrap().unwrap().event.body.is_empty());
    assert_eq!(store.expire(Cutoffs { ids: END_OF_TIME, ..NONE }).await.unwrap(), 1);
    assert!(store.event(&event_id("waits")).await.unwrap().is_none());
    assert!(store.event(&event_id("woken")).await.unwrap().is_some());
}

pub(super) async fn a_step_has_a_limit(home: &impl Home) {
    let store = home.open().await;
    for number in 0..5 {
        settled(&*store, &number.to_string(), number, 100).await;
    }
    write_log(&*store, &[10, 20, 30]).await;
    let step = Cutoffs { log: END_OF_TIME, events: END_OF_TIME, limit: 2, ..NONE };
    for gone in [2 + 2, 2 + 1, 1, 0] {
        assert_eq!(store.expire(step).await.unwrap(), gone);
    }
}

pub(super) async fn a_log_loses_its_oldest_first(home: &impl Home) {
    let store = home.open().await;
    // The third was written by a clock that had been set back.
    let entries = write_log(&*store, &[100, 300, 50, 400]).await;
    assert_eq!(store.expire(Cutoffs { log: at(200), ..NONE }).await.unwrap(), 1);
    let head = entries[3].position;
    let oldest = Position { offset: 1, ..head };
    let rest = LogPage::Page { entries: entries[1..].to_vec(), head };
    assert_eq!(store.log(&mika(), After::Oldest, 10).await.unwrap(), rest);
    assert_eq!(store.log(&mika(), After::Position(oldest), 10).await.unwrap(), rest);
    let lost = store.log(&mika(), After::Offset(0), 10).await.unwrap();
    assert_eq!(lost, LogPage::HistoryLost { oldest });

    assert_eq!(store.expire(ALL).await.unwrap(), 3);
    let empty = LogPage::Page { entries: Vec::new(), head };
    assert_eq!(store.log(&mika(), After::Oldest, 10).await.unwrap(), empty);
    assert_eq!(store.log(&mika(), After::Position(head), 10).await.unwrap(), empty);
    let lost = store.log(&mika(), After::Position(oldest), 10).await.unwrap();
    assert_eq!(lost, LogPage::HistoryLost { oldest: head });
}
