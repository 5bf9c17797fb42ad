use std::time::Duration;

use super::PlayFrames;
use crate::{
    alert::AlertKind,
    channel::{Channel, Event, Here, Input, NewSale, State, What},
    connection::{Connection, Mode, OverlayKind, SourceState},
    id::{AlertId, ConnectionId, NodeId, OverlayId},
    position::Epoch,
    settings::Settings,
    store::{Loaded, Names, Token},
    time::Timestamp,
};

const NOON: Timestamp = Timestamp::from_secs(1_700_000_000);
const NODE: NodeId = NodeId::from_u128(1);

fn page() -> Connection {
    Connection {
        id: ConnectionId::from_u128(1),
        node: NODE,
        streamer: "mika".parse().unwrap(),
        overlay: OverlayId::from_u128(1),
        overlay_name: "main".into(),
        kind: OverlayKind::Alerts,
        mode: Mode::Live,
        since: NOON,
        remote: [127, 0, 0, 1].into(),
        client: Box::default(),
        obs: None,
        chrome: None,
        muted: false,
        source: SourceState::default(),
        heard_at: NOON,
        round_trip_ms: None,
    }
}

fn sale() -> Input {
    let sale = NewSale {
        kind: AlertKind::Sale,
        test: false,
        hidden: false,
        held_for: None,
        created: NOON,
        name: None,
        buyer: None,
        buyer_email: None,
        amount: None,
        items: Vec::new(),
        message: None,
    };
    Input::Event(Event {
        id: "evt_1".parse().unwrap(),
        alert: AlertId::from_u128(1),
        stored: NOON,
        ids: Vec::new(),
        what: What::Sale(sale),
    })
}

/// For how long a page may begin a play that it is handed this long after its commit; `None` if it
/// gets none.
fn expires_in_ms(after: Duration) -> Option<u64> {
    let loaded = Loaded {
        state: State::new(Epoch(1)),
        head: Vec::new(),
        named: Vec::new(),
        purchases: Vec::new(),
        buyers: Vec::new(),
        connections: vec![page().into()],
        last_registered: None,
        new_epoch: None,
        token: Token(0),
        now: NOON,
    };
    let here = Here { node: NODE, node_started: NOON, draining: false };
    let (names, settings) = (Names::default(), Settings::default());
    let mut channel = Channel::new(loaded.clone(), &names, &settings, here);
    assert!(channel.apply(sale()).is_ok());
    let change = channel.take_change().expect("a sale is news");
    let state = change.state.expect("with every change comes the state");
    assert!(state.playing().is_some());
    // Another node may hear late of the commit, and loads what it left.
    let later = Loaded { state, named: change.alerts, now: NOON + after, ..loaded };
    let channel = Channel::new(later, &names, &settings, here);
    PlayFrames::of(&channel).map(|frames| frames.expires_in_ms)
}

#[test]
fn a_play_is_handed_out_for_5_s_and_says_how_long_it_may_still_begin() {
    let ms = Duration::from_millis;
    assert_eq!(expires_in_ms(ms(0)), Some(5_000));
    assert_eq!(expires_in_ms(ms(4_999)), Some(1));
    assert_eq!(expires_in_ms(ms(5_000)), None);
    assert_eq!(expires_in_ms(ms(9_000)), None);
}
