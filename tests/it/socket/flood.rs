//! Who sends without end must not keep others waiting: the gateway has few threads and many sockets.

use std::{
    io::{Read as _, Write as _},
    net::Shutdown,
    thread,
};

use super::bytes::{Bytes, CONTINUATION, LAST, PING, TEXT, frame};
use crate::support::Gateway;

/// More sockets than the gateway has threads that read them.
fn flooders() -> usize {
    thread::available_parallelism().map_or(4, |cores| cores.get() * 2)
}

/// Sends `before` and then `flood` for ever on some sockets, and meanwhile asks the gateway for a page.
fn assert_served_while(before: &[u8], flood: &[u8]) {
    let gateway = Gateway::start();
    let key = gateway.overlay_key("me", "main");
    let sockets: Vec<_> = (0..flooders())
        .map(|_| {
            let mut bytes = Bytes::open(gateway.port, &key, &super::rfc6455::hello()).unwrap();
            assert_eq!(bytes.next().unwrap().0, TEXT, "a welcome");
            bytes.stream().write_all(before).unwrap();
            bytes.stream().try_clone().unwrap()
        })
        .collect();
    thread::scope(|scope| {
        for mut socket in &sockets {
            scope.spawn(move || while socket.read(&mut [0; 64 * 1024]).is_ok_and(|n| n > 0) {});
            scope.spawn(move || while socket.write_all(flood).is_ok() {});
        }
        let served = (0..20).all(|_| gateway.get("/api/v1/connections").status == 200);
        for socket in &sockets {
            let _gone = socket.shutdown(Shutdown::Both);
        }
        assert!(served, "an answer did not come");
    });
}

#[test]
fn pings_without_end() {
    assert_served_while(b"", &frame(LAST | PING, b"").repeat(10_000));
}

#[test]
fn fragments_without_end() {
    assert_served_while(&frame(TEXT, b""), &frame(CONTINUATION, b"").repeat(10_000));
}
