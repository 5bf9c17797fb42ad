//! What people do to the queue.

use super::stage::{DAWN, Stage, page, sale, secs};
use crate::{
    alert::{AlertState, Buyer, Reason},
    channel::{EntryType, Event, Input, Refusal, Reply, Said, Verdict, Waiting, What},
    id::AlertId,
    position::Epoch,
};

#[test]
fn pause_lets_what_plays_end_and_starts_nothing() {
    let mut stage = Stage::with_page();
    let first = stage.sell();
    let second = stage.sell();
    stage.started(1);
    stage.done(Input::Pause);
    assert_eq!(stage.playing(), Some(first));
    stage.finished(1);
    assert_eq!((stage.playing(), stage.waiting()), (None, Some(Waiting::Paused)));
    stage.done(Input::Resume);
    assert_eq!(stage.playing(), Some(second));
}

#[test]
fn a_repeated_request_changes_nothing() {
    for input in [Input::Pause, Input::Mute, Input::Panic, Input::Clear] {
        let mut stage = Stage::with_page();
        stage.sell_many(3);
        assert!(stage.changes(input.clone()), "{input:?} does something");
        assert!(!stage.changes(input.clone()), "{input:?} again does not");
    }
    let mut stage = Stage::new();
    for input in [Input::Resume, Input::Unmute, Input::Clear] {
        assert!(!stage.changes(input.clone()), "{input:?} of what is not");
    }
}

#[test]
fn skip_ends_the_named_alert_waiting_or_playing() {
    let mut stage = Stage::with_page();
    let playing = stage.sell();
    let waiting = stage.sell();
    let last = stage.sell();
    for id in [waiting, playing] {
        assert_eq!(stage.apply(Input::Skip(Some(id))), Ok(Reply::Alert(id)));
        assert_eq!(stage.end(id), (AlertState::Skipped, Some(Reason::Skipped)));
    }
    assert_eq!(stage.playing(), Some(last));
}

#[test]
fn skip_of_an_ended_alert_is_fine_and_changes_nothing() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    stage.started(1);
    stage.finished(1);
    let before = stage.model.state.clone();
    assert_eq!(stage.apply(Input::Skip(Some(alert))), Ok(Reply::Alert(alert)));
    assert_eq!(stage.end(alert), (AlertState::Shown, Some(Reason::Finished)));
    assert_eq!(stage.model.state, before);
}

#[test]
fn skip_without_a_name_means_what_plays() {
    let mut stage = Stage::with_page();
    assert_eq!(stage.apply(Input::Skip(None)), Err(Refusal::NothingPlays));
    let alert = stage.sell();
    assert_eq!(stage.apply(Input::Skip(None)), Ok(Reply::Alert(alert)));
    assert_eq!(stage.apply(Input::Skip(None)), Err(Refusal::NothingPlays));
    let unknown = AlertId::from_u128(99);
    assert_eq!(stage.apply(Input::Skip(Some(unknown))), Err(Refusal::UnknownAlert));
}

#[test]
fn clear_skips_all_queued_and_leaves_what_plays_and_what_is_held() {
    let mut stage = Stage::with_page();
    let held = stage.hold();
    let playing = stage.sell();
    let queued = stage.sell();
    stage.done(Input::Clear);
    assert_eq!(stage.end(queued), (AlertState::Skipped, Some(Reason::Cleared)));
    assert_eq!(stage.alert(held).state, AlertState::Held);
    assert_eq!(stage.playing(), Some(playing));
}

#[test]
fn a_long_queue_is_cleared_over_several_commits() {
    let mut stage = Stage::new();
    stage.sell_many(70);
    stage.done(Input::Clear);
    assert_eq!(stage.model.state.waiting, 70 - 32);
    stage.register(page(1));
    assert_eq!(stage.playing(), None, "what was cleared never plays");
    let later = stage.sell();
    for _ in 0..3 {
        stage.tick();
    }
    assert_eq!(stage.playing(), Some(later), "what came after the clear stays");
    let skipped = stage.model.alerts.values().filter(|a| a.reason == Some(Reason::Cleared));
    assert_eq!(skipped.count(), 70);
}

#[test]
fn panic_ends_everything_pauses_and_mutes() {
    let mut stage = Stage::with_page();
    let playing = stage.sell();
    let queued = stage.sell();
    let held = stage.hold();
    stage.done(Input::Panic);
    for id in [playing, queued] {
        assert_eq!(stage.end(id), (AlertState::Skipped, Some(Reason::Panic)));
    }
    assert_eq!(stage.alert(held).state, AlertState::Held);
    let state = &stage.model.state;
    assert_eq!((state.paused, state.muted, state.panic), (true, true, true));
    let new = stage.sell();
    assert!(!stage.changes(Input::Panic), "the second to press it takes no new sale with it");
    assert_eq!(stage.alert(new).state, AlertState::Queued, "new sales wait");
    stage.done(Input::Resume);
    let state = &stage.model.state;
    assert_eq!((state.paused, state.muted, state.panic), (false, true, false));
    assert_eq!(stage.playing(), Some(new), "resume brings nothing back");
    stage.done(Input::Unmute);
    assert!(!stage.model.state.muted);
}

