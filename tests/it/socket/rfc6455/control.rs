//! Section 5.5: pings and pongs. How a socket is closed has a table of its own.

use super::{
    super::bytes::{LAST, PING, PONG, TEXT, frame, header},
    Back, Case, case, cut, echo, refused,
};

pub(super) fn cases() -> Vec<Case> {
    let ping = |payload: &[u8]| frame(LAST | PING, payload);
    let pong = |payload: &[u8]| Back::Pong(payload.into());
    let payloads: Vec<Vec<u8>> = (0..=125).map(|length| vec![b'a'; length]).collect();
    let all = payloads.iter().flat_map(|payload| ping(payload)).collect::<Vec<_>>();
    let odd = [0, 0xff, 0xfe, 0xed, 0xa0, 0x80];
    let bytewise = ping(b"slow").iter().map(|byte| vec![*byte]).collect();
    let message = frame(LAST | TEXT, &echo("whole"));
    let answered = || Back::Echo("whole".into());
    vec![
        case("pings of 0 to 125 bytes", all, payloads.iter().map(|p| pong(p)).collect()),
        case("a ping that is no text", ping(&odd), vec![pong(&odd)]),
        cut("a ping of one byte a segment", bytewise, vec![pong(b"slow")]),
        case(
            "a ping before and after a message",
            [ping(b"1"), message.clone(), ping(b"2")].concat(),
            vec![pong(b"1"), answered(), pong(b"2")],
        ),
        case(
            "pongs nobody asked for",
            [frame(LAST | PONG, b""), frame(LAST | PONG, b"x")].concat(),
            vec![],
        ),
        case("a pong of 125 bytes", frame(LAST | PONG, &[b'a'; 125]), vec![]),
        refused("a ping of 126 bytes", ping(&[b'a'; 126]), 1002),
        refused("a pong of 126 bytes", frame(LAST | PONG, &[b'a'; 126]), 1002),
        refused(
            "a ping that says it is too long for any message",
            header([0; 4], LAST | PING, 1 << 20),
            4502,
        ),
        refused("a ping in fragments", frame(PING, b"x"), 1002),
        refused("a pong in fragments", frame(PONG, b"x"), 1002),
    ]
}
