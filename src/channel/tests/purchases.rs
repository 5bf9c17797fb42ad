//! One purchase, one alert, one total: in whatever order Stripe tells of it.

use super::stage::{DAWN, Stage, page, sale, session, usd};
use crate::{
    alert::{AlertState, Reason},
    channel::{EntryType, Event, Input, NewSale, What},
    id::AlertId,
    store::{BuyerKey, Settlement},
    stripe::sale::{IdKind, PurchaseId},
};

/// All orders of these numbers.
fn orders(of: &[usize]) -> Vec<Vec<usize>> {
    if of.is_empty() {
        return vec![vec![]];
    }
    let without = |i: usize| [&of[..i], &of[i + 1..]].concat();
    let all = (0..of.len()).flat_map(|i| {
        orders(&without(i)).into_iter().map(move |rest| [vec![of[i]], rest].concat())
    });
    all.collect()
}

fn refund(key: &str, minor: i64) -> What {
    What::Refund { key: key.into(), amount: Some(usd(minor)), total: None, whole: false }
}

fn dispute(lost: Option<bool>) -> What {
    What::Dispute { key: "dp_1".into(), lost, amount: None }
}

#[test]
fn five_events_of_one_subscription_purchase_are_one_alert_in_all_120_orders() {
    let id = |kind, id: &str| PurchaseId::new(kind, id);
    let session = id(IdKind::Session, "cs_1");
    let intent = id(IdKind::PaymentIntent, "pi_1");
    let invoice = id(IdKind::Invoice, "in_1");
    let charge = id(IdKind::Charge, "ch_1");
    let events = [
        (vec![session, invoice.clone()], What::Sale(sale(1000, DAWN))),
        (vec![invoice.clone(), intent.clone(), charge.clone()], What::Join),
        (vec![intent.clone(), charge.clone()], What::Join),
        (vec![charge.clone(), intent.clone(), invoice.clone()], What::Join),
        (vec![invoice, intent], What::Join),
    ];
    let all = orders(&[0, 1, 2, 3, 4]);
    assert_eq!(all.len(), 120);
    for order in all {
        let mut stage = Stage::with_page();
        for i in &order {
            let (ids, what) = events[*i].clone();
            stage.tell(&ids, what);
        }
        assert_eq!(stage.model.alerts.len(), 1, "{order:?}");
        assert_eq!((stage.total(), stage.model.purchases.len()), ((1000, 1), 1), "{order:?}");
        stage.tell(std::slice::from_ref(&charge), refund("re_1", 1000));
        assert_eq!(stage.total(), (0, 0), "a refund by any id finds it: {order:?}");
    }
}

#[test]
fn a_second_sale_of_a_purchase_is_a_duplicate() {
    let mut stage = Stage::new();
    let first = stage.tell(&[session("cs_1")], What::Sale(sale(1000, DAWN)));
    let event = stage.event(&[session("cs_1")], What::Sale(sale(1000, DAWN)));
    let second = event.id.clone();
    assert!(stage.apply(Input::Event(event)).is_ok());
    assert_eq!(stage.model.settled[&second], Settlement::DuplicateOf(first));
    assert_eq!((stage.model.alerts.len(), stage.total()), (1, (1000, 1)));
}

#[test]
fn the_dashboards_sample_claims_nothing() {
    let mut stage = Stage::new();
    let sample = || What::Sale(NewSale { test: true, ..sale(1000, DAWN) });
    stage.tell(&[], sample());
    stage.tell(&[], sample());
    assert_eq!((stage.model.alerts.len(), stage.model.purchases.len()), (2, 0));
}

/// Two sales that turn out to be one purchase.
fn two_sales(stage: &mut Stage) -> (AlertId, AlertId) {
    let intent = PurchaseId::new(IdKind::PaymentIntent, "pi_1");
    let first = stage.tell(&[session("cs_1")], What::Sale(sale(1000, DAWN)));
    let second = stage.tell(std::slice::from_ref(&intent), What::Sale(sale(1000, DAWN)));
    assert_eq!(stage.total(), (2000, 2));
    stage.tell(&[session("cs_1"), intent], What::Join);
    assert_eq!((stage.total(), stage.model.purchases.len()), ((1000, 1), 1));
    (first, second)
}

#[test]
fn of_two_joined_sales_the_later_leaves_totals_and_queue() {
    let mut stage = Stage::with_page();
    let (first, second) = two_sales(&mut stage);
    assert_eq!(stage.playing(), Some(first));
    assert_eq!(stage.end(second), (AlertState::Skipped, Some(Reason::Duplicate)));
    stage.tell(&[session("cs_1")], refund("re_1", 1000));
    assert_eq!(stage.total(), (0, 0));
}

