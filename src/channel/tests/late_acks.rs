//! Acknowledgements that come when their play is over.

use super::stage::{Stage, page, secs};
use crate::{
    alert::{AlertState, Reason},
    channel::{Input, Reply, Said},
    id::AlertId,
};

const STARTED: Said = Said::Started { audio: None };

#[test]
fn an_older_lease_is_stale_and_changes_nothing() {
    let mut stage = Stage::with_page();
    let first = stage.sell();
    let old = stage.newest();
    stage.failed(1);
    assert_eq!(stage.playing(), Some(first));
    let before = stage.model.clone();
    let kept = Said::Kept { started: true, finished: true, lost: false };
    for said in [STARTED, Said::Finished, kept, Said::Failed { reason: String::new() }] {
        assert_eq!(stage.say_of(1, old, said), Reply::StaleLease);
    }
    assert_eq!(
        (before.state, before.entries),
        (stage.model.state.clone(), stage.model.entries.clone())
    );
}

#[test]
fn a_lease_with_another_alert_is_stale() {
    let mut stage = Stage::with_page();
    stage.sell();
    let other = stage.sell();
    let lease = stage.newest().1;
    assert_eq!(stage.say_of(1, (other, lease), STARTED), Reply::StaleLease);
}

/// A play of the returned alert that nobody started, and that went back to the queue.
fn lapsed() -> (Stage, AlertId) {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    stage.wait(secs(5));
    assert_eq!(stage.end(alert), (AlertState::Queued, None));
    (stage, alert)
}

#[test]
fn late_started_takes_what_went_back_into_playing_again() {
    let (mut stage, alert) = lapsed();
    let lease = stage.newest();
    stage.started(1);
    assert_eq!((stage.playing(), stage.newest()), (Some(alert), lease));
    stage.finished(1);
    assert_eq!(stage.end(alert), (AlertState::Shown, Some(Reason::Finished)));
}

#[test]
fn late_finished_makes_what_went_back_shown() {
    let (mut stage, alert) = lapsed();
    stage.finished(1);
    assert_eq!(stage.end(alert), (AlertState::Shown, Some(Reason::Finished)));
    assert_eq!(stage.model.state.waiting, 0);
}

/// A play of the returned alert, missed as never started.
fn never_started() -> (Stage, AlertId) {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    (0..3).for_each(|_| stage.failed(1));
    assert_eq!(stage.end(alert), (AlertState::Missed, Some(Reason::NeverStarted)));
    (stage, alert)
}

#[test]
fn late_started_takes_never_started_into_playing_again() {
    let (mut stage, alert) = never_started();
    stage.started(1);
    assert_eq!((stage.playing(), stage.end(alert)), (Some(alert), (AlertState::Playing, None)));
}

#[test]
fn late_finished_makes_never_started_shown() {
    let (mut stage, alert) = never_started();
    stage.finished(1);
    assert_eq!(stage.end(alert), (AlertState::Shown, Some(Reason::Finished)));
}

#[test]
fn late_finished_makes_an_interrupted_one_shown() {
    for after_fail in [true, false] {
        let mut stage = Stage::with_page();
        let alert = stage.sell();
        stage.started(1);
        if after_fail {
            stage.failed(1);
        } else {
            stage.leave(1);
            stage.wait(secs(9));
        }
        assert_eq!(stage.alert(alert).state, AlertState::Interrupted);
        stage.say(2, STARTED);
        assert_eq!(stage.alert(alert).state, AlertState::Interrupted, "started alone does not");
        stage.say(2, Said::Kept { started: true, finished: true, lost: false });
        assert_eq!(stage.end(alert), (AlertState::Shown, Some(Reason::Finished)));
    }
}

#[test]
fn what_a_person_or_a_refund_ended_stays_ended_and_is_noted() {
    type End = fn(&mut Stage, AlertId);
    let ends: [(End, Reason); 3] = [
        (|stage, id| assert!(stage.apply(Input::Skip(Some(id))).is_ok()), Reason::Skipped),
        (|stage, _| stage.done(Input::Panic), Reason::Panic),
        (|stage, id| stage.refund(id, 1000), Reason::Refunded),
    ];
    for (end, reason) in ends {
        let mut stage = Stage::with_page();
        let alert = stage.sell();
        stage.started(1);
        end(&mut stage, alert);
        assert_eq!(stage.end(alert), (AlertState::Skipped, Some(reason)));
        stage.wait(secs(1));
        stage.finished(1);
        assert_eq!(stage.end(alert), (AlertState::Skipped, Some(reason)));
        let proof = stage.alert(alert).proof.clone().unwrap();
        assert_eq!(proof.finished, Some(stage.model.now), "kept beside its proof");
    }
}

#[test]
fn what_went_back_and_was_then_ended_by_a_person_stays_ended() {
    for input in [Input::Clear, Input::Panic, Input::Skip(None)] {
        let (mut stage, alert) = lapsed();
        let input = if matches!(input, Input::Skip(_)) { Input::Skip(Some(alert)) } else { input };
        assert!(stage.apply(input).is_ok());
        let end = stage.end(alert);
        assert_eq!(end.0, AlertState::Skipped);
        stage.started(1);
        stage.finished(1);
        assert_eq!((stage.end(alert), stage.playing()), (end, None));
    }
}

#[test]
fn shown_as_started_keeps_a_later_finished_beside_its_proof() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    stage.started(1);
    stage.wait(secs(9));
    stage.finished(1);
    assert_eq!(stage.end(alert), (AlertState::Shown, Some(Reason::Started)));
    assert!(stage.alert(alert).proof.as_ref().unwrap().finished.is_some());
}

#[test]
fn acknowledgements_kept_over_a_reconnect_count_before_it_is_registered() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    stage.leave(1);
    stage.say(2, Said::Kept { started: true, finished: false, lost: false });
    assert!(stage.model.state.playing().unwrap().started.is_some());
    stage.register(page(2));
    stage.finished(2);
    assert_eq!(stage.end(alert), (AlertState::Shown, Some(Reason::Finished)));
}
