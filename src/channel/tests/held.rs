//! What a person has to approve: it waits, and says nothing before.

use std::time::Duration;

use serde_json::{Value, json};

use super::stage::{DAWN, Stage, sale};
use crate::{
    alert::{AlertState, HeldBecause, Reason},
    channel::{EntryType, Input, NewSale, Refusal, Verdict, What},
    id::AlertId,
};

impl Stage {
    /// What all entries and, if it plays, the overlays say of the only alert's buyer and message.
    fn words_outside(&self, id: AlertId) -> Vec<(Value, Value)> {
        let drawn = serde_json::to_value(self.alert(id).wire(true)).unwrap();
        let told = self.model.entries.iter().map(|entry| entry.data["alert"].clone());
        let words = |alert: Value| (alert["buyer"]["name"].clone(), alert["message"].clone());
        let mut words: Vec<_> =
            told.filter(|alert| !alert.is_null()).chain([drawn]).map(words).collect();
        words.dedup();
        words
    }
}

const NOTHING: fn() -> Vec<(Value, Value)> = || vec![(json!("Someone"), json!(null))];

#[test]
fn it_is_held_as_it_arrives_and_says_why() {
    let mut stage = Stage::with_page();
    let held = stage.hold();
    assert_eq!(stage.alert(held).state, AlertState::Held);
    assert_eq!(stage.log(), [EntryType::Sale, EntryType::AlertHeld]);
    assert_eq!(stage.model.entries[1].data["held_for"], "words");
    assert_eq!((stage.playing(), stage.model.state.waiting), (None, 0));
    assert_eq!(stage.total(), (1000, 1), "it is a sale all the same");
    assert_eq!(stage.words_outside(held), NOTHING());
}

#[test]
fn its_words_go_out_only_once_a_person_has_approved_them() {
    let mut stage = Stage::with_page();
    let held = stage.hold();
    assert!(stage.apply(Input::Approve(held, Verdict::Full)).is_ok());
    assert_eq!(stage.playing(), Some(held));
    let words = (json!("mika"), json!({ "text": "hello" }));
    assert_eq!(stage.words_outside(held), [NOTHING().remove(0), words]);
}

#[test]
fn whatever_ends_it_without_approval_keeps_its_words() {
    type End = fn(&mut Stage, AlertId);
    let ends: [(End, AlertState, Reason); 5] = [
        (|stage, id| stage.refund(id, 1000), AlertState::Skipped, Reason::Refunded),
        (|stage, _| stage.wait(Duration::from_hours(24)), AlertState::Missed, Reason::NotDecided),
        (
            |stage, id| assert!(stage.apply(Input::Approve(id, Verdict::Silent)).is_ok()),
            AlertState::Silent,
            Reason::Moderator,
        ),
        (
            |stage, id| assert!(stage.apply(Input::Reject(id)).is_ok()),
            AlertState::Rejected,
            Reason::Rejected,
        ),
        (
            |stage, id| assert!(stage.apply(Input::Skip(Some(id))).is_ok()),
            AlertState::Skipped,
            Reason::Skipped,
        ),
    ];
    for (end, state, reason) in ends {
        let mut stage = Stage::with_page();
        let held = stage.hold();
        end(&mut stage, held);
        assert_eq!(stage.end(held), (state, Some(reason)));
        assert_eq!(stage.words_outside(held), NOTHING(), "{reason:?}");
        // Nor does a replay tell them.
        let replayed = stage.apply(Input::Replay(held)).is_ok();
        assert_eq!(stage.playing().is_some(), replayed);
        assert_eq!(stage.words_outside(held), NOTHING(), "{reason:?}");
    }
}

#[test]
fn what_was_refunded_is_not_approved() {
    let mut stage = Stage::with_page();
    let held = stage.hold();
    assert!(stage.apply(Input::Reject(held)).is_ok());
    stage.refund(held, 1000);
    assert_eq!(stage.apply(Input::Approve(held, Verdict::Full)), Err(Refusal::NotHeld));
    assert_eq!((stage.playing(), stage.model.state.waiting), (None, 0));
}

#[test]
fn what_comes_too_late_is_in_the_tray_and_keeps_its_words_there() {
    let mut stage = Stage::with_page();
    let created = DAWN - Duration::from_hours(2);
    let held_for = Some(HeldBecause::Words);
    let late = stage.tell(&[], What::Sale(NewSale { held_for, ..sale(1000, created) }));
    assert_eq!(stage.end(late), (AlertState::Missed, Some(Reason::TooLate)));
    assert!(stage.apply(Input::Replay(late)).is_ok());
    assert_eq!(stage.playing(), Some(late));
    assert_eq!(stage.words_outside(late), NOTHING());
}

#[test]
fn a_hidden_test_with_held_words_keeps_them_too() {
    let mut stage = Stage::with_page();
    let held_for = Some(HeldBecause::Words);
    let sale = NewSale { held_for, test: true, hidden: true, ..sale(1000, DAWN) };
    let id = stage.tell(&[], What::Sale(sale));
    assert_eq!(stage.end(id), (AlertState::Silent, Some(Reason::TestsHidden)));
    assert_eq!(stage.words_outside(id), NOTHING());
}
