//! A replica takes the place of a primary that has crashed.

use std::time::{Duration, Instant};

use super::{Group, Till, replicated};
use crate::{
    redis::screen::Screen,
    support::{Page, wait_for},
};

const CRASHES: usize = 3;

/// A delivery that cannot be stored is answered within this; see docs/OPERATIONS.md.
const SOON: Duration = Duration::from_secs(3);

#[test]
fn what_a_replica_had_not_received_is_lost_and_that_is_known() {
    let mut group = Group::start(1);
    let till = Till::on(&group.url(), "always");
    let key = till.node.overlay_key("me", "main");
    let received = till.sell(5);
    till.assert_alerts_of(&received);
    group.wait_until_whole();
    group.cut_off(0);
    let behind = till.sell(5);
    till.assert_alerts_of(&behind);
    let position = till.head();
    group.promote(0);
    till.recover();
    assert_eq!(till.lost(), behind);
    till.assert_history_lost(&position);

    // Stripe's, sent again, is a sale like any other.
    for sale in &behind {
        assert_eq!(till.deliver(*sale).json()["result"], "accepted");
    }
    till.assert_all_kept();
    // Keys, links and what they open are as they were.
    let mut page = Page::welcomed(&till.node, &key);
    let play = page.expect("play");
    page.show(&play);
}

#[test]
fn what_a_page_drew_and_a_replica_never_heard_of_is_not_drawn_again() {
    let mut group = Group::start(1);
    let till = Till::on(&group.url(), "always");
    let mut screen = Screen::open(&[till.node.port], &till.node.overlay_key("me", "main"));
    wait_for("the overlay's welcome", || (screen.welcomes() > 0).then_some(()));
    assert_eq!(till.node.operate("pause").status, 200);
    till.sell(1);
    till.node.wait_for_length(1);
    let id = till.node.alerts()[0]["id"].as_str().unwrap().to_owned();
    group.wait_until_whole();
    group.cut_off(0);
    till.node.operate("resume");
    till.node.wait_for_state(&id, "shown");
    group.promote(0);
    wait_for("readiness", || (till.node.get("/readyz").status == 200).then_some(()));
    assert_eq!(till.node.alert(&id)["state"], "queued", "that it was shown is lost");
    till.node.operate("resume");
    till.node.wait_for_state(&id, "shown");
    assert_eq!(screen.close().into_iter().collect::<Vec<_>>(), [(id, 1)]);
}

#[test]
fn what_was_drawn_and_lost_and_is_sent_again_is_another_alert() {
    let mut group = Group::start(1);
    let till = Till::on(&group.url(), "always");
    let mut page = till.node.page();
    group.wait_until_whole();
    group.cut_off(0);
    let sale = till.sell(1).pop_first().unwrap();
    let first = page.expect("play");
    page.show(&first);
    group.promote(0);
    wait_for("readiness", || (till.node.get("/readyz").status == 200).then_some(()));
    assert_eq!(till.why(sale), 404);
    assert_eq!(till.deliver(sale).status, 200);
    let mut back = till.node.page();
    let again = back.expect("play");
    assert_eq!(again["alert"]["amount"], first["alert"]["amount"]);
    assert_ne!(again["alert"]["id"], first["alert"]["id"], "nothing is left that could know");
}

#[test]
fn replicated_refuses_while_the_replica_is_silent_and_a_retry_is_one_sale() {
    let group = Group::start(1);
    let till = Till::of(replicated(&group.url(), 1));
    till.sell(1);
    group.replicas[0].pause();
    let begin = Instant::now();
    let sale = 1;
    let refused = till.deliver(sale);
    let took = begin.elapsed();
    println!("refused after {:.2} s", took.as_secs_f64());
    assert_eq!(refused.status, 503);
    assert!(took < SOON, "{took:?}");
    group.replicas[0].resume();
    wait_for("the retry", || (till.deliver(sale).status == 200).then_some(()));
    till.assert_all_kept();
}

#[test]
fn replicated_loses_nothing_to_a_crash() {
    let mut group = Group::start(1);
    let till = Till::of(replicated(&group.url(), 1));
    for _ in 0..CRASHES {
        till.sell_through(|| {
            // The network goes first, as it does when a machine dies: else all would just arrive.
            group.cut_off(0);
            till.sell_one();
            group.primary.kill();
        });
        group.promote(0);
        // It confirms nothing until it has a replica of its own.
        group.add_replica();
        till.recover();
    }
    till.assert_all_kept();
}

#[test]
fn of_several_replicas_one_that_had_not_confirmed_loses() {
    let mut group = Group::start(2);
    let till = Till::of(replicated(&group.url(), 1));
    let received = till.sell(5);
    till.assert_alerts_of(&received);
    group.wait_until_whole();
    group.cut_off(1);
    let behind = till.sell(5);
    // In the log too: else nothing of it would be missing there.
    till.assert_alerts_of(&behind);
    let position = till.head();
    group.promote(1);
    group.add_replica();
    till.recover();
    assert_eq!(till.lost(), behind);
    till.assert_history_lost(&position);
}

#[test]
fn where_all_replicas_must_confirm_one_that_is_away_stops_the_sales() {
    let group = Group::start(2);
    let till = Till::of(replicated(&group.url(), 2));
    till.sell(1);
    group.replicas[1].pause();
    assert_eq!(till.sell_one(), 503);
    group.replicas[1].resume();
    till.recover();
    till.assert_all_kept();
}

#[test]
fn a_primary_that_needs_replicas_notices_that_they_are_gone() {
    let group = Group::with(1, "min-replicas-to-write 1\nmin-replicas-max-lag 2\n");
    let till = Till::on(&group.url(), "always");
    till.sell(1);
    group.replicas[0].pause();
    let begin = Instant::now();
    wait_for("a refusal", || (till.sell_one() == 503).then_some(()));
    let took = begin.elapsed();
    println!("noticed after {:.2} s", took.as_secs_f64());
    assert!(took < Duration::from_secs(6), "{took:?}");
    group.replicas[0].resume();
    till.recover();
    till.assert_all_kept();
}
