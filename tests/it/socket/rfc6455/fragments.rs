//! Section 5.4: messages in several frames.

use super::{
    super::bytes::{BINARY, CONTINUATION, LAST, PING, TEXT, frame},
    Back, Case, case, cut, echo, fragments, refused,
};

pub(super) fn cases() -> Vec<Case> {
    let message = echo("whole");
    let (start, end) = message.split_at(20);
    let bytewise: Vec<&[u8]> = message.chunks(1).collect();
    let whole = || vec![Back::Echo("whole".into())];
    let pong = |payload: &[u8]| Back::Pong(payload.into());
    let ping = |payload: &[u8]| frame(LAST | PING, payload);
    let text = |parts: &[&[u8]]| fragments(TEXT, parts);
    let mut cases = vec![
        case("two fragments in one segment", text(&[start, end]).concat(), whole()),
        cut("two fragments in two", text(&[start, end]), whole()),
        case("one byte a fragment", text(&bytewise).concat(), whole()),
        cut("one byte a fragment, each in a segment", text(&bytewise), whole()),
        case("an empty first fragment", text(&[b"", &message]).concat(), whole()),
        case("an empty one between", text(&[start, b"", end]).concat(), whole()),
        case("an empty last one", text(&[&message, b""]).concat(), whole()),
        case(
            "a thousand empty ones",
            text(&[&[start][..], &[&b""[..]; 1_000], &[end]].concat()).concat(),
            whole(),
        ),
        refused("nothing but empty ones", text(&[b"", b"", b""]).concat(), 4501),
        refused("a binary message in fragments", fragments(BINARY, &[start, end]).concat(), 4501),
        refused("a continuation of nothing", frame(LAST | CONTINUATION, b"x"), 1002),
        refused("a continuation of nothing that goes on", frame(CONTINUATION, b"x"), 1002),
        case(
            "a continuation of what has ended",
            [text(&[start, end]).concat(), frame(LAST | CONTINUATION, b"x")].concat(),
            vec![Back::Echo("whole".into()), Back::Closed(Some(1002))],
        ),
        refused(
            "a text inside fragments",
            [frame(TEXT, start), frame(LAST | TEXT, &message)].concat(),
            1002,
        ),
        refused(
            "a binary message inside fragments",
            [frame(TEXT, start), frame(LAST | BINARY, b"")].concat(),
            1002,
        ),
        case(
            "two messages in fragments",
            [text(&[start, end]), text(&[start, end])].concat().concat(),
            [whole(), whole()].into_iter().flatten().collect(),
        ),
    ];
    let [first, last] = &text(&[start, end])[..] else { unreachable!("of two parts") };
    let parts = vec![first.clone(), ping(b"1"), ping(b"2"), last.clone()];
    let back = vec![pong(b"1"), pong(b"2"), Back::Echo("whole".into())];
    cases.push(cut("pings inside fragments", parts, back));
    let between: Vec<u8> =
        text(&bytewise).into_iter().flat_map(|part| [ping(b"."), part]).flatten().collect();
    let mut back: Vec<_> = bytewise.iter().map(|_| pong(b".")).collect();
    back.push(Back::Echo("whole".into()));
    cases.push(case("a ping before each byte", between, back));
    let never = [first.clone(), ping(b"?"), frame(LAST | TEXT, &message)].concat();
    let back = vec![pong(b"?"), Back::Closed(Some(1002))];
    cases.push(case("a ping inside what never becomes whole", never, back));
    cases
}
