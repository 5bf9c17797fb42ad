//! Section 8.1: text is UTF-8, however it is cut.

use super::{
    super::bytes::{LAST, TEXT, frame},
    Back, Case, case, cut, echo, fragments, refused,
};

/// Those at the ends of their lengths and beside the gaps, but for controls, which are not repeated.
const VALID: [&str; 11] = [
    "\u{a1}",
    "\u{7ff}",
    "\u{800}",
    "\u{20ac}",
    "\u{d7ff}",
    "\u{e000}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{10000}",
    "\u{1f600}",
    "\u{10ffff}",
];

const INVALID: [(&str, &[u8]); 24] = [
    ("a lone first continuation", b"\x80"),
    ("a lone last continuation", b"\xbf"),
    ("two continuations", b"\x80\xbf"),
    ("a continuation too many", b"\xc3\xa9\x80"),
    ("fe", b"\xfe"),
    ("ff", b"\xff"),
    ("two bytes without their second", b"\xc3"),
    ("three bytes without their second", b"\xe2"),
    ("three bytes without their third", b"\xe2\x82"),
    ("four bytes without their second", b"\xf0"),
    ("four bytes without their third", b"\xf0\x9f"),
    ("four bytes without their fourth", b"\xf0\x9f\x98"),
    ("an overlong slash", b"\xc0\xaf"),
    ("the largest overlong two", b"\xc1\xbf"),
    ("an overlong nul in three", b"\xe0\x80\x80"),
    ("the largest overlong three", b"\xe0\x9f\xbf"),
    ("an overlong nul in four", b"\xf0\x80\x80\x80"),
    ("the largest overlong four", b"\xf0\x8f\xbf\xbf"),
    ("the first surrogate", b"\xed\xa0\x80"),
    ("the last surrogate", b"\xed\xbf\xbf"),
    ("a pair of surrogates", b"\xed\xa0\xbd\xed\xb8\x80"),
    ("behind the last character", b"\xf4\x90\x80\x80"),
    ("five bytes", b"\xf8\x88\x80\x80\x80"),
    ("six bytes", b"\xfc\x84\x80\x80\x80\x80"),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for valid in VALID {
        whole(&mut cases, valid);
    }
    for (name, bytes) in INVALID {
        broken(&mut cases, name, bytes);
    }
    cases
}

/// A character in one frame; in two, and in two segments, cut at each of its bytes.
fn whole(cases: &mut Vec<Case>, valid: &str) {
    let message = echo(valid);
    let name = valid.escape_unicode();
    let back = || vec![Back::Echo(valid.into())];
    let sent = frame(LAST | TEXT, &message);
    cases.push(case(format!("{name}"), sent.clone(), back()));
    let at = message.iter().position(|byte| *byte > 127).expect("it is not ASCII");
    let head = sent.len() - message.len();
    for n in 1..valid.len() {
        let (start, end) = message.split_at(at + n);
        let parts = fragments(TEXT, &[start, end]);
        cases.push(cut(format!("{name} in fragments, cut at {n}"), parts, back()));
        let (start, end) = sent.split_at(head + at + n);
        let parts = vec![start.to_vec(), end.to_vec()];
        cases.push(cut(format!("{name} in segments, cut at {n}"), parts, back()));
    }
}

/// What is no UTF-8, inside a text and at its end, and with each byte in a fragment of its own.
fn broken(cases: &mut Vec<Case>, name: &str, bytes: &[u8]) {
    let message = echo("@");
    let at = message.iter().position(|byte| *byte == b'@').expect("it was put there");
    let inside = [&message[..at], bytes, &message[at..]].concat();
    cases.push(refused(format!("{name}, inside"), frame(LAST | TEXT, &inside), 1007));
    let end = [&message[..at], bytes].concat();
    cases.push(refused(format!("{name}, at the end"), frame(LAST | TEXT, &end), 1007));
    let bytewise: Vec<&[u8]> = inside.chunks(1).collect();
    let sent = fragments(TEXT, &bytewise).concat();
    cases.push(refused(format!("{name}, one byte a fragment"), sent, 1007));
}
