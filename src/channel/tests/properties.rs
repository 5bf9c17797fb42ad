//! What holds whatever happens, in whatever order. What holds after every commit is in
//! [`Model::check`](super::model::Model::check).

use std::time::Duration;

use proptest::prelude::*;

use super::stage::{Stage, con, item, page, sale, session, usd};
use crate::{
    alert::Item,
    channel::{Channel, EntryType, Input, NewSale, Said, Verdict, What},
    connection::{Connection, Mode, SourceState},
    id::AlertId,
    settings::{
        Goal, Target,
        rules::{Rule, Then},
    },
    store::{Committed, Names},
};

/// One thing that happens; numbers pick among what there is.
#[derive(Clone, Debug)]
enum Act {
    Sell {
        purchase: u8,
        minor: i64,
        test: bool,
        age_s: u64,
    },
    /// Four sales that are told late, in one commit.
    Outage {
        purchase: u8,
    },
    /// Ten orders of two products, in one commit.
    Rush {
        order: u8,
        test: bool,
    },
    Join(u8, u8),
    Refund {
        purchase: u8,
        key: u8,
        minor: i64,
    },
    Fail {
        purchase: u8,
        key: u8,
    },
    Dispute {
        purchase: u8,
        lost: Option<bool>,
    },
    Say {
        page: u8,
        old: bool,
        said: u8,
    },
    Come {
        page: u8,
        source: SourceState,
        preview: bool,
    },
    Go(u8),
    Hear(u8),
    Wait(u64),
    Hold,
    /// From now on all sales are silent, or none.
    Rule(bool),
    /// Another goal, or none; a third of them by a node that believes in older settings.
    Goal(u8, bool),
    Operate(u8, u8),
}

fn act() -> impl Strategy<Value = Act> {
    let source = (any::<Option<bool>>(), any::<Option<bool>>())
        .prop_map(|(active, visible)| SourceState { active, visible, ..SourceState::default() });
    prop_oneof![
        6 => (0..8_u8, 1..1000_i64, prop::bool::weighted(0.2), prop_oneof![9 => Just(0), 1 => Just(5000)])
            .prop_map(|(purchase, minor, test, age_s)| Act::Sell { purchase, minor, test, age_s }),
        2 => (0..8_u8).prop_map(|purchase| Act::Outage { purchase }),
        2 => (0..60_u8, prop::bool::weighted(0.2))
            .prop_map(|(order, test)| Act::Rush { order, test }),
        1 => (0..16_u8, 0..16_u8).prop_map(|(a, b)| Act::Join(a, b)),
        2 => (0..16_u8, 0..3_u8, 1..1500_i64)
            .prop_map(|(purchase, key, minor)| Act::Refund { purchase, key, minor }),
        1 => (0..8_u8, 0..3_u8).prop_map(|(purchase, key)| Act::Fail { purchase, key }),
        1 => (0..8_u8, any::<Option<bool>>()).prop_map(|(purchase, lost)| Act::Dispute { purchase, lost }),
        9 => (0..3_u8, prop::bool::weighted(0.1), 0..6_u8)
            .prop_map(|(page, old, said)| Act::Say { page, old, said }),
        4 => (0..3_u8, source, prop::bool::weighted(0.1))
            .prop_map(|(page, source, preview)| Act::Come { page, source, preview }),
        2 => (0..3_u8).prop_map(Act::Go),
        3 => (0..3_u8).prop_map(Act::Hear),
        6 => prop_oneof![8 => 0..12_000_u64, 1 => 0..100_000_000_u64].prop_map(Act::Wait),
        1 => Just(Act::Hold),
        1 => prop::bool::weighted(0.3).prop_map(Act::Rule),
        1 => (0..5_u8, prop::bool::weighted(0.3)).prop_map(|(which, old)| Act::Goal(which, old)),
        4 => (0..12_u8, any::<u8>()).prop_map(|(what, which)| Act::Operate(what, which)),
    ]
}

fn purchase(number: u8) -> crate::stripe::sale::PurchaseId {
    session(&format!("p{number}"))
}

fn some_alert(stage: &Stage, which: u8) -> AlertId {
    let all: Vec<_> = stage.model.alerts.keys().copied().collect();
    all.get(usize::from(which) % all.len().max(1)).copied().unwrap_or(AlertId::from_u128(0))
}

fn said(number: u8) -> Said {
    match number {
        0 | 1 => Said::Started { audio: None },
        2 => Said::Finished,
        3 => Said::Failed { reason: "no".into() },
        n => Said::Kept { started: true, finished: n == 4, lost: n == 5 },
    }
}

