//! RFC 6455, case by case, against the real gateway. It has no echo, but names the alert of an
//! acknowledgement that nobody can mean: so a message that came whole is told from one that did not.

mod closing;
mod control;
mod fragments;
mod framing;
mod handshake;
mod limits;
mod text;

use std::{
    io,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::{Value, json};

use super::bytes::{Bytes, CLOSE, CONTINUATION, LAST, PONG, TEXT, frame};
use crate::support::Gateway;

/// Cases that run at the same time: some wait for the gateway's patience to end.
const AT_ONCE: usize = 8;

/// What is sent, and what must come back.
struct Case {
    name: String,
    /// What comes with the handshake. If nothing does, the case begins after the welcome.
    early: Vec<u8>,
    /// Each goes in a segment of its own.
    segments: Vec<Vec<u8>>,
    back: Vec<Back>,
}

/// What must come back. A case whose last is not `Closed` must leave the connection alive.
#[derive(Debug)]
enum Back {
    Welcome,
    Pong(Vec<u8>),
    /// The answer to [`echo`].
    Echo(String),
    /// A close with this code or none, and then the end.
    Closed(Option<u16>),
}

/// A case of one segment.
fn case(name: impl Into<String>, sent: impl Into<Vec<u8>>, back: Vec<Back>) -> Case {
    cut(name, vec![sent.into()], back)
}

/// A case of several.
fn cut(name: impl Into<String>, segments: Vec<Vec<u8>>, back: Vec<Back>) -> Case {
    Case { name: name.into(), early: Vec::new(), segments, back }
}

/// A case of one segment that is refused.
fn refused(name: impl Into<String>, sent: impl Into<Vec<u8>>, code: u16) -> Case {
    case(name, sent, vec![Back::Closed(Some(code))])
}

/// A message whose answer repeats `said`, up to 64 bytes.
fn echo(said: &str) -> Vec<u8> {
    let message = json!({ "type": "started", "alert_id": said, "lease": "-" });
    message.to_string().into_bytes()
}

/// The same, exactly so many bytes long: from 90 on.
fn echo_of(said: &str, length: usize) -> Vec<u8> {
    let padded = |pad| {
        let message =
            json!({ "type": "started", "lease": "-", "pad": " ".repeat(pad), "alert_id": said });
        message.to_string().into_bytes()
    };
    padded(length - padded(0).len())
}

pub(super) fn hello() -> Vec<u8> {
    let hello = json!({ "type": "hello", "client": "test", "version": "1", "mode": "preview" });
    frame(LAST | TEXT, hello.to_string().as_bytes())
}

/// A message in as many frames as parts.
fn fragments(opcode: u8, parts: &[&[u8]]) -> Vec<Vec<u8>> {
    let head = |n: usize| {
        let opcode = if n == 0 { opcode } else { CONTINUATION };
        if n + 1 == parts.len() { LAST | opcode } else { opcode }
    };
    parts.iter().enumerate().map(|(n, part)| frame(head(n), part)).collect()
}

impl Case {
    fn run(&self, port: u16, key: &str) -> Result<(), String> {
        let lost = |error: io::Error| error.to_string();
        let mut bytes = Bytes::open(port, key, &self.early).map_err(lost)?;
        if self.early.is_empty() {
            bytes.send(&hello()).map_err(lost)?;
            Back::Welcome.meet(&mut bytes)?;
        }
        // Who is refused early is told so by what comes back.
        let _refused = bytes.send_each(&self.segments);
        for back in &self.back {
            back.meet(&mut bytes)?;
        }
        if matches!(self.back.last(), Some(Back::Closed(_))) {
            return Ok(());
        }
        bytes.send(&frame(LAST | TEXT, &echo("alive"))).map_err(lost)?;
        Back::Echo("alive".into()).meet(&mut bytes)
    }
}

impl Back {
    fn meet(&self, bytes: &mut Bytes) -> Result<(), String> {
        let miss = |what: &dyn std::fmt::Debug| Err(format!("{self:?} expected, got {what:?}"));
        loop {
            let (opcode, payload) = match bytes.next() {
                Ok(frame) => frame,
                Err(error) => return miss(&error),
            };
            let text: Value = serde_json::from_slice(&payload).unwrap_or_default();
            let said = |name: &str| text[name].as_str().unwrap_or_default().to_owned();
            let met = match (self, opcode) {
                // What is told to all pages, and the farewell that stands before a close of ours.
                (_, TEXT) if ["queue", "settings", "ping", "bye"].contains(&&*said("type")) => {
                    continue;
                }
                (Self::Welcome, TEXT) => said("type") == "welcome",
                (Self::Pong(sent), PONG) => *sent == payload,
                (Self::Echo(sent), TEXT) => said("alert_id") == *sent,
                (Self::Closed(code), CLOSE) => {
                    let got = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                    if got == *code {
                        // In order, not by a reset, which could overtake the close.
                        return bytes.has_ended().map_or_else(
                            |error| Err(format!("{error} behind the close")),
                            |ended| ended.then_some(()).ok_or("it goes on after its close".into()),
                        );
                    }
                    false
                }
                _ => false,
            };
            let shown = (opcode, String::from_utf8_lossy(&payload).into_owned());
            return if met { Ok(()) } else { miss(&shown) };
        }
    }
}

#[test]
fn each_case_of_rfc_6455() {
    let tables = [
        framing::cases(),
        control::cases(),
        fragments::cases(),
        text::cases(),
        closing::cases(),
        limits::cases(),
    ];
    let cases: Vec<Case> = tables.into_iter().flatten().collect();
    let gateway = Gateway::start();
    let key = gateway.overlay_key("me", "main");
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = case.run(gateway.port, &key) {
                        failed.lock().unwrap().push(format!("{}: {why}", case.name));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    eprintln!("{} of {} cases passed", cases.len() - failed.len(), cases.len());
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}
