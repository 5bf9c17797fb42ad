//! The goal: which sales count, and what is told of it.

use serde_json::json;

use super::stage::{DAWN, Stage, sale, usd};
use crate::{
    channel::{EntryType, NewSale},
    money::Money,
    settings::{Goal, Target},
};

fn goal(title: &str, target: Target) -> Option<Goal> {
    Some(Goal { title: title.into(), target })
}

fn mic(minor: i64) -> Option<Goal> {
    goal("New mic", Target::Amount(usd(minor)))
}

impl Stage {
    /// What counts so far, and whether it was reached.
    fn goal(&self) -> (i64, bool) {
        let progress = self.model.state.goal.as_ref().expect("there is a goal");
        (progress.done, progress.reached)
    }

    fn told(&self, what: EntryType) -> Vec<&serde_json::Value> {
        let entries = self.model.entries.iter().filter(|entry| entry.what == what);
        entries.map(|entry| &entry.data["goal"]).collect()
    }
}

#[test]
fn sales_count_from_when_it_was_set_and_refunds_take_back() {
    let mut stage = Stage::new();
    let before = stage.sell();
    stage.set_goal(mic(2500));
    assert_eq!(stage.goal(), (0, false));
    let first = stage.sell();
    stage.refund(before, 1000);
    assert_eq!(stage.goal(), (1000, false), "what was sold before neither counts nor takes back");
    stage.refund(first, 400);
    assert_eq!(stage.goal(), (600, false));
    stage.sell_test();
    let foreign = Money { currency: "eur".parse().unwrap(), ..usd(9000) };
    stage.sell_as(NewSale { amount: Some(foreign), ..sale(0, DAWN) });
    assert_eq!(stage.goal(), (600, false), "neither tests nor another currency");
}

#[test]
fn orders_count_in_any_currency_until_they_went_back_in_full() {
    let mut stage = Stage::new();
    stage.set_goal(goal("Ten orders", Target::Orders(10)));
    let dollars = stage.sell();
    let foreign = Money { currency: "eur".parse().unwrap(), ..usd(9000) };
    stage.sell_as(NewSale { amount: Some(foreign), ..sale(0, DAWN) });
    stage.refund(dollars, 400);
    assert_eq!(stage.goal(), (2, false));
    stage.refund(dollars, 1000);
    assert_eq!(stage.goal(), (1, false));
}

#[test]
fn it_is_told_at_each_step_and_reached_once() {
    let mut stage = Stage::new();
    stage.set_goal(mic(1500));
    let first = stage.sell();
    stage.sell();
    stage.refund(first, 1000);
    stage.sell();
    let percents: Vec<_> =
        stage.told(EntryType::GoalProgress).iter().map(|goal| goal["percent"].clone()).collect();
    assert_eq!(percents, [0, 66, 133, 66, 133]);
    let reached = stage.told(EntryType::GoalReached);
    let [once] = *reached else { panic!("{reached:?}") };
    let money = |minor: i64| serde_json::to_value(usd(minor).wire()).unwrap();
    let amount = json!({ "target": money(1500), "done": money(2000) });
    assert_eq!(
        *once,
        json!({ "title": "New mic", "percent": 133, "reached": true, "amount": amount })
    );
}

#[test]
fn another_target_goes_on_and_another_title_or_unit_begins_anew() {
    let mut stage = Stage::new();
    stage.set_goal(mic(1000));
    stage.sell();
    assert_eq!(stage.goal(), (1000, true));
    stage.set_goal(mic(5000));
    assert_eq!(stage.goal(), (1000, false), "not yet reached any more");
    stage.set_goal(mic(800));
    assert_eq!(stage.goal(), (1000, true), "at once");
    stage.set_goal(goal("New mic", Target::Orders(5)));
    assert_eq!(stage.goal(), (0, false));
    stage.sell();
    stage.set_goal(None);
    assert_eq!(stage.model.state.goal, None);
    assert_eq!(stage.told(EntryType::GoalProgress).last(), Some(&&json!(null)));
    stage.set_goal(goal("New mic", Target::Orders(5)));
    assert_eq!(stage.goal(), (0, false), "set again, it begins at nothing");
}

#[test]
fn who_believes_in_older_settings_brings_no_goal_back() {
    let mut stage = Stage::new();
    stage.set_goal(mic(1000));
    let old = stage.settings.clone();
    stage.set_goal(goal("Cake", Target::Orders(5)));
    let new = std::mem::replace(&mut stage.settings, old);
    stage.sell();
    assert_eq!(stage.goal(), (1, false), "it counts towards the newer one all the same");
    stage.settings = new;
    stage.sell();
    assert_eq!(stage.goal(), (2, false));
    assert_eq!(stage.told(EntryType::GoalProgress).len(), 4);
}
