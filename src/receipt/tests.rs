use super::*;
use crate::{
    alert::{AlertKind, Buyer, Proof, Spot},
    channel::{Claim, Purchase, State},
    id::{AlertId, ConnectionId, NodeId},
    position::Epoch,
    store::Token,
};

const SESSION: &str = "cs_live_1";

fn alert(id: u128, state: AlertState) -> Alert {
    Alert {
        id: AlertId::from_u128(id),
        event: "evt_1".parse().unwrap(),
        kind: AlertKind::Sale,
        test: false,
        created: Timestamp::default(),
        late: false,
        members: Vec::new(),
        buyer: Buyer::someone(),
        buyer_keys: Vec::new(),
        amount: None,
        items: Vec::new(),
        message: Some("hello".into()),
        message_withheld: false,
        look: None,
        state,
        reason: None,
        refunded: false,
        held_for: None,
        spot: None,
        entered: Timestamp::default(),
        showing: 1,
        counted: 0,
        duration_ms: 6000,
        proof: None,
        steps: Vec::new(),
    }
}

fn queued(id: u128, order: u64) -> Alert {
    let spot = Some(Spot { order, entered: Timestamp::default(), replay: false });
    Alert { spot, ..alert(id, AlertState::Queued) }
}

/// A channel in which the purchase of [`SESSION`] made this alert, and these wait.
fn loaded(sale: Option<Alert>, head: Vec<Alert>) -> Loaded {
    let mut purchase = Purchase::new(AlertId::from_u128(1), session(SESSION));
    purchase.sale = sale.as_ref().map(|alert| Claim {
        alert: alert.id,
        amount: None,
        test: false,
        returned: 0,
        counted: true,
        goal: None,
    });
    Loaded {
        state: State::new(Epoch(7)),
        head,
        named: sale.into_iter().collect(),
        purchases: vec![purchase],
        buyers: Vec::new(),
        connections: Vec::new(),
        last_registered: None,
        new_epoch: None,
        token: Token(1),
        now: Timestamp::default(),
    }
}

fn told(loaded: &Loaded) -> Receipt {
    Receipt::of(&session(SESSION).unwrap(), loaded)
}

fn told_of(alert: Alert) -> Receipt {
    told(&loaded(Some(alert), Vec::new()))
}

#[test]
fn only_what_can_be_a_session_is_one() {
    for good in ["cs_live_a1", "cs_test_b1C2", "cs_1"] {
        assert_eq!(session(good).unwrap().to_string(), format!("session:{good}"));
    }
    let long = format!("cs_{}", "a".repeat(SESSION_MAX));
    for bad in ["", "cs_", "pi_1", "cs_a b", "cs_a/b", "cs_é", "CS_live_1", "../cs_1", &long] {
        assert_eq!(session(bad), None, "{bad}");
    }
}

#[test]
fn money_that_has_not_come_is_not_paid() {
    let mut empty = loaded(None, Vec::new());
    assert_eq!(told(&empty), Receipt::Unpaid);
    assert_eq!(Receipt::of(&session("cs_live_2").unwrap(), &empty), Receipt::Pending);
    empty.purchases[0].unpaid = true;
    assert_eq!(told(&empty), Receipt::Failed);
}

#[test]
fn a_place_in_the_queue_counts_who_waits_before() {
    let others = |count: u64| (0..count).map(|n| queued(100 + u128::from(n), n)).collect();
    for (before, ahead) in [(0, Some(0)), (2, Some(2)), (31, Some(31)), (32, None)] {
        let mut head: Vec<Alert> = others(before);
        // Held ones come along with a load; they wait for nobody.
        head.push(alert(99, AlertState::Held));
        let sale = queued(1, 1000);
        assert_eq!(told(&loaded(Some(sale), head)), Receipt::Waiting { ahead });
    }
}

#[test]
fn what_was_decided_about_an_alert_is_nobodys_business() {
    let quiet = [AlertState::Held, AlertState::Rejected, AlertState::Silent, AlertState::Skipped];
    for state in quiet {
        assert_eq!(told_of(alert(1, state)), Receipt::Paid, "{state:?}");
    }
    let undecided = Alert { reason: Some(Reason::NotDecided), ..alert(1, AlertState::Missed) };
    assert_eq!(told_of(undecided), Receipt::Paid);
    let forgotten =
        Loaded { named: Vec::new(), ..loaded(Some(alert(1, AlertState::Shown)), Vec::new()) };
    assert_eq!(told(&forgotten), Receipt::Paid);
}

#[test]
fn a_missed_alert_that_is_played_again_waits_again() {
    for state in [AlertState::Missed, AlertState::Interrupted] {
        assert_eq!(told_of(alert(1, state)), Receipt::Missed);
        let again = Alert { spot: queued(1, 5).spot, ..alert(1, state) };
        assert_eq!(told_of(again), Receipt::Waiting { ahead: Some(0) });
    }
}

#[test]
fn what_a_digest_shows_waits_and_plays_with_it() {
    let member = alert(1, AlertState::Queued);
    let digest = Alert { members: vec![AlertId::from_u128(1)], ..queued(50, 7) };
    let head = vec![queued(40, 3), digest];
    let waits = loaded(Some(member.clone()), head);
    assert_eq!(told(&waits), Receipt::Waiting { ahead: Some(1) });
    let playing = Alert { state: AlertState::Playing, ..member };
    let mut plays = loaded(Some(playing), Vec::new());
    plays.state.play = Some(Play {
        alert: AlertId::from_u128(50),
        members: vec![AlertId::from_u128(1)],
        showing: 1,
        replay: false,
        test: false,
        lease: plays.state.position(),
        order: 7,
        entered: Timestamp::default(),
        since: Timestamp::default(),
        duration_ms: 6000,
        leader: ConnectionId::new(),
        leader_node: NodeId::new(),
        started: None,
        witnesses: Vec::new(),
        vouched: false,
        finished: None,
        end: None,
    });
    assert_eq!(told(&plays), Receipt::Playing);
}

#[test]
fn shown_stays_shown_and_says_since_when() {
    let proof = Proof { started: Some(Timestamp::from_secs(1)), ..Proof::default() };
    let shown =
        Alert { proof: Some(proof), spot: queued(1, 5).spot, ..alert(1, AlertState::Shown) };
    let receipt = told_of(shown.clone());
    assert!(receipt.is_final());
    let json = serde_json::to_string(&receipt).unwrap();
    assert_eq!(json, r#"{"state":"shown","at":"1970-01-01T00:00:01.000Z"}"#);
    assert_eq!(told_of(Alert { refunded: true, ..shown }), Receipt::Refunded);
}

#[test]
fn the_wire_has_a_state_and_hardly_more() {
    let json = |receipt| serde_json::to_string(&receipt).unwrap();
    assert_eq!(json(Receipt::Pending), r#"{"state":"pending"}"#);
    assert_eq!(json(Receipt::Waiting { ahead: Some(2) }), r#"{"state":"waiting","ahead":2}"#);
    assert_eq!(json(Receipt::Waiting { ahead: None }), r#"{"state":"waiting"}"#);
}
