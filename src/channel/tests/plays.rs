//! One alert at a time: start, lapse, end.

use super::stage::{Stage, con, node, page, secs};
use crate::{
    alert::{AlertState, Reason},
    channel::{EntryType, Input, Reply, Said, Waiting},
    connection::{Connection, Mode, OverlayKind, SourceState},
    settings::WhenInactive,
};

#[test]
fn one_alert_plays_at_a_time_in_the_order_of_entering() {
    let mut stage = Stage::with_page();
    let alerts: Vec<_> = (0..3).map(|_| stage.sell()).collect();
    for alert in &alerts {
        assert_eq!(stage.playing(), Some(*alert));
        stage.started(1);
        stage.finished(1);
        assert_eq!(stage.end(*alert), (AlertState::Shown, Some(Reason::Finished)));
    }
    assert_eq!(stage.playing(), None);
}

#[test]
fn a_lease_belongs_to_one_play_and_is_its_entrys_position() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    let (played, lease) = stage.newest();
    assert_eq!(played, alert);
    let entry = stage.model.entries.iter().find(|entry| entry.what == EntryType::AlertPlaying);
    assert_eq!(entry.unwrap().position, lease);
}

#[test]
fn other_kinds_and_previews_change_nothing() {
    let mut stage = Stage::new();
    let kind = OverlayKind::Goal;
    stage.register(Connection { kind, ..page(1) });
    stage.register(Connection { mode: Mode::Preview, ..page(2) });
    stage.sell();
    assert_eq!(stage.playing(), None);
    assert_eq!(stage.waiting(), Some(Waiting::Present));
    stage.register(page(3));
    for other in [1, 2] {
        assert_eq!(stage.say(other, Said::Started { audio: None }), Reply::Noted);
    }
    assert_eq!(stage.model.state.playing().unwrap().started, None);
}

#[test]
fn who_is_inactive_is_not_present_unless_the_setting_says_play() {
    let mut stage = Stage::new();
    let source = SourceState { active: Some(false), ..SourceState::default() };
    stage.register(Connection { source, ..page(1) });
    let alert = stage.sell();
    assert_eq!((stage.playing(), stage.waiting()), (None, Some(Waiting::Active)));
    stage.settings.when_inactive = WhenInactive::Play;
    stage.tick();
    assert_eq!((stage.playing(), stage.waiting()), (Some(alert), None));
}

#[test]
fn hold_until_live_waits_for_streaming() {
    let mut stage = Stage::with_page();
    stage.settings.hold_until_live = true;
    let alert = stage.sell();
    assert_eq!((stage.playing(), stage.waiting()), (None, Some(Waiting::Live)));
    stage.model.connections.get_mut(&con(1)).unwrap().source.streaming = Some(true);
    stage.tick();
    assert_eq!(stage.playing(), Some(alert));
}

#[test]
fn nobody_started_within_5_s_goes_back_to_the_head() {
    let mut stage = Stage::with_page();
    let first = stage.sell();
    let second = stage.sell();
    stage.wait(secs(5) - std::time::Duration::from_millis(1));
    assert_eq!(stage.playing(), Some(first));
    stage.wait(std::time::Duration::from_millis(1));
    assert_eq!(stage.playing(), None, "its leader is passed over");
    assert_eq!(stage.end(first), (AlertState::Queued, None));
    assert_eq!(stage.log().last(), Some(&EntryType::AlertRequeued));
    stage.wait(std::time::Duration::from_millis(1));
    stage.hear(1);
    assert_eq!(stage.playing(), Some(first));
    assert_eq!(stage.alert(second).state, AlertState::Queued);
    assert_eq!(stage.alert(first).showing, 1, "going back keeps the showing");
}

#[test]
fn any_other_node_decides_only_at_8_s() {
    let mut stage = Stage::with_page();
    stage.sell();
    stage.here.node = node(2);
    stage.wait(secs(8) - std::time::Duration::from_millis(1));
    assert!(stage.playing().is_some());
    stage.wait(std::time::Duration::from_millis(1));
    assert!(stage.playing().is_none());
}