#[test]
fn every_change_of_the_queue_is_in_the_log_once() {
    let mut stage = Stage::new();
    let inputs = [Input::Pause, Input::Resume, Input::Mute, Input::Unmute, Input::Panic];
    for input in inputs {
        stage.done(input.clone());
        stage.done(input);
    }
    assert_eq!(stage.log(), vec![EntryType::QueueChanged; 5]);
}

#[test]
fn a_replay_plays_again_and_never_counts_as_a_sale() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    stage.started(1);
    stage.finished(1);
    assert_eq!(stage.apply(Input::Replay(alert)), Ok(Reply::Alert(alert)));
    let play = stage.model.state.playing().unwrap();
    assert_eq!((play.alert, play.replay, play.showing), (alert, true, 2));
    assert_eq!(stage.alert(alert).state, AlertState::Shown, "it keeps its state");
    assert_eq!(stage.total(), (1000, 1));
    let sales = stage.log().iter().filter(|what| **what == EntryType::Sale).count();
    assert_eq!(sales, 1);
}

#[test]
fn a_replay_ends_its_alert_only_as_shown() {
    for (input, end) in [
        (None, (AlertState::Shown, Reason::Finished)),
        (Some(Input::Skip(None)), (AlertState::Skipped, Reason::Skipped)),
        (Some(Input::Panic), (AlertState::Skipped, Reason::Skipped)),
    ] {
        let mut stage = Stage::with_page();
        let alert = stage.sell();
        assert!(stage.apply(Input::Skip(None)).is_ok());
        assert!(stage.apply(Input::Replay(alert)).is_ok());
        stage.started(1);
        match input {
            Some(input) => assert!(stage.apply(input).is_ok()),
            None => stage.finished(1),
        }
        assert_eq!(stage.end(alert), (end.0, Some(end.1)));
        assert_eq!(stage.playing(), None);
    }
}

#[test]
fn a_replay_enters_at_the_tail() {
    let mut stage = Stage::with_page();
    let first = stage.sell();
    let second = stage.sell();
    let third = stage.sell();
    assert!(stage.apply(Input::Skip(Some(first))).is_ok());
    assert!(stage.apply(Input::Replay(first)).is_ok());
    for next in [second, third, first] {
        assert_eq!(stage.playing(), Some(next));
        stage.started(1);
        stage.finished(1);
    }
}

#[test]
fn replays_that_cannot_be_are_refused() {
    let mut stage = Stage::new();
    let queued = stage.sell();
    assert_eq!(stage.apply(Input::Replay(queued)), Err(Refusal::NotEnded));
    let held = stage.hold();
    assert_eq!(stage.apply(Input::Replay(held)), Err(Refusal::NotEnded));
    assert!(stage.apply(Input::Reject(held)).is_ok());
    assert_eq!(stage.apply(Input::Replay(held)), Err(Refusal::Rejected));
    stage.refund(queued, 1000);
    assert_eq!(stage.apply(Input::Replay(queued)), Err(Refusal::Refunded));
    let waits = stage.sell();
    assert!(stage.apply(Input::Skip(Some(waits))).is_ok());
    assert!(stage.apply(Input::Replay(waits)).is_ok());
    assert_eq!(stage.apply(Input::Replay(waits)), Err(Refusal::ReplayWaiting));
    stage.register(page(1));
    assert_eq!(stage.playing(), Some(waits));
    assert_eq!(stage.apply(Input::Replay(waits)), Err(Refusal::ReplayWaiting), "it plays");
    let unknown = AlertId::from_u128(99);
    assert_eq!(stage.apply(Input::Replay(unknown)), Err(Refusal::UnknownAlert));
}

#[test]
fn of_many_replays_those_that_can_be_play_in_turn() {
    let mut stage = Stage::new();
    let missed: Vec<_> = (0..4).map(|_| stage.sell()).collect();
    stage.wait(stage.settings.missed_after);
    stage.refund(missed[1], 1000);
    assert!(stage.apply(Input::Replay(missed[2])).is_ok());
    let waits = stage.sell();
    let all = [&missed[..], &[waits, AlertId::from_u128(77)]].concat();
    assert_eq!(stage.apply(Input::ReplayAll(all.clone())), Ok(Reply::Replayed(2)));
    assert_eq!(stage.apply(Input::ReplayAll(all)), Ok(Reply::Replayed(0)));
    let order = |id: AlertId| stage.alert(id).spot.map(|spot| spot.order);
    assert!(order(missed[2]) < order(waits) && order(waits) < order(missed[0]));
    assert!(order(missed[0]) < order(missed[3]) && order(missed[1]).is_none());
}

