//! An entry of a list, and where it is in a text.

use std::ops::Range;

use super::fold::{Folded, Kind, Letter, fold, strict_looks};

/// What comes next in an entry.
#[derive(Clone, Debug)]
enum Step {
    /// A letter, digit or sign, once or several times, and what it looks like.
    Is(char, Vec<char>),
    /// A space: anything that is no letter or digit, at least once.
    Blank,
    /// `*`: any letters and digits, or none.
    Any,
}

/// An entry, ready to be searched for.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    /// As the streamer wrote it.
    pub(super) entry: String,
    steps: Vec<Step>,
    /// Whether it has a letter; then a number is never it, whatever its digits look like.
    lettered: bool,
}

impl Pattern {
    /// Reads an entry; `None` if nothing is left of it that could be found.
    pub(super) fn of(entry: &str) -> Option<Self> {
        let mut steps: Vec<Step> = Vec::new();
        for c in fold(entry.trim()) {
            let again = matches!(
                (c, steps.last()),
                ('*', Some(Step::Any)) | (' ' | '\u{3000}', Some(Step::Blank))
            );
            if !again {
                steps.push(match c {
                    '*' => Step::Any,
                    _ if c.is_whitespace() => Step::Blank,
                    _ => Step::Is(c, strict_looks(c)),
                });
            }
        }
        let is = |test: fn(&char) -> bool| {
            steps.iter().any(|step| matches!(step, Step::Is(c, _) if test(c)))
        };
        let lettered = is(|c| c.is_alphabetic());
        is(|_| true).then(|| Self { entry: entry.into(), steps, lettered })
    }

    /// Where it is, in letters of the text, from left to right. Takes at most as many steps as the
    /// text has letters times those of the entry: all the ways to read it are followed together.
    pub(super) fn find(&self, text: &Folded) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        let mut now = Threads::new(self.steps.len());
        let mut next = Threads::new(self.steps.len());
        for (at, letter) in text.letters.iter().enumerate() {
            if text.boundary(at) {
                self.enter(&mut now, 0, at);
            }
            if now.is_empty() {
                continue;
            }
            next.clear();
            for (step, began) in now.iter() {
                #[cfg(test)]
                text.looked.set(text.looked.get() + 1);
                self.read(letter, step, began, &mut next);
            }
            std::mem::swap(&mut now, &mut next);
            next.clear();
            let began = now.began[self.steps.len()].filter(|_| text.boundary(at + 1));
            match began
                .map(|began| began..at + 1)
                .filter(|hit| self.is_real(&text.letters[hit.clone()]))
            {
                Some(hit) if found.last().is_some_and(|last| last.start == hit.start) => {
                    found.pop();
                    found.push(hit);
                }
                hit => found.extend(hit),
            }
        }
        found
    }

    /// What a thread at `step` becomes when it reads a letter.
    fn read(&self, letter: &Letter, step: usize, began: usize, next: &mut Threads) {
        let gap = letter.kind == Kind::Gap;
        let ahead = self.steps.get(step);
        let behind = step.checked_sub(1).map(|behind| &self.steps[behind]);
        let goes_on = match ahead {
            Some(Step::Is(c, looks)) => is(letter, *c, looks),
            Some(Step::Blank) => gap,
            Some(Step::Any) | None => false,
        };
        let stays = match (behind, ahead) {
            (_, Some(Step::Any)) if !gap => true,
            (Some(Step::Is(c, looks)), _) if is(letter, *c, looks) => true,
            (Some(Step::Is(..)), Some(Step::Is(..))) => letter.bridge,
            (Some(Step::Blank), _) => gap,
            _ => false,
        };
        if goes_on {
            self.enter(next, step + 1, began);
        }
        if stays {
            self.enter(next, step, began);
        }
    }

    /// Adds a thread, and those that read nothing for a wildcard.
    fn enter(&self, threads: &mut Threads, step: usize, began: usize) {
        threads.add(step, began);
        if let Some(Step::Any) = self.steps.get(step) {
            threads.add(step + 1, began);
        }
    }

    fn is_real(&self, letters: &[Letter]) -> bool {
        let lettered = |letter: &Letter| matches!(letter.kind, Kind::Letter | Kind::Unspaced);
        !self.lettered || letters.iter().any(lettered)
    }
}

/// Whether a letter of a text can be read as this one of an entry.
fn is(letter: &Letter, c: char, looks: &[char]) -> bool {
    letter.is.contains(&c)
        || letter.looks.contains(&c)
        || letter.is.iter().any(|read| looks.contains(read))
}

/// By how much of an entry was read: where that began, the leftmost.
struct Threads {
    began: Vec<Option<usize>>,
    alive: usize,
}

impl Threads {
    fn new(steps: usize) -> Self {
        Self { began: vec![None; steps + 1], alive: 0 }
    }

    fn add(&mut self, step: usize, began: usize) {
        let thread = &mut self.began[step];
        self.alive += usize::from(thread.is_none());
        *thread = Some(thread.map_or(began, |other| other.min(began)));
    }

    fn clear(&mut self) {
        if !self.is_empty() {
            self.began.fill(None);
            self.alive = 0;
        }
    }

    const fn is_empty(&self) -> bool {
        self.alive == 0
    }

    fn iter(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.began.iter().enumerate().filter_map(|(step, began)| Some((step, (*began)?)))
    }
}
