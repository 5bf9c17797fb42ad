//! A text as it is searched: letter by letter, without case, accents, look-alikes and what is not
//! seen, each letter with its place in the text as it was written.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
use unicode_security::confusable_detection::skeleton;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::text::{is_free_mark, is_invisible};

/// Longest run of signs that a word is still one word across: `b..a..d`, `b - a - d`.
const BRIDGE: usize = 3;

/// What a letter is to the words around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A letter of a script that puts spaces between words.
    Letter,
    /// A letter of a script that does not: a word can begin and end anywhere.
    Unspaced,
    Digit,
    /// A sign, an emoji or a space: between words, or within one that is to be hidden.
    Gap,
}

/// One letter, digit or sign.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    /// Itself without case; of digits and signs also the letters they are written for.
    pub(super) is: Vec<char>,
    /// The letters it looks like.
    pub(super) looks: Vec<char>,
    pub(super) kind: Kind,
    /// Of a gap, whether a word may go on behind it.
    pub(super) bridge: bool,
    /// Of a digit, whether it stands first or last in its word, like in `mika99`.
    outer: bool,
    /// The grapheme it is in, in bytes of the text.
    place: Range<usize>,
}

/// A text, ready to be searched.
#[derive(Debug)]
pub(super) struct Folded {
    pub(super) letters: Vec<Letter>,
    /// What a search cost: how often a letter was compared.
    #[cfg(test)]
    pub(super) looked: std::cell::Cell<usize>,
}

impl Folded {
    pub(super) fn of(text: &str) -> Self {
        let mut letters = Vec::new();
        for (start, grapheme) in text.grapheme_indices(true) {
            let place = start..start + grapheme.len();
            letters.extend(fold(grapheme).map(|c| Letter {
                is: once_and(c, stands_for(c)),
                looks: looks(c),
                kind: kind(c),
                bridge: false,
                outer: false,
                place: place.clone(),
            }));
        }
        mark_bridges(&mut letters);
        mark_outer_digits(&mut letters);
        Self {
            letters,
            #[cfg(test)]
            looked: std::cell::Cell::new(0),
        }
    }

    /// Whether a word can end before the letter at `at` and another begin with it.
    pub(super) fn boundary(&self, at: usize) -> bool {
        use Kind::{Digit, Gap, Letter, Unspaced};
        let (Some(before), Some(after)) =
            (at.checked_sub(1).and_then(|at| self.letters.get(at)), self.letters.get(at))
        else {
            return true;
        };
        match (before.kind, after.kind) {
            (Gap | Unspaced, _) | (_, Gap | Unspaced) => true,
            (Letter, Letter) | (Digit, Digit) => false,
            (Digit, Letter) => before.outer,
            (Letter, Digit) => after.outer,
        }
    }

    /// Where these letters are in the text, in bytes.
    pub(super) fn place(&self, letters: &Range<usize>) -> Range<usize> {
        self.letters[letters.start].place.start..self.letters[letters.end - 1].place.end
    }
}

/// The letters of a text without case, compatibility forms and what has no weight.
pub(super) fn fold(text: &str) -> impl Iterator<Item = char> + '_ {
    // By way of upper case: ß is SS, ς is Σ, ſ is S; ẞ has to be ß before.
    let small = text.nfkc().map(plain).flat_map(char::to_lowercase);
    let caseless = small.flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    caseless.filter(|c| !is_weightless(*c))
}

/// Letters drawn as flags, on discs and on squares have no compatibility form in Unicode.
fn plain(c: char) -> char {
    let first = match c {
        '\u{1F1E6}'..='\u{1F1FF}' => '\u{1F1E6}',
        '\u{1F150}'..='\u{1F169}' => '\u{1F150}',
        '\u{1F170}'..='\u{1F189}' => '\u{1F170}',
        _ => return c,
    };
    char::from_u32(u32::from(c) - u32::from(first) + u32::from('a')).unwrap_or(c)
}

/// What changes how a letter is drawn and not which one it is: marks that go with any letter, vowel
/// points of Hebrew and Arabic, the line that stretches Arabic words, joiners, skin tones.
fn is_weightless(c: char) -> bool {
    let points = matches!(c, '\u{0591}'..='\u{05BD}' | '\u{05BF}' | '\u{05C1}'..='\u{05C7}'
        | '\u{0640}' | '\u{064B}'..='\u{065F}' | '\u{0670}');
    let joiner = matches!(c, '\u{200C}' | '\u{200D}');
    is_free_mark(c) || is_invisible(c) || points || joiner || matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

fn kind(c: char) -> Kind {
    // Thai, Lao, Burmese, Khmer, Japanese, Chinese.
    let unspaced = matches!(c, '\u{0E01}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17D3}'
        | '\u{3041}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}');
    match c {
        _ if c.is_numeric() && !unspaced => Kind::Digit,
        _ if !c.is_alphanumeric() && !is_combining_mark(c) => Kind::Gap,
        _ if unspaced => Kind::Unspaced,
        _ => Kind::Letter,
    }
}

/// The letters that a digit or sign is written for.
fn stands_for(c: char) -> &'static str {
    match c {
        '0' => "o",
        '1' | '!' | '|' | '¡' => "il",
        '2' => "z",
        '3' | '€' => "e",
        '4' | '@' => "a",
        '5' | '$' | '§' => "s",
        '6' => "bg",
        '7' | '+' => "t",
        '8' => "b",
        '9' => "g",
        '(' | '¢' | '©' => "c",
        '£' => "l",
        '#' => "h",
        _ => "",
    }
}

