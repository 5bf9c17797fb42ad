use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::json;
use tillbell::{
    connection::{Connection, Mode, OverlayKind, SourceState},
    id::{ConnectionId, NodeId},
    position::{Epoch, Position},
    store::{Direct, Directed, Heard, Wake},
};

use super::{
    Home,
    samples::{at, connection, load, mika},
};

fn ids(connections: &[Arc<Connection>]) -> Vec<ConnectionId> {
    connections.iter().map(|connection| connection.id).collect()
}

pub(super) async fn the_registry_knows_who_is_connected(home: &impl Home) {
    let store = home.open().await;
    let preview = Connection { mode: Mode::Preview, ..connection(2) };
    let goal = Connection { kind: OverlayKind::Goal, ..connection(3) };
    let elsewhere = Connection { streamer: "rosa".parse().unwrap(), ..connection(1) };
    for connection in [goal, preview, elsewhere.clone()] {
        store.register(connection).await.unwrap();
    }
    assert_eq!(load(&*store).await.last_registered, None, "only live alerts count");
    let before = store.now();
    store.register(connection(4)).await.unwrap();
    let loaded = load(&*store).await;
    assert!(loaded.last_registered.unwrap() >= before && loaded.now >= before);
    let numbered = |numbers: &[u128]| numbers.iter().map(|&n| connection(n).id).collect::<Vec<_>>();
    assert_eq!(ids(&loaded.connections), numbered(&[2, 3, 4]));
    assert_eq!(ids(&store.connections(None).await.unwrap()), numbered(&[1, 2, 3, 4]));

    let source = SourceState { active: Some(true), ..SourceState::default() };
    let news = |number, at| Heard {
        connection: connection(number).id,
        at,
        source,
        round_trip_ms: Some(7),
    };
    store.heard(&[news(4, at(9_000)), news(99, at(9_000))]).await.unwrap();
    let heard = store.connection(connection(4).id).await.unwrap().unwrap();
    let expected =
        Connection { heard_at: at(9_000), source, round_trip_ms: Some(7), ..connection(4) };
    assert_eq!(*heard, expected);

    store.unregister(connection(4).id).await.unwrap();
    store.unregister(connection(4).id).await.unwrap();
    store.heard(&[news(4, at(9_001))]).await.unwrap();
    assert_eq!(store.connection(connection(4).id).await.unwrap(), None);
    let loaded = load(&*store).await;
    assert_eq!(ids(&loaded.connections), numbered(&[2, 3]));
    assert!(loaded.last_registered.is_some(), "remembered after it has gone");
    assert_eq!(store.connections(Some(&elsewhere.streamer)).await.unwrap(), [Arc::new(elsewhere)]);
}

pub(super) async fn wakes_reach_everybody(home: &impl Home) {
    let store = home.open().await;
    let position = Position { epoch: Epoch(u64::MAX), offset: 7 };
    store.wake(Wake::Channel(mika(), position));
    let (mut one, mut other) = (store.wakes(), store.wakes());
    let wakes = [
        Wake::Channel(mika(), position),
        Wake::Documents(mika()),
        Wake::News(mika(), "Connected".into(), json!({ "n": 1 })),
    ];
    for wake in &wakes {
        store.wake(wake.clone());
    }
    for wake in wakes {
        assert_eq!(one.recv().await.unwrap(), wake);
        assert_eq!(other.recv().await.unwrap(), wake);
    }
}

pub(super) async fn a_message_goes_to_its_connection(home: &impl Home) {
    let store = home.open().await;
    let taken = Arc::new(Mutex::new(Vec::new()));
    let box_of_node = Arc::clone(&taken);
    store.open_mailbox(Box::new(move |id, message| {
        box_of_node.lock().unwrap().push((id, message));
        id == connection(1).id
    }));
    for number in [1, 2] {
        store.register(connection(number)).await.unwrap();
    }
    let message = || Direct::Message(serde_json::from_str(r#"{ "text": "hi" }"#).unwrap());
    for (number, answer) in [(1, Directed::Taken), (2, Directed::Gone), (3, Directed::Gone)] {
        let directed = store.direct(connection(number).id, message()).await.unwrap();
        assert_eq!(directed, answer, "{number}");
    }
    assert_eq!(store.direct(connection(1).id, Direct::Close).await.unwrap(), Directed::Taken);
    let taken: Vec<_> = taken.lock().unwrap().drain(..).map(|(id, _)| id).collect();
    let to = |number| connection(number).id;
    assert_eq!(taken, [to(1), to(2), to(1)], "nobody is asked for the unregistered");
}

pub(super) async fn a_lease_has_one_owner(home: &impl Home) {
    let store = home.open().await;
    let (one, other) = (NodeId::from_u128(1), NodeId::from_u128(2));
    let (long, none) = (Duration::from_hours(1), Duration::ZERO);
    for (name, owner, length, has) in [
        ("sweep", one, long, true),
        ("sweep", other, long, false),
        ("retention", other, long, true),
        ("sweep", one, none, true),
        ("sweep", other, long, true),
        ("sweep", one, long, false),
    ] {
        assert_eq!(store.lease(name, owner, length).await.unwrap(), has, "{name} {owner}");
    }
}
