//! Much waits: shorter plays, and orders of one product on one card.

use std::{collections::BTreeSet, time::Duration};

use super::stage::{DAWN, Stage, item, page, sale, secs, session, usd};
use crate::{
    alert::{AlertKind, AlertState, Item, Reason},
    channel::{EntryType, Input, NewSale, Refusal, What},
    id::AlertId,
    money::{Currency, Money},
    store::HEAD,
};

/// Orders of one hoodie each that nobody was there to see, and then page 1 comes: what plays, and
/// the orders.
fn hoodies(count: usize) -> (Stage, AlertId, Vec<AlertId>) {
    let mut stage = Stage::new();
    let orders: Vec<_> = (0..count).map(|_| stage.sell_item("Hoodie", 1)).collect();
    stage.register(page(1));
    let plays = stage.playing().expect("somebody is present");
    (stage, plays, orders)
}

fn show(stage: &mut Stage) {
    stage.started(1);
    stage.finished(1);
}

fn duration_ms(stage: &Stage) -> u32 {
    stage.model.state.playing().expect("something plays").duration_ms
}

/// How long a play takes that was set for so long, with so many behind it.
fn paced(set: u64, behind: usize) -> u32 {
    let mut stage = Stage::new();
    stage.settings.duration = secs(set);
    stage.sell_many(behind + 1);
    stage.register(page(1));
    duration_ms(&stage)
}

#[test]
fn from_five_waiting_plays_are_shorter_and_never_below_three_seconds() {
    let ten_seconds = [0, 4, 5, 6, 12, 19, 20, 500].map(|behind| paced(10, behind));
    assert_eq!(ten_seconds, [10_000, 10_000, 9563, 9125, 6500, 3438, 3000, 3000]);
    assert_eq!([5, 20].map(|behind| paced(6, behind)), [5813, 3000]);
    assert_eq!([0, 20].map(|behind| paced(3, behind)), [3000, 3000], "never longer than set");
}

#[test]
fn how_long_is_decided_as_the_play_begins() {
    let mut stage = Stage::with_page();
    let first = stage.sell();
    stage.sell_many(30);
    assert_eq!((stage.playing(), duration_ms(&stage)), (Some(first), 6000));
    show(&mut stage);
    assert_eq!(duration_ms(&stage), 3000, "30 wait, 29 behind");
    let entry = stage.model.entries.iter().rfind(|e| e.what == EntryType::AlertPlaying).unwrap();
    assert_eq!(entry.data["duration_ms"], 3000);
    stage.started(1);
    stage.done(Input::Clear);
    stage.leave(1);
    stage.wait(secs(6));
    assert!(stage.playing().is_none(), "3 s and the grace after it");
}

#[test]
fn tests_and_replays_wait_like_others() {
    let mut stage = Stage::with_page();
    let shown = stage.sell();
    show(&mut stage);
    stage.done(Input::Pause);
    let first = stage.sell();
    assert!(stage.apply(Input::Replay(shown)).is_ok());
    for _ in 0..4 {
        stage.sell_test();
    }
    stage.done(Input::Resume);
    assert_eq!((stage.playing(), duration_ms(&stage)), (Some(first), 5813));
}

#[test]
fn from_ten_waiting_orders_of_one_product_share_a_card() {
    let (stage, plays, orders) = hoodies(9);
    assert_eq!((plays, stage.alert(plays).kind), (orders[0], AlertKind::Sale));
    let (mut stage, combo, orders) = hoodies(10);
    let card = stage.alert(combo).clone();
    assert_eq!((card.kind, card.members), (AlertKind::Combo, orders.clone()));
    assert_eq!((card.amount, card.message), (Some(usd(10_000)), None));
    assert_eq!(card.items, [item("Hoodie", 10)]);
    assert_eq!((stage.model.state.waiting, duration_ms(&stage)), (0, 6000), "nothing is behind it");
    show(&mut stage);
    let shown = (AlertState::Shown, Some(Reason::Finished));
    assert!(orders.iter().all(|order| stage.end(*order) == shown));
    assert_eq!(stage.total(), (10_000, 10), "counted once");
    assert_eq!(stage.apply(Input::Replay(combo)), Err(Refusal::HasMembers));
    assert!(stage.apply(Input::Replay(orders[0])).is_ok(), "each is replayed alone");
    assert_eq!(stage.playing(), Some(orders[0]));
}

