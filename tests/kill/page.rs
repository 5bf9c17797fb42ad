//! An overlay page: it draws what it is given, once, acknowledges, keeps what is not noted, and comes
//! back. Sometimes somebody reloads it, and sometimes its browser dies and all it knew with it.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    books::{Books, Showing, now},
    support::{Page as Socket, Random},
};

/// How often a page looks whether its drawing has ended.
const LOOK: Duration = Duration::from_millis(5);

/// What a page remembers of drawings, as the contract says.
const REMEMBERED: usize = 64;

/// How a page lives.
#[derive(Clone, Copy)]
pub(crate) struct Habits {
    /// How long it draws: shorter than it may, since what is tested is what lies in between.
    pub(crate) drawing: Duration,
    /// It is back within this time when its socket broke.
    pub(crate) back_within: Duration,
    /// How long until it is reloaded, or its browser dies, again and again.
    pub(crate) reloaded_after: Option<Duration>,
}

pub(crate) struct Page<'a> {
    pub(crate) port: u16,
    pub(crate) key: String,
    pub(crate) books: &'a Books,
    pub(crate) habits: Habits,
    pub(crate) random: Random,
    begun: VecDeque<Showing>,
    drawing: Option<(Showing, Instant)>,
    acks: Vec<Ack>,
    reload_at: Option<Instant>,
}

struct Ack {
    showing: Showing,
    lease: String,
    finished: bool,
    lost: bool,
}

impl<'a> Page<'a> {
    pub(crate) fn new(
        port: u16,
        key: String,
        books: &'a Books,
        habits: Habits,
        random: Random,
    ) -> Self {
        let (begun, drawing, acks) = (VecDeque::new(), None, Vec::new());
        let reload_at = habits.reloaded_after.map(|after| now() + after);
        Self { port, key, books, habits, random, begun, drawing, acks, reload_at }
    }

    pub(crate) fn live(mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            let back = now() + self.connection(stop);
            while now() < back && !stop.load(Ordering::Relaxed) {
                thread::sleep(LOOK);
                self.finish();
                self.reload_if_time();
            }
        }
    }

    /// One connection, to its end; how long until the next.
    fn connection(&mut self, stop: &AtomicBool) -> Duration {
        let within = u64::try_from(self.habits.back_within.as_millis()).unwrap();
        let soon = Duration::from_millis(self.random.below(within));
        let Ok(mut socket) = Socket::try_with_key(self.port, &self.key) else { return soon };
        let acks = self.acks.iter().map(|ack| {
            let Ack { showing, lease, finished, lost } = ack;
            json!({
                "alert_id": showing.0, "lease": lease, "started": true, "finished": finished,
                "lost": lost,
            })
        });
        let acks: Vec<Value> = acks.collect();
        socket.send(&json!({
            "type": "hello", "client": "kill", "version": "1", "mode": "live", "acks": acks,
        }));
        while !stop.load(Ordering::Relaxed) {
            match socket.next_within(LOOK) {
                Some(Ok(frame)) if frame["type"] == "bye" => {
                    let after = frame["retry_after_ms"].as_u64().unwrap_or_default();
                    return soon + Duration::from_millis(after);
                }
                Some(Ok(frame)) => self.receive(&mut socket, &frame),
                Some(Err(_)) => return soon,
                None => {}
            }
            for (alert, lease) in self.finish() {
                socket.send(&json!({ "type": "finished", "alert_id": alert, "lease": lease }));
            }
            if self.reload_if_time() {
                return soon;
            }
        }
        soon
    }

    fn receive(&mut self, socket: &mut Socket, frame: &Value) {
        let lease = frame["lease"].as_str().unwrap_or_default();
        match frame["type"].as_str().unwrap_or_default() {
            "ping" => socket.send(&json!({ "type": "pong" })),
            "play" => self.play(socket, frame, lease),
            "noted" => {
                let Some(ack) = self.acks.iter().find(|ack| ack.lease == lease) else { return };
                self.books.note(&ack.showing, lease);
                let all = frame["finished"] == true;
                self.acks.retain(|ack| ack.lease != lease || !all);
            }
            "stop" => self.drawing = None,
            "error" if frame["code"] == "stale_lease" => {
                self.acks.retain(|ack| ack.lease != lease);
            }
            _ => {}
        }
    }

    fn play(&mut self, socket: &mut Socket, play: &Value, lease: &str) {
        let alert = play["alert"]["id"].as_str().unwrap_or_default();
        let showing = (alert.to_owned(), play["showing"].as_u64().unwrap_or_default());
        self.books.give(&showing, lease);
        if self.begun.contains(&showing) {
            self.books.seen().given_again += 1;
        } else {
            self.books.draw(&showing);
            self.begun.push_back(showing.clone());
            if self.begun.len() > REMEMBERED {
                self.begun.pop_front();
            }
            self.drawing = Some((showing.clone(), now() + self.habits.drawing));
        }
        socket.send(&json!({ "type": "started", "alert_id": alert, "lease": lease }));
        self.acks.push(Ack { showing, lease: lease.into(), finished: false, lost: false });
    }

    /// Notes what has been drawn to its end; alert and lease of each.
    fn finish(&mut self) -> Vec<(String, String)> {
        self.drawing.take_if(|(_, ends)| *ends <= now());
        let drawing = self.drawing.as_ref().map(|(showing, _)| showing);
        let ended = |ack: &&mut Ack| !ack.finished && !ack.lost && Some(&ack.showing) != drawing;
        let ended = self.acks.iter_mut().filter(ended).map(|ack| {
            ack.finished = true;
            (ack.showing.0.clone(), ack.lease.clone())
        });
        ended.collect()
    }

    /// The page is loaded again: what it drew is cut off; or its browser dies.
    fn reload_if_time(&mut self) -> bool {
        if self.reload_at.is_none_or(|at| now() < at) {
            return false;
        }
        self.reload_at = self.habits.reloaded_after.map(|after| now() + after);
        self.books.seen().reloads += 1;
        if let Some((showing, _)) = self.drawing.take() {
            self.acks.iter_mut().filter(|a| a.showing == showing).for_each(|a| a.lost = true);
        }
        if self.random.chance(20) {
            self.begun.clear();
            self.acks.clear();
        }
        true
    }
}
