//! An overlay that never gives up: it draws what it is given, once, and acknowledges that until it
//! is noted, at whatever node it is welcome.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use serde_json::{Value, json};

use crate::support::Page;

/// How often it looks whether it is to end, and how soon it tries another node.
const LOOK: Duration = Duration::from_millis(50);

#[derive(Default)]
struct Seen {
    welcomes: usize,
    /// How often each alert was drawn.
    drawn: BTreeMap<String, u32>,
}

/// See the module.
pub(super) struct Screen {
    seen: Arc<Mutex<Seen>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Screen {
    /// Opens the overlay of a key, at the first of these ports.
    pub(super) fn open(ports: &[u16], key: &str) -> Self {
        let (seen, stop) = (Arc::<Mutex<Seen>>::default(), Arc::<AtomicBool>::default());
        let mut screen =
            Drawing { seen: Arc::clone(&seen), stop: Arc::clone(&stop), ..Drawing::default() };
        let (ports, key) = (ports.to_vec(), key.to_owned());
        let thread = thread::spawn(move || {
            for port in ports.iter().cycle() {
                if screen.stop.load(Ordering::Relaxed) {
                    return;
                }
                if let Ok(page) = Page::try_with_key(*port, &key) {
                    screen.live(page);
                }
                thread::sleep(LOOK);
            }
        });
        Self { seen, stop, thread: Some(thread) }
    }

    /// How often it was welcomed.
    pub(super) fn welcomes(&self) -> usize {
        self.seen.lock().unwrap().welcomes
    }

    /// How many alerts it drew.
    pub(super) fn drawn(&self) -> usize {
        self.seen.lock().unwrap().drawn.len()
    }

    /// Closes it; how often it drew each alert.
    pub(super) fn close(&mut self) -> BTreeMap<String, u32> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
        std::mem::take(&mut self.seen.lock().unwrap().drawn)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Drawing {
    seen: Arc<Mutex<Seen>>,
    stop: Arc<AtomicBool>,
    /// Alerts and showings that were drawn.
    known: Vec<(String, u64)>,
    /// Acknowledgements that nobody noted yet, by lease.
    acks: BTreeMap<String, Value>,
}

impl Drawing {
    /// One connection, to its end.
    fn live(&mut self, mut page: Page) {
        let acks: Vec<&Value> = self.acks.values().collect();
        page.send(&json!({
            "type": "hello", "client": "test", "version": "1", "mode": "live", "acks": acks,
        }));
        while !self.stop.load(Ordering::Relaxed) {
            match page.next_within(LOOK) {
                None => {}
                Some(Ok(frame)) => self.handle(&mut page, &frame),
                Some(Err(_)) => return,
            }
        }
    }

    fn handle(&mut self, page: &mut Page, frame: &Value) {
        let lease = frame["lease"].as_str().unwrap_or_default();
        match frame["type"].as_str().unwrap() {
            "welcome" => self.seen.lock().unwrap().welcomes += 1,
            "ping" => page.send(&json!({ "type": "pong" })),
            "play" => self.play(page, frame),
            "noted" if frame["finished"] == true => drop(self.acks.remove(lease)),
            "stop" => drop(self.acks.remove(lease)),
            "error" if frame["code"] == "stale_lease" => drop(self.acks.remove(lease)),
            _ => {}
        }
    }

    fn play(&mut self, page: &mut Page, play: &Value) {
        let alert = play["alert"]["id"].as_str().unwrap().to_owned();
        let showing = (alert.clone(), play["showing"].as_u64().unwrap());
        if !self.known.contains(&showing) {
            self.known.push(showing);
            *self.seen.lock().unwrap().drawn.entry(alert.clone()).or_default() += 1;
        }
        let lease = play["lease"].as_str().unwrap().to_owned();
        page.ack("started", play);
        page.ack("finished", play);
        let ack = json!({ "alert_id": alert, "lease": lease, "started": true, "finished": true });
        self.acks.insert(lease, ack);
    }
}
