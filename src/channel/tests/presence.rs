//! Who is present among several overlays, and what is said of what waits for them.

use super::stage::{Stage, con, page, secs};
use crate::{
    alert::{AlertState, Reason},
    channel::{Input, Waiting},
    connection::{Connection, SourceState},
    settings::WhenInactive,
};

/// A page of which OBS said whether its source is active, and whether it streams.
fn source(number: u128, active: Option<bool>, streaming: Option<bool>) -> Connection {
    let source = SourceState { active, streaming, ..SourceState::default() };
    Connection { source, ..page(number) }
}

fn says(stage: &mut Stage, number: u128, streaming: bool) {
    let connection = stage.model.connections.get_mut(&con(number)).unwrap();
    connection.source.streaming = Some(streaming);
    stage.tick();
}

fn leader(stage: &Stage) -> Option<u128> {
    stage.model.state.playing().map(|play| play.leader.as_u128())
}

#[test]
fn waiting_says_why_nothing_plays() {
    let mut stage = Stage::new();
    stage.settings.hold_until_live = true;
    assert_eq!(stage.waiting(), None, "nothing waits");
    let alert = stage.sell();
    assert_eq!(stage.waiting(), Some(Waiting::Present));
    stage.register(source(1, Some(false), Some(true)));
    assert_eq!(stage.waiting(), Some(Waiting::Active));
    stage.register(source(1, Some(true), Some(false)));
    assert_eq!(stage.waiting(), Some(Waiting::Live));
    stage.done(Input::Pause);
    says(&mut stage, 1, true);
    assert_eq!(stage.waiting(), Some(Waiting::Paused));
    stage.done(Input::Resume);
    assert_eq!((stage.playing(), stage.waiting()), (Some(alert), None));
    stage.sell();
    assert_eq!(stage.waiting(), None, "something plays");
}

#[test]
fn held_until_live_only_who_says_streaming_is_present() {
    let mut stage = Stage::new();
    stage.settings.hold_until_live = true;
    let first = stage.sell();
    stage.register(source(1, Some(true), None));
    stage.register(source(2, Some(true), Some(false)));
    assert_eq!(stage.playing(), None, "neither says that it streams");
    stage.register(source(3, None, Some(true)));
    assert_eq!((stage.playing(), leader(&stage)), (Some(first), Some(3)), "not the older ones");
    stage.started(1);
    assert_eq!(stage.model.state.play.as_ref().unwrap().started, None, "nor do they start it");
    stage.started(3);
    let second = stage.sell();
    says(&mut stage, 3, false);
    stage.finished(3);
    assert_eq!(
        stage.end(first),
        (AlertState::Shown, Some(Reason::Finished)),
        "it plays to its end"
    );
    assert_eq!((stage.playing(), stage.waiting()), (None, Some(Waiting::Live)));
    says(&mut stage, 1, true);
    assert_eq!((stage.playing(), leader(&stage)), (Some(second), Some(1)));
}

#[test]
fn who_waits_for_the_stream_waits_no_longer_than_others() {
    let mut stage = Stage::new();
    stage.settings.hold_until_live = true;
    let alert = stage.sell();
    stage.register(source(1, Some(true), Some(false)));
    stage.wait(stage.settings.missed_after);
    assert_eq!(stage.end(alert), (AlertState::Missed, Some(Reason::NobodyPresent)));
    assert!(stage.alert(alert).can_be_made_good(), "and is in the tray");
}

#[test]
fn one_active_source_is_enough_and_leads() {
    let mut stage = Stage::new();
    stage.register(source(1, Some(false), None));
    let alert = stage.sell();
    assert_eq!(stage.playing(), None);
    stage.register(source(2, Some(true), None));
    assert_eq!((stage.playing(), leader(&stage)), (Some(alert), Some(2)));
    stage.settings.when_inactive = WhenInactive::Play;
    stage.finished(2);
    stage.sell();
    assert_eq!(leader(&stage), Some(2), "not inactive comes first, also if it need not be");
    stage.leave(2);
    stage.wait(secs(9));
    assert_eq!(leader(&stage), Some(1));
}

#[test]
fn of_what_is_unknown_nothing_is_held_against_a_page() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    assert_eq!(stage.playing(), Some(alert), "OBS said nothing: not inactive");
}

#[test]
fn what_was_cut_off_is_not_shown_again_by_itself_and_is_one_click_away() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    stage.started(1);
    stage.leave(1);
    stage.wait(secs(9));
    assert_eq!(stage.end(alert), (AlertState::Interrupted, Some(Reason::OverlayGone)));
    stage.register(page(2));
    stage.wait(secs(3600));
    assert_eq!(stage.playing(), None);
    assert!(stage.alert(alert).can_be_made_good());
    assert!(stage.apply(Input::ReplayAll(vec![alert])).is_ok());
    assert_eq!(stage.playing(), Some(alert));
}
