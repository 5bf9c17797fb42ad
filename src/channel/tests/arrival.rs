//! What rules and limits make of a sale.

use serde_json::{Value, json};

use super::stage::{DAWN, Stage, sale, secs, session};
use crate::{
    alert::{AlertState, HeldBecause, Reason, Theme},
    channel::{
        Clearing, End, EntryType, Finished, Input, NewSale, PassedOver, Play, Progress, Started,
        State, Verdict,
        state::{PASSED_OVER_KEPT, WITNESSES_KEPT},
    },
    connection::SourceState,
    id::{AlertId, ConnectionId, NodeId, OverlayId},
    money::{Currency, Money},
    position::{Epoch, Position},
    settings::{Goal, Target, rules},
    store::BuyerKey,
    time::Timestamp,
};

/// A stage with a page, on which these rules hold.
fn ruled(rules: Value) -> Stage {
    let mut stage = Stage::with_page();
    stage.settings.rules = rules::read(&rules).unwrap();
    stage
}

fn buys(stage: &mut Stage, buyer: &str) -> AlertId {
    let buyer = Some(BuyerKey(buyer.into()));
    let new = NewSale { buyer, ..sale(1000, stage.model.now) };
    stage.sell_as(new)
}

#[test]
fn a_rule_says_how_an_alert_is_drawn_and_how_long() {
    let big = json!({ "amount": { "currency": "usd", "min": 1000 } });
    let then = json!({ "theme": "neon", "sound": "none", "text": "{name}!", "duration": "12s" });
    let mut stage = ruled(json!([{ "when": big, "then": then }]));
    let (id, small) = (stage.sell(), stage.sell_as(sale(999, DAWN)));
    let alert = stage.alert(id);
    let look = alert.look.as_ref().unwrap();
    assert_eq!(
        (look.theme.clone(), look.text.as_deref()),
        (Theme::named("neon").ok(), Some("{name}!"))
    );
    assert_eq!(stage.model.state.playing().unwrap().duration_ms, 12_000);
    assert!(
        alert.steps.iter().any(|step| step.step == "rule" && step.detail.as_deref() == Some("1"))
    );
    assert_eq!((&stage.alert(small).look, stage.alert(small).duration_ms), (&None, 6000));
}

#[test]
fn the_first_rule_that_fits_decides_alone() {
    let mut stage =
        ruled(json!([{ "then": { "theme": "toast" } }, { "then": { "silent": true } }]));
    let id = stage.sell();
    assert_eq!(stage.playing(), Some(id));
}

#[test]
fn a_silent_sale_is_recorded_and_never_queued() {
    let mut stage = ruled(json!([{ "then": { "silent": true } }]));
    let id = stage.sell();
    assert_eq!(stage.end(id), (AlertState::Silent, Some(Reason::Rule)));
    assert_eq!(stage.log(), [EntryType::Sale, EntryType::AlertSilent]);
    assert_eq!(stage.total(), (1000, 1), "it is a sale all the same");
}

#[test]
fn a_held_sale_waits_for_a_verdict_and_then_plays_as_its_rule_says() {
    let mut stage = ruled(json!([{ "then": { "hold": true, "theme": "neon" } }]));
    let id = stage.sell();
    let alert = stage.alert(id);
    assert_eq!((alert.state, alert.held_for), (AlertState::Held, Some(HeldBecause::Rule)));
    assert_eq!((stage.playing(), stage.model.state.waiting), (None, 0));
    assert_eq!(stage.log(), [EntryType::Sale, EntryType::AlertHeld]);
    for entry in &stage.model.entries {
        assert_eq!(entry.data["alert"]["buyer"]["name"], "Someone", "{entry:?}");
        assert_eq!(entry.data["alert"]["message"], Value::Null, "{entry:?}");
    }
    assert!(stage.apply(Input::Approve(id, Verdict::Full)).is_ok());
    assert_eq!(stage.playing(), Some(id));
    assert!(stage.alert(id).look.is_some());
}

#[test]
fn rules_hold_for_tests_and_do_not_bring_back_what_is_late_or_hidden() {
    let mut stage = ruled(json!([{ "then": { "hold": true } }]));
    let test = stage.sell_test();
    assert_eq!(stage.alert(test).state, AlertState::Held);
    let late = stage.sell_as(sale(1000, DAWN - secs(3601)));
    assert_eq!(stage.end(late), (AlertState::Missed, Some(Reason::TooLate)));
    let outside = serde_json::to_value(stage.alert(late).wire(false)).unwrap();
    assert_eq!((&outside["buyer"]["name"], &outside["message"]), (&"Someone".into(), &Value::Null));
    let hidden = NewSale { test: true, hidden: true, ..sale(1000, DAWN) };
    let hidden = stage.sell_as(hidden);
    assert_eq!(stage.end(hidden), (AlertState::Silent, Some(Reason::TestsHidden)));
}

#[test]
fn the_message_of_a_small_sale_stays_in_the_record_and_never_leaves() {
    let least = json!({ "minor": 1000, "currency": "usd" });
    let mut stage = ruled(json!([{ "then": { "min_message": least } }]));
    let (small, large) = (stage.sell_as(sale(999, DAWN)), stage.sell());
    let told =
        |id: AlertId| serde_json::to_value(stage.alert(id).wire(false)).unwrap()["message"].clone();
    assert_eq!(told(small), Value::Null);
    assert_eq!(told(large), json!({ "text": "hello" }));
    assert_eq!(stage.alert(small).message.as_deref(), Some("hello"));
    assert!(!serde_json::to_string(&stage.model.entries[0].data).unwrap().contains("hello"));
}

