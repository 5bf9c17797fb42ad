//! Section 4.2: what opens a socket, and what the others are told.

use std::{io::Write as _, net::TcpStream};

use super::super::bytes::head;
use crate::support::{Gateway, PATIENCE};

/// The headers of RFC 6455's own example.
const RIGHT: [(&str, &str); 4] = [
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Version", "13"),
];

/// The head of the answer when this header has another value, or is left out.
fn answer(gateway: &Gateway, line: &str, changed: (&str, Option<&str>)) -> String {
    let mut request = format!("{line}\r\nHost: 127.0.0.1:{}\r\n", gateway.port);
    for (name, right) in RIGHT {
        let value = if name == changed.0 { changed.1 } else { Some(right) };
        request.extend(value.map(|value| format!("{name}: {value}\r\n")));
    }
    let mut stream = TcpStream::connect(("127.0.0.1", gateway.port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(format!("{request}\r\n").as_bytes()).unwrap();
    head(&mut stream).unwrap()
}

#[test]
fn only_a_whole_handshake_opens_a_socket() {
    let gateway = Gateway::start();
    for path in ["/ws/overlay", "/ws/feed"] {
        let get = format!("GET {path} HTTP/1.1");
        for changed in [
            ("", None),
            ("Connection", Some("keep-alive, Upgrade")),
            ("Connection", Some("upgrade")),
            ("Upgrade", Some("WebSocket")),
        ] {
            let answer = answer(&gateway, &get, changed);
            assert!(answer.starts_with("http/1.1 101"), "{path} {changed:?}: {answer}");
            assert!(
                answer.contains("s3pplmbitxaq9kygzzhzrbk+xoo="),
                "{path} {changed:?}: {answer}"
            );
        }
        for changed in [
            ("Connection", None),
            ("Connection", Some("keep-alive")),
            ("Upgrade", None),
            ("Upgrade", Some("h2c")),
            ("Sec-WebSocket-Key", None),
            ("Sec-WebSocket-Version", None),
            ("Sec-WebSocket-Version", Some("8")),
        ] {
            let answer = answer(&gateway, &get, changed);
            assert!(answer.starts_with("http/1.1 426"), "{path} {changed:?}: {answer}");
            for told in ["\r\nupgrade: websocket\r\n", "\r\nsec-websocket-version: 13\r\n"] {
                assert!(answer.contains(told), "{path} {changed:?}: {answer}");
            }
        }
        for line in [format!("POST {path} HTTP/1.1"), format!("GET {path} HTTP/1.0")] {
            let answer = answer(&gateway, &line, ("", None));
            assert!(
                answer.starts_with("http/1.1 4") || answer.starts_with("http/1.0 4"),
                "{answer}"
            );
        }
    }
}
