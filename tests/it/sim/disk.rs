//! A disk below the model of a store. What is written is in the system's memory, and outlives a
//! process; what is synced outlives a power cut. A power cut keeps of the rest what it likes, the
//! last of it torn, and a restart drops what is torn.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use tillbell::{
    channel::Event,
    id::EventId,
    store::{Change, Committed, Token},
};

use super::model::Model;
use crate::support::Random;

/// What a record takes on this disk: its number, something that stands for its content, a checksum.
const RECORD: usize = 32;

/// What is written in one piece.
#[derive(Clone, Debug)]
pub(super) enum Record {
    Accept(Box<Event>),
    Commit(Token, Box<Change>),
}

/// How a write is known until it is synced.
pub(super) type Ticket = u64;

#[derive(Default)]
pub(super) struct Disk {
    bytes: Vec<u8>,
    synced: usize,
    next: Ticket,
    /// Written, not synced: the model does not have it yet.
    pending: VecDeque<(Ticket, Record)>,
    done: BTreeMap<Ticket, Committed>,
    pub(super) accepted: Vec<Event>,
    known: BTreeSet<EventId>,
    /// It says that it has synced, and has not: to see that a loss is seen.
    pub(super) lies: bool,
}

impl Disk {
    pub(super) fn write(&mut self, record: Record) -> Ticket {
        self.next += 1;
        let mut bytes = self.next.to_le_bytes().to_vec();
        bytes.resize(RECORD - 8, 0xab);
        bytes.extend(checksum(&bytes));
        self.bytes.extend(bytes);
        self.pending.push_back((self.next, record));
        self.next
    }

    /// All that is written is durable from now on, and done.
    pub(super) fn sync(&mut self, model: &mut Model) {
        if !self.lies {
            self.synced = self.bytes.len();
        }
        while let Some((ticket, record)) = self.pending.pop_front() {
            let committed = self.replay(record, model);
            self.done.insert(ticket, committed);
        }
        // What is synced needs no place here: it is in the model.
        self.bytes.drain(..self.synced);
        self.synced = 0;
    }

    /// What became of a write, once it is synced.
    pub(super) fn outcome(&mut self, ticket: Ticket) -> Option<Committed> {
        self.done.remove(&ticket)
    }

    pub(super) fn has_accepted(&self, event: &EventId) -> bool {
        self.known.contains(event)
    }

    /// All processes died. What was written stays, but for a record that was only half written.
    pub(super) fn process_crash(&mut self, model: &mut Model, random: &mut Random) {
        if random.chance(30) {
            self.bytes.truncate(self.bytes.len().saturating_sub(1 + random.index(RECORD)));
        }
        self.recover(model);
    }

    /// The power went. Of what was not synced some is there, and its last piece is rubbish.
    pub(super) fn power_cut(&mut self, model: &mut Model, random: &mut Random) {
        let unsynced = self.bytes.len() - self.synced;
        self.bytes.truncate(self.synced + random.index(unsynced + 1));
        if let Some(last) = self.bytes[self.synced..].last_mut() {
            *last ^= 0x55;
        }
        self.recover(model);
    }

    /// Reads what is there, up to the first record that is torn.
    fn recover(&mut self, model: &mut Model) {
        let records = self.bytes.chunks(RECORD);
        let whole = records.take_while(|r| r.len() == RECORD && r[24..] == checksum(&r[..24]));
        let last = whole.last().map(|record| u64::from_le_bytes(record[..8].try_into().unwrap()));
        let found = |ticket: Ticket| last.is_some_and(|last| ticket <= last);
        if self.lies && self.next > 0 && !found(self.next) {
            // It had told more than it kept: what it told last is gone.
            if let Some(event) = self.accepted.pop() {
                self.known.remove(&event.id);
            }
        }
        while let Some((ticket, record)) = self.pending.pop_front() {
            if found(ticket) {
                self.replay(record, model);
            }
        }
        self.done.clear();
        self.bytes.clear();
        self.synced = 0;
    }

    fn replay(&mut self, record: Record, model: &mut Model) -> Committed {
        match record {
            Record::Accept(event) => {
                if self.known.insert(event.id.clone()) {
                    self.accepted.push(*event);
                }
                Committed::Done
            }
            Record::Commit(token, change) => model.commit(token, *change),
        }
    }
}

fn checksum(bytes: &[u8]) -> [u8; 8] {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish().to_le_bytes()
}
