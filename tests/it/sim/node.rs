//! A node: takes what was handed in, loads, applies; some time later writes; once that is synced it is
//! done, or another was faster and it does it all again.

use std::collections::VecDeque;

use tillbell::{
    channel::{Channel, Here, Input, Play, Refusal, Reply, Said},
    id::{ConnectionId, NodeId},
    settings::Settings,
    store::{Change, Committed, Names, Token},
    time::Timestamp,
};

use super::{
    disk::{Disk, Record, Ticket},
    model::{Model, assert_due_makes_progress},
};

#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) input: Input,
    /// The connection that gets an answer; whether its welcome waits for it.
    pub(super) page: Option<(ConnectionId, bool)>,
}

/// What a node knows after applying, to be shown once it is durable.
#[derive(Debug)]
pub(super) struct View {
    pub(super) now: Timestamp,
    /// The newest play.
    pub(super) play: Option<Play>,
    pub(super) passed_over: Vec<ConnectionId>,
}

#[derive(Debug)]
struct Turn {
    token: Token,
    change: Option<Box<Change>>,
    written: Option<Ticket>,
    jobs: Vec<Job>,
    replies: Vec<Result<Reply, Refusal>>,
    view: View,
}

/// A turn that is durable.
pub(super) struct Done {
    pub(super) answers: Vec<(ConnectionId, bool, Said, Job, Reply)>,
    pub(super) view: View,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) here: Here,
    pub(super) jobs: VecDeque<Job>,
    turn: Option<Turn>,
}

impl Node {
    pub(super) fn new(number: u128, now: Timestamp) -> Self {
        let here = Here { node: NodeId::from_u128(number), node_started: now, draining: false };
        Self { here, jobs: VecDeque::new(), turn: None }
    }

    pub(super) fn hand_in(&mut self, input: Input) {
        self.jobs.push_back(Job { input, page: None });
    }

    pub(super) fn is_idle(&self) -> bool {
        self.jobs.is_empty() && self.turn.is_none()
    }

    /// Part of a turn: loads and applies, or writes, or hears that it is durable.
    pub(super) fn go_on(
        &mut self,
        model: &mut Model,
        disk: &mut Disk,
        settings: &Settings,
    ) -> Option<Done> {
        let Some(turn) = &mut self.turn else {
            self.turn = Some(self.apply(model, settings));
            return None;
        };
        if let Some(change) = turn.change.take() {
            turn.written = Some(disk.write(Record::Commit(turn.token, change)));
            return None;
        }
        // Many share one sync: what others have written is durable, too.
        disk.sync(model);
        let committed = turn.written.map(|ticket| disk.outcome(ticket).expect("it is synced"));
        let turn = self.turn.take()?;
        self.end(turn, committed.unwrap_or(Committed::Done))
    }

    fn apply(&mut self, model: &Model, settings: &Settings) -> Turn {
        let mut jobs: Vec<Job> = self.jobs.drain(..self.jobs.len().min(64)).collect();
        if jobs.is_empty() {
            jobs.push(Job { input: Input::Tick, page: None });
        }
        let mut names = Names::default();
        jobs.iter().for_each(|job| job.input.name(&mut names));
        let loaded = model.load(&names);
        let token = loaded.token;
        let mut channel = Channel::new(loaded, &names, settings, self.here);
        let replies: Vec<_> = jobs.iter().map(|job| channel.apply(job.input.clone())).collect();
        let change = channel.take_change().map(Box::new);
        // What is refused changes nothing, not even what is due.
        if replies.last().is_some_and(Result::is_ok) {
            assert_due_makes_progress(&channel);
        }
        let view = View {
            now: channel.now(),
            play: channel.state().play.clone(),
            passed_over: channel.state().passed_over.iter().map(|p| p.connection).collect(),
        };
        Turn { token, change, written: None, jobs, replies, view }
    }

    fn end(&mut self, turn: Turn, committed: Committed) -> Option<Done> {
        let Turn { jobs, replies, view, .. } = turn;
        match committed {
            Committed::Done => {}
            Committed::Conflict => {
                jobs.into_iter().rev().for_each(|job| self.jobs.push_front(job));
                return None;
            }
            Committed::AlreadySettled(id) => {
                let others = jobs
                    .into_iter()
                    .filter(|job| !matches!(&job.input, Input::Event(event) if event.id == id));
                others.rev().for_each(|job| self.jobs.push_front(job));
                return None;
            }
        }
        let answers = jobs.into_iter().zip(replies).filter_map(|(job, reply)| {
            let (connection, joining) = job.page?;
            let Input::Ack(ack) = &job.input else { return None };
            Some((connection, joining, ack.what.clone(), job, reply.ok()?))
        });
        Some(Done { answers: answers.collect(), view })
    }
}
