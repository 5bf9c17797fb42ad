//! Websocket frames over a socket that sleeps most of the time. The codec is tungstenite's; it is made
//! when bytes arrive and dropped when nothing is half read, so that an idle connection costs no
//! buffers (docs/ARCHITECTURE.md, "A connection that sleeps").

use std::io::{self, Cursor, ErrorKind, Read, Write};

use bytes::Bytes;
use tokio::net::TcpStream;
use tungstenite::{
    Error, Message,
    error::ProtocolError,
    protocol::{
        Role, WebSocketConfig, WebSocketContext,
        frame::{
            Frame, FrameHeader,
            coding::{Data, OpCode},
        },
    },
};

use super::outbox::Outbox;
use crate::wire::MESSAGE_MAX;

/// What a socket brought.
#[derive(Debug)]
pub enum Incoming {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary,
    /// A ping, a pong or a close: the codec itself answers them.
    Control,
}

/// How the other side broke RFC 6455, as the close code it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// 1002.
    Protocol,
    /// 1007: text that is not UTF-8.
    Utf8,
    /// A message over 16 KiB: closed with 4502.
    TooLarge,
}

/// How reading stopped.
#[derive(Debug)]
pub enum Stopped {
    /// There is nothing more to read now.
    Empty,
    /// There may be more, but others shall have their turn first.
    Unfinished,
    /// The other side is gone, or has said goodbye.
    Gone,
    /// The other side broke the protocol.
    Violation(Violation),
}

/// The codec of one connection; almost always empty.
#[derive(Debug, Default)]
pub struct Codec(Option<Box<Awake>>);

#[derive(Debug)]
struct Awake {
    context: WebSocketContext,
    tap: Tap,
    /// Bytes that were read before the codec was made.
    early: Bytes,
}

impl Codec {
    /// One that begins with bytes that came with the handshake.
    #[must_use]
    pub fn new(early: Bytes) -> Self {
        if early.is_empty() { Self::default() } else { Self(Some(Box::new(Awake::new(early)))) }
    }

    /// Reads the next message or control frame: from bytes that were read before, then once from the
    /// socket, since fragments without end would make no message.
    ///
    /// # Errors
    /// How it stopped, if there is none.
    pub fn read(&mut self, stream: &TcpStream, outbox: &Outbox) -> Result<Incoming, Stopped> {
        let awake = match &mut self.0 {
            Some(awake) => awake,
            // The first bytes are read before a codec is made: most wakes are one short frame, and
            // an end of the stream needs none at all.
            asleep => {
                let mut first = [0; 1024];
                let n = match stream.try_read(&mut first) {
                    Ok(0) => return Err(Stopped::Gone),
                    Ok(n) => n,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        return Err(Stopped::Empty);
                    }
                    Err(_) => return Err(Stopped::Gone),
                };
                asleep.insert(Box::new(Awake::new(Bytes::copy_from_slice(&first[..n]))))
            }
        };
        let Awake { context, tap, early } = &mut **awake;
        let mut io = Io { stream, outbox, early, tap, has_read: false, unfinished: false };
        let stopped = match context.read(&mut io) {
            Ok(Message::Text(text)) => return Ok(Incoming::Text(text.as_str().to_owned())),
            Ok(Message::Binary(_)) => return Ok(Incoming::Binary),
            Ok(_) => return Ok(Incoming::Control),
            Err(Error::Io(_)) if io.unfinished => Stopped::Unfinished,
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                if tap.nothing_half_read() {
                    self.0 = None;
                }
                Stopped::Empty
            }
            Err(Error::Capacity(_)) => Stopped::Violation(Violation::TooLarge),
            Err(Error::Utf8(_)) => Stopped::Violation(Violation::Utf8),
            Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => Stopped::Gone,
            Err(Error::Protocol(_)) => Stopped::Violation(Violation::Protocol),
            Err(_) => Stopped::Gone,
        };
        Err(stopped)
    }
}

impl Awake {
    fn new(early: Bytes) -> Self {
        Self { context: context(), tap: Tap::new(), early }
    }
}

/// Small buffers: frames of ours are short, and 128 KiB, the default, would be touched by each
/// connection.
fn context() -> WebSocketContext {
    let config = WebSocketConfig::default()
        .read_buffer_size(1024)
        .write_buffer_size(0)
        .max_write_buffer_size(4096)
        .max_message_size(Some(MESSAGE_MAX))
        .max_frame_size(Some(MESSAGE_MAX));
    WebSocketContext::new(Role::Server, Some(config))
}

/// A text frame, as it goes to every connection: servers do not mask.
#[must_use]
pub(super) fn text_frame(text: &str) -> Bytes {
    encode(&Frame::message(text.as_bytes().to_vec(), OpCode::Data(Data::Text), true))
}

/// A close frame.
#[must_use]
pub(super) fn close_frame(code: u16, reason: &str) -> Bytes {
    let close = tungstenite::protocol::CloseFrame { code: code.into(), reason: reason.into() };
    encode(&Frame::close(Some(close)))
}