fn operation(stage: &Stage, what: u8, which: u8) -> Input {
    let alert = some_alert(stage, which);
    match what {
        0 => Input::Pause,
        1 | 2 => Input::Resume,
        3 => Input::Mute,
        4 => Input::Clear,
        5 => Input::Panic,
        6 => Input::Skip(None),
        7 => Input::Skip(Some(alert)),
        8 | 9 => Input::Replay(alert),
        10 => Input::Approve(alert, Verdict::Anonymous),
        _ => Input::Reject(alert),
    }
}

fn some_goal(which: u8) -> Option<Goal> {
    let (title, target) = match which {
        0 => return None,
        1 => ("Mic", Target::Amount(usd(2000))),
        2 => ("Mic", Target::Amount(usd(5000))),
        3 => ("Mic", Target::Orders(3)),
        _ => ("Cake", Target::Orders(5)),
    };
    Some(Goal { title: title.into(), target })
}

/// Sets a goal; `old` has whoever applies next believe in the settings before it.
fn change_goal(stage: &mut Stage, which: u8, old: bool) {
    let before = stage.settings.clone();
    stage.set_goal(some_goal(which));
    if old {
        stage.settings = before;
    }
}

/// What the nth of a rush buys: a mug now and then among the hoodies.
fn ware(n: u8) -> Item {
    item(if n.is_multiple_of(4) { "Mug" } else { "Hoodie" }, 1)
}

fn perform(stage: &mut Stage, act: &Act) {
    let now = stage.model.now;
    match act.clone() {
        Act::Sell { purchase: p, minor, test, age_s } => {
            let created = now - Duration::from_secs(age_s);
            let what = What::Sale(NewSale { test, ..sale(minor, created) });
            stage.tell(&[purchase(p)], what);
        }
        Act::Outage { purchase: p } => {
            let late = now - Duration::from_secs(600);
            let events =
                (p..p + 4).map(|p| stage.event(&[purchase(p % 8)], What::Sale(sale(1000, late))));
            let events: Vec<_> = events.map(Input::Event).collect();
            assert!(stage.apply_all(events).iter().all(Result::is_ok));
        }
        Act::Rush { order, test } => {
            let one = |n| NewSale { test, items: vec![ware(n)], ..sale(1000, now) };
            let orders =
                (order..order + 10).map(|n| stage.event(&[purchase(n)], What::Sale(one(n))));
            let orders: Vec<_> = orders.map(Input::Event).collect();
            assert!(stage.apply_all(orders).iter().all(Result::is_ok));
        }
        Act::Join(a, b) => {
            stage.tell(&[purchase(a), purchase(b)], What::Join);
        }
        Act::Refund { purchase: p, key, minor } => {
            let amount = Some(usd(minor));
            let what = What::Refund { key: format!("re_{key}"), amount, total: None, whole: false };
            stage.tell(&[purchase(p)], what);
        }
        Act::Fail { purchase: p, key } => {
            let what = What::RefundFailed { key: format!("re_{key}"), amount: None };
            stage.tell(&[purchase(p)], what);
        }
        Act::Dispute { purchase: p, lost } => {
            stage.tell(&[purchase(p)], What::Dispute { key: "dp".into(), lost, amount: None });
        }
        Act::Say { page, old, said: number } if stage.model.state.play.is_some() => {
            let (alert, mut lease) = stage.newest();
            lease.offset -= u64::from(old);
            stage.say_of(page.into(), (alert, lease), said(number));
        }
        Act::Come { page: number, source, preview } => {
            let mode = if preview { Mode::Preview } else { Mode::Live };
            stage.register(Connection { source, mode, since: now, ..page(number.into()) });
        }
        Act::Go(number) if stage.model.connections.contains_key(&con(number.into())) => {
            stage.leave(number.into());
        }
        Act::Hear(number) if stage.model.connections.contains_key(&con(number.into())) => {
            stage.hear(number.into());
        }
        Act::Wait(millis) => stage.wait(Duration::from_millis(millis)),
        Act::Hold => {
            stage.hold();
        }
        Act::Rule(silent) => {
            let then = Then { silent: true, ..Then::default() };
            let rule = Rule { then, ..Rule::default() };
            stage.settings.rules = if silent { vec![rule] } else { Vec::new() };
        }
        Act::Goal(which, old) => change_goal(stage, which, old),
        Act::Operate(what, which) => {
            let input = operation(stage, what, which);
            let _refused_or_not = stage.apply(input);
        }
        Act::Say { .. } | Act::Go(_) | Act::Hear(_) => {}
    }
}

