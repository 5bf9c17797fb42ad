//! Requests that two readers of HTTP would understand in two ways.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
};

use serde_json::json;

use crate::support::{Gateway, PATIENCE};

/// Sends these bytes and no more; all that comes back.
fn raw(gateway: &Gateway, bytes: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", gateway.port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // That the gateway has enough, and closes, may come before all is sent.
    let _closed_early = stream.write_all(bytes.as_bytes());
    let _closed_early = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _reset_after = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn requests_of_two_lengths_are_refused() {
    let gateway = Gateway::start();
    let hidden = "POST /api/v1/streamers/me/queue/pause HTTP/1.1\r\nHost: localhost\r\n";
    let token = gateway.admin_token();
    let hidden = format!("{hidden}Authorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n");
    let rows = [
        ("two lengths", "Content-Length: 0\r\nContent-Length: 5\r\n".to_owned(), "hello".into()),
        ("a list of lengths", "Content-Length: 0, 5\r\n".into(), "hello".into()),
        ("a signed length", "Content-Length: +0\r\n".into(), String::new()),
        ("no number", "Content-Length: zero\r\n".into(), String::new()),
        ("an unknown coding", "Transfer-Encoding: gzipped\r\n".into(), "0\r\n\r\n".into()),
        (
            "chunked before another",
            "Transfer-Encoding: chunked, gzip\r\n".into(),
            "0\r\n\r\n".into(),
        ),
        ("a folded header", "X-A: b\r\n Content-Length: 5\r\n".into(), String::new()),
        ("space before the colon", "Content-Length : 0\r\n".into(), String::new()),
        ("a bad chunk", "Transfer-Encoding: chunked\r\n".into(), "xyz\r\n".into()),
    ];
    for (name, headers, body) in rows {
        let request = format!(
            "POST /webhooks/stripe/me HTTP/1.1\r\nHost: localhost\r\n{headers}\
             Connection: close\r\n\r\n{body}"
        );
        let answer = raw(&gateway, &request);
        let refused = answer.is_empty()
            || answer.starts_with("HTTP/1.1 4")
            || answer.starts_with("HTTP/1.1 503");
        assert!(refused, "{name}: {answer}");
    }
    // Both lengths: only the coding counts, and what hides behind it is not answered.
    let request = format!(
        "POST /webhooks/stripe/me HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\
         Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
        5 + hidden.len()
    );
    let answer = raw(&gateway, &request);
    assert!(answer.matches("HTTP/1.1").count() <= 1, "{answer}");
    let queue = gateway.get("/api/v1/streamers/me/queue").json();
    assert_eq!(queue["paused"], json!(false), "a hidden request was carried out: {answer}");
}

#[test]
fn requests_that_are_none_end_the_connection_only() {
    let gateway = Gateway::start();
    let long = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(1 << 20));
    let many = format!("GET /livez HTTP/1.1\r\n{}\r\n", "X-A: b\r\n".repeat(1000));
    for request in [
        "\r\n\r\n\r\n\r\nnonsense\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        &long,
        &many,
        "GET /livez HTTP/1.1\r\nHost: a\r\nX: \u{0}\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let answer = raw(&gateway, request);
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
        assert!(!answer.starts_with("HTTP/1.1 500"), "{answer}");
    }
    assert_eq!(gateway.get("/readyz").status, 200);
}