#[test]
fn a_passed_over_leader_that_is_heard_makes_its_play_count() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    stage.wait(secs(5));
    stage.hear(1);
    let still = (0, Some(Waiting::Present));
    assert_eq!((stage.alert(alert).counted, stage.waiting()), still, "that was said before");
    stage.wait(secs(1));
    stage.hear(1);
    assert_eq!((stage.alert(alert).counted, stage.playing()), (1, Some(alert)));
}

#[test]
fn a_passed_over_leader_that_goes_makes_its_play_not_count() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    stage.wait(secs(5));
    stage.leave(1);
    assert!(stage.model.state.passed_over.is_empty());
    stage.register(page(2));
    assert_eq!((stage.alert(alert).counted, stage.playing()), (0, Some(alert)));
}

#[test]
fn while_a_leader_is_passed_over_another_leads() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    stage.register(page(2));
    stage.wait(secs(5));
    let play = stage.model.state.playing().unwrap();
    assert_eq!((play.alert, play.leader), (alert, con(2)));
}

#[test]
fn after_three_counted_plays_it_is_missed() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    let three_plays = |stage: &mut Stage| {
        for count in 1..=3 {
            assert_eq!(stage.playing(), Some(alert), "play {count}");
            stage.wait(secs(5));
            stage.wait(secs(1));
            stage.hear(1);
        }
        assert_eq!(stage.playing(), None);
        assert_eq!(stage.end(alert), (AlertState::Missed, Some(Reason::NeverStarted)));
    };
    three_plays(&mut stage);
    assert!(stage.apply(Input::Replay(alert)).is_ok());
    three_plays(&mut stage);
}

#[test]
fn failed_by_the_leader_before_any_start_ends_the_5_s_and_counts() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    let lease = stage.newest().1;
    stage.failed(1);
    assert_eq!((stage.playing(), stage.alert(alert).counted), (Some(alert), 1));
    assert_ne!(stage.newest().1, lease, "a new play has a new lease");
    stage.failed(1);
    stage.failed(1);
    assert_eq!(stage.end(alert), (AlertState::Missed, Some(Reason::NeverStarted)));
}

#[test]
fn failed_by_the_leader_after_a_start_interrupts() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    stage.started(1);
    stage.failed(1);
    assert_eq!(stage.end(alert), (AlertState::Interrupted, Some(Reason::Failed)));
}

#[test]
fn failed_by_another_is_only_recorded() {
    let mut stage = Stage::with_page();
    stage.register(page(2));
    let alert = stage.sell();
    stage.failed(2);
    assert_eq!((stage.playing(), stage.alert(alert).counted), (Some(alert), 0));
    stage.started(1);
    stage.failed(2);
    assert_eq!(stage.playing(), Some(alert));
    assert!(stage.alert(alert).steps.iter().any(|step| step.step == "failed"));
}

#[test]
fn any_present_connection_starts_the_play() {
    let mut stage = Stage::with_page();
    stage.register(page(2));
    let alert = stage.sell();
    stage.started(2);
    stage.wait(secs(5));
    let play = stage.model.state.playing().expect("it was begun");
    assert_eq!((play.alert, play.leader), (alert, con(1)), "it is the same play");
    assert_eq!(play.started.as_ref().map(|started| started.connection), Some(con(2)));
}

#[test]
fn anothers_finished_is_kept_until_the_end() {
    let mut stage = Stage::with_page();
    stage.register(page(2));
    let alert = stage.sell();
    stage.started(1);
    stage.finished(2);
    assert_eq!(stage.playing(), Some(alert));
    stage.wait(secs(9));
    assert_eq!(stage.end(alert), (AlertState::Shown, Some(Reason::Finished)));
    assert_eq!(stage.alert(alert).proof.as_ref().unwrap().connection, Some(con(1)));
}

#[test]
fn anothers_finished_ends_it_once_the_leader_has_left() {
    let mut stage = Stage::with_page();
    stage.register(page(2));
    let alert = stage.sell();
    stage.started(1);
    stage.finished(2);
    stage.leave(1);
    assert_eq!(stage.end(alert), (AlertState::Shown, Some(Reason::Finished)));
    let next = stage.sell();
    stage.started(2);
    stage.register(page(3));
    stage.leave(2);
    stage.finished(3);
    assert_eq!(stage.end(next), (AlertState::Shown, Some(Reason::Finished)));
    let unbegun = stage.sell();
    stage.register(page(4));
    stage.leave(3);
    stage.finished(4);
    assert_eq!(stage.end(unbegun), (AlertState::Shown, Some(Reason::Finished)));
}

