//! RFC 6455 with bytes of our own making, as no library would send them.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use serde_json::{Value, json};

use crate::support::{Gateway, PATIENCE};

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xa;
const LAST: u8 = 0x80;
const RESERVED_1: u8 = 0x40;

/// A socket after its handshake.
struct Bytes(TcpStream);

/// A masked frame, as clients send them.
fn frame(head: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x11, 0x22, 0x33, 0x44];
    let mut bytes = vec![head];
    match u16::try_from(payload.len()).unwrap() {
        short if short < 126 => bytes.push(0x80 | u8::try_from(short).unwrap()),
        long => {
            bytes.push(0x80 | 126);
            bytes.extend(long.to_be_bytes());
        }
    }
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

fn text(value: &Value) -> Vec<u8> {
    frame(LAST | TEXT, value.to_string().as_bytes())
}

fn hello() -> Value {
    json!({ "type": "hello", "client": "test", "version": "1", "mode": "live" })
}

impl Bytes {
    fn open(gateway: &Gateway) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", gateway.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let (port, key) = (gateway.port, gateway.overlay_key("me", "main"));
        // The nonce and its answer are RFC 6455's own example.
        let request = format!(
            "GET /ws/overlay HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {key}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            answer.extend(byte);
        }
        let answer = String::from_utf8(answer).unwrap().to_lowercase();
        assert!(answer.starts_with("http/1.1 101"), "{answer}");
        assert!(answer.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{answer}");
        Self(stream)
    }

    /// One that was welcomed.
    fn welcomed(gateway: &Gateway) -> Self {
        let mut bytes = Self::open(gateway);
        bytes.send(&text(&hello()));
        assert_eq!(bytes.expect_text()["type"], "welcome");
        bytes
    }

    fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    /// The next frame, which must be whole and unmasked: its opcode and payload.
    fn next(&mut self) -> (u8, Vec<u8>) {
        let mut head = [0; 2];
        self.0.read_exact(&mut head).unwrap();
        assert_eq!((head[0] & 0xf0, head[1] & 0x80), (LAST, 0), "a server's frame: {head:?}");
        let length = match head[1] {
            126 => {
                let mut long = [0; 2];
                self.0.read_exact(&mut long).unwrap();
                usize::from(u16::from_be_bytes(long))
            }
            short => usize::from(short),
        };
        let mut payload = vec![0; length];
        self.0.read_exact(&mut payload).unwrap();
        (head[0] & 0x0f, payload)
    }

    fn expect_text(&mut self) -> Value {
        let (opcode, payload) = self.next();
        assert_eq!(opcode, TEXT);
        serde_json::from_slice(&payload).unwrap()
    }

    /// That it lives: an unknown type is answered.
    fn assert_lives(&mut self) {
        self.send(&text(&json!({ "type": "are_you_there" })));
        assert_eq!(self.expect_text()["code"], "unknown_type");
    }

    /// That it is closed with a code, and that the stream ends after it.
    fn assert_closed(&mut self, code: u16) {
        loop {
            let (opcode, payload) = self.next();
            if opcode == CLOSE {
                assert_eq!(payload[..2], code.to_be_bytes());
                break;
            }
        }
        assert_eq!(self.0.read(&mut [0]).unwrap(), 0, "nothing comes after a close");
    }
}

#[test]
fn one_byte_a_segment_is_enough() {
    let gateway = Gateway::start();
    let mut bytes = Bytes::open(&gateway);
    for byte in text(&hello()) {
        bytes.send(&[byte]);
    }
    assert_eq!(bytes.expect_text()["type"], "welcome");
    bytes.assert_lives();
}

#[test]
fn many_frames_in_one_segment_are_all_read() {
    let gateway = Gateway::start();
    let mut bytes = Bytes::open(&gateway);
    let unknown = text(&json!({ "type": "are_you_there" }));
    bytes.send(&[text(&hello()), unknown.clone(), unknown.clone(), unknown].concat());
    assert_eq!(bytes.expect_text()["type"], "welcome");
    for _ in 0..3 {
        assert_eq!(bytes.expect_text()["code"], "unknown_type");
    }
}

#[test]
fn a_ping_inside_a_fragmented_message_is_answered_at_once() {
    let gateway = Gateway::start();
    let mut bytes = Bytes::open(&gateway);
    let hello = hello().to_string();
    let (first, rest) = hello.as_bytes().split_at(9);
    let (second, third) = rest.split_at(5);
    bytes.send(&frame(TEXT, first));
    bytes.send(&frame(CONTINUATION, second));
    bytes.send(&frame(LAST | PING, b"between"));
    assert_eq!(bytes.next(), (PONG, b"between".to_vec()));
    bytes.send(&frame(LAST | CONTINUATION, third));
    assert_eq!(bytes.expect_text()["type"], "welcome");
}

#[test]
fn text_may_be_cut_inside_a_character() {
    let gateway = Gateway::start();
    let mut bytes = Bytes::welcomed(&gateway);
    let unknown = "{\"type\":\"größe\"}".as_bytes();
    let cut = unknown.iter().position(|byte| *byte > 127).unwrap() + 1;
    bytes.send(&frame(TEXT, &unknown[..cut]));
    bytes.send(&frame(LAST | CONTINUATION, &unknown[cut..]));
    assert_eq!(bytes.expect_text()["code"], "unknown_type");
}

#[test]
fn what_breaks_the_protocol_is_closed_with_its_code() {
    let gateway = Gateway::start();
    let pong = json!({ "type": "pong" }).to_string();
    let mut unmasked = vec![LAST | TEXT, u8::try_from(pong.len()).unwrap()];
    unmasked.extend(pong.as_bytes());
    let rows: [(&str, Vec<u8>, u16); 8] = [
        ("unmasked", unmasked, 1002),
        ("a reserved bit", frame(LAST | RESERVED_1 | TEXT, pong.as_bytes()), 1002),
        ("a reserved opcode", frame(LAST | 0x3, b"x"), 1002),
        ("a continuation of nothing", frame(LAST | CONTINUATION, b"x"), 1002),
        ("a fragmented ping", frame(PING, b"x"), 1002),
        ("a long ping", frame(LAST | PING, &[b'x'; 126]), 1002),
        ("text that is no UTF-8", frame(LAST | TEXT, b"{\"type\":\"\xff\"}"), 1007),
        ("over 16 KiB in one frame", frame(LAST | TEXT, &[b' '; 16 * 1024 + 1]), 4502),
    ];
    for (what, sent, code) in rows {
        eprintln!("{what}");
        let mut bytes = Bytes::welcomed(&gateway);
        bytes.send(&sent);
        bytes.assert_closed(code);
    }
}

#[test]
fn a_message_grown_too_large_in_fragments_is_closed() {
    let gateway = Gateway::start();
    let mut bytes = Bytes::welcomed(&gateway);
    bytes.send(&frame(TEXT, &[b' '; 9 * 1024]));
    bytes.send(&frame(LAST | CONTINUATION, &[b' '; 9 * 1024]));
    bytes.assert_closed(4502);
}

#[test]
fn a_close_is_answered_with_a_close() {
    let gateway = Gateway::start();
    let mut bytes = Bytes::welcomed(&gateway);
    bytes.send(&frame(LAST | CLOSE, &1000_u16.to_be_bytes()));
    bytes.assert_closed(1000);
}
