//! A window of time, cut into slices that are asked for oldest first.
//!
//! Stripe lists events newest first, and sales should enter their queue in the order they were made.
//! A slice that does not fit on one page is halved, so that no more than one page is in memory, what
//! is done is one moment, and after a crash it goes on from there. While pages are sparse the slices
//! grow: a quiet month is one call.

use crate::stripe_api::Window;

/// Events on a page, the most Stripe gives. A slice that fills less than half of one grows.
const PAGE: usize = 100;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slices {
    /// The next slice begins here.
    from_s: i64,
    /// The window's last second. The last slice is open: Stripe's clock may be ahead of ours.
    to_s: i64,
    /// How long a slice is at most, in seconds; at least 1.
    length_s: i64,
}

impl Slices {
    /// The window from one second to another, both in it.
    pub(super) fn new(from_s: i64, to_s: i64) -> Self {
        let to_s = to_s.max(from_s);
        Self { from_s, to_s, length_s: to_s - from_s + 1 }
    }

    /// The slice to ask for now; none when all is covered.
    pub(super) fn next(&self) -> Option<Window> {
        let last = self.from_s + self.length_s - 1;
        let to_s = (last < self.to_s).then_some(last);
        (self.from_s <= self.to_s).then_some(Window { from_s: self.from_s, to_s })
    }

    /// The slice holds more than a page: makes it smaller; `false` if it cannot be.
    pub(super) fn halve(&mut self) -> bool {
        let length = self.length_s.min(self.to_s - self.from_s + 1);
        self.length_s = (length / 2).max(1);
        length > 1
    }

    /// The slice is done, and held so many events.
    pub(super) fn covered(&mut self, events: usize) {
        self.from_s = self.from_s.saturating_add(self.length_s).min(self.to_s + 1);
        if events < PAGE / 2 {
            self.length_s = self.length_s.saturating_mul(2);
        }
    }

    /// From where on nothing is done yet.
    pub(super) fn open_from_s(&self) -> i64 {
        self.from_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goes through a window with events at these seconds; what was taken, and calls.
    fn walk(mut slices: Slices, events: &[i64]) -> (Vec<i64>, usize) {
        let (mut taken, mut calls) = (Vec::new(), 0);
        while let Some(window) = slices.next() {
            calls += 1;
            let to_s = window.to_s.unwrap_or(i64::MAX);
            let mut found: Vec<i64> =
                events.iter().copied().filter(|at| (window.from_s..=to_s).contains(at)).collect();
            found.sort_unstable();
            if found.len() > PAGE && slices.halve() {
                continue;
            }
            slices.covered(found.len());
            taken.extend(found);
        }
        (taken, calls)
    }

    #[test]
    fn a_quiet_window_is_one_call_and_nothing_is_asked_of_an_empty_one() {
        let month = 30 * 86_400;
        let few: Vec<i64> = (0..100).map(|n| n * 20_000).collect();
        assert_eq!(walk(Slices::new(0, month), &few), (few, 1));
        assert_eq!(walk(Slices::new(7, 3), &[7]), (vec![7], 1), "now is always asked for");
    }

    #[test]
    fn every_event_is_taken_once_and_oldest_first() {
        let month = 30 * 86_400;
        let raid: Vec<i64> = (0..1500).map(|n| month - 600 + n / 3).collect();
        let even: Vec<i64> = (0..1500).map(|n| n * 1700).collect();
        let one_second = vec![5; 400];
        for (events, most) in [(raid, 120), (even, 80), (one_second, 60)] {
            let (taken, calls) = walk(Slices::new(0, month), &events);
            assert_eq!(taken, events);
            assert!(calls <= most, "{calls}");
        }
    }

    #[test]
    fn the_last_slice_has_no_end() {
        let mut slices = Slices::new(0, 9);
        assert_eq!(slices.next(), Some(Window { from_s: 0, to_s: None }));
        assert!(slices.halve());
        assert_eq!(slices.next(), Some(Window { from_s: 0, to_s: Some(4) }));
        slices.covered(100);
        assert_eq!(slices.open_from_s(), 5);
        assert_eq!(slices.next(), Some(Window { from_s: 5, to_s: None }));
        slices.covered(1);
        assert_eq!(slices.next(), None);
    }
}