#[test]
fn who_started_and_is_still_there_is_the_proof_at_the_end() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    stage.started(1);
    assert_eq!(stage.next_due(), Some(stage.model.now + secs(9)), "start + 6 s + 3 s");
    stage.wait(secs(9));
    assert_eq!(stage.end(alert), (AlertState::Shown, Some(Reason::Started)));
}

#[test]
fn when_all_who_started_are_gone_it_is_interrupted() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    stage.started(1);
    stage.leave(1);
    stage.register(page(2));
    assert_eq!(stage.playing(), Some(alert));
    stage.wait(secs(9));
    assert_eq!(stage.end(alert), (AlertState::Interrupted, Some(Reason::OverlayGone)));
    stage.wait(secs(60));
    assert_eq!(stage.playing(), None, "it is not shown again by itself");
    assert_eq!(stage.apply(Input::Replay(alert)), Ok(Reply::Alert(alert)));
    assert_eq!(stage.playing(), Some(alert), "one click away");
}

#[test]
fn a_page_that_names_its_lease_after_a_reconnect_is_a_witness() {
    for (lost, end) in [(false, Reason::Started), (true, Reason::OverlayGone)] {
        let mut stage = Stage::with_page();
        let alert = stage.sell();
        stage.started(1);
        stage.leave(1);
        stage.say(2, Said::Kept { started: true, finished: false, lost });
        stage.register(page(2));
        stage.wait(secs(9));
        assert_eq!(stage.alert(alert).reason, Some(end), "lost: {lost}");
    }
}

/// Found by reloading pages all the time: the socket broke before its `started` was taken.
#[test]
fn a_start_that_is_told_only_after_the_reload_is_one_and_is_not_played_again() {
    for lapsed in [false, true] {
        let mut stage = Stage::with_page();
        let alert = stage.sell();
        stage.leave(1);
        if lapsed {
            stage.wait(secs(5));
        }
        stage.say(2, Said::Kept { started: true, finished: false, lost: true });
        stage.register(page(2));
        stage.wait(secs(9));
        assert_eq!(stage.end(alert), (AlertState::Interrupted, Some(Reason::OverlayGone)));
        stage.wait(secs(60));
        assert_eq!(stage.playing(), None);
    }
}

#[test]
fn a_lease_named_after_the_end_was_due_is_in_time_if_nobody_noticed() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    stage.started(1);
    stage.model.connections.clear();
    stage.model.now = stage.model.now + secs(30);
    stage.say(2, Said::Kept { started: true, finished: false, lost: false });
    assert_eq!(stage.end(alert), (AlertState::Shown, Some(Reason::Started)));
}

#[test]
fn shown_records_its_proof() {
    let mut stage = Stage::new();
    let source = SourceState {
        active: Some(true),
        visible: Some(true),
        streaming: Some(false),
        recording: None,
    };
    stage.register(Connection { source, ..page(1) });
    let alert = stage.sell();
    stage.wait(secs(1));
    stage.started(1);
    stage.wait(secs(6));
    stage.finished(1);
    let now = stage.model.now;
    let proof = stage.alert(alert).proof.clone().unwrap();
    assert_eq!((proof.connection, proof.overlay), (Some(con(1)), Some(page(1).overlay)));
    assert_eq!((proof.started, proof.finished), (Some(now - secs(6)), Some(now)));
    let said = (proof.active, proof.visible, proof.streaming, proof.audio);
    assert_eq!(said, (Some(true), Some(true), Some(false), Some(true)));
}

#[test]
fn what_has_not_said_hello_to_this_channel_starts_nothing() {
    let mut stage = Stage::with_page();
    stage.sell();
    stage.say(99, Said::Started { audio: None });
    assert_eq!(stage.model.state.playing().unwrap().started, None);
}
