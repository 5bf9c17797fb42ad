//! What is learnt of a sale after its alert was made.

use super::stage::Stage;
use crate::{
    alert::{AlertState, Item, Reason},
    channel::{EntryType, Input, Refusal, Reply},
    id::AlertId,
};

fn mugs() -> Vec<Item> {
    vec![Item { name: "Mug".into(), variant: None, quantity: 2, image: None }]
}

#[test]
fn what_waits_will_be_drawn_with_it() {
    let mut stage = Stage::with_page();
    let (first, second) = (stage.sell(), stage.sell());
    let reply = stage.apply(Input::Complete(second, mugs()));
    assert_eq!(reply, Ok(Reply::Done));
    assert_eq!(stage.log().last(), Some(&EntryType::AlertUpdated));
    assert_eq!((stage.playing(), stage.alert(second).items.clone()), (Some(first), mugs()));
    assert_eq!(stage.alert(second).state, AlertState::Queued);
}

#[test]
fn what_plays_or_has_ended_is_not_drawn_again() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    let play = stage.newest();
    stage.done(Input::Complete(alert, mugs()));
    assert_eq!((stage.playing(), stage.newest()), (Some(alert), play));
    stage.started(1);
    stage.finished(1);
    let more = vec![mugs().remove(0), mugs().remove(0)];
    stage.done(Input::Complete(alert, more.clone()));
    assert_eq!(stage.end(alert), (AlertState::Shown, Some(Reason::Finished)));
    assert_eq!((stage.playing(), stage.newest()), (None, play));
    assert_eq!(stage.alert(alert).items, more);
}

#[test]
fn what_is_known_already_changes_nothing() {
    let mut stage = Stage::with_page();
    let alert = stage.sell();
    assert!(!stage.changes(Input::Complete(alert, Vec::new())));
    assert!(stage.changes(Input::Complete(alert, mugs())));
    assert!(!stage.changes(Input::Complete(alert, mugs())));
    let unknown = Input::Complete(AlertId::from_u128(404), mugs());
    assert_eq!(stage.apply(unknown), Err(Refusal::UnknownAlert));
}
