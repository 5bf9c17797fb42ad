//! What may have happened to a body between Stripe and us.

use std::fmt;

use crate::stripe::signature::{SignatureHeader, SigningSecret};

/// A change that was undone to make the signature fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyChange {
    /// White space at its end came or went.
    EndOfBody,
    /// LF became CRLF, or the other way round.
    LineBreaks,
    /// A byte order mark came or went.
    ByteOrderMark,
    /// It was parsed and written again: other spaces, or another order of keys.
    Reserialised,
}

impl fmt::Display for BodyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EndOfBody => "a newline or blank was added or removed at its end",
            Self::LineBreaks => "its line breaks were converted between LF and CRLF",
            Self::ByteOrderMark => "a byte order mark was added or removed at its start",
            Self::Reserialised => "the JSON was parsed and re-serialised",
        })
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Finds the change that was made to `body`, if undoing one of the known ones makes the signature
/// fit.
pub(super) fn recover(
    header: &SignatureHeader<'_>,
    body: &[u8],
    secret: &SigningSecret,
) -> Option<BodyChange> {
    let fits = |body: &[u8]| header.fits(body, secret);
    let ends: [&[u8]; 3] = [b"", b"\n", b"\r\n"];
    let with_any_end =
        |body: &[u8]| ends.iter().any(|end| fits(&[body.trim_ascii_end(), end].concat()));

    let without_mark = body.strip_prefix(BYTE_ORDER_MARK);
    let other_mark = without_mark.map_or_else(|| [BYTE_ORDER_MARK, body].concat(), <[u8]>::to_vec);
    let lf = replace(body, b"\r\n", b"\n");
    let crlf = replace(&lf, b"\n", b"\r\n");
    let written = || writings(without_mark.unwrap_or(body));

    if with_any_end(body) {
        Some(BodyChange::EndOfBody)
    } else if with_any_end(&lf) || with_any_end(&crlf) {
        Some(BodyChange::LineBreaks)
    } else if with_any_end(&other_mark) {
        Some(BodyChange::ByteOrderMark)
    } else if written().iter().any(|body| with_any_end(body)) {
        Some(BodyChange::Reserialised)
    } else {
        None
    }
}

/// The same JSON as other programs write it. Stripe's own form is two spaces; Python's has blanks
/// behind commas and colons; keys may have been sorted before, not after, it was signed.
fn writings(body: &[u8]) -> Vec<Vec<u8>> {
    let Ok(sorted) = serde_json::from_slice::<serde_json::Value>(body) else { return Vec::new() };
    let sorted = sorted.to_string().into_bytes();
    let forms = [Form::COMPACT, Form::SPACED, Form::PRETTY, Form::PRETTY_OPEN];
    [body, &sorted].iter().flat_map(|body| forms.map(|form| form.write(body))).collect()
}

/// How JSON is laid out.
#[derive(Clone, Copy)]
struct Form {
    colon: &'static [u8],
    comma: &'static [u8],
    indent: bool,
    /// Whether `{}` is spread over two lines too, as in Stripe's older deliveries.
    open_empties: bool,
}

impl Form {
    const COMPACT: Self = Self { colon: b":", comma: b",", indent: false, open_empties: false };
    const SPACED: Self = Self { colon: b": ", comma: b", ", ..Self::COMPACT };
    const PRETTY: Self = Self { colon: b": ", comma: b",", indent: true, open_empties: false };
    const PRETTY_OPEN: Self = Self { open_empties: true, ..Self::PRETTY };

    /// Lays valid JSON out anew. Works on the text, because parsing would lose the order of keys
    /// and how numbers and escapes were written.
    fn write(self, json: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(json.len() * 2);
        let mut depth = 0;
        let (mut in_string, mut escaped) = (false, false);
        let mut bytes =
            json.iter().copied().filter(|b| !b.is_ascii_whitespace() || *b == b' ').peekable();
        while let Some(byte) = bytes.next() {
            if in_string {
                out.push(byte);
                in_string = byte != b'"' || escaped;
                escaped = byte == b'\\' && !escaped;
                continue;
            }
            match byte {
                b' ' => {}
                b':' => out.extend_from_slice(self.colon),
                b',' => {
                    out.extend_from_slice(self.comma);
                    self.line(&mut out, depth);
                }
                b'{' | b'[' => {
                    out.push(byte);
                    while bytes.next_if_eq(&b' ').is_some() {}
                    let empty = bytes.peek().is_some_and(|next| matches!(next, b'}' | b']'));
                    depth += 1;
                    if !empty {
                        self.line(&mut out, depth);
                    }
                }
                b'}' | b']' => {
                    depth -= 1;
                    let empty = matches!(out.last(), Some(b'{' | b'['));
                    if !empty || self.open_empties {
                        self.line(&mut out, depth);
                    }
                    out.push(byte);
                }
                _ => {
                    in_string = byte == b'"';
                    out.push(byte);
                }
            }
        }
        out
    }

    fn line(self, out: &mut Vec<u8>, depth: usize) {
        if self.indent {
            out.push(b'\n');
            out.resize(out.len() + 2 * depth, b' ');
        }
    }
}

fn replace(body: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}