#[test]
fn one_buyer_has_so_many_alerts_a_minute_and_every_sale_counts() {
    let shown = |stage: &Stage, id| stage.alert(id).state == AlertState::Queued;
    let mut stage = Stage::new();
    let ids: Vec<_> = (0..9).map(|_| buys(&mut stage, "loud")).collect();
    assert!(ids.into_iter().all(|id| shown(&stage, id)), "no limit unless it is set");
    let mut stage = Stage::new();
    stage.settings.buyer_limit = 2;
    let ids: Vec<_> = (0..3).map(|_| buys(&mut stage, "loud")).collect();
    let over = ids[2];
    assert!(shown(&stage, ids[0]) && shown(&stage, ids[1]));
    assert_eq!(stage.end(over), (AlertState::Silent, Some(Reason::BuyerLimit)));
    let other = buys(&mut stage, "calm");
    assert!(shown(&stage, other), "another buyer has a count of their own");
    stage.wait(secs(59));
    let still = buys(&mut stage, "loud");
    assert!(!shown(&stage, still), "the window is a minute from the first");
    stage.wait(secs(1));
    let again = buys(&mut stage, "loud");
    assert!(shown(&stage, again));
    assert_eq!(stage.total(), (6000, 6), "what is not shown was bought");
    assert_eq!(stage.alert(again).buyer.order_count, 5);
    assert!(stage.apply(Input::Replay(over)).is_ok(), "replays are not limited");
}

#[test]
fn tests_strangers_and_late_sales_are_not_limited() {
    let mut stage = Stage::new();
    stage.settings.buyer_limit = 1;
    let buyer = Some(BuyerKey("b".into()));
    for _ in 0..3 {
        let test = NewSale { test: true, buyer: buyer.clone(), ..sale(1000, DAWN) };
        let late = NewSale { buyer: buyer.clone(), ..sale(1000, DAWN - secs(600)) };
        for new in [test, late, sale(1000, DAWN)] {
            let id = stage.sell_as(new);
            assert_eq!(stage.alert(id).state, AlertState::Queued);
        }
    }
    assert_eq!(stage.model.state.recent, []);
}

#[test]
fn counting_many_buyers_stays_small_and_keeps_the_busiest() {
    let mut stage = Stage::new();
    stage.settings.buyer_limit = 2;
    buys(&mut stage, "busybusy");
    buys(&mut stage, "busybusy");
    for number in 0..100_u32 {
        let key = format!("{number:08x} and more that is not kept");
        stage.model.now = stage.model.now + std::time::Duration::from_millis(10);
        buys(&mut stage, &key);
    }
    let recent = &stage.model.state.recent;
    assert_eq!(recent.len(), 16);
    let bytes = serde_json::to_string(&full_state(&stage)).unwrap().len();
    assert!(bytes <= 4096, "{bytes} bytes in the fullest state there can be");
    let over = buys(&mut stage, "busybusy");
    assert_eq!(stage.alert(over).reason, Some(Reason::BuyerLimit));
}

#[test]
fn a_refund_of_what_a_rule_holds_skips_it() {
    let mut stage = ruled(json!([{ "then": { "hold": true } }]));
    let id = stage.sell();
    stage.refund(id, 1000);
    assert_eq!(stage.end(id), (AlertState::Skipped, Some(Reason::Refunded)));
    assert_eq!(stage.purchase_of(id), session("cs_0"));
}

/// A state in which everything that is bounded is full.
fn full_state(stage: &Stage) -> State {
    let (number, far) = (u128::MAX, Timestamp::from_millis(9_999_999_999_999));
    let (id, connection) = (AlertId::from_u128(number), ConnectionId::from_u128(number));
    let lease = Position { epoch: Epoch(u64::MAX), offset: 1 << 53 };
    let some = Some(false);
    let source = SourceState { active: some, visible: some, streaming: some, recording: some };
    let overlay = Some(OverlayId::from_u128(number));
    let play = Play {
        alert: id,
        members: vec![id; 20],
        showing: 1000,
        replay: false,
        test: false,
        lease,
        order: 1 << 53,
        entered: far,
        since: far,
        duration_ms: 60_000,
        leader: connection,
        leader_node: NodeId::from_u128(number),
        started: Some(Started { at: far, connection, overlay, source, audio: some }),
        witnesses: vec![connection; WITNESSES_KEPT],
        vouched: false,
        finished: Some(Finished { at: far, connection }),
        end: Some(End::Stopped(Reason::NobodyPresent)),
    };
    let passed = PassedOver { connection, at: far, alert: id, showing: 1000 };
    let goal = Goal {
        title: "\"".repeat(60),
        target: Target::Amount(Money { minor: 1 << 39, currency: Currency::USD }),
    };
    State {
        goal: Some(Progress { goal, since: lease, done: -(1 << 53), reached: false }),
        goal_as_of: 1 << 53,
        offset: 1 << 53,
        next_order: 1 << 53,
        waiting: u32::MAX,
        clearing: Some(Clearing { up_to: 1 << 53, reason: Reason::NobodyPresent }),
        play: Some(play),
        before: Some((lease, End::Stopped(Reason::NobodyPresent))),
        last_presence: far,
        last_resume: far,
        passed_over: vec![passed; PASSED_OVER_KEPT],
        recent: stage.model.state.recent.clone(),
        ..State::new(Epoch(u64::MAX))
    }
}
