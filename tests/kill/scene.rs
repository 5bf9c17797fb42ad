//! A gateway's surroundings, which know its address only: Stripe, which delivers until it is told
//! 200, and the pages. They go on whatever becomes of the process.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Duration,
};

use serde_json::json;

use super::{
    books::Books,
    page::{Habits, Page},
    shop::{Event, Purchase},
    support::{Gateway, Random, sign, wait_for, within},
};

const SECRET: &str = "whsec_kill";

/// Deliveries at the same time.
const SELLERS: u64 = 6;

/// Between two deliveries of what was not accepted. Stripe takes longer.
const AGAIN: Duration = Duration::from_millis(20);

/// How long Stripe may still deliver when no more is bought. It would for three days.
const TOLD_WITHIN: Duration = Duration::from_mins(5);

/// How long what waits at the end may take: what nobody finishes takes its whole time.
const QUEUE_EMPTY_WITHIN: Duration = Duration::from_mins(3);

/// See the module.
pub(crate) struct Scene {
    pub(crate) books: Books,
    pub(crate) streamers: usize,
    pub(crate) seed: u64,
    /// Whether every tenth purchase is kept from the gateway and said to be answered 200, as one that
    /// forgets would do for all that anybody can see. Who looks for lost sales must find these.
    pub(crate) leaky: bool,
    port: u16,
    keys: Vec<String>,
    agent: ureq::Agent,
    /// How many purchases may be made, are made, and are told to the end.
    allowed: AtomicU64,
    next: AtomicU64,
    told: AtomicU64,
    over: AtomicBool,
}

/// A streamer's id.
pub(crate) fn streamer(number: usize) -> String {
    format!("s{number}")
}

impl Scene {
    /// Prepares a fresh gateway for so many streamers.
    pub(crate) fn new(gateway: &Gateway, streamers: usize, seed: u64) -> Self {
        let added = gateway.post("/api/v1/secrets", &json!({ "secret": SECRET }));
        assert_eq!(added.status, 201, "{added:?}");
        let keys = (0..streamers).map(|number| {
            let id = streamer(number);
            gateway.add_streamer(&id);
            let path = format!("/api/v1/streamers/{id}");
            let set = gateway.admin("PATCH", &path, Some(&json!({ "duration": "3s" })));
            assert_eq!(set.status, 200, "{set:?}");
            let secrets = format!("/api/v1/streamers/{id}/secrets");
            let added = gateway.post(&secrets, &json!({ "secret": SECRET }));
            assert_eq!(added.status, 201, "{added:?}");
            gateway.overlay_key(&id, "main")
        });
        let keys = keys.collect();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_idle_connections(0)
            .timeout_global(Some(Duration::from_secs(10)))
            .build()
            .into();
        Self {
            books: Books::default(),
            streamers,
            seed,
            leaky: false,
            port: gateway.port,
            keys,
            agent,
            allowed: AtomicU64::new(0),
            next: AtomicU64::new(0),
            told: AtomicU64::new(0),
            over: AtomicBool::new(false),
        }
    }

    /// Stripe and the pages do what they do until `deed` is done.
    pub(crate) fn around<T>(&self, habits: Habits, deed: impl FnOnce() -> T) -> T {
        thread::scope(|threads| {
            for (number, key) in (1..).zip(&self.keys) {
                let random = Random(self.seed ^ number);
                let page = Page::new(self.port, key.clone(), &self.books, habits, random);
                threads.spawn(|| page.live(&self.over));
            }
            (0..SELLERS).for_each(|_| drop(threads.spawn(|| self.sell())));
            // Also when the deed panics, or the others would go on for ever.
            let _end = EndOf(&self.over);
            deed()
        })
    }

    /// So many purchases are made in all from now on, as fast as it goes.
    pub(crate) fn allow(&self, purchases: u64) {
        self.allowed.store(purchases, Ordering::Relaxed);
    }

    /// Waits until all that were allowed are told to the end.
    pub(crate) fn wait_until_told(&self) {
        let all = || self.told.load(Ordering::Relaxed) >= self.allowed.load(Ordering::Relaxed);
        let told = within(TOLD_WITHIN, || all().then_some(()));
        assert!(told.is_some(), "Stripe still delivers");
    }

    fn sell(&self) {
        while !self.over.load(Ordering::Relaxed) {
            let allowed = self.allowed.load(Ordering::Relaxed);
            let next = |number| (number < allowed).then_some(number + 1);
            match self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
                Ok(number) => self.tell(number),
                Err(_) => thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    fn tell(&self, number: u64) {
        let mut random = Random::of_step(self.seed, number);
        let whose = random.index(self.streamers);
        let purchase = Purchase::new(number, &mut random);
        let deliveries = purchase.deliveries(&streamer(whose), &mut random);
        self.books.sell(number, whose, purchase);
        let swallowed = self.leaky && number.is_multiple_of(10);
        for event in deliveries {
            if swallowed {
                self.books.answer(&event, 200);
                continue;
            }
            while !self.over.load(Ordering::Relaxed) && self.deliver(&event) != 200 {
                thread::sleep(AGAIN);
            }
        }
        self.told.fetch_add(1, Ordering::Relaxed);
    }

    /// The answer's status, 0 for none.
    fn deliver(&self, event: &Event) -> u16 {
        let url = format!("http://127.0.0.1:{}{}", self.port, event.path);
        // Stripe signs each try anew.
        let signature = sign(event.body.as_bytes(), SECRET);
        let request = self.agent.post(&url).header("stripe-signature", signature);
        let status = request.send(&event.body).map_or(0, |answer| answer.status().as_u16());
        self.books.answer(event, status);
        status
    }
}

struct EndOf<'a>(&'a AtomicBool);

impl Drop for EndOf<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Waits until nothing waits or plays any more.
pub(crate) fn wait_until_all_ended(gateway: &Gateway, streamers: usize) {
    let queue =
        |number| gateway.get(&format!("/api/v1/streamers/{}/queue", streamer(number))).json();
    let busy = |number: usize| {
        let queue = queue(number);
        queue["length"] != 0 || !queue["playing"].is_null()
    };
    wait_for("every event to have its outcome", || {
        (gateway.get("/api/v1/status").json()["unsettled"] == 0).then_some(())
    });
    for number in 0..streamers {
        let emptied = within(QUEUE_EMPTY_WITHIN, || (!busy(number)).then_some(()));
        assert!(emptied.is_some(), "it still waits or plays: {}", queue(number));
    }
}
