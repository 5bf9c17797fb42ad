//! One open socket: its session, its outbox, and how it closes.

use std::{
    future::poll_fn,
    io::ErrorKind,
    net::{IpAddr, Shutdown},
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use tokio::{net::TcpStream, task::coop::consume_budget, time::timeout};

use super::{
    Told,
    codec::{close_frame, text_frame},
    outbox::{Outbox, Outgoing},
};
use crate::{
    close::CloseReason,
    connection::{Mode, OverlayKind},
    id::{ConnectionId, OverlayId, StreamerId},
    session::Session,
    time::Timestamp,
    wire::{QueueStatus, ServerFrame},
};

/// How long a closed socket may take to say goodbye. Without the wait the other side may get a reset
/// before the close frame.
const LINGER: Duration = Duration::from_secs(2);

/// One open socket.
#[derive(Debug)]
pub struct Conn {
    /// Its id.
    pub id: ConnectionId,
    /// The client's address.
    pub remote: IpAddr,
    /// The major version of the Chrome it says it is.
    pub chrome: Option<u16>,
    pub(crate) stream: TcpStream,
    pub(crate) outbox: Outbox,
    session: Mutex<Session>,
    member: OnceLock<Box<Member>>,
    /// When it was told to close, in milliseconds; 0 before.
    closing: AtomicI64,
    /// Whether the channel passes it over: its next frame is news.
    pub(crate) passed_over: AtomicBool,
    /// Wakes its task when something waits in the outbox.
    backlog: AtomicWaker,
}

/// What a welcomed socket is.
#[derive(Debug)]
pub struct Member {
    /// Whose overlay it is.
    pub streamer: StreamerId,
    /// The overlay.
    pub overlay: OverlayId,
    /// The generation of the key it came with.
    pub generation: u32,
    /// What it shows.
    pub kind: OverlayKind,
    /// On stream, or only looked at.
    pub mode: Mode,
    /// When it was registered: it gets plays committed from then on.
    pub since: Timestamp,
    /// The queue as it was last told, first in the welcome.
    pub told: Mutex<QueueStatus>,
    /// What it was told to draw, if it is of another kind than alerts.
    pub board: Told,
}

impl Member {
    /// Whether what it says and shows counts: live, and of kind alerts.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.kind == OverlayKind::Alerts && self.mode == Mode::Live
    }
}

impl Conn {
    /// A socket whose handshake is done, with what that told of the client: its address and Chrome.
    #[must_use]
    pub fn new(
        id: ConnectionId,
        (remote, chrome): (IpAddr, Option<u16>),
        stream: TcpStream,
        session: Session,
    ) -> Self {
        Self {
            id,
            remote,
            chrome,
            stream,
            outbox: Outbox::default(),
            session: Mutex::new(session),
            member: OnceLock::new(),
            closing: AtomicI64::new(0),
            passed_over: AtomicBool::new(false),
            backlog: AtomicWaker::new(),
        }
    }

    /// Its session. Hold it shortly.
    pub fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it is, once it was welcomed.
    #[must_use]
    pub fn member(&self) -> Option<&Member> {
        self.member.get().map(|member| &**member)
    }

    /// Makes it a member, once.
    pub fn become_member(&self, member: Member) {
        let _already = self.member.set(Box::new(member));
    }

    /// Sends a frame.
    pub fn send(&self, frame: &ServerFrame<'_>) {
        self.send_bytes(&text_frame(&frame.text()));
    }

    /// Sends a frame's text.
    pub fn send_text(&self, text: &str) {
        self.send_bytes(&text_frame(text));
    }

    /// Sends an encoded frame.
    pub(super) fn send_bytes(&self, frame: &Bytes) {
        match self.outbox.send(&self.stream, frame) {
            Outgoing::Sent => {}
            Outgoing::Waiting => self.backlog.wake(),
            // A close frame would stand behind what is not read: there is only the hard way.
            Outgoing::Overflowed => self.cut(),
        }
    }

    /// Waits for bytes, and sends what waits; `false` at the end.
    pub(super) async fn readable(&self) -> bool {
        poll_fn(|context| self.poll_readable(context)).await
    }

    /// Polled, not selected: an idle connection then holds no future but this call.
    fn poll_readable(&self, context: &mut Context<'_>) -> Poll<bool> {
        loop {
            if let Poll::Ready(ready) = self.stream.poll_read_ready(context) {
                return Poll::Ready(ready.is_ok());
            }
            self.backlog.register(context.waker());
            if !self.outbox.is_waiting() {
                return Poll::Pending;
            }
            if ready!(self.stream.poll_write_ready(context)).is_err() {
                return Poll::Ready(false);
            }
            self.outbox.flush(&self.stream);
            if self.is_closing() && !self.outbox.is_waiting() {
                self.end_writing();
            }
        }
    }

    /// Says farewell and closes. `retry_after` is how long the page shall wait.
    pub fn close(&self, reason: CloseReason, retry_after: Duration, now: Timestamp) {
        let retry_after_ms = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX);
        self.send(&ServerFrame::bye(reason, retry_after_ms));
        self.close_with(reason.code(), reason.name(), now);
    }

    /// Sends a close frame, and after it nothing more.
    pub fn close_with(&self, code: u16, reason: &str, now: Timestamp) {
        self.send_bytes(&close_frame(code, reason));
        self.hang_up(now);
    }

    /// Sends nothing more than what waits.
    fn hang_up(&self, now: Timestamp) {
        let told = now.as_millis().max(1);
        let _ = self.closing.compare_exchange(0, told, Ordering::Relaxed, Ordering::Relaxed);
        if !self.outbox.is_waiting() {
            self.end_writing();
        }
    }

    /// Lets the last frames arrive: what still comes is read and dropped, until the other side is
    /// gone or has had its time. Bytes left unread would turn the end into a reset, which may
    /// overtake a close frame.
    pub(super) async fn linger(&self, now: Timestamp) {
        self.hang_up(now);
        let rest = async {
            let mut rubbish = [0; 1024];
            while self.readable().await {
                match self.stream.try_read(&mut rubbish) {
                    Ok(0) => return,
                    Err(error) if error.kind() != ErrorKind::WouldBlock => return,
                    _ => consume_budget().await,
                }
            }
        };
        let _had_its_time = timeout(LINGER, rest).await;
    }

    /// Whether it was told to close.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed) != 0
    }

    /// Tells the other side that nothing more comes.
    pub(crate) fn end_writing(&self) {
        let _ended = socket2::SockRef::from(&self.stream).shutdown(Shutdown::Write);
    }

    /// Ends the socket at once, both ways; its task wakes up and cleans up.
    pub fn cut(&self) {
        let _ended = socket2::SockRef::from(&self.stream).shutdown(Shutdown::Both);
    }

    /// Cuts a socket that was told to close and has not gone in time.
    pub fn cut_if_lingering(&self, now: Timestamp) {
        let closing = self.closing.load(Ordering::Relaxed);
        if closing != 0 && now.since(Timestamp::from_millis(closing)) >= LINGER {
            self.cut();
        }
    }
}