#[test]
fn of_two_joined_sales_the_later_stays_as_it_was_shown() {
    let mut stage = Stage::with_page();
    let intent = PurchaseId::new(IdKind::PaymentIntent, "pi_1");
    stage.tell(&[session("cs_1")], What::Sale(sale(1000, DAWN)));
    let second = stage.tell(std::slice::from_ref(&intent), What::Sale(sale(1000, DAWN)));
    stage.finished(1);
    stage.finished(1);
    stage.tell(&[session("cs_1"), intent], What::Join);
    assert_eq!(stage.end(second), (AlertState::Shown, Some(Reason::Finished)));
    assert_eq!(stage.total(), (1000, 1));
}

#[test]
fn refunded_in_full_before_it_played_it_is_skipped() {
    let mut stage = Stage::new();
    let queued = stage.sell();
    stage.refund(queued, 1000);
    assert_eq!(stage.end(queued), (AlertState::Skipped, Some(Reason::Refunded)));
    let held = stage.hold();
    stage.refund(held, 1000);
    assert_eq!(stage.end(held), (AlertState::Skipped, Some(Reason::Refunded)));
    assert!(stage.alert(held).refunded && stage.alert(queued).refunded);
    assert_eq!(stage.total(), (0, 0));
}

#[test]
fn refunded_while_it_plays_it_is_stopped() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    stage.started(1);
    stage.refund(alert, 1000);
    assert_eq!(stage.end(alert), (AlertState::Skipped, Some(Reason::Refunded)));
    assert_eq!(stage.playing(), None);
}

#[test]
fn refunded_afterwards_only_the_flag_is_set() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    stage.started(1);
    stage.finished(1);
    stage.refund(alert, 1000);
    assert_eq!(stage.end(alert), (AlertState::Shown, Some(Reason::Finished)));
    assert!(stage.alert(alert).refunded);
    assert_eq!(stage.total(), (0, 0));
}

#[test]
fn a_refund_that_came_before_its_sale_meets_it() {
    let mut stage = Stage::with_page();
    stage.tell(&[session("cs_1")], refund("re_1", 1000));
    let alert = stage.tell(&[session("cs_1")], What::Sale(sale(1000, DAWN)));
    assert_eq!(stage.end(alert), (AlertState::Skipped, Some(Reason::Refunded)));
    assert_eq!((stage.total(), stage.playing()), ((0, 0), None));
    assert!(!stage.log().contains(&EntryType::AlertPlaying));
}

#[test]
fn a_waiting_replay_goes_with_the_refund() {
    let mut stage = Stage::new();
    let alert = stage.sell();
    assert!(stage.apply(Input::Skip(Some(alert))).is_ok());
    assert!(stage.apply(Input::Replay(alert)).is_ok());
    stage.refund(alert, 1000);
    assert_eq!(stage.end(alert), (AlertState::Skipped, Some(Reason::Skipped)));
    assert_eq!((stage.alert(alert).refunded, stage.model.state.waiting), (true, 0));
}

#[test]
fn a_partial_refund_stops_nothing_and_totals_follow() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    stage.refund(alert, 400);
    assert_eq!((stage.playing(), stage.alert(alert).refunded), (Some(alert), false));
    assert_eq!(stage.total(), (600, 1));
    let id = stage.purchase_of(alert);
    stage.tell(&[id], refund("re_2", 600));
    assert_eq!((stage.playing(), stage.total()), (None, (0, 0)));
}

#[test]
fn a_dispute_opened_or_won_stops_nothing_and_a_lost_one_does() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    let id = stage.purchase_of(alert);
    for standing in [None, Some(false)] {
        stage.tell(std::slice::from_ref(&id), dispute(standing));
        assert_eq!((stage.playing(), stage.total()), (Some(alert), (1000, 1)));
    }
    let second = stage.sell();
    let id = stage.purchase_of(second);
    stage.tell(&[id], dispute(Some(true)));
    assert_eq!(stage.end(second), (AlertState::Skipped, Some(Reason::Refunded)));
    assert_eq!(stage.total(), (1000, 1));
}

#[test]
fn a_reversal_clears_the_flag_restores_the_total_and_plays_nothing() {
    let reversals: [(What, What); 3] = [
        (refund("re_1", 1000), What::RefundFailed { key: "re_1".into(), amount: Some(usd(1000)) }),
        (
            What::Refund { key: "ch_1".into(), amount: None, total: Some(usd(1000)), whole: false },
            What::RefundFailed { key: "re_1".into(), amount: Some(usd(1000)) },
        ),
        (dispute(Some(true)), dispute(Some(false))),
    ];
    for (there, back) in reversals {
        let mut stage = Stage::with_page();
        let alert = stage.sell();
        let ids = [stage.purchase_of(alert)];
        stage.tell(&ids, there);
        assert_eq!((stage.alert(alert).refunded, stage.total()), (true, (0, 0)));
        stage.tell(&ids, back);
        assert_eq!((stage.alert(alert).refunded, stage.total()), (false, (1000, 1)));
        assert_eq!(stage.end(alert), (AlertState::Skipped, Some(Reason::Refunded)));
        assert_eq!(stage.playing(), None);
        assert_eq!(stage.log().last(), Some(&EntryType::RefundReversed));
    }
}

