//! What buyers write, made fit to be drawn: one line, bounded, nothing invisible, nothing that
//! climbs over its neighbours. Ordinary text of any script comes out as it went in.

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

pub use crate::settings::{MESSAGE_MAX as MESSAGE_GRAPHEMES, NAME_MAX as NAME_GRAPHEMES};

/// Longest grapheme kept, in characters. The longest emoji in use has 10 (a kiss with two skin
/// tones).
const GRAPHEME_CHARS: usize = 16;
/// Marks kept on one base when they fit any script: Vietnamese needs two, zalgo uses dozens.
const FREE_MARKS: usize = 2;
/// Marks kept on one base when they belong to a script: Burmese and Tibetan stack four.
const SCRIPT_MARKS: usize = 4;

const ZWNJ: char = '\u{200C}';
const ZWJ: char = '\u{200D}';
const BLACK_FLAG: char = '\u{1F3F4}';

/// Cleans `raw` and cuts it to `max_graphemes`. Cleaning what is clean changes nothing.
#[must_use]
pub fn clean(raw: &str, max_graphemes: usize) -> String {
    // The rest of a 100 KB name cannot be shown anyway, and is not worth looking at.
    let mut text: String =
        raw.chars().take(max_graphemes.saturating_mul(4 * GRAPHEME_CHARS)).collect();
    // Taking one thing out can bring two others together, so this goes on until nothing is left to
    // do; every round but the first makes the text shorter.
    loop {
        let next = clamp(&one_pass(&text), max_graphemes);
        if next == text {
            return text;
        }
        text = next;
    }
}

/// How many graphemes a text has: what people call its length.
#[must_use]
pub fn graphemes(text: &str) -> usize {
    text.graphemes(true).count()
}

fn one_pass(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = None;
    let mut marks = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let c = if is_space(c) { space(c) } else { c };
        let keep = if is_space(c) {
            last.is_some_and(|last| !is_space(last)) && chars.peek().is_some()
        } else if c == ZWJ || c == ZWNJ {
            joins(c, last, chars.peek().copied())
        } else if is_tag(c) {
            last.is_some_and(|last| last == BLACK_FLAG || is_tag(last))
        } else if is_combining_mark(c) {
            let most = if is_free_mark(c) { FREE_MARKS } else { SCRIPT_MARKS };
            last.is_some_and(|last| !is_space(last)) && marks < most && !is_invisible(c)
        } else {
            !is_invisible(c)
        };
        if keep {
            marks = if is_combining_mark(c) { marks + 1 } else { 0 };
            last = Some(c);
            out.push(c);
        }
    }
    out
}

fn clamp(text: &str, max_graphemes: usize) -> String {
    let graphemes = text.graphemes(true).take(max_graphemes);
    graphemes.flat_map(|grapheme| grapheme.chars().take(GRAPHEME_CHARS)).collect()
}

/// White space of every kind, line breaks and controls; the Braille blank looks the same.
fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control() || c == '\u{2800}'
}

/// One plain space for all of them, but for the wide one that Japanese names are written with.
fn space(c: char) -> char {
    if c == '\u{3000}' { c } else { ' ' }
}

/// A joiner stays where a script or an emoji is written with it; between Latin letters it only
/// hides words from moderation.
fn joins(joiner: char, before: Option<char>, after: Option<char>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return false };
    // Arabic to Vedic: the scripts whose letters change shape with their neighbours.
    let shaping = |c: char| matches!(c, '\u{0600}'..='\u{1CFF}') && !is_invisible(c);
    let emoji = |c: char| matches!(c, '\u{2190}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}');
    let in_script = shaping(before) && (shaping(after) || after == ' ' && joiner == ZWJ);
    let in_emoji = joiner == ZWJ && (emoji(before) || before == '\u{FE0F}') && emoji(after);
    in_script || in_emoji
}

/// The letters that spell England, Scotland and Wales behind a black flag.
fn is_tag(c: char) -> bool {
    matches!(c, '\u{E0020}'..='\u{E007F}')
}

/// Marks that go with any letter, the stuff of zalgo; all other marks belong to one script.
pub(crate) fn is_free_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE00}'..='\u{FE2F}' | '\u{E0100}'..='\u{E01EF}')
}

/// What takes no room of its own or turns the direction of its surroundings: soft hyphen, grapheme
/// joiner, fillers, zero-width characters, bidi controls, annotations.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E001F}' | '\u{E0080}'..='\u{E00FF}'
        | '\u{E01F0}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests;
