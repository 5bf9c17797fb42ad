//! What waits too long.

use std::time::Duration;

use super::stage::{DAWN, Stage, con, page, sale, secs};
use crate::{
    alert::{AlertState, Reason},
    channel::{Here, Input, NewSale, What},
    connection::{Connection, Mode, SourceState},
};

const MISSED_AFTER: Duration = Duration::from_mins(15);
const A_MILLI: Duration = Duration::from_millis(1);

/// Checks that the alert waits until 15 minutes after `since`, and then is missed.
fn assert_missed_after(stage: &mut Stage, since: crate::time::Timestamp) {
    let id = *stage.model.alerts.keys().next_back().unwrap();
    assert_eq!(stage.next_due(), Some(since + MISSED_AFTER), "the node must wake up for it");
    stage.model.now = since + MISSED_AFTER - A_MILLI;
    stage.tick();
    assert_eq!(stage.alert(id).state, AlertState::Queued);
    stage.wait(A_MILLI);
    assert_eq!(stage.end(id), (AlertState::Missed, Some(Reason::NobodyPresent)));
}

#[test]
fn nobody_present_counts_from_entering_the_queue() {
    let mut stage = Stage::new();
    stage.sell();
    assert_missed_after(&mut stage, DAWN);
}

#[test]
fn nobody_present_counts_from_the_last_presence() {
    let mut stage = Stage::with_page();
    stage.sell();
    stage.sell();
    stage.started(1);
    stage.finished(1);
    stage.started(1);
    stage.sell();
    stage.wait(secs(4));
    stage.leave(1);
    stage.wait(secs(6));
    assert_missed_after(&mut stage, DAWN + secs(4));
}

#[test]
fn nobody_present_counts_from_a_connection_that_came_and_died_with_its_node() {
    let mut stage = Stage::new();
    stage.sell();
    stage.wait(secs(60));
    stage.settings.hold_until_live = true;
    stage.register(page(1));
    stage.model.connections.clear();
    assert_missed_after(&mut stage, DAWN + secs(60));
}

#[test]
fn nobody_present_counts_from_the_last_resume_and_not_while_paused() {
    let mut stage = Stage::new();
    let alert = stage.sell();
    stage.done(Input::Pause);
    stage.wait(Duration::from_hours(5));
    assert_eq!(stage.alert(alert).state, AlertState::Queued);
    stage.done(Input::Resume);
    assert_missed_after(&mut stage, DAWN + Duration::from_hours(5));
}

#[test]
fn nobody_present_counts_from_a_minute_after_the_nodes_start() {
    let mut stage = Stage::new();
    stage.sell();
    let node_started = DAWN + Duration::from_mins(14);
    stage.here = Here { node_started, ..stage.here };
    assert_missed_after(&mut stage, node_started + secs(60));
}

#[test]
fn missed_after_is_a_setting() {
    let mut stage = Stage::new();
    stage.settings.missed_after = secs(90);
    let alert = stage.sell();
    stage.wait(secs(90));
    assert_eq!(stage.alert(alert).state, AlertState::Missed);
}

#[test]
fn previews_and_inactive_sources_do_not_stop_the_clock() {
    let mut stage = Stage::new();
    stage.register(Connection { mode: Mode::Preview, ..page(1) });
    stage.sell();
    assert_missed_after(&mut stage, DAWN);
    let mut stage = Stage::new();
    let source = SourceState { active: Some(false), ..SourceState::default() };
    stage.register(Connection { source, ..page(1) });
    stage.sell();
    assert_missed_after(&mut stage, DAWN);
}

#[test]
fn while_something_plays_nothing_behind_it_is_missed() {
    let mut stage = Stage::with_page();
    stage.settings.duration = secs(60);
    stage.settings.missed_after = secs(10);
    stage.sell();
    let second = stage.sell();
    stage.started(1);
    stage.leave(1);
    stage.wait(secs(62));
    assert_eq!(stage.alert(second).state, AlertState::Queued);
    stage.wait(secs(1));
    assert_eq!(stage.end(second), (AlertState::Missed, Some(Reason::NobodyPresent)));
}

#[test]
fn a_replay_that_nobody_sees_leaves_its_alert_as_it_ended() {
    let mut stage = Stage::new();
    let alert = stage.sell();
    assert!(stage.apply(Input::Skip(Some(alert))).is_ok());
    assert!(stage.apply(Input::Replay(alert)).is_ok());
    stage.wait(MISSED_AFTER);
    assert_eq!(stage.end(alert), (AlertState::Skipped, Some(Reason::Skipped)));
    assert_eq!((stage.alert(alert).spot, stage.model.state.waiting), (None, 0));
}

