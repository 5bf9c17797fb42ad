//! Records to store.

use bytes::Bytes;
use serde_json::json;
use tillbell::{
    alert::{Alert, AlertKind, AlertState, Buyer, Spot},
    channel::{Entry, EntryType, Play, Purchase, State},
    connection::{Connection, Mode, OverlayKind, SourceState},
    id::{AlertId, ConnectionId, EventId, NodeId, OverlayId, StreamerId},
    position::Position,
    store::{Accepted, Change, Committed, Door, Loaded, Names, NewEvent, Store},
    stripe::sale::{IdKind, PurchaseId},
    time::Timestamp,
};

pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(super) fn mika() -> StreamerId {
    "mika".parse().unwrap()
}

pub(super) fn alert_id(number: u128) -> AlertId {
    AlertId::from_u128(number)
}

pub(super) fn event_id(name: &str) -> EventId {
    format!("evt_{name}").parse().unwrap()
}

pub(super) fn session(id: &str) -> PurchaseId {
    PurchaseId::new(IdKind::Session, id)
}

pub(super) fn event(name: &str, alert: AlertId) -> NewEvent {
    NewEvent {
        id: event_id(name),
        alert,
        kind: "checkout.session.completed".into(),
        streamer: Some(mika()),
        door: Door::TestAlert,
        received: at(1_000),
        verified: at(1_001),
        body: Bytes::from_static(b"{\"id\": \"\xff\"}"),
    }
}

pub(super) fn alert(number: u128, state: AlertState) -> Alert {
    Alert {
        id: alert_id(number),
        event: event_id("of_an_alert"),
        kind: AlertKind::Sale,
        test: false,
        created: at(500),
        late: false,
        members: Vec::new(),
        buyer: Buyer { name: "Zoë 🎉".into(), ..Buyer::someone() },
        buyer_keys: Vec::new(),
        amount: None,
        items: Vec::new(),
        message: Some("\"quoted\"\n'; DROP TABLE alerts; --".into()),
        message_withheld: false,
        look: None,
        state,
        reason: None,
        refunded: false,
        held_for: None,
        spot: None,
        entered: at(1_000),
        showing: 1,
        counted: 0,
        duration_ms: 6_000,
        proof: None,
        steps: Vec::new(),
    }
}

pub(super) fn queued(number: u128, order: u64) -> Alert {
    let entered = at(1_000);
    let spot = Some(Spot { order, entered, replay: false });
    Alert { spot, ..alert(number, AlertState::Queued) }
}

pub(super) fn play(alert: AlertId, lease: Position) -> Play {
    Play {
        alert,
        members: Vec::new(),
        showing: 1,
        replay: false,
        test: false,
        lease,
        order: 1,
        entered: at(1_000),
        since: at(2_000),
        duration_ms: 6_000,
        leader: ConnectionId::from_u128(1),
        leader_node: NodeId::from_u128(1),
        started: None,
        witnesses: Vec::new(),
        vouched: false,
        finished: None,
        end: None,
    }
}

pub(super) fn purchase(number: u128, ids: &[&str]) -> Purchase {
    Purchase::new(alert_id(number), ids.iter().map(|id| session(id)))
}

pub(super) fn connection(number: u128) -> Connection {
    Connection {
        id: ConnectionId::from_u128(number),
        node: NodeId::from_u128(1),
        streamer: mika(),
        overlay: OverlayId::from_u128(1),
        overlay_name: "main".into(),
        kind: OverlayKind::Alerts,
        mode: Mode::Live,
        since: at(1_000),
        remote: [127, 0, 0, 1].into(),
        client: "overlay".into(),
        obs: None,
        chrome: Some(127),
        muted: false,
        source: SourceState::default(),
        heard_at: at(1_000),
        round_trip_ms: None,
    }
}

/// A state one step on: entries with these times follow it in the log.
pub(super) fn with_entries(state: &State, times: &[i64]) -> (State, Vec<Entry>) {
    let mut state = state.clone();
    let entries = times.iter().map(|&time| {
        state.offset += 1;
        Entry {
            position: state.position(),
            time: at(time),
            what: EntryType::AlertQueued,
            test: false,
            replay: false,
            data: json!({ "at": time }),
        }
    });
    let entries = entries.collect();
    (state, entries)
}

pub(super) async fn load(store: &dyn Store) -> Loaded {
    store.load(&mika(), &Names::default()).await.unwrap()
}

/// Commits on top of what is there, with the state that is there unless the change has one.
pub(super) async fn commit(store: &dyn Store, change: Change) {
    let loaded = load(store).await;
    let change = Change { state: change.state.or(Some(loaded.state)), ..change };
    let committed = store.commit(&mika(), loaded.token, change).await.unwrap();
    assert_eq!(committed, Committed::Done);
}

/// Commits entries with these times.
pub(super) async fn write_log(store: &dyn Store, times: &[i64]) -> Vec<Entry> {
    let (state, entries) = with_entries(&load(store).await.state, times);
    commit(store, Change { state: Some(state), entries: entries.clone(), ..Change::default() })
        .await;
    entries
}

pub(super) async fn accept(store: &dyn Store, name: &str, alert: u128) {
    let accepted = store.accept(event(name, alert_id(alert))).await.unwrap();
    assert_eq!(accepted, Accepted::New, "{name}");
}
