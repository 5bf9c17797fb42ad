//! What a connection has yet to be sent. Frames go straight to the socket; what it does not take waits
//! here, up to a bound.

use std::{
    collections::VecDeque,
    io::ErrorKind,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::net::TcpStream;

/// Most bytes that wait for one connection. A page that leaves more unread is too slow.
const BACKLOG_MAX: usize = 64 * 1024;

/// How a connection takes what is sent to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// All went out.
    Sent,
    /// Something waits.
    Waiting,
    /// More waited than may: from then on nothing is sent.
    Overflowed,
}

/// The outbox of one connection.
#[derive(Debug, Default)]
pub struct Outbox(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    backlog: VecDeque<Bytes>,
    overflowed: bool,
}

impl Outbox {
    /// Sends a whole frame, or puts what the socket does not take behind what waits.
    pub fn send(&self, stream: &TcpStream, frame: &Bytes) -> Outgoing {
        let mut state = self.lock();
        if state.overflowed {
            return Outgoing::Overflowed;
        }
        let rest = if state.backlog.is_empty() {
            match stream.try_write(frame) {
                Ok(n) if n == frame.len() => return Outgoing::Sent,
                Ok(n) => frame.slice(n..),
                Err(error) if error.kind() == ErrorKind::WouldBlock => frame.clone(),
                // The reading side sees the same end, and cleans up.
                Err(_) => return Outgoing::Sent,
            }
        } else {
            frame.clone()
        };
        state.backlog.push_back(rest);
        state.overflowed = state.backlog.iter().map(Bytes::len).sum::<usize>() > BACKLOG_MAX;
        if state.overflowed { Outgoing::Overflowed } else { Outgoing::Waiting }
    }

    /// Writes what waits as far as the socket takes it.
    pub fn flush(&self, stream: &TcpStream) {
        let mut state = self.lock();
        while let Some(first) = state.backlog.front_mut() {
            match stream.try_write(first) {
                Ok(n) if n == first.len() => {
                    state.backlog.pop_front();
                }
                Ok(n) => {
                    let _written = first.split_to(n);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // As above.
                Err(_) => break,
            }
        }
        // An idle connection keeps no room for a backlog it once had.
        state.backlog = VecDeque::new();
    }

    /// Whether anything waits.
    pub fn is_waiting(&self) -> bool {
        !self.lock().backlog.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
