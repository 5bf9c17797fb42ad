//! Whole histories, simulated: nodes that race for one channel, pages that follow the protocol (or
//! lie, or hang), people who click, sockets and nodes that die, power cuts, clocks that jump, events
//! twice and out of order. Time is a number, chance a seed: a history that breaks a promise is
//! shortened, and can be run again.
//!
//! `TILLBELL_SEEDS=50000` runs more histories, `TILLBELL_SEED=123` only that one, `TILLBELL_STEPS=4,17`
//! only these steps of it.

mod disk;
#[path = "../../src/channel/tests/model.rs"]
mod model;
mod node;
mod outside;
mod page;
mod shrink;
mod world;

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

// The model is also a test inside the crate, and finds the crate by this name in both.
use ::tillbell;
use world::World;

/// Histories run by default: a million steps, under a minute of one core, unoptimised.
const SEEDS: u64 = 3_334;

/// What happens in one history before its faults stop.
const STEPS: u64 = 300;

fn setting(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}

fn number(text: &str) -> u64 {
    text.trim().parse().expect("a number")
}

/// Runs a history to its end; the kinds of card that it came to.
fn run(seed: u64, steps: &[u64]) -> BTreeSet<&'static str> {
    let mut world = World::new(seed);
    steps.iter().for_each(|step| world.step(*step));
    world.come_to_rest();
    world.check_what_became_of_it();
    world.cards()
}

/// Runs a history that may fail.
fn attempt(seed: u64, steps: &[u64]) -> std::thread::Result<BTreeSet<&'static str>> {
    catch_unwind(AssertUnwindSafe(|| run(seed, steps)))
}

/// Runs a history; one that fails is shortened first.
fn run_or_shrink(seed: u64, steps: &[u64]) -> BTreeSet<&'static str> {
    let panic = match attempt(seed, steps) {
        Ok(cards) => return cards,
        Err(panic) => panic,
    };
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let fewer = shrink::shrink(steps.to_vec(), |steps| attempt(seed, steps).is_err());
    std::panic::set_hook(loud);
    let fewer: Vec<String> = fewer.iter().map(u64::to_string).collect();
    let fewer = fewer.join(",");
    eprintln!("again with: TILLBELL_SEED={seed} TILLBELL_STEPS={fewer} cargo test --test it sim");
    resume_unwind(panic);
}

#[test]
fn every_history_keeps_the_promises() {
    let seeds = match setting("TILLBELL_SEED") {
        Some(seed) => number(&seed)..=number(&seed),
        None => 1..=setting("TILLBELL_SEEDS").map_or(SEEDS, |seeds| number(&seeds)),
    };
    let steps: Vec<u64> = match setting("TILLBELL_STEPS") {
        Some(steps) => steps.split(',').map(number).collect(),
        None => (0..STEPS).collect(),
    };
    let seen: BTreeSet<_> = seeds.clone().flat_map(|seed| run_or_shrink(seed, &steps)).collect();
    // What no history came to was not tried.
    let all = ["combo", "digest", "one"];
    assert!(seeds.count() < 100 || all.iter().all(|card| seen.contains(card)), "{seen:?}");
}

#[test]
fn a_seed_is_one_history() {
    let history = |seed| {
        let mut world = World::new(seed);
        (0..STEPS).for_each(|step| world.step(step));
        world.come_to_rest();
        (world.model.state, world.model.entries)
    };
    assert!(history(7) == history(7));
    assert!(history(7) != history(8));
}

#[test]
fn a_disk_that_lies_is_found_out() {
    let history = |seed| {
        let mut world = World::new(seed);
        world.disk.lies = true;
        (0..STEPS).for_each(|step| world.step(step));
    };
    let found = |seed| catch_unwind(AssertUnwindSafe(|| history(seed))).is_err();
    assert!((1..=20).any(found), "it told what it did not keep, and nobody saw");
}