#[test]
fn others_keep_their_places_between_the_members() {
    let mut stage = Stage::new();
    let orders: Vec<_> =
        (0..12).map(|n| stage.sell_item(["Hoodie", "Mug", "Cap"][n % 3], 1)).collect();
    stage.register(page(1));
    let combo = stage.playing().unwrap();
    assert_eq!(stage.alert(combo).members, [0, 3, 6, 9].map(|at| orders[at]));
    assert_eq!(stage.model.state.waiting, 8);
    show(&mut stage);
    assert_eq!(stage.playing(), Some(orders[1]), "eight wait: one by one again");
    show(&mut stage);
    assert_eq!(stage.playing(), Some(orders[2]));
}

#[test]
fn a_combo_has_at_most_20_members_and_takes_only_what_was_loaded() {
    let (mut stage, combo, orders) = hoodies(45);
    assert_eq!(stage.alert(combo).members, orders[..20]);
    show(&mut stage);
    assert_eq!(stage.alert(stage.playing().unwrap()).members, orders[20..40]);
    show(&mut stage);
    assert_eq!(stage.playing(), Some(orders[40]), "five are no rush");
    let mut stage = Stage::new();
    stage.sell_item("Hoodie", 1);
    stage.sell_many(HEAD);
    stage.sell_item("Hoodie", 1);
    stage.register(page(1));
    assert_eq!(stage.alert(stage.playing().unwrap()).kind, AlertKind::Sale);
}

/// Ten orders that wait, of which the second is changed: whether it shares the first one's card.
fn shares(change: impl FnOnce(NewSale) -> NewSale) -> bool {
    let mut stage = Stage::new();
    let order =
        |stage: &Stage| NewSale { items: vec![item("Hoodie", 1)], ..sale(1000, stage.model.now) };
    let mut odd = None;
    let mut change = Some(change);
    for n in 0..10 {
        let sale = order(&stage);
        let sale = if n == 1 { change.take().unwrap()(sale) } else { sale };
        let id = stage.tell(&[session(&format!("cs_{n}"))], What::Sale(sale));
        odd = if n == 1 { Some(id) } else { odd };
    }
    stage.register(page(1));
    let combo = stage.alert(stage.playing().unwrap());
    assert!(combo.members.len() >= 9, "{combo:?}");
    combo.members.contains(&odd.unwrap())
}

#[test]
fn two_orders_are_of_the_same_product_only_if_both_name_one() {
    let large = |item: Item| Item { variant: Some("L".into()), ..item };
    assert!(shares(|sale| sale));
    assert!(shares(|sale| NewSale { items: vec![large(item("Hoodie", 2))], ..sale }));
    assert!(shares(|sale| NewSale {
        items: vec![large(item("Hoodie", 1)), item("Hoodie", 1)],
        ..sale
    }));
    assert!(!shares(|sale| NewSale { items: vec![], ..sale }));
    assert!(!shares(|sale| NewSale { items: vec![item("Mug", 1)], ..sale }));
    assert!(!shares(|sale| NewSale { items: vec![item("Hoodie", 1), item("Mug", 1)], ..sale }));
}

#[test]
fn currencies_tests_and_kinds_are_never_mixed() {
    let eur = Money { minor: 1000, currency: Currency::parse("eur").unwrap() };
    assert!(!shares(|sale| NewSale { amount: Some(eur), ..sale }));
    assert!(!shares(|sale| NewSale { test: true, ..sale }));
    assert!(!shares(|sale| NewSale { kind: AlertKind::Renewal, ..sale }));
}

