//! What was learnt lately, so that it need not be asked again: bounded, and for a while. Pure; time
//! comes in.

use std::{collections::HashMap, time::Duration};

use crate::time::Timestamp;

/// See the module.
#[derive(Debug)]
pub struct Recall<V> {
    most: usize,
    believed_for: Duration,
    all: HashMap<String, Known<V>>,
}

#[derive(Debug)]
struct Known<V> {
    value: V,
    learnt: Timestamp,
    used: Timestamp,
}

impl<V> Recall<V> {
    /// Remembers at most so many values; the one used longest ago makes room. Each is believed for so
    /// long after it was learnt, however often it is used.
    #[must_use]
    pub fn new(most: usize, believed_for: Duration) -> Self {
        Self { most, believed_for, all: HashMap::new() }
    }

    /// The value of a key, if it was learnt lately.
    pub fn get(&mut self, key: &str, now: Timestamp) -> Option<&V> {
        let known = self.all.get_mut(key)?;
        known.used = now;
        (now.since(known.learnt) < self.believed_for).then_some(&known.value)
    }

    /// Remembers the value of a key.
    pub fn learn(&mut self, key: &str, value: V, now: Timestamp) {
        if self.all.len() >= self.most && !self.all.contains_key(key) {
            let oldest = self.all.iter().min_by_key(|(_, known)| known.used);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.all.remove(&oldest);
            }
        }
        self.all.insert(key.to_owned(), Known { value, learnt: now, used: now });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_secs(seconds)
    }

    #[test]
    fn a_value_is_believed_for_a_while() {
        let mut names = Recall::new(3, Duration::from_mins(10));
        names.learn("price_1", "Mug", at(0));
        assert_eq!(names.get("price_1", at(599)), Some(&"Mug"));
        assert_eq!(names.get("price_1", at(600)), None, "however often it is used");
        names.learn("price_1", "Cup", at(601));
        assert_eq!(names.get("price_1", at(602)), Some(&"Cup"));
    }

    #[test]
    fn the_value_used_longest_ago_makes_room() {
        let mut names = Recall::new(2, Duration::from_mins(10));
        names.learn("price_1", "Mug", at(0));
        names.learn("price_2", "Cup", at(1));
        assert!(names.get("price_1", at(2)).is_some());
        names.learn("price_3", "Jug", at(3));
        assert_eq!(names.get("price_1", at(4)), Some(&"Mug"));
        assert_eq!(names.get("price_2", at(4)), None);
        assert_eq!(names.all.len(), 2);
    }
}
