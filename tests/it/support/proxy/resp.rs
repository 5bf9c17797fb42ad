//! As much of Redis' protocol as it takes to tell a published message from an answer.

/// How deep answers nest at most; XREAD's are five deep.
const DEPTH_MAX: usize = 16;

/// Bytes of a stream, cut into whole frames.
#[derive(Default)]
pub(super) struct Frames(Vec<u8>);

impl Frames {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// The next frame, if all of it is there.
    pub(super) fn next(&mut self) -> Option<Vec<u8>> {
        let length = length(&self.0, DEPTH_MAX)?;
        let rest = self.0.split_off(length);
        Some(std::mem::replace(&mut self.0, rest))
    }
}

/// Whether a frame is what a subscriber gets when somebody publishes.
pub(super) fn is_message(frame: &[u8]) -> bool {
    let is = |kind: u8| {
        let head = format!("{}3\r\n$7\r\nmessage\r\n", char::from(kind));
        frame.starts_with(head.as_bytes())
    };
    is(b'*') || is(b'>')
}

/// The length of the frame that stands first, if all of it is there.
fn length(bytes: &[u8], depth: usize) -> Option<usize> {
    let head = bytes.windows(2).position(|two| two == b"\r\n")? + 2;
    let line = std::str::from_utf8(&bytes[1..head - 2]).unwrap();
    let count = || line.parse::<isize>().expect("a count").try_into().unwrap_or(0_usize);
    let parts = match bytes[0] {
        // An absent string has a length of -1 and no end of its own.
        b'$' | b'=' | b'!' if line == "-1" => return Some(head),
        b'$' | b'=' | b'!' => {
            let end = head + count() + 2;
            return (bytes.len() >= end).then_some(end);
        }
        b'*' | b'>' | b'~' => count(),
        b'%' => 2 * count(),
        _ => return Some(head),
    };
    assert!(depth > 0, "an answer is nested too deep");
    (0..parts).try_fold(head, |end, _| Some(end + length(&bytes[end..], depth - 1)?))
}

#[test]
fn frames_are_told_apart() {
    let all = ["+OK\r\n", "$-1\r\n", "*-1\r\n", "*2\r\n$2\r\n\r\n\r\n*1\r\n:7\r\n", "$0\r\n\r\n"];
    let message = "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n";
    let stream = all.join("") + message;
    let mut frames = Frames::default();
    let mut seen = Vec::new();
    for byte in stream.bytes() {
        frames.add(&[byte]);
        seen.extend(frames.next());
    }
    assert_eq!(seen.len(), all.len() + 1);
    assert!(seen.iter().zip(all).all(|(seen, sent)| seen == sent.as_bytes()));
    assert_eq!(seen.iter().filter(|frame| is_message(frame)).count(), 1);
}