#[test]
fn what_names_no_product_plays_alone() {
    let mut stage = Stage::new();
    let sales: Vec<_> = (0..12).map(|_| stage.sell()).collect();
    stage.register(page(1));
    assert_eq!(stage.playing(), Some(sales[0]));
    // Nor does an order of something without a name, nor a tip, which is of nothing.
    for (kind, name) in [(AlertKind::Sale, ""), (AlertKind::Tip, "Tip")] {
        let mut stage = Stage::new();
        let now = stage.model.now;
        let sales = (0..12).map(|_| {
            let items = vec![item(name, 1)];
            stage.tell(&[], What::Sale(NewSale { kind, items, ..sale(1000, now) }))
        });
        let first = sales.collect::<Vec<_>>()[0];
        stage.register(page(1));
        assert_eq!(stage.playing(), Some(first), "{kind:?}");
    }
}

#[test]
fn tests_share_a_card_of_their_own_and_expire_with_it() {
    let mut stage = Stage::new();
    let test = |stage: &mut Stage| {
        let sale = NewSale { test: true, items: vec![item("Mug", 1)], ..sale(5, stage.model.now) };
        stage.tell(&[], What::Sale(sale))
    };
    let first = test(&mut stage);
    stage.wait(secs(20));
    let tests: Vec<_> = (0..9).map(|_| test(&mut stage)).collect();
    stage.register(page(1));
    let combo = stage.playing().unwrap();
    assert!(stage.alert(combo).test && stage.alert(combo).members.len() == 10);
    stage.wait(secs(5));
    stage.wait(secs(5));
    let expired = (AlertState::Missed, Some(Reason::TestExpired));
    assert_eq!((stage.end(combo), stage.end(first)), (expired, expired));
    assert!(tests.iter().all(|test| stage.end(*test) == expired));
    assert_eq!(stage.total(), (0, 0));
}

#[test]
fn what_was_with_the_overlays_before_plays_alone() {
    let mut stage = Stage::with_page();
    let first = stage.sell_item("Hoodie", 1);
    for _ in 0..15 {
        stage.sell_item("Hoodie", 1);
    }
    stage.wait(secs(5));
    stage.wait(secs(1));
    stage.hear(1);
    assert_eq!((stage.playing(), stage.alert(first).spot), (Some(first), None));
}

#[test]
fn replays_are_never_part_of_a_combo() {
    let (mut stage, _, orders) = hoodies(12);
    show(&mut stage);
    stage.done(Input::Pause);
    for order in &orders {
        assert!(stage.apply(Input::Replay(*order)).is_ok());
    }
    stage.done(Input::Resume);
    assert_eq!(stage.playing(), Some(orders[0]));
}

#[test]
fn a_combo_goes_back_as_it_is_less_what_was_refunded() {
    let (mut stage, combo, orders) = hoodies(11);
    let later: Vec<_> = (0..20).map(|_| stage.sell_item("Hoodie", 1)).collect();
    stage.refund(orders[3], 1000);
    assert_eq!(stage.playing(), Some(combo), "flagged, and it goes on");
    assert_eq!(stage.end(orders[3]), (AlertState::Playing, None));
    stage.wait(secs(5));
    assert_eq!(stage.end(orders[3]), (AlertState::Skipped, Some(Reason::Refunded)));
    stage.wait(secs(1));
    stage.hear(1);
    assert_eq!(stage.playing(), Some(combo));
    let card = stage.alert(combo).clone();
    let left: Vec<_> = orders.iter().copied().filter(|order| *order != orders[3]).collect();
    assert_eq!((card.members, card.amount), (left, Some(usd(10_000))));
    assert_eq!((card.items, duration_ms(&stage)), (vec![item("Hoodie", 10)], 3000));
    show(&mut stage);
    let next = stage.playing().unwrap();
    assert_eq!(stage.alert(next).members, later, "nobody joined it late");
}

