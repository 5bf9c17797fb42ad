//! A client that sends bytes of our own making, as no library would.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
    thread,
    time::Instant,
};

use super::unread::unread_by_peer;
use crate::support::PATIENCE;

pub(super) const CONTINUATION: u8 = 0x0;
pub(super) const TEXT: u8 = 0x1;
pub(super) const BINARY: u8 = 0x2;
pub(super) const CLOSE: u8 = 0x8;
pub(super) const PING: u8 = 0x9;
pub(super) const PONG: u8 = 0xa;
pub(super) const LAST: u8 = 0x80;

/// A masked frame, as clients send them. `head` is the first byte.
pub(super) fn frame(head: u8, payload: &[u8]) -> Vec<u8> {
    masked_with([0x11, 0x22, 0x33, 0x44], head, payload)
}

/// The same with a mask of one's choice.
pub(super) fn masked_with(mask: [u8; 4], head: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = header(mask, head, payload.len() as u64);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// All that stands before a payload of this length.
pub(super) fn header(mask: [u8; 4], head: u8, length: u64) -> Vec<u8> {
    let start = match u16::try_from(length) {
        Ok(short) if short < 126 => vec![head, 0x80 | short.to_be_bytes()[1]],
        Ok(long) => [&[head, 0x80 | 126][..], &long.to_be_bytes()].concat(),
        Err(_) => [&[head, 0x80 | 127][..], &length.to_be_bytes()].concat(),
    };
    [&start[..], &mask].concat()
}

/// A frame without a mask, as no client may send it.
pub(super) fn unmasked(head: u8, payload: &[u8]) -> Vec<u8> {
    [&[head, u8::try_from(payload.len()).unwrap()][..], payload].concat()
}

/// A socket after its handshake.
pub(super) struct Bytes {
    stream: TcpStream,
}

/// The head of an answer, in lower case.
pub(super) fn head(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    Ok(String::from_utf8_lossy(&head).to_lowercase())
}

impl Bytes {
    /// Shakes hands; `early` comes in the same segment.
    pub(super) fn open(port: u16, key: &str, early: &[u8]) -> io::Result<Self> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        // The nonce and its answer are RFC 6455's own example. No extension is spoken here.
        let request = format!(
            "GET /ws/overlay HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Extensions: permessage-deflate\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {key}\r\n\r\n"
        );
        stream.write_all(&[request.as_bytes(), early].concat())?;
        let answer = head(&mut stream)?;
        let accepted = "\r\nsec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n";
        if !answer.starts_with("http/1.1 101") || !answer.contains(accepted) {
            return Err(io::Error::other(answer));
        }
        assert!(!answer.contains("sec-websocket-extensions"), "{answer}");
        Ok(Self { stream })
    }

    /// Sends a segment.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Sends segments, and waits until the gateway has read each before the next, which it would else
    /// read with it.
    pub(super) fn send_each(&mut self, segments: &[Vec<u8>]) -> io::Result<()> {
        let start = Instant::now();
        for segment in segments {
            while unread_by_peer(&self.stream)? > 0 {
                if start.elapsed() > PATIENCE {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                thread::yield_now();
            }
            self.send(segment)?;
        }
        Ok(())
    }

    /// The next frame, which must be whole and unmasked: its opcode and payload.
    pub(super) fn next(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let mut head = [0; 2];
        self.stream.read_exact(&mut head)?;
        assert_eq!((head[0] & 0xf0, head[1] & 0x80), (LAST, 0), "a server's frame: {head:?}");
        let length = match head[1] {
            126 => {
                let mut long = [0; 2];
                self.stream.read_exact(&mut long)?;
                usize::from(u16::from_be_bytes(long))
            }
            short => usize::from(short),
        };
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload)?;
        Ok((head[0] & 0x0f, payload))
    }

    /// The socket itself.
    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Whether the stream ends here, in order.
    pub(super) fn has_ended(&mut self) -> io::Result<bool> {
        Ok(self.stream.read(&mut [0])? == 0)
    }
}
