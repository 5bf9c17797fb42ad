//! What of a buyer's name and message is shown: a streamer's lists (see [`Moderation`]) and the rule
//! for links, applied to what [`clean`] left.
//!
//! There is no list of ours: what is an insult in one language is a river in another.

mod fold;
mod links;
mod pattern;

use std::ops::Range;

use serde::Serialize;

use self::{fold::Folded, pattern::Pattern};
use crate::{
    settings::{Links, Moderation},
    text::{MESSAGE_GRAPHEMES, NAME_GRAPHEMES, clean, graphemes},
};

/// What stands for a word that is not shown. Always as long: its length would tell the word.
const STARS: &str = "***";

/// How often a text is searched anew because taking something out brought other words together. A
/// text that needs more is made for it, and is not shown.
const ROUNDS: usize = 8;

/// What was found in a text, from the weakest to the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// A link, which is taken out.
    Link,
    /// An entry of `replace`, which becomes `***`.
    Replace,
    /// An entry of `hold`, or a link that is to be held: a person decides.
    Hold,
    /// An entry of `hide`: nothing of the text is shown.
    Hide,
}

/// One find.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// What follows from it.
    pub list: Found,
    /// The entry; of a link none.
    pub entry: Option<String>,
    /// What it was found in, as it was written.
    pub text: String,
}

/// What becomes of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moderated {
    /// What may be shown; if a person is to decide, what was written. `None` if there is nothing.
    pub text: Option<String>,
    /// Whether a person decides first.
    pub held: bool,
    /// What was found, round by round from left to right.
    pub hits: Vec<Hit>,
}

/// One streamer's moderation, ready for use.
#[derive(Debug)]
pub struct Filter {
    lists: [(Found, Vec<Pattern>); 3],
    allow: Vec<Pattern>,
    links: Links,
    max_message: usize,
    max_name: usize,
}

impl Filter {
    /// Reads the lists.
    #[must_use]
    pub fn new(settings: &Moderation) -> Self {
        let read = |list: &[String]| list.iter().filter_map(|entry| Pattern::of(entry)).collect();
        Self {
            lists: [
                (Found::Hide, read(&settings.hide)),
                (Found::Hold, read(&settings.hold)),
                (Found::Replace, read(&settings.replace)),
            ],
            allow: read(&settings.allow),
            links: settings.links,
            max_message: settings.max_message,
            max_name: settings.max_name,
        }
    }

    /// What is shown of a name.
    #[must_use]
    pub fn name(&self, raw: &str) -> Moderated {
        self.moderate(clean(raw, NAME_GRAPHEMES), self.max_name)
    }

    /// What is shown of a message.
    #[must_use]
    pub fn message(&self, raw: &str) -> Moderated {
        self.moderate(clean(raw, MESSAGE_GRAPHEMES), self.max_message)
    }

    fn moderate(&self, written: String, max_graphemes: usize) -> Moderated {
        let mut text = written.clone();
        let mut hits = Vec::new();
        for _ in 0..ROUNDS {
            let found = self.find(&text);
            let strongest = found.iter().map(|(_, hit)| hit.list).max();
            let edited = edit(&text, &found);
            hits.extend(found.into_iter().map(|(_, hit)| hit));
            let shown = |text: String| (!text.is_empty()).then_some(text);
            match strongest {
                Some(Found::Hide) => return Moderated { text: None, held: false, hits },
                Some(Found::Hold) => {
                    let text = shown(clean(&written, max_graphemes));
                    return Moderated { text, held: true, hits };
                }
                Some(Found::Replace | Found::Link) => text = clean(&edited, MESSAGE_GRAPHEMES),
                // Cut only now, or half of a word would come through; and a cut makes new ends.
                None if graphemes(&text) > max_graphemes => text = clean(&text, max_graphemes),
                None => return Moderated { text: shown(text), held: false, hits },
            }
        }
        Moderated { text: None, held: false, hits }
    }

    /// All that is found in a text and not allowed, from left to right, with its place in bytes.
    fn find(&self, text: &str) -> Vec<(Range<usize>, Hit)> {
        let folded = Folded::of(text);
        let mut found: Vec<(Range<usize>, Found, Option<&str>)> = Vec::new();
        for (list, patterns) in &self.lists {
            for pattern in patterns {
                let places = pattern.find(&folded).into_iter();
                found.extend(places.map(|place| (place, *list, Some(&*pattern.entry))));
            }
        }
        let of_link = match self.links {
            Links::Strip => Some(Found::Link),
            Links::Hold => Some(Found::Hold),
            Links::Allow => None,
        };
        if let Some(list) = of_link {
            found.extend(links::find(&folded).into_iter().map(|place| (place, list, None)));
        }
        if !found.is_empty() {
            let allowed: Vec<_> =
                self.allow.iter().flat_map(|pattern| pattern.find(&folded)).collect();
            found.retain(|(hit, ..)| {
                !allowed.iter().any(|place| place.start <= hit.start && hit.end <= place.end)
            });
        }
        found.sort_by_key(|(place, list, _)| (place.start, place.end, *list));
        let told = |(letters, list, entry): (Range<usize>, Found, Option<&str>)| {
            let place = folded.place(&letters);
            let hit = Hit { list, entry: entry.map(Into::into), text: text[place.clone()].into() };
            (place, hit)
        };
        found.into_iter().map(told).collect()
    }
}

/// A text with what was found, from left to right, taken out or replaced. Finds that overlap are one.
fn edit(text: &str, found: &[(Range<usize>, Hit)]) -> String {
    let mut edited = String::with_capacity(text.len());
    let mut kept = 0;
    let mut rest = found.iter().peekable();
    while let Some((place, hit)) = rest.next() {
        let (mut end, mut list) = (place.end, hit.list);
        while let Some((place, hit)) = rest.next_if(|(place, _)| place.start < end) {
            end = end.max(place.end);
            list = list.max(hit.list);
        }
        edited.push_str(&text[kept..place.start]);
        edited.push_str(if list == Found::Link { "" } else { STARS });
        kept = end;
    }
    edited.push_str(&text[kept..]);
    edited
}

#[cfg(test)]
mod tests;