#[test]
fn late_orders_come_as_a_digest_and_not_as_a_combo() {
    let mut stage = Stage::new();
    for n in 0..12 {
        let items = vec![item("Hoodie", 1)];
        let sale = NewSale { items, ..sale(1000, stage.model.now - secs(600)) };
        stage.tell(&[session(&format!("late{n}"))], What::Sale(sale));
    }
    stage.wait(secs(5));
    stage.register(page(1));
    assert_eq!(stage.alert(stage.playing().unwrap()).kind, AlertKind::Digest);
}

/// Takes in a raid of 10 s as nodes do, some events a commit; then a page shows all it is given.
#[test]
fn a_raid_of_5000_is_told_to_its_end_in_order() {
    let mut stage = Stage::new();
    let mut orders = Vec::new();
    for batch in 0..5000 / 50 {
        let events: Vec<_> = (batch * 50..(batch + 1) * 50)
            .map(|n: usize| {
                let name = if n.is_multiple_of(3) { "Mug" } else { "Hoodie" };
                let items = if n.is_multiple_of(100) { vec![] } else { vec![item(name, 1)] };
                let sale = NewSale { items, ..sale(1000, stage.model.now) };
                stage.event(&[session(&format!("cs_{n}"))], What::Sale(sale))
            })
            .collect();
        orders.extend(events.iter().map(|event| event.alert));
        stage.apply_all(events.into_iter().map(Input::Event).collect());
        stage.wait(Duration::from_millis(100));
    }
    stage.register(page(1));
    let (mut shown, mut plays, mut took) = (BTreeSet::new(), 0, Duration::ZERO);
    while let Some(id) = stage.playing() {
        let alert = stage.alert(id).clone();
        let first = alert.members.first().copied().unwrap_or(id);
        let next = orders.iter().find(|order| !shown.contains(*order));
        assert_eq!(next, Some(&first), "the one that waits longest is told next");
        let before = shown.len();
        shown.extend(if alert.members.is_empty() { vec![id] } else { alert.members.clone() });
        assert_eq!(shown.len(), before + alert.members.len().max(1), "each once");
        plays += 1;
        took += Duration::from_millis(duration_ms(&stage).into());
        stage.show_at_once(1);
    }
    assert!(orders.iter().eq(&shown), "each of them");
    assert!(orders.iter().all(|order| stage.end(*order).0 == AlertState::Shown));
    assert_eq!(stage.total(), (5_000_000, 5000));
    // 50 name no product and play alone; the others share cards, with all that is loaded of theirs.
    assert!(plays < 500 && took < secs(plays * 4), "{plays} plays in {took:?}");
}

#[test]
fn what_rules_show_differently_shares_no_card() {
    let mut stage = Stage::new();
    let loud = serde_json::json!([{
        "when": { "quantity": { "min": 2 } }, "then": { "theme": "neon", "duration": "8s" }
    }]);
    stage.settings.rules = crate::settings::rules::read(&loud).unwrap();
    let orders: Vec<_> = (0..12).map(|n| stage.sell_item("Hoodie", 2 - n % 2)).collect();
    stage.register(page(1));
    let combo = stage.alert(stage.playing().unwrap());
    let pairs: Vec<_> = orders.iter().copied().step_by(2).collect();
    assert_eq!((combo.kind, &combo.members), (AlertKind::Combo, &pairs));
    assert_eq!(combo.look, stage.alert(pairs[0]).look);
    assert!(combo.look.is_some());
    assert_eq!(combo.duration_ms, 8000);
}

#[test]
fn a_head_too_large_for_a_card_plays_alone_and_no_other_is_lost() {
    let mut stage = Stage::new();
    let line = |n: usize| Item { variant: Some(format!("{n:080}")), ..item("Hoodie", 1) };
    let items = (0..100).map(line).collect();
    let large = stage.sell_as(NewSale { items, ..sale(1000, DAWN) });
    let orders: Vec<_> = (0..12).map(|_| stage.sell_item("Hoodie", 1)).collect();
    stage.register(page(1));
    assert_eq!(stage.playing(), Some(large));
    while stage.playing().is_some() {
        stage.show_at_once(1);
    }
    for order in orders {
        assert_eq!(stage.end(order), (AlertState::Shown, Some(Reason::Finished)));
    }
}
