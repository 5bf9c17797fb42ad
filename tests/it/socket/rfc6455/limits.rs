//! Contract §4: a message is at most 16 KiB, and is refused as soon as it says that it is longer.

use super::{
    super::bytes::{BINARY, CONTINUATION, LAST, TEXT, frame, header},
    Back, Case, case, echo_of, fragments, refused,
};

const MAX: usize = 16 * 1024;

pub(super) fn cases() -> Vec<Case> {
    let fits = echo_of("whole", MAX);
    let long = vec![b' '; MAX + 1];
    let kilobytes = |bytes: &[u8]| {
        let parts: Vec<&[u8]> = bytes.chunks(1024).collect();
        fragments(TEXT, &parts).concat()
    };
    let mut cases = vec![
        case("16 KiB in fragments", kilobytes(&fits), vec![Back::Echo("whole".into())]),
        refused("a byte more in fragments", kilobytes(&long), 4502),
        refused("a byte more in one frame", frame(LAST | TEXT, &long), 4502),
        refused("a byte more of a binary message", frame(LAST | BINARY, &long), 4502),
        refused("a first fragment that is too long", frame(TEXT, &long), 4502),
        refused(
            "a next one that is",
            [frame(TEXT, b"{"), header([0; 4], LAST | CONTINUATION, MAX as u64 + 1)].concat(),
            4502,
        ),
    ];
    // The head alone is enough.
    for said in
        [MAX as u64 + 1, 65_535, 65_536, 1 << 30, u64::from(u32::MAX) + 1, 1 << 62, u64::MAX]
    {
        cases.push(refused(
            format!("a frame that says {said} bytes"),
            header([0; 4], LAST | TEXT, said),
            4502,
        ));
    }
    for length in [65_535, 65_536, 1 << 20] {
        cases.push(refused(
            format!("a text of {length} bytes"),
            frame(LAST | TEXT, &vec![b' '; length]),
            4502,
        ));
    }
    cases
}
