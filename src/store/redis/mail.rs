//! Directed messages to connections of other nodes. A letter is put into the box of the connection's
//! node and that node told; its answer comes the same way.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::{sync::oneshot, time::timeout};

use super::{
    bus::Line,
    call::{Call, lua},
    names,
    row::{random, to_json},
};
use crate::{
    connection::Connection,
    id::{ConnectionId, NodeId},
    store::{Direct, Directed, Mailbox, StoreError},
    time::Timestamp,
};

lua!(POST, "post");
lua!(FETCH, "fetch");

/// How long a sender waits for the answer (contract of the store).
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// Letters one node's box holds; a sender finds a full one like a node that does not answer.
const BOX_MAX: usize = 1000;

/// How long letters are kept.
const BOX_KEPT: Duration = Duration::from_secs(10);

/// Letters fetched at once.
const BATCH: usize = 100;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Letter {
    /// For a connection of the node that gets it. Not to be delivered after its deadline: the
    /// sender has given up.
    Question {
        ticket: u64,
        from: NodeId,
        to: ConnectionId,
        until: Timestamp,
        message: Option<Box<RawValue>>,
    },
    /// Whether the connection was there.
    Answer { ticket: u64, taken: bool },
}

/// Where a node writes and gets its letters.
#[derive(Default)]
pub(super) struct Desk {
    mailbox: OnceLock<Mailbox>,
    waiting: Mutex<HashMap<u64, oneshot::Sender<bool>>>,
}

impl Desk {
    pub(super) fn open(&self, mailbox: Mailbox) {
        let first = self.mailbox.set(mailbox).is_ok();
        debug_assert!(first, "a node has one mailbox");
    }

    fn deliver(&self, to: ConnectionId, message: Direct) -> Option<bool> {
        self.mailbox.get().map(|mailbox| mailbox(to, message))
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<bool>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a question off the list when its sender stops waiting.
struct Waiting<'a>(&'a Desk, u64);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting().remove(&self.1);
    }
}

const fn directed(taken: bool) -> Directed {
    if taken { Directed::Taken } else { Directed::Gone }
}

impl Line {
    /// Hands a message to a connection's node, and waits for its answer.
    pub(super) async fn direct(
        &self,
        to: &Connection,
        message: Direct,
    ) -> Result<Directed, StoreError> {
        if to.node == self.node {
            return Ok(self.desk.deliver(to.id, message).map_or(Directed::NoAnswer, directed));
        }
        let ticket = random()?;
        let (answer, answered) = oneshot::channel();
        self.desk.waiting().insert(ticket, answer);
        let _waiting = Waiting(&self.desk, ticket);
        let message = match message {
            Direct::Message(data) => Some(data),
            Direct::Close => None,
        };
        let until = self.link.clock.now() + ANSWER_WITHIN;
        let question = Letter::Question { ticket, from: self.node, to: to.id, until, message };
        if !self.post(to.node, &question).await? {
            return Ok(Directed::NoAnswer);
        }
        let answered = timeout(ANSWER_WITHIN, answered).await;
        Ok(answered.ok().and_then(Result::ok).map_or(Directed::NoAnswer, directed))
    }

    /// Puts a letter into a node's box; `false` if that is full.
    async fn post(&self, node: NodeId, letter: &Letter) -> Result<bool, StoreError> {
        let call = Call::new(&POST, [names::mail(node)])
            .arg(to_json(letter))
            .arg(BOX_MAX)
            .arg(BOX_KEPT.as_millis().to_string());
        let posted = self.link.run(&call).await?;
        self.ring(node);
        Ok(posted)
    }

    /// Fetches this node's letters, delivers and answers them.
    pub(super) async fn fetch(&self) -> Result<(), StoreError> {
        loop {
            let call = Call::new(&FETCH, [names::mail(self.node)]).arg(BATCH);
            let letters: Vec<String> = self.link.run(&call).await?;
            for letter in &letters {
                // What cannot be read is of a newer version: its sender gets no answer.
                match serde_json::from_str(letter) {
                    Ok(Letter::Question { ticket, from, to, until, message }) => {
                        if self.link.clock.now() > until {
                            continue;
                        }
                        let message = message.map_or(Direct::Close, Direct::Message);
                        if let Some(taken) = self.desk.deliver(to, message) {
                            self.post(from, &Letter::Answer { ticket, taken }).await?;
                        }
                    }
                    Ok(Letter::Answer { ticket, taken }) => {
                        let answer = self.desk.waiting().remove(&ticket);
                        let _gave_up = answer.map(|answer| answer.send(taken));
                    }
                    Err(_) => {}
                }
            }
            if letters.len() < BATCH {
                return Ok(());
            }
        }
    }
}
