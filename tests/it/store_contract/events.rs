use std::{sync::Arc, time::Duration};

use tillbell::{
    store::{Accepted, Document, DocumentKind, Expect, NewEvent, Settlement},
    time::Timestamp,
};
use tokio::task::JoinSet;

use super::{
    Home,
    samples::{accept, alert_id, event, event_id, mika},
};

const END_OF_TIME: Timestamp = Timestamp::from_millis(i64::MAX);

pub(super) async fn an_event_is_accepted_once(home: &impl Home) {
    let store = home.open().await;
    let first = event("a", alert_id(1));
    assert_eq!(store.accept(first.clone()).await.unwrap(), Accepted::New);
    let again = NewEvent { body: "another".into(), ..event("a", alert_id(2)) };
    assert_eq!(store.accept(again).await.unwrap(), Accepted::Duplicate(alert_id(1)));

    let stored = store.event(&event_id("a")).await.unwrap().unwrap();
    assert_eq!(format!("{:?}", stored.event), format!("{first:?}"), "kept as it came");
    assert_eq!((stored.attempts, stored.routed, stored.settled), (1, None, None));
    assert!(stored.stored <= store.now());
    let of_alert = store.event_of_alert(alert_id(1)).await.unwrap().unwrap();
    assert_eq!(of_alert.event.id, event_id("a"));
    assert!(store.event_of_alert(alert_id(2)).await.unwrap().is_none());
    assert!(store.event(&event_id("b")).await.unwrap().is_none());
}

pub(super) async fn of_many_at_once_one_is_new(home: &impl Home) {
    let store = home.open().await;
    let mut racers = JoinSet::new();
    for number in 0..64 {
        let store = Arc::clone(&store);
        racers.spawn(
            async move { (number, store.accept(event("a", alert_id(number))).await.unwrap()) },
        );
    }
    let found = racers.join_all().await;
    let new: Vec<_> = found.iter().filter(|(_, accepted)| *accepted == Accepted::New).collect();
    assert_eq!(new.len(), 1);
    let winner = new[0].0;
    for (number, accepted) in found.into_iter().filter(|(number, _)| *number != winner) {
        assert_eq!(accepted, Accepted::Duplicate(alert_id(winner)), "{number}");
    }
    assert_eq!(store.unsettled_count().await.unwrap(), 1);
}

pub(super) async fn what_was_accepted_survives(home: &impl Home) {
    let store = home.open().await;
    accept(&*store, "dropped", 1).await;
    drop(store);
    let store = home.open().await;
    accept(&*store, "closed", 2).await;
    store.close().await;
    assert!(store.accept(event("late", alert_id(3))).await.is_err(), "closed is closed");
    drop(store);
    let store = home.open().await;
    for (name, number) in [("dropped", 1), ("closed", 2)] {
        let accepted = store.accept(event(name, alert_id(9))).await.unwrap();
        assert_eq!(accepted, Accepted::Duplicate(alert_id(number)));
    }
    assert!(store.event(&event_id("late")).await.unwrap().is_none());
}

pub(super) async fn attempts_are_counted_until_there_is_an_outcome(home: &impl Home) {
    let store = home.open().await;
    accept(&*store, "a", 1).await;
    let id = event_id("a");
    assert_eq!(store.attempt(&id).await.unwrap(), 2);
    assert_eq!(store.attempt(&id).await.unwrap(), 3);
    store.route(&id, &mika()).await.unwrap();
    let outcome = Settlement::Ignored("not ours".into());
    assert!(store.settle(&id, outcome.clone()).await.unwrap());
    assert!(!store.settle(&id, Settlement::Joined).await.unwrap());
    assert_eq!(store.attempt(&id).await.unwrap(), 0);
    assert!(!store.redrive(&id).await.unwrap(), "only dead letters are redriven");
    let stored = store.event(&id).await.unwrap().unwrap();
    assert_eq!((stored.attempts, stored.routed), (3, Some(mika())));
    assert_eq!(stored.settled, Some(outcome));
    let unknown = event_id("unknown");
    assert_eq!(store.attempt(&unknown).await.unwrap(), 0);
    assert!(!store.settle(&unknown, Settlement::Joined).await.unwrap());
}

