//! The campaign of `tests/kill`, as much of it as is quick.

#[path = "../kill/books.rs"]
mod books;
#[path = "../kill/campaign.rs"]
mod campaign;
#[path = "../kill/page.rs"]
mod page;
#[path = "../kill/scene.rs"]
mod scene;
#[path = "../kill/shop.rs"]
mod shop;
#[path = "../kill/verdict.rs"]
mod verdict;

use crate::support;
use std::time::Duration;

use campaign::{Campaign, HASTY};
use page::Habits;

#[track_caller]
fn assert_good(what: &str, campaign: &Campaign) {
    let (forgotten, verdict) = (campaign.forgotten, &campaign.verdict);
    assert!(campaign.is_good(), "{what}: {forgotten} forgotten, {verdict:?}");
}

#[test]
fn twenty_kills_lose_nothing_and_show_nothing_twice() {
    let habits = Habits { reloaded_after: None, ..HASTY };
    let campaign = campaign::at_random(20, 100, habits, false, 1);
    assert_good("kills", &campaign);
    assert_eq!(campaign.scene.books.seen().sales().len(), 100);
}

/// A run that finds nothing says little unless it finds what is there.
#[test]
fn sales_that_were_answered_and_are_not_there_are_found_out() {
    let campaign = campaign::at_random(3, 40, HASTY, true, 1);
    assert!(campaign.forgotten > 0 && !campaign.is_good(), "{:?}", campaign.verdict);
    assert!(campaign.verdict.lost > 0, "{:?}", campaign.verdict);
}

#[test]
fn a_death_at_any_point_of_a_sales_path_loses_nothing_and_shows_nothing_twice() {
    for point in tillbell::fault::POINTS.into_iter().chain(["answered"]) {
        assert_good(point, &campaign::at(point, 1, 1));
    }
}

#[test]
fn pages_that_are_reloaded_all_the_time_show_nothing_twice() {
    let campaign = campaign::reloads(3, Duration::from_millis(200), 1);
    assert_good("reloads", &campaign);
    assert!(campaign.scene.books.seen().reloads > 50);
}

#[test]
fn restarts_lose_nothing_and_show_nothing_twice() {
    assert_good("restarts", &campaign::restarts(2, 1));
}
