//! An overlay page as contract §4 wants it, and some that are otherwise.

use serde_json::{Value, json};
use tillbell::{
    id::{AlertId, ConnectionId},
    position::Position,
    time::Timestamp,
};

/// What a page is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Character {
    /// As the contract says.
    Honest,
    /// So, but everything it says takes seconds.
    Late,
    /// It hangs: it neither draws nor says anything.
    Silent,
    /// It says what never was.
    Liar,
}

/// Acknowledgements and drawings remembered (contract §4).
const KEPT: usize = 64;

/// What a node tells a page.
#[derive(Clone, Debug)]
pub(super) enum Told {
    Play { alert: AlertId, showing: u32, lease: Position, duration_ms: u32 },
    Noted { lease: Position, finished: bool },
    Stale(Position),
    Stop(Position),
    Ping,
}

#[derive(Clone, Debug)]
struct Kept {
    alert: AlertId,
    lease: Position,
    finished: bool,
    lost: bool,
}

#[derive(Clone, Debug)]
struct Drawing {
    alert: AlertId,
    showing: u32,
    lease: Position,
    ends: Timestamp,
}

#[derive(Debug)]
pub(super) struct Page {
    pub(super) character: Character,
    pub(super) preview: bool,
    pub(super) connection: Option<ConnectionId>,
    /// Everything this browser ever drew, for the checks; a page itself remembers less.
    pub(super) drawn: Vec<(AlertId, u32)>,
    begun: Vec<(AlertId, u32)>,
    drawing: Option<Drawing>,
    acks: Vec<Kept>,
}

impl Page {
    pub(super) fn new(character: Character, preview: bool) -> Self {
        Self {
            character,
            preview,
            connection: None,
            drawn: vec![],
            begun: vec![],
            drawing: None,
            acks: vec![],
        }
    }

    /// The frame with which it greets.
    pub(super) fn hello(&self) -> String {
        let acks = self.acks.iter().map(|ack| {
            let Kept { alert, lease, finished, lost } = ack;
            json!({"alert_id": alert, "lease": lease, "started": true, "finished": finished, "lost": lost})
        });
        let mode = if self.preview { "preview" } else { "live" };
        json!({"type": "hello", "mode": mode, "acks": acks.collect::<Vec<_>>()}).to_string()
    }

    /// A frame arrived; what it answers.
    pub(super) fn receive(&mut self, told: &Told, now: Timestamp) -> Vec<Value> {
        if self.character == Character::Silent {
            return vec![];
        }
        match *told {
            Told::Ping => vec![json!({"type": "pong"})],
            Told::Play { alert, showing, lease, duration_ms } => {
                self.play((alert, showing), lease, duration_ms, now)
            }
            Told::Noted { lease, finished } => {
                self.acks.retain(|ack| ack.lease != lease || (ack.finished && !finished));
                vec![]
            }
            Told::Stale(lease) => {
                self.acks.retain(|ack| ack.lease != lease);
                vec![]
            }
            Told::Stop(lease) => {
                self.drawing.take_if(|drawing| drawing.lease == lease);
                vec![]
            }
        }
    }

    fn play(
        &mut self,
        what: (AlertId, u32),
        lease: Position,
        duration_ms: u32,
        now: Timestamp,
    ) -> Vec<Value> {
        let (alert, showing) = what;
        let mut frames = vec![self.say("started", alert, lease)];
        let draws_it = |d: &&mut Drawing| (d.alert, d.showing) == what;
        if !self.begun.contains(&what) {
            assert!(!self.drawn.contains(&what) || self.drawn.len() > KEPT, "drawn twice");
            self.begun.push(what);
            self.begun.drain(..self.begun.len().saturating_sub(KEPT));
            self.drawn.push(what);
            let ends = now + std::time::Duration::from_millis(duration_ms.into());
            self.drawing = Some(Drawing { alert, showing, lease, ends });
        } else if let Some(drawing) = self.drawing.as_mut().filter(draws_it) {
            drawing.lease = lease;
        } else {
            frames.push(self.say("finished", alert, lease));
        }
        frames
    }

    /// Says, and keeps, an acknowledgement.
    fn say(&mut self, kind: &str, alert: AlertId, lease: Position) -> Value {
        let finished = kind == "finished";
        match self.acks.iter_mut().find(|ack| ack.lease == lease) {
            Some(ack) => ack.finished |= finished,
            None => self.acks.push(Kept { alert, lease, finished, lost: false }),
        }
        self.acks.drain(..self.acks.len().saturating_sub(KEPT));
        json!({"type": kind, "alert_id": alert, "lease": lease})
    }

    /// When its drawing ends by itself.
    pub(super) fn drawing_ends(&self) -> Option<Timestamp> {
        self.drawing.as_ref().map(|drawing| drawing.ends)
    }

    /// Time passed; what it says.
    pub(super) fn tick(&mut self, now: Timestamp) -> Vec<Value> {
        let over = self.drawing.take_if(|drawing| drawing.ends <= now);
        over.map(|d| self.say("finished", d.alert, d.lease)).into_iter().collect()
    }

    /// The page is loaded again: what it drew is cut off, what it kept for the session is there.
    pub(super) fn reload(&mut self) {
        self.connection = None;
        if let Some(drawing) = self.drawing.take() {
            self.acks.retain(|ack| ack.lease != drawing.lease);
            let Drawing { alert, lease, .. } = drawing;
            self.acks.push(Kept { alert, lease, finished: false, lost: true });
        }
    }

    /// The clock that is told here jumped; the page's own did not.
    pub(super) fn clock_jumped(&mut self, jump: impl Fn(Timestamp) -> Timestamp) {
        if let Some(drawing) = &mut self.drawing {
            drawing.ends = jump(drawing.ends);
        }
    }

    /// Its browser ends, and another begins that knows nothing.
    pub(super) fn begin_anew(&mut self) {
        *self = Self::new(self.character, self.preview);
    }
}
