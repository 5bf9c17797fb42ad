//! Whole histories, simulated: nodes that race for one channel, pages that follow the protocol (or
//! lie, or hang), people who click, sockets and nodes that die, events twice and out of order. Time
//! is a number, chance a seed: a history that breaks a promise can be run again.
//!
//! `TILLBELL_SEEDS=5000` runs more histories, `TILLBELL_SEED=123` only that one.

#[path = "../../src/channel/tests/model.rs"]
mod model;
mod node;
mod page;
mod random;
mod world;

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

// The model is also a test inside the crate, and finds the crate by this name in both.
use ::tillbell;
use world::World;

/// Histories run by default: some seconds of one core, unoptimised.
const SEEDS: u64 = 1000;

/// What happens in one history before its faults stop.
const STEPS: usize = 300;

fn number_in(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

/// Runs a history to its end; the kinds of card that it came to.
fn run(seed: u64) -> BTreeSet<&'static str> {
    let mut world = World::new(seed);
    for _ in 0..STEPS {
        world.step();
    }
    world.come_to_rest();
    world.check_what_became_of_it();
    world.cards()
}

#[test]
fn every_history_keeps_the_promises() {
    let seeds = match number_in("TILLBELL_SEED") {
        Some(seed) => seed..=seed,
        None => 1..=number_in("TILLBELL_SEEDS").unwrap_or(SEEDS),
    };
    let mut seen = BTreeSet::new();
    for seed in seeds.clone() {
        match catch_unwind(AssertUnwindSafe(|| run(seed))) {
            Ok(cards) => seen.extend(cards),
            Err(panic) => {
                eprintln!("again with: TILLBELL_SEED={seed} cargo test --test it sim");
                resume_unwind(panic);
            }
        }
    }
    // What no history came to was not tried.
    let all = ["combo", "digest", "one"];
    assert!(seeds.count() < 100 || all.iter().all(|card| seen.contains(card)), "{seen:?}");
}

#[test]
fn a_seed_is_one_history() {
    let history = |seed| {
        let mut world = World::new(seed);
        (0..STEPS).for_each(|_| world.step());
        world.come_to_rest();
        (world.model.state, world.model.entries)
    };
    assert!(history(7) == history(7));
    assert!(history(7) != history(8));
}
