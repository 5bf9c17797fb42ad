//! Sections 5.5.1 and 7: how a socket is closed.

use super::{
    super::bytes::{CLOSE, LAST, PING, TEXT, frame, header},
    Back, Case, case, cut, echo, refused,
};

/// Those that RFC 6455 and IANA let an endpoint send, and the ends of the free ranges.
const SENT: [u16; 15] =
    [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3999, 4000, 4999];

/// Those that are never sent, and those that nobody has defined.
const NEVER: [u16; 12] = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, u16::MAX];

fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(LAST | CLOSE, &[&code.to_be_bytes()[..], reason].concat())
}

fn closed(code: u16) -> Vec<Back> {
    vec![Back::Closed(Some(code))]
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        case("a close that says nothing", frame(LAST | CLOSE, b""), vec![Back::Closed(None)]),
        refused("a close of half a code", frame(LAST | CLOSE, &[3]), 1002),
        case("a reason", close(1000, b"see you"), closed(1000)),
        case("a reason of 123 bytes", close(1000, &[b'a'; 123]), closed(1000)),
        refused("a reason of 124 bytes", close(1000, &[b'a'; 124]), 1002),
        case("a reason of long characters", close(1000, "😀".repeat(30).as_bytes()), closed(1000)),
        refused("a reason that is no UTF-8", close(1000, b"a\xffb"), 1007),
        refused("a reason cut inside a character", close(1000, b"\xf0\x9f\x98"), 1007),
        refused("a close in fragments", frame(CLOSE, &1000_u16.to_be_bytes()), 1002),
        cut(
            "a close of one byte a segment",
            close(1000, b"x").chunks(1).map(<[u8]>::to_vec).collect(),
            closed(1000),
        ),
    ];
    cases.extend(
        SENT.map(|code| case(format!("closed with {code}"), close(code, b""), closed(code))),
    );
    cases.extend(NEVER.map(|code| refused(format!("closed with {code}"), close(code, b""), 1002)));
    afterwards(&mut cases);
    cases
}

/// What still comes is not answered, and does not turn the end into a reset.
fn afterwards(cases: &mut Vec<Case>) {
    let close = close(1000, b"");
    let message = frame(LAST | TEXT, &echo("x"));
    let after = |what: &[u8]| [&close[..], what].concat();
    cases.extend([
        case("a message after a close", after(&message), closed(1000)),
        case("a ping after a close", after(&frame(LAST | PING, b"x")), closed(1000)),
        case("two closes", after(&close), closed(1000)),
        case("what is no frame after a close", after(&[0xff; 64]), closed(1000)),
        case("much after a close", after(&message.repeat(1_000)), closed(1000)),
        case(
            "much after what is refused",
            [frame(LAST | 0x3, b""), message.repeat(1_000)].concat(),
            closed(1002),
        ),
        case("a close inside fragments", [frame(TEXT, b"{"), close.clone()].concat(), closed(1000)),
        case(
            "a close behind a message",
            [&message[..], &close].concat(),
            vec![Back::Echo("x".into()), Back::Closed(Some(1000))],
        ),
        case("half a frame after a close", after(&header([0; 4], LAST | TEXT, 500)), closed(1000)),
    ]);
}
