//! Clocks that were wrong once (design: a stored time later than now is read as now).

use std::time::Duration;

use super::stage::{DAWN, Stage, page, secs};
use crate::alert::{AlertState, Reason};

const A_YEAR: Duration = Duration::from_hours(24 * 365);

#[test]
fn a_play_of_the_future_ends_in_its_own_length() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    stage.started(1);
    stage.model.now = DAWN - A_YEAR;
    stage.tick();
    stage.wait(secs(9));
    assert_eq!(stage.alert(alert).state, AlertState::Shown);
}

#[test]
fn what_entered_in_the_future_is_missed_in_its_own_time() {
    let mut stage = Stage::new();
    let sale = stage.sell();
    let test = stage.sell_test();
    stage.model.now = DAWN - A_YEAR;
    stage.here.node_started = stage.model.now - secs(60);
    stage.tick();
    stage.wait(secs(30));
    assert_eq!(stage.end(test), (AlertState::Missed, Some(Reason::TestExpired)));
    stage.wait(Duration::from_mins(15));
    assert_eq!(stage.end(sale), (AlertState::Missed, Some(Reason::NobodyPresent)));
}

/// Found by the simulation: a Redis whose clock was set back keeps when an overlay last came.
#[test]
fn who_came_in_the_future_keeps_nothing_waiting() {
    let mut stage = Stage::with_page();
    let sale = stage.sell();
    stage.model.connections.clear();
    stage.model.now = DAWN - A_YEAR;
    stage.here.node_started = stage.model.now - secs(60);
    stage.tick();
    stage.wait(secs(9));
    stage.wait(Duration::from_mins(15));
    assert_eq!(stage.end(sale), (AlertState::Missed, Some(Reason::NobodyPresent)));
}

#[test]
fn a_node_that_looks_hours_later_catches_up() {
    let mut stage = Stage::with_page();
    let first = stage.sell();
    let second = stage.sell();
    stage.started(1);
    stage.model.connections.clear();
    stage.wait(Duration::from_hours(3));
    assert_eq!(stage.end(first), (AlertState::Interrupted, Some(Reason::OverlayGone)));
    assert_eq!(stage.end(second), (AlertState::Missed, Some(Reason::NobodyPresent)));
    stage.register(page(2));
    assert_eq!(stage.playing(), None);
}

#[test]
fn a_leader_passed_over_in_the_future_is_heard_at_once() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    stage.wait(secs(5));
    assert_eq!(stage.playing(), None);
    stage.model.now = DAWN - A_YEAR;
    stage.hear(1);
    stage.wait(secs(1));
    stage.hear(1);
    assert_eq!(stage.playing(), Some(alert));
}