#[test]
fn totals_are_right_in_any_order_of_events() {
    let total = |minor| What::Refund {
        key: "ch_1".into(),
        amount: None,
        total: Some(usd(minor)),
        whole: false,
    };
    let failed = What::RefundFailed { key: "re_2".into(), amount: Some(usd(500)) };
    let stories: [(Vec<What>, i64); 4] = [
        (vec![What::Sale(sale(1000, DAWN)), total(300), total(800), refund("re_1", 300)], 200),
        (vec![What::Sale(sale(1000, DAWN)), total(800), refund("re_2", 500), failed.clone()], 700),
        (vec![What::Sale(sale(1000, DAWN)), total(300), total(800), failed], 700),
        (vec![What::Sale(sale(1000, DAWN)), dispute(None), dispute(Some(true)), total(300)], 0),
    ];
    for (story, left) in stories {
        for order in orders(&[0, 1, 2, 3]) {
            let mut stage = Stage::new();
            for i in &order {
                stage.tell(&[session("cs_1")], story[*i].clone());
            }
            assert_eq!(stage.total(), (left, i64::from(left > 0)), "{order:?} of {story:?}");
        }
    }
}

#[test]
fn a_dispute_takes_what_it_is_about_and_won_is_final() {
    let about = |key: &str, lost, minor| What::Dispute {
        key: key.into(),
        lost: Some(lost),
        amount: Some(usd(minor)),
    };
    let stories: [(Vec<What>, i64); 4] = [
        (vec![about("dp_1", true, 400), refund("re_1", 300)], 300),
        (vec![about("dp_1", true, 400), about("dp_2", true, 500)], 100),
        (vec![about("dp_1", true, 400), about("dp_1", false, 400)], 1000),
        (vec![about("dp_1", true, 400), about("dp_2", false, 600)], 600),
    ];
    for (story, left) in stories {
        for order in orders(&[0, 1, 2]) {
            let mut stage = Stage::new();
            for i in &order {
                let sale = || What::Sale(sale(1000, DAWN));
                stage.tell(&[session("cs_1")], story.get(*i).cloned().unwrap_or_else(sale));
            }
            assert_eq!(stage.total(), (left, 1), "{order:?} of {story:?}");
        }
    }
}

#[test]
fn a_lost_dispute_stays_lost_when_two_sets_join() {
    for order in [[0, 1], [1, 0]] {
        let charge = PurchaseId::new(IdKind::Charge, "ch_1");
        let told = [(session("cs_1"), dispute(Some(true))), (charge.clone(), dispute(None))];
        let mut stage = Stage::new();
        stage.tell(&[session("cs_1")], What::Sale(sale(1000, DAWN)));
        for i in order {
            let (id, what) = told[i].clone();
            stage.tell(&[id], what);
        }
        stage.tell(&[session("cs_1"), charge], What::Join);
        assert_eq!(stage.total(), (0, 0));
    }
}

#[test]
fn more_is_never_returned_than_was_paid() {
    let mut stage = Stage::new();
    let alert = stage.sell();
    let id = stage.purchase_of(alert);
    for n in 0..100 {
        stage.tell(std::slice::from_ref(&id), refund(&format!("re_{n}"), i64::MAX / 2));
    }
    assert_eq!(stage.total(), (0, 0));
    assert!(stage.model.purchases.values().all(|purchase| purchase.refunds.len() <= 64));
}

#[test]
fn refunds_in_another_currency_return_nothing() {
    let mut stage = Stage::new();
    let alert = stage.sell();
    let id = stage.purchase_of(alert);
    let amount = crate::money::Money { minor: 1000, currency: "eur".parse().unwrap() };
    stage.tell(
        &[id],
        What::Refund { key: "re_1".into(), amount: Some(amount), total: None, whole: false },
    );
    assert_eq!((stage.total(), stage.alert(alert).refunded), ((1000, 1), false));
}

#[test]
fn a_buyers_orders_are_counted_without_tests() {
    let mut stage = Stage::new();
    let buyer = Some(BuyerKey("b".into()));
    let mut numbers = Vec::new();
    for test in [true, false, false, true] {
        let sale = NewSale { test, buyer: buyer.clone(), ..sale(1000, DAWN) };
        let id = stage.tell(&[], What::Sale(sale));
        numbers.push((stage.alert(id).buyer.order_count, stage.alert(id).buyer.first_time));
    }
    assert_eq!(numbers, [(1, true), (1, true), (2, false), (3, false)]);
}

#[test]
fn a_sale_and_its_refund_in_one_commit() {
    let mut stage = Stage::with_page();
    let events: Vec<Event> = vec![
        stage.event(&[session("cs_1")], refund("re_1", 1000)),
        stage.event(&[session("cs_1")], What::Sale(sale(1000, DAWN))),
        stage.event(&[session("cs_2")], What::Sale(sale(500, DAWN))),
    ];
    let kept = events[2].alert;
    stage.apply_all(events.into_iter().map(Input::Event).collect());
    assert_eq!((stage.total(), stage.playing()), ((500, 1), Some(kept)));
    stage.register(page(2));
}