#[test]
fn a_test_expires_after_30_s_also_while_paused() {
    for paused in [false, true] {
        let mut stage = Stage::new();
        if paused {
            stage.done(Input::Pause);
        }
        let test = stage.sell_test();
        assert_eq!(stage.next_due(), Some(DAWN + secs(30)));
        stage.wait(secs(30) - A_MILLI);
        assert_eq!(stage.alert(test).state, AlertState::Queued);
        stage.wait(A_MILLI);
        assert_eq!(stage.end(test), (AlertState::Missed, Some(Reason::TestExpired)));
        assert_eq!(stage.total(), (0, 0), "tests enter no total");
    }
}

#[test]
fn a_test_behind_more_than_32_expires_too() {
    let mut stage = Stage::new();
    stage.sell_many(40);
    let test = stage.sell_test();
    stage.wait(secs(30));
    assert_eq!(stage.alert(test).reason, Some(Reason::TestExpired));
    assert_eq!(stage.model.state.waiting, 40);
}

#[test]
fn a_test_that_started_in_time_is_shown() {
    let mut stage = Stage::with_page();
    let test = stage.sell_test();
    stage.wait(secs(4));
    stage.started(1);
    stage.wait(secs(9));
    assert_eq!(stage.alert(test).state, AlertState::Shown);
}

#[test]
fn a_hidden_test_is_silent() {
    let mut stage = Stage::with_page();
    let sale = NewSale { test: true, hidden: true, ..sale(1000, DAWN) };
    let id = stage.tell(&[], What::Sale(sale));
    assert_eq!(stage.end(id), (AlertState::Silent, Some(Reason::TestsHidden)));
    assert_eq!(stage.playing(), None);
}

#[test]
fn what_arrives_late_goes_to_the_tray() {
    let an_hour = Duration::from_hours(1);
    for (age, playing) in [(an_hour, true), (an_hour + A_MILLI, false)] {
        let mut stage = Stage::with_page();
        let id = stage.tell(&[], What::Sale(sale(1000, DAWN - age)));
        // What may play waits a moment for others that are late.
        stage.wait(Duration::from_secs(5));
        assert_eq!(stage.playing().is_some(), playing, "{age:?}");
        if !playing {
            assert_eq!(stage.end(id), (AlertState::Missed, Some(Reason::TooLate)));
            assert!(stage.apply(Input::Replay(id)).is_ok());
            assert_eq!(stage.playing(), Some(id), "replays are not measured again");
        }
    }
}

#[test]
fn late_after_is_a_setting() {
    let mut stage = Stage::new();
    stage.settings.late_after = Duration::from_mins(10);
    let at = |age: Duration| DAWN - age;
    let in_time = stage.tell(&[], What::Sale(sale(1000, at(Duration::from_mins(10)))));
    assert_eq!(stage.alert(in_time).state, AlertState::Queued);
    let late = stage.tell(&[], What::Sale(sale(1000, at(Duration::from_mins(10) + A_MILLI))));
    assert_eq!(stage.end(late), (AlertState::Missed, Some(Reason::TooLate)));
}

#[test]
fn held_without_a_verdict_is_missed_after_24_h() {
    let mut stage = Stage::with_page();
    let id = stage.hold();
    stage.wait(Duration::from_hours(24) - A_MILLI);
    assert_eq!(stage.alert(id).state, AlertState::Held);
    stage.wait(A_MILLI);
    assert_eq!(stage.end(id), (AlertState::Missed, Some(Reason::NotDecided)));
}

#[test]
fn how_long_a_verdict_may_take_is_a_setting() {
    let mut stage = Stage::with_page();
    stage.settings.decide_within = secs(90);
    let id = stage.hold();
    stage.wait(secs(90) - A_MILLI);
    assert_eq!(stage.alert(id).state, AlertState::Held);
    stage.wait(A_MILLI);
    assert_eq!(stage.end(id), (AlertState::Missed, Some(Reason::NotDecided)));
}

#[test]
fn all_of_a_long_queue_is_missed_in_several_commits() {
    let mut stage = Stage::new();
    stage.sell_many(100);
    stage.wait(MISSED_AFTER);
    let mut commits = 1;
    while stage.model.state.waiting > 0 {
        assert!(stage.next_due().is_some_and(|due| due <= stage.model.now));
        stage.tick();
        commits += 1;
    }
    assert_eq!(commits, 4, "32 rows a commit");
}

#[test]
fn who_leaves_unseen_by_others_is_no_presence() {
    let mut stage = Stage::with_page();
    stage.leave(1);
    stage.wait(secs(60));
    stage.sell();
    assert_eq!(stage.model.connections.get(&con(1)), None);
    assert_missed_after(&mut stage, DAWN + secs(60));
}