/// Ticks until nothing more is due now.
fn settle(stage: &mut Stage) {
    for _ in 0..100 {
        if stage.next_due().is_none_or(|due| due > stage.model.now) {
            return;
        }
        stage.tick();
    }
    panic!("something is due for ever: {:?}", stage.model.state);
}

/// What the totals must be: the sales of all purchases that are no tests, less what went back.
fn expected_total(stage: &Stage) -> (i64, i64) {
    let claims = stage.model.purchases.values().filter_map(|p| Some((p, p.sale?)));
    let mut total = (0, 0);
    for (purchase, claim) in claims.filter(|(_, claim)| !claim.test) {
        let paid = claim.amount.expect("all have one").minor;
        let holds = purchase.refunds.iter().filter(|(key, _)| !purchase.failed.contains(*key));
        let refunds: i64 = holds.map(|(_, money)| money.minor).sum();
        let mut disputes = purchase.disputes.iter();
        let lost = disputes.any(|(key, lost)| *lost && !purchase.won.contains(key));
        let left = if lost { 0 } else { (paid - refunds).max(0) };
        total = (total.0 + left, total.1 + i64::from(left > 0));
    }
    total
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_history_keeps_what_every_history_keeps(acts in prop::collection::vec(act(), 1..80)) {
        let mut stage = Stage::new();
        for act in &acts {
            perform(&mut stage, act);
            settle(&mut stage);
        }
        let totals = expected_total(&stage);
        prop_assert_eq!(stage.total(), totals);
    }

    #[test]
    fn a_goal_of_the_first_hour_is_the_total(acts in prop::collection::vec(act(), 1..80)) {
        let mut stage = Stage::new();
        stage.set_goal(some_goal(2));
        acts.iter().filter(|act| !matches!(act, Act::Goal(..))).for_each(|act| perform(&mut stage, act));
        let goal = stage.model.state.goal.clone().expect("it was set");
        prop_assert_eq!(goal.done, stage.total().0);
        let told = stage.model.entries.iter().filter(|entry| entry.what == EntryType::GoalReached);
        prop_assert_eq!(told.count(), usize::from(goal.reached));
    }

    #[test]
    fn once_everybody_left_every_sale_comes_to_an_end(acts in prop::collection::vec(act(), 1..80)) {
        let mut stage = Stage::new();
        acts.iter().for_each(|act| perform(&mut stage, act));
        stage.model.connections.clear();
        stage.apply(Input::Resume).unwrap();
        for _ in 0..300 {
            let Some(due) = stage.next_due() else { break };
            stage.model.now = stage.model.now.max(due);
            stage.tick();
        }
        for alert in stage.model.alerts.values() {
            prop_assert!(alert.state.is_end() && alert.spot.is_none(), "{:?}", alert);
        }
    }

    #[test]
    fn applying_is_deterministic(acts in prop::collection::vec(act(), 1..40), last in act()) {
        let mut stage = Stage::new();
        acts.iter().for_each(|act| perform(&mut stage, act));
        let mut other = Stage::new();
        acts.iter().for_each(|act| perform(&mut other, act));
        perform(&mut stage, &last);
        perform(&mut other, &last);
        prop_assert_eq!(&stage.model.state, &other.model.state);
        prop_assert_eq!(&stage.model.alerts, &other.model.alerts);
        prop_assert_eq!(&stage.model.entries, &other.model.entries);
    }

    #[test]
    fn looking_twice_changes_nothing_more(acts in prop::collection::vec(act(), 1..40)) {
        let mut stage = Stage::new();
        acts.iter().for_each(|act| perform(&mut stage, act));
        settle(&mut stage);
        let names = Names::default();
        let loaded = stage.model.load(&names);
        let mut channel = Channel::new(loaded, &names, &stage.settings, stage.here);
        prop_assert!(channel.apply(Input::Tick).is_ok());
        prop_assert!(channel.take_change().is_none());
    }

    #[test]
    fn a_stale_token_commits_nothing(acts in prop::collection::vec(act(), 1..20)) {
        let mut stage = Stage::new();
        let names = Names::default();
        let loaded = stage.model.load(&names);
        let token = loaded.token;
        let mut channel = Channel::new(loaded, &names, &stage.settings, stage.here);
        prop_assert!(channel.apply(Input::Mute).is_ok());
        let change = channel.take_change().expect("it was not muted");
        stage.apply(Input::Pause).unwrap();
        acts.iter().for_each(|act| perform(&mut stage, act));
        let before = stage.model.state.clone();
        prop_assert_eq!(stage.model.commit(token, change), Committed::Conflict);
        prop_assert_eq!(before, stage.model.state);
    }
}
