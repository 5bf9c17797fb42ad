//! Sections 5.2 and 5.3: the head of a frame, its length, its mask, and how segments cut it.

use super::{
    super::bytes::{BINARY, CLOSE, LAST, PING, TEXT, frame, masked_with, unmasked},
    Back, Case, case, cut, echo, echo_of, hello, refused,
};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    lengths(&mut cases);
    segments(&mut cases);
    reserved(&mut cases);
    masks(&mut cases);
    early(&mut cases);
    cases
}

fn echoed(said: &str) -> Back {
    Back::Echo(said.into())
}

fn lengths(cases: &mut Vec<Case>) {
    for length in [125, 126, 127, 128, 16_383, 16_384] {
        let sent = frame(LAST | TEXT, &echo_of("whole", length));
        cases.push(case(format!("a text of {length} bytes"), sent, vec![echoed("whole")]));
    }
    // They came whole, and are no frames of the gateway's own protocol.
    cases.push(refused("a text of 0 bytes", frame(LAST | TEXT, b""), 4501));
    cases.push(refused("a text of 1 byte", frame(LAST | TEXT, b"1"), 4501));
    cases.push(refused("a binary message", frame(LAST | BINARY, &echo("x")), 4501));
}

fn segments(cases: &mut Vec<Case>) {
    let (short, long) =
        (frame(LAST | TEXT, &echo("whole")), frame(LAST | TEXT, &echo_of("whole", 200)));
    let bytewise = |bytes: &[u8]| bytes.iter().map(|byte| vec![*byte]).collect();
    let whole = || vec![echoed("whole")];
    cases.push(cut("one byte a segment", bytewise(&short), whole()));
    cases.push(cut("one byte a segment, a long head", bytewise(&long), whole()));
    let halves: Vec<_> =
        (1..short.len()).flat_map(|at| [short[..at].to_vec(), short[at..].to_vec()]).collect();
    let answers = (1..short.len()).map(|_| echoed("whole")).collect();
    cases.push(cut("cut at each byte", halves, answers));
    for at in 1..9 {
        let parts = vec![long[..at].to_vec(), long[at..].to_vec()];
        cases.push(cut(format!("a long head cut at {at}"), parts, whole()));
    }
    let many: Vec<u8> = (0..50).flat_map(|n| frame(LAST | TEXT, &echo(&n.to_string()))).collect();
    let answers: Vec<_> = (0..50).map(|n| echoed(&n.to_string())).collect();
    cases.push(case("50 messages in one segment", many, answers));
    let (half, rest) = short.split_at(11);
    let parts = vec![[&short, half].concat(), [rest, &short].concat()];
    let thrice = vec![echoed("whole"), echoed("whole"), echoed("whole")];
    cases.push(cut("a message and half of the next", parts, thrice));
}

fn reserved(cases: &mut Vec<Case>) {
    for bits in 1..8 {
        let sent = frame(LAST | bits << 4 | TEXT, &echo("x"));
        cases.push(refused(format!("reserved bits {bits:03b}"), sent, 1002));
    }
    for (name, opcode) in [("ping", PING), ("close", CLOSE)] {
        let sent = frame(LAST | 0x40 | opcode, b"");
        cases.push(refused(format!("a {name} with a reserved bit"), sent, 1002));
    }
    for opcode in (0x3..=0x7).chain(0xb..=0xf) {
        cases.push(refused(format!("opcode {opcode:x}"), frame(LAST | opcode, b""), 1002));
        let sent = [frame(LAST | TEXT, &echo("before")), frame(opcode, b"x")].concat();
        let back = vec![echoed("before"), Back::Closed(Some(1002))];
        cases.push(case(format!("opcode {opcode:x} after a message"), sent, back));
    }
}

fn masks(cases: &mut Vec<Case>) {
    for mask in [[0; 4], [0xff; 4], [0, 0, 0, 1]] {
        let sent = masked_with(mask, LAST | TEXT, &echo("whole"));
        cases.push(case(format!("the mask {mask:?}"), sent, vec![echoed("whole")]));
    }
    for (name, opcode, payload) in
        [("text", TEXT, echo("x")), ("ping", PING, vec![]), ("close", CLOSE, vec![3, 232])]
    {
        let sent = unmasked(LAST | opcode, &payload);
        cases.push(refused(format!("a {name} without a mask"), sent, 1002));
    }
}

/// Bytes that come in the same segment as the handshake.
fn early(cases: &mut Vec<Case>) {
    let (hello, next) = (hello(), frame(LAST | TEXT, &echo("whole")));
    let both = || vec![Back::Welcome, echoed("whole")];
    let mut early = |name: &str, early: &[u8], rest: &[u8], back| {
        let segments = vec![rest.to_vec()];
        cases.push(Case { name: name.into(), early: early.into(), segments, back });
    };
    early("a hello with the handshake", &hello, &next, both());
    early("more than a hello with the handshake", &[&hello[..], &next].concat(), b"", both());
    early("half a hello with the handshake", &hello[..30], &hello[30..], vec![Back::Welcome]);
    let silence = vec![Back::Closed(Some(4501))];
    early("half a hello, and then silence", &hello[..30], b"", silence);
}