fn once_and(c: char, more: &str) -> Vec<char> {
    std::iter::once(c).chain(more.chars()).collect()
}

/// What a letter of a text looks like: a letter without its accents, and Latin letters of the same
/// shape, be it in small or in capitals.
fn looks(c: char) -> Vec<char> {
    let mut looks = shapes(c, is_free_mark);
    let mut parts = std::iter::once(c).nfd();
    let bare = parts.next().filter(|bare| *bare != c && parts.all(is_free_mark));
    // These are letters of their own, not accented ones.
    if let Some(bare) = bare.filter(|_| !matches!(c, 'й' | 'ї' | 'ў')) {
        looks.push(bare);
    }
    looks
}

/// What a letter of a list's entry looks like. Its accents are meant: `für` is not `fur`.
pub(super) fn strict_looks(c: char) -> Vec<char> {
    shapes(c, |_| false)
}

/// Latin letters of the same shape, by Unicode's table of confusables.
fn shapes(c: char, may_carry: impl Fn(char) -> bool) -> Vec<char> {
    // Hebrew and Arabic letters cannot spell a Latin word: they are drawn the other way.
    let foreign =
        matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}');
    if c.is_ascii() || foreign || kind(c) != Kind::Letter {
        return Vec::new();
    }
    let mut shapes = Vec::new();
    for c in std::iter::once(c).chain(c.to_uppercase()) {
        let mut buffer = [0; 4];
        let mut likeness = skeleton(c.encode_utf8(&mut buffer));
        let shape = likeness.next().map_or(c, small_capital).to_ascii_lowercase();
        if shape.is_ascii_alphabetic() && likeness.all(&may_carry) && !shapes.contains(&shape) {
            shapes.push(shape);
        }
    }
    shapes
}

/// Small capitals look like letters only to people; the table keeps them apart.
fn small_capital(c: char) -> char {
    const SMALL: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡ\0ʏᴢ";
    let at = SMALL.chars().position(|small| small == c);
    at.and_then(|at| ('a'..='z').nth(at)).unwrap_or(c)
}

/// A word goes on behind a few signs (`b.a-d`); behind a space only where it is spelled out letter by
/// letter (`b a d`, `b aa d`), and behind an apostrophe only of single ones, or `he'll` and `I'll` would be
/// other words.
fn mark_bridges(letters: &mut [Letter]) {
    let is_gap = |letter: &Letter| letter.kind == Kind::Gap;
    let pieces: Vec<Range<usize>> = {
        let mut at = 0;
        let runs = letters.chunk_by(|a, b| is_gap(a) == is_gap(b));
        let ranges = runs.map(|run| {
            at += run.len();
            at - run.len()..at
        });
        ranges.collect()
    };
    let lone = |piece: &Range<usize>| {
        letters[piece.clone()].iter().all(|letter| letter.is[0] == letters[piece.start].is[0])
    };
    let bridges = |around: &[Range<usize>]| {
        let [before, gap, after] = around else { return false };
        if !is_gap(&letters[gap.start]) || gap.len() > BRIDGE {
            return false;
        }
        let has =
            |sign: fn(char) -> bool| letters[gap.clone()].iter().any(|letter| sign(letter.is[0]));
        let spelled = lone(before) && lone(after);
        if has(|c| "'’ʼ`´".contains(c)) {
            spelled && before.len() == 1 && after.len() == 1
        } else {
            spelled || !has(char::is_whitespace)
        }
    };
    let found: Vec<Range<usize>> = pieces
        .windows(3)
        .filter(|around| bridges(around))
        .map(|around| around[1].clone())
        .collect();
    for letter in found.into_iter().flatten() {
        letters[letter].bridge = true;
    }
}

fn mark_outer_digits(letters: &mut [Letter]) {
    for word in letters.chunk_by_mut(|a, b| (a.kind == Kind::Gap) == (b.kind == Kind::Gap)) {
        let digits = |letter: &&mut Letter| letter.kind == Kind::Digit;
        word.iter_mut().take_while(digits).for_each(|digit| digit.outer = true);
        word.iter_mut().rev().take_while(digits).for_each(|digit| digit.outer = true);
    }
}