pub(super) async fn a_dead_letter_can_be_replaced_or_redriven(home: &impl Home) {
    let store = home.open().await;
    let dead = || Settlement::DeadLetter("five attempts".into());
    for (name, number) in [("a", 1), ("b", 2)] {
        accept(&*store, name, number).await;
        assert!(store.settle(&event_id(name), dead()).await.unwrap());
    }
    assert_eq!(store.unsettled_count().await.unwrap(), 0);
    assert!(store.settle(&event_id("a"), Settlement::Alert(alert_id(1))).await.unwrap());
    assert!(!store.redrive(&event_id("a")).await.unwrap());
    assert!(store.redrive(&event_id("b")).await.unwrap());
    assert!(!store.redrive(&event_id("b")).await.unwrap());
    let again = store.unsettled(END_OF_TIME, 10).await.unwrap();
    assert_eq!(again.len(), 1);
    assert_eq!((again[0].event.id.clone(), again[0].attempts), (event_id("b"), 1));
}

pub(super) async fn what_waits_can_be_taken_up_until_it_is_routed(home: &impl Home) {
    let store = home.open().await;
    let id = event_id("a");
    for (name, number) in [("a", 1), ("c", 3)] {
        let nobodys = NewEvent { streamer: None, ..event(name, alert_id(number)) };
        store.accept(nobodys).await.unwrap();
    }
    assert!(store.settle(&event_id("c"), Settlement::Waiting).await.unwrap());
    assert!(store.settle(&id, Settlement::Waiting).await.unwrap());
    assert_eq!(store.unsettled_count().await.unwrap(), 0);
    assert_eq!(store.attempt(&id).await.unwrap(), 0);
    // Routed first, as who takes it up does.
    store.route(&id, &mika()).await.unwrap();
    assert!(store.redrive(&id).await.unwrap());
    assert!(!store.redrive(&id).await.unwrap());
    let again = store.unsettled(END_OF_TIME, 10).await.unwrap().pop().unwrap();
    assert_eq!((again.event.id, again.attempts, again.routed), (id.clone(), 1, Some(mika())));
    assert!(!store.settle(&id, Settlement::Waiting).await.unwrap(), "it has somewhere to go");
    assert_eq!(store.unsettled_count().await.unwrap(), 1);
    assert!(store.settle(&id, Settlement::Joined).await.unwrap());
    assert!(!store.redrive(&id).await.unwrap());

    // Nor does one wait whose address named a streamer.
    accept(&*store, "b", 2).await;
    assert!(!store.settle(&event_id("b"), Settlement::Waiting).await.unwrap());
    // What waits may be decided by a person too.
    let ignored = Settlement::Ignored("a person discarded it".into());
    assert!(store.settle(&event_id("c"), ignored).await.unwrap());
}

pub(super) async fn unsettled_events_come_oldest_first(home: &impl Home) {
    let store = home.open().await;
    for (number, name) in ["c", "a", "b"].into_iter().enumerate() {
        accept(&*store, name, number as u128).await;
    }
    let unsettled = store.unsettled(END_OF_TIME, 2).await.unwrap();
    let names: Vec<_> = unsettled.iter().map(|stored| stored.event.id.as_str()).collect();
    assert_eq!(names, ["evt_c", "evt_a"]);
    let before = unsettled[0].stored;
    assert!(store.unsettled(before, 10).await.unwrap().is_empty(), "before is before");
    store.settle(&event_id("c"), Settlement::Joined).await.unwrap();
    assert_eq!(store.unsettled(END_OF_TIME, 10).await.unwrap().len(), 2);
    assert_eq!(store.unsettled_count().await.unwrap(), 2);
}

