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

/// How a close frame begins: whole, and of opcode 8 (RFC 6455 §5.2).
const CLOSE: u8 = 0x88;

/// How a connection takes what is sent to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// All went out, or the other side has been told that nothing more will.
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
    /// A close frame went this way.
    ended: bool,
}

impl Outbox {
    /// Sends a whole frame, or puts what the socket does not take behind what waits. Nothing follows a
    /// close frame (RFC 6455 §5.5.1): a browser would take the socket for broken and not read why it
    /// was closed.
    pub fn send(&self, stream: &TcpStream, frame: &Bytes) -> Outgoing {
        let mut state = self.lock();
        if state.overflowed {
            return Outgoing::Overflowed;
        }
        if state.ended {
            return Outgoing::Sent;
        }
        state.ended = frame.first() == Some(&CLOSE);
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

#[cfg(test)]
mod tests {
    use std::{io::Read as _, thread};

    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn nothing_follows_a_close_frame_whoever_sends_meanwhile() {
        let (text, close) = (Bytes::from_static(b"\x81\x02hi"), Bytes::from_static(b"\x88\x00"));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        for _ in 0..50 {
            let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (server, _) = listener.accept().await.unwrap();
            server.writable().await.unwrap();
            let outbox = Outbox::default();
            let send = || outbox.send(&server, &text);
            thread::scope(|scope| {
                let sender = scope.spawn(|| {
                    for _ in 0..20 {
                        send();
                    }
                });
                outbox.send(&server, &close);
                sender.join().unwrap();
                send();
            });
            drop(server);
            let mut client = client.into_std().unwrap();
            client.set_nonblocking(false).unwrap();
            let mut got = Vec::new();
            client.read_to_end(&mut got).unwrap();
            assert_eq!(got.len() % text.len(), close.len(), "{got:?}");
            assert!(got.ends_with(&close), "{got:?}");
        }
    }
}