fn encode(frame: &Frame) -> Bytes {
    let mut bytes = Vec::with_capacity(frame.len());
    frame.clone().format(&mut bytes).expect("a Vec takes everything");
    bytes.into()
}

/// The socket, as the codec sees it.
struct Io<'a> {
    stream: &'a TcpStream,
    outbox: &'a Outbox,
    early: &'a mut Bytes,
    tap: &'a mut Tap,
    has_read: bool,
    /// It was asked for more than it may read at once.
    unfinished: bool,
}

impl Read for Io<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = if self.early.is_empty() {
            if self.has_read {
                self.unfinished = true;
                return Err(ErrorKind::WouldBlock.into());
            }
            self.has_read = true;
            self.stream.try_read(into)?
        } else {
            let n = self.early.len().min(into.len());
            into[..n].copy_from_slice(&self.early.split_to(n));
            n
        };
        self.tap.feed(&into[..n]);
        Ok(n)
    }
}

/// Pongs and closes go the way of all frames, else they could land inside a half written one. The
/// codec hands over whole frames, and they are always taken.
impl Write for Io<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.outbox.send(self.stream, &Bytes::copy_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The longest frame header: 2 bytes, 8 of length, 4 of mask.
const HEADER_MAX: usize = 14;

/// Follows frame headers on their way into the codec, to know when nothing is half read, which the
/// codec itself cannot tell. It reads no payload and judges nothing. Wrongly saying "half read" costs
/// memory; wrongly saying "nothing" would break the stream, so in doubt it is half read.
#[derive(Debug)]
struct Tap {
    payload_left: u64,
    header: [u8; HEADER_MAX],
    header_len: usize,
    fragmented: bool,
    lost: bool,
}

impl Tap {
    const fn new() -> Self {
        Self {
            payload_left: 0,
            header: [0; HEADER_MAX],
            header_len: 0,
            fragmented: false,
            lost: false,
        }
    }

    fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && !self.lost {
            if self.payload_left > 0 {
                let n = bytes.len().min(usize::try_from(self.payload_left).unwrap_or(usize::MAX));
                self.payload_left -= n as u64;
                bytes = &bytes[n..];
                continue;
            }
            let held = self.header_len;
            let n = bytes.len().min(HEADER_MAX - held);
            self.header[held..held + n].copy_from_slice(&bytes[..n]);
            let mut cursor = Cursor::new(&self.header[..held + n]);
            match FrameHeader::parse(&mut cursor) {
                Ok(Some((header, length))) => {
                    let taken = usize::try_from(cursor.position()).unwrap_or(HEADER_MAX);
                    bytes = &bytes[taken - held..];
                    self.header_len = 0;
                    self.payload_left = length;
                    if let OpCode::Data(_) = header.opcode {
                        self.fragmented = !header.is_final;
                    }
                }
                Ok(None) => {
                    self.header_len = held + n;
                    return;
                }
                Err(_) => self.lost = true,
            }
        }
    }

    const fn nothing_half_read(&self) -> bool {
        self.payload_left == 0 && self.header_len == 0 && !self.fragmented && !self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A masked client frame.
    fn client_frame(payload: &[u8], opcode: u8, last: bool) -> Vec<u8> {
        let mut bytes = vec![opcode | if last { 0x80 } else { 0 }];
        match payload.len() {
            n if n < 126 => bytes.push(0x80 | u8::try_from(n).unwrap()),
            n => {
                bytes.push(0x80 | 126);
                bytes.extend(u16::try_from(n).unwrap().to_be_bytes());
            }
        }
        bytes.extend([0, 0, 0, 0]);
        bytes.extend(payload);
        bytes
    }

    proptest! {
        #[test]
        fn tap_knows_frame_boundaries_however_the_bytes_are_cut(
            lengths in prop::collection::vec(0_usize..400, 1..6),
            cuts in prop::collection::vec(1_usize..50, 1..80),
        ) {
            let mut bytes = Vec::new();
            let mut ends = vec![0];
            for length in lengths {
                bytes.extend(client_frame(&vec![7; length], 1, true));
                ends.push(bytes.len());
            }
            let (mut tap, mut at) = (Tap::new(), 0);
            for cut in cuts.into_iter().cycle() {
                if at == bytes.len() { break; }
                let next = (at + cut).min(bytes.len());
                tap.feed(&bytes[at..next]);
                at = next;
                prop_assert_eq!(tap.nothing_half_read(), ends.contains(&at), "at {}", at);
            }
        }
    }

    #[test]
    fn a_fragmented_message_is_half_read_until_its_last_frame() {
        let mut tap = Tap::new();
        tap.feed(&client_frame(b"a", 1, false));
        assert!(!tap.nothing_half_read());
        tap.feed(&client_frame(b"ping", 9, true));
        assert!(!tap.nothing_half_read(), "a ping between fragments ends nothing");
        tap.feed(&client_frame(b"b", 0, true));
        assert!(tap.nothing_half_read());
    }
}
