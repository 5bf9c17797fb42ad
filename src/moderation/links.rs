//! Links in a text: with a scheme, with `www.`, and bare domains.

use std::ops::Range;

use super::fold::Folded;

/// Ends of a name that make it a domain wherever it stands.
const DOMAINS: &str = "com net org edu gov info biz xyz app dev site online shop store club link click icu website \
    io co tv gg cc ai ly eu de uk ru fr nl pl br jp cn kr ca ch cz dk ua tr ro gr hu fi pt рф";
/// Ends that are also words, or often follow a full stop without a space: a domain only with a path.
const WORDS: &str = "me be it in to at us is so am my no do la es se id pro top fun art cool live world today \
    tech games game zone life wtf lol sh st fm ws";
/// What a link does not end with.
const TRAILING: &str = ".,!?;:)]}>\"'…*";

/// A character of the text, and the letters it is of.
struct Sign {
    c: char,
    letters: Range<usize>,
}

/// Where links are, in letters of the text, from left to right.
pub(super) fn find(text: &Folded) -> Vec<Range<usize>> {
    let signs = signs(text);
    let mut found: Vec<Range<usize>> = Vec::new();
    for token in signs.split(|sign| sign.c.is_whitespace()) {
        for at in 0..token.len() {
            let Some(link) = link_at(token, at) else { continue };
            let letters = token[link.start].letters.start..token[link.end - 1].letters.end;
            match found.last_mut().filter(|last| letters.start < last.end) {
                Some(last) => last.end = last.end.max(letters.end),
                None => found.push(letters),
            }
        }
    }
    found
}

/// The characters of a text, a `(dot)` or `[.]` read as the dot it stands for.
fn signs(text: &Folded) -> Vec<Sign> {
    let chars: Vec<char> = text.letters.iter().map(|letter| letter.is[0]).collect();
    let mut signs: Vec<Sign> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let (c, end) = match dot_in_brackets(&chars[at..]) {
            Some(length) => {
                while signs.last().is_some_and(|sign| sign.c.is_whitespace()) {
                    signs.pop();
                }
                ('.', at + length)
            }
            None => (if chars[at] == '。' { '.' } else { chars[at] }, at + 1),
        };
        signs.push(Sign { c, letters: at..end });
        at = end;
    }
    signs
}

/// How long a bracketed dot at the beginning of `chars` is, with the spaces behind it.
fn dot_in_brackets(chars: &[char]) -> Option<usize> {
    let inner = match chars {
        ['(' | '[' | '{', '.', ..] => 1,
        ['(' | '[' | '{', 'd', 'o', 't', ..] => 3,
        _ => return None,
    };
    let closed = chars.get(inner + 1).is_some_and(|c| ")]}".contains(*c));
    let spaces = chars.iter().skip(inner + 2).take_while(|c| c.is_whitespace()).count();
    closed.then_some(inner + 2 + spaces)
}

/// The link whose `://`, `www.` or dot is at `at`.
fn link_at(token: &[Sign], at: usize) -> Option<Range<usize>> {
    let starts = |word: &str| {
        word.chars().enumerate().all(|(i, c)| token.get(at + i).is_some_and(|sign| sign.c == c))
    };
    let part = |c: char| c.is_alphanumeric() || "-_.@".contains(c);
    let back = |from: usize, part: &dyn Fn(char) -> bool| {
        from - token[..from].iter().rev().take_while(|sign| part(sign.c)).count()
    };
    if starts("://") && at > 0 {
        let start = back(at, &|c| c.is_ascii_alphanumeric());
        return (start < at).then(|| start..end_of(token, at));
    }
    if starts("www.") && !at.checked_sub(1).is_some_and(|before| part(token[before].c)) {
        return Some(at..end_of(token, at));
    }
    let start = back(at, &part);
    if token[at].c != '.' || start == at || !token[at - 1].c.is_alphanumeric() {
        return None;
    }
    let rest = &token[at + 1..];
    let name: String = rest.iter().map(|sign| sign.c).take_while(|c| domain_letter(*c)).collect();
    let end = at + 1 + name.chars().count();
    let path = token.get(end).is_some_and(|sign| "/?#:".contains(sign.c));
    let listed = |list: &str| list.split_whitespace().any(|end| end == name);
    let word = token.get(end).is_some_and(|sign| sign.c == '/') && listed(WORDS);
    (word || listed(DOMAINS)).then(|| start..if path { end_of(token, end) } else { end })
}

fn domain_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || matches!(c, 'а'..='я')
}

/// Where a link ends that goes on to the end of its token.
fn end_of(token: &[Sign], from: usize) -> usize {
    let trailing = token.iter().rev().take_while(|sign| TRAILING.contains(sign.c)).count();
    (token.len() - trailing).max(from + 1)
}
