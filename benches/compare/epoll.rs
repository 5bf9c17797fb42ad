//! The floor of a hub: one thread, one epoll loop, a slot a connection. `GET /N` is answered with a 101
//! and a hello and held; `POST /m/N` writes the body as a frame to the one that came by `/N`,
//! `POST /all` to all. It checks nothing, so it is no hub to use.

use std::{
    collections::HashMap,
    io::{Read as _, Write as _},
};

use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};

const LISTENER: Token = Token(usize::MAX);
const UPGRADED: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const DONE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/// Serves until it is killed.
pub(crate) fn serve() {
    let mut poll = Poll::new().expect("epoll is there");
    let mut listener = TcpListener::from_std(crate::floors::listener());
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE).expect("it is new");
    let mut events = Events::with_capacity(1_024);
    let mut hub = Hub::default();
    loop {
        // A signal ends a wait early, no more.
        let _interrupted = poll.poll(&mut events, None);
        for event in &events {
            if event.token() != LISTENER {
                hub.read(event.token().0);
                continue;
            }
            while let Ok((mut stream, _)) = listener.accept() {
                let _slow = stream.set_nodelay(true);
                let slot = hub.free.pop().unwrap_or(hub.slots.len());
                let registry = poll.registry();
                registry.register(&mut stream, Token(slot), Interest::READABLE).expect("new");
                hub.put(slot, stream);
            }
        }
    }
}

#[derive(Default)]
struct Hub {
    slots: Vec<Option<TcpStream>>,
    free: Vec<usize>,
    /// Slots of those that are held, by the number they gave.
    held: HashMap<usize, usize>,
}

impl Hub {
    fn put(&mut self, slot: usize, stream: TcpStream) {
        self.slots.resize_with(self.slots.len().max(slot + 1), || None);
        self.slots[slot] = Some(stream);
    }

    /// Reads a request; the load sends each in one piece, which loopback does not cut below 16 KiB.
    fn read(&mut self, slot: usize) {
        let mut buffer = [0; 16 * 1024];
        while let Some(stream) = self.slots[slot].as_mut() {
            match stream.read(&mut buffer) {
                Ok(0) => return self.end(slot),
                Ok(length) => self.answer(slot, &buffer[..length]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                Err(_) => return self.end(slot),
            }
        }
    }

    fn answer(&mut self, slot: usize, request: &[u8]) {
        if let Some(number) = number(request, b"GET /") {
            self.held.insert(number, slot);
            write(&mut self.slots, slot, UPGRADED);
            return write(&mut self.slots, slot, &frame(br#"{"type":"welcome"}"#));
        }
        let Some(body) = request.windows(4).position(|four| four == b"\r\n\r\n") else { return };
        let frame = frame(&request[body + 4..]);
        if request.starts_with(b"POST /all") {
            for to in self.held.values() {
                write(&mut self.slots, *to, &frame);
            }
        } else if let Some(to) = number(request, b"POST /m/").and_then(|n| self.held.get(&n)) {
            write(&mut self.slots, *to, &frame);
        }
        write(&mut self.slots, slot, DONE);
    }

    fn end(&mut self, slot: usize) {
        self.slots[slot] = None;
        self.free.push(slot);
        self.held.retain(|_, held| *held != slot);
    }
}

fn write(slots: &mut [Option<TcpStream>], slot: usize, bytes: &[u8]) {
    if let Some(stream) = slots[slot].as_mut() {
        let _full_or_gone = stream.write(bytes);
    }
}

/// The N behind the start of a request.
fn number(request: &[u8], start: &[u8]) -> Option<usize> {
    let digits = request.strip_prefix(start)?.split(|byte| *byte == b' ').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("small frames");
    let head = match length {
        0..126 => vec![0x81, length.to_be_bytes()[1]],
        _ => [&[0x81, 126][..], &length.to_be_bytes()].concat(),
    };
    [&head, payload].concat()
}