pub(super) async fn an_event_can_be_put_off(home: &impl Home) {
    let store = home.open().await;
    for (number, name) in ["a", "b"].into_iter().enumerate() {
        accept(&*store, name, number as u128).await;
    }
    let names = |before| {
        let store = Arc::clone(&store);
        async move {
            let found = store.unsettled(before, 10).await.unwrap();
            found.iter().map(|stored| stored.event.id.as_str().to_owned()).collect::<Vec<_>>()
        }
    };
    let until = store.now() + Duration::from_hours(1);
    store.put_off(&event_id("a"), until).await.unwrap();
    assert_eq!(names(until).await, ["evt_b"], "it is not due before");
    assert_eq!(names(END_OF_TIME).await, ["evt_b", "evt_a"], "and then it is, behind the others");
    assert_eq!(store.attempt(&event_id("a")).await.unwrap(), 2);
    assert_eq!(names(until).await, ["evt_b"], "an attempt changes nothing of it");
    // Who says so for one that has its outcome, or that nobody knows, says nothing.
    store.settle(&event_id("b"), Settlement::DeadLetter("why".into())).await.unwrap();
    for name in ["b", "unknown"] {
        store.put_off(&event_id(name), until).await.unwrap();
    }
    assert_eq!(store.unsettled_count().await.unwrap(), 1);
    assert!(store.redrive(&event_id("b")).await.unwrap());
    assert_eq!(names(until).await, ["evt_b"], "a redrive is at once");
}

pub(super) async fn no_clock_that_was_wrong_puts_an_event_off(home: &impl Home) {
    let store = home.open().await;
    for (number, name) in ["a", "b", "c"].into_iter().enumerate() {
        accept(&*store, name, number as u128).await;
    }
    let now = store.now();
    store.put_off(&event_id("b"), now + Duration::from_mins(10)).await.unwrap();
    store.put_off(&event_id("c"), now + Duration::from_hours(5)).await.unwrap();
    for (before, limit, due) in [
        (now + Duration::from_mins(1), 10, &["evt_c", "evt_a"][..]),
        (now - Duration::from_mins(1), 10, &["evt_c"]),
        (now + Duration::from_mins(1), 1, &["evt_c"]),
        (END_OF_TIME, 10, &["evt_a", "evt_b", "evt_c"]),
    ] {
        let found = store.unsettled(before, limit).await.unwrap();
        let found: Vec<_> = found.iter().map(|stored| stored.event.id.as_str()).collect();
        assert_eq!(found, due);
    }
}

pub(super) async fn keys_route_to_whom_they_were_first_given(home: &impl Home) {
    let store = home.open().await;
    let keys = |keys: &[&str]| keys.iter().map(ToString::to_string).collect::<Vec<_>>();
    let rosa = "rosa".parse().unwrap();
    store.index(&keys(&["subscription:sub_1", "session:cs_1"]), &mika()).await.unwrap();
    store.index(&keys(&["subscription:sub_1", "session:cs_2"]), &rosa).await.unwrap();
    let (id, body) = ("session:cs_4/evt_1".into(), serde_json::json!("evt_1"));
    let row = Document { id, owner: None, version: 0, expires: None, body };
    store.put_document(DocumentKind::Waiting, row, Expect::Any).await.unwrap();
    assert!(store.index(&keys(&["session:cs_9", "session:cs_4"]), &mika()).await.unwrap());
    for (asked, found) in [
        (keys(&["subscription:sub_1"]), Some(mika())),
        (keys(&["session:cs_2", "subscription:sub_1"]), Some(rosa)),
        (keys(&["session:cs_3", "session:cs_1"]), Some(mika())),
        (keys(&["session:cs_3"]), None),
        (keys(&[]), None),
    ] {
        assert_eq!(store.routed(&asked).await.unwrap(), found, "{asked:?}");
    }
}