#[test]
fn of_many_replays_none_is_of_what_was_seen_meanwhile() {
    let mut stage = Stage::with_page();
    let cut = stage.sell();
    stage.started(1);
    stage.leave(1);
    stage.wait(std::time::Duration::from_secs(9));
    assert_eq!(stage.end(cut), (AlertState::Interrupted, Some(Reason::OverlayGone)));
    // Its page comes back while somebody reads the tray.
    stage.say(2, Said::Kept { started: true, finished: true, lost: false });
    assert_eq!(stage.apply(Input::ReplayAll(vec![cut])), Ok(Reply::Replayed(0)));
    assert!(stage.apply(Input::Replay(cut)).is_ok(), "who names it means it");
}

#[test]
fn approval_enters_at_the_tail_as_the_person_chose() {
    for (verdict, name, message) in [
        (Verdict::Full, "mika", Some("hello")),
        (Verdict::NoMessage, "mika", None),
        (Verdict::Anonymous, Buyer::SOMEONE, None),
    ] {
        let mut stage = Stage::new();
        let held = stage.hold();
        stage.sell();
        stage.wait(std::time::Duration::from_hours(2));
        assert_eq!(stage.apply(Input::Approve(held, verdict)), Ok(Reply::Alert(held)));
        let alert = stage.alert(held);
        assert_eq!((&*alert.buyer.name, alert.message.as_deref()), (name, message));
        assert_eq!((alert.state, alert.spot.unwrap().order), (AlertState::Queued, 2));
        let again = stage.apply(Input::Approve(held, verdict));
        assert_eq!(again, Err(Refusal::NotHeld));
    }
}

#[test]
fn verdicts_that_show_nothing() {
    let mut stage = Stage::with_page();
    let held = stage.hold();
    assert!(stage.apply(Input::Approve(held, Verdict::Silent)).is_ok());
    assert_eq!(stage.end(held), (AlertState::Silent, Some(Reason::Moderator)));
    let held = stage.hold();
    assert!(stage.apply(Input::Reject(held)).is_ok());
    assert!(!stage.changes(Input::Reject(held)));
    assert_eq!(stage.end(held), (AlertState::Rejected, Some(Reason::Rejected)));
    assert!(stage.apply(Input::Approve(held, Verdict::Full)).is_ok());
    assert_eq!(stage.playing(), Some(held), "a rejected one can be approved");
    assert_eq!(stage.apply(Input::Reject(held)), Err(Refusal::NotHeld));
}

#[test]
fn what_waits_when_older_data_was_restored_goes_to_the_tray() {
    let mut stage = Stage::with_page();
    let playing = stage.sell();
    let queued = stage.sell();
    stage.started(1);
    stage.done(Input::Restored);
    assert_eq!(stage.end(playing), (AlertState::Interrupted, Some(Reason::OverlayGone)));
    assert_eq!(stage.end(queued), (AlertState::Missed, Some(Reason::Restored)));
}

#[test]
fn a_store_that_fell_back_begins_a_history_and_goes_on() {
    let mut stage = Stage::with_page();
    let playing = stage.sell();
    let queued = stage.sell();
    stage.started(1);
    stage.model.new_epoch = Some(Epoch(8));
    assert!(stage.changes(Input::Tick), "nobody must go on in the old one");
    assert_eq!((stage.model.state.epoch, stage.log()), (Epoch(8), vec![EntryType::QueueChanged]));
    stage.finished(1);
    assert_eq!(stage.end(playing), (AlertState::Shown, Some(Reason::Finished)));
    assert_eq!(stage.playing(), Some(queued));
}

#[test]
fn inputs_of_one_commit_see_each_other() {
    let mut stage = Stage::with_page();
    let event = stage.event(&[], What::Sale(sale(1000, DAWN)));
    let id = event.alert;
    let inputs = vec![Input::Event(event), Input::Skip(None), Input::Replay(id), Input::Pause];
    let replies = stage.apply_all(inputs);
    assert!(replies.iter().all(Result::is_ok), "{replies:?}");
    assert_eq!((stage.playing(), stage.alert(id).showing), (Some(id), 2));
    assert!(stage.model.state.paused);
}

#[test]
fn an_event_handed_in_twice_counts_once() {
    for ids in [vec![], vec![super::stage::session("cs_1")]] {
        let mut stage = Stage::new();
        let event: Event = stage.event(&ids, What::Sale(sale(1000, DAWN)));
        let id = event.alert;
        let twice = vec![Input::Event(event.clone()), Input::Event(event)];
        assert_eq!(stage.apply_all(twice), vec![Ok(Reply::Alert(id)); 2]);
        assert_eq!((stage.model.state.waiting, stage.total()), (1, (1000, 1)));
        assert_eq!(stage.model.settled.len(), 1);
    }
}

#[test]
fn a_waiting_alert_can_be_skipped_from_behind_the_head() {
    let mut stage = Stage::new();
    let alerts: Vec<_> = (0..40).map(|_| stage.sell()).collect();
    assert!(stage.apply(Input::Skip(Some(alerts[39]))).is_ok());
    assert_eq!(stage.alert(alerts[39]).state, AlertState::Skipped);
    stage.wait(secs(1));
    assert_eq!(stage.model.state.waiting, 39);
}
