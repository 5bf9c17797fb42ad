//! Kills at random moments, kills at each point of a sale's path, and restarts as an update does
//! them.

use std::{sync::Arc, thread, time::Duration};

use super::{
    page::Habits,
    scene::{Scene, wait_until_all_ended},
    support::{Gateway, Random, Setup, wait_for},
    verdict::Verdict,
};

const STREAMERS: usize = 8;

/// How long a process lives before it is killed, at most.
const LIFE_MS: u64 = 500;

/// Pages that hurry and are reloaded often, so that much happens between two kills.
pub(crate) const HASTY: Habits = Habits {
    drawing: Duration::from_millis(30),
    back_within: Duration::from_millis(60),
    reloaded_after: Some(Duration::from_secs(4)),
};

/// What came of a campaign.
pub(crate) struct Campaign {
    pub(crate) scene: Scene,
    pub(crate) verdict: Verdict,
    /// Events answered 200 that were unknown right after the kill that followed.
    pub(crate) forgotten: usize,
}

impl Campaign {
    pub(crate) fn is_good(&self) -> bool {
        self.forgotten == 0 && self.verdict.is_good()
    }
}

/// Kills the process again and again while sales flow.
pub(crate) fn at_random(
    kills: u32,
    sales: u64,
    habits: Habits,
    leaky: bool,
    seed: u64,
) -> Campaign {
    let mut gateway = Gateway::start();
    let mut scene = Scene::new(&gateway, STREAMERS, seed);
    scene.leaky = leaky;
    let mut random = Random(seed);
    let mut forgotten = 0;
    gateway = scene.around(habits, || {
        for kill in 1..=kills {
            scene.allow(sales * u64::from(kill) / u64::from(kills));
            thread::sleep(Duration::from_millis(random.below(LIFE_MS)));
            gateway = gateway.kill_and_restart();
            forgotten += count_unknown(&gateway, &scene);
            if kill % 100 == 0 {
                println!("{kill} kills, {} sales told", scene.books.seen().sold.len());
            }
        }
        scene.wait_until_told();
        wait_until_all_ended(&gateway, STREAMERS);
        gateway
    });
    let verdict = Verdict::of(&gateway, &scene);
    Campaign { scene, verdict, forgotten }
}

/// Lets the process die when it comes to this point for the nth time; `answered` is no point of its
/// own: it is killed as soon as a 200 is here.
pub(crate) fn at(point: &str, nth: u32, seed: u64) -> Campaign {
    let fault = ("TILLBELL_FAULT".to_owned(), format!("{point}:{nth}"));
    let mut gateway = Gateway::start_with(Setup { env: vec![fault], ..Setup::default() });
    let scene = Scene::new(&gateway, 1, seed);
    let mut forgotten = 0;
    gateway = scene.around(Habits { reloaded_after: None, ..HASTY }, || {
        scene.allow(4);
        if point == "answered" {
            wait_for("an answer", || (!scene.books.seen().accepted.is_empty()).then_some(()));
        } else {
            wait_for(&format!("the end at {point}"), || gateway.has_ended().then_some(()));
        }
        gateway.kill();
        let (data, port) = (Some(Arc::clone(&gateway.data)), Some(gateway.port));
        let again = Gateway::start_with(Setup { data, port, ..Setup::default() });
        forgotten = count_unknown(&again, &scene);
        scene.wait_until_told();
        wait_until_all_ended(&again, 1);
        again
    });
    let verdict = Verdict::of(&gateway, &scene);
    Campaign { scene, verdict, forgotten }
}

/// Restarts while sales flow, at the pace of a good evening.
pub(crate) fn restarts(times: u32, seed: u64) -> Campaign {
    let habits = Habits {
        drawing: Duration::from_millis(300),
        back_within: Duration::from_secs(1),
        reloaded_after: None,
    };
    let mut gateway = Gateway::start();
    let scene = Scene::new(&gateway, STREAMERS, seed);
    let mut random = Random(seed);
    gateway = scene.around(habits, || {
        let mut sales = 0;
        for _ in 0..times {
            // Four seconds of life, two sales a second.
            for _ in 0..8 {
                sales += 1;
                scene.allow(sales);
                thread::sleep(Duration::from_millis(random.below(1_000)));
            }
            let (data, port) = (Some(Arc::clone(&gateway.data)), Some(gateway.port));
            assert!(gateway.stop().success());
            gateway = Gateway::start_with(Setup { data, port, ..Setup::default() });
        }
        scene.wait_until_told();
        wait_until_all_ended(&gateway, STREAMERS);
        gateway
    });
    let verdict = Verdict::of(&gateway, &scene);
    Campaign { scene, verdict, forgotten: 0 }
}

/// Reloads every page again and again while sales flow, so many seconds long.
pub(crate) fn reloads(seconds: u64, every: Duration, seed: u64) -> Campaign {
    let gateway = Gateway::start();
    let scene = Scene::new(&gateway, STREAMERS, seed);
    let habits = Habits { reloaded_after: Some(every), drawing: every / 10, ..HASTY };
    scene.around(habits, || {
        for quarter in 1..=4 * seconds {
            scene.allow(quarter);
            thread::sleep(Duration::from_millis(250));
        }
        scene.wait_until_told();
        wait_until_all_ended(&gateway, STREAMERS);
    });
    let verdict = Verdict::of(&gateway, &scene);
    Campaign { scene, verdict, forgotten: 0 }
}

/// How many of the events that were answered 200 since the last look the gateway does not know.
fn count_unknown(gateway: &Gateway, scene: &Scene) -> usize {
    let known = |event: &String| gateway.get(&format!("/api/v1/why/{event}")).status == 200;
    scene.books.take_fresh().iter().filter(|event| !known(event)).count()
}
