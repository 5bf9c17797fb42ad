//! What a streamer wants hidden, replaced or held back of what buyers write.

use serde::{Deserialize, Serialize};

use super::SettingError;

/// Most entries of all lists together: more than any list people keep, and a bound on what one
/// name costs.
pub const ENTRIES_MAX: usize = 500;
/// Longest entry, in characters.
pub const ENTRY_CHARS: usize = 64;
/// Longest message shown, in graphemes: what can be read while an alert plays.
pub const MESSAGE_MAX: usize = 300;
/// Longest name shown, in graphemes: what fits on one line of an alert.
pub const NAME_MAX: usize = 50;

/// What happens to links in names and messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Links {
    /// They are taken out.
    #[default]
    Strip,
    /// A person decides about the alert.
    Hold,
    /// They stay.
    Allow,
}

/// The lists of one streamer. An entry is a word or phrase; a `*` in it stands for any run of letters
/// and digits, and without one it is found as a whole word only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Moderation {
    /// A message with one of these is not shown; a buyer so named is Someone.
    pub hide: Vec<String>,
    /// An alert with one of these waits for a person, its texts as they were written.
    pub hold: Vec<String>,
    /// These become `***`.
    pub replace: Vec<String>,
    /// What lies within one of these is no hit, like `class` when `*ass*` is listed.
    pub allow: Vec<String>,
    /// What happens to links.
    pub links: Links,
    /// Longest message shown, in graphemes; the rest is cut. At most 300; 0 shows none.
    pub max_message: usize,
    /// Longest name shown, in graphemes; the rest is cut. 1 to 50.
    pub max_name: usize,
}

impl Default for Moderation {
    fn default() -> Self {
        Self {
            hide: Vec::new(),
            hold: Vec::new(),
            replace: Vec::new(),
            allow: Vec::new(),
            links: Links::Strip,
            max_message: MESSAGE_MAX,
            max_name: NAME_MAX,
        }
    }
}

impl Moderation {
    /// Checks what the types alone do not.
    ///
    /// # Errors
    /// The first thing that does not fit; a bad entry by its list and its place in it, from 1.
    pub(super) fn check(&self) -> Result<(), SettingError> {
        let refuse =
            |allowed: String| SettingError::Bounds { key: "moderation", allowed: allowed.into() };
        let lists = [
            ("hide", &self.hide),
            ("hold", &self.hold),
            ("replace", &self.replace),
            ("allow", &self.allow),
        ];
        if lists.iter().map(|(_, list)| list.len()).sum::<usize>() > ENTRIES_MAX {
            return Err(refuse(format!("lists of at most {ENTRIES_MAX} entries together")));
        }
        for (name, list) in lists {
            if let Some(at) = list.iter().position(|entry| !is_entry(entry)) {
                let place = at + 1;
                return Err(refuse(format!(
                    "lists of words: entry {place} of {name} is empty, only wildcards or longer than \
                     {ENTRY_CHARS} characters"
                )));
            }
        }
        if self.max_message > MESSAGE_MAX || !(1..=NAME_MAX).contains(&self.max_name) {
            return Err(refuse(format!(
                "an object with max_message from 0 to {MESSAGE_MAX} and max_name from 1 to {NAME_MAX}"
            )));
        }
        Ok(())
    }
}

/// Whether something can be searched for: not too long, and more than blanks and wildcards.
fn is_entry(entry: &str) -> bool {
    let blank = |c: char| c == '*' || c.is_whitespace() || c.is_control();
    entry.chars().count() <= ENTRY_CHARS && !entry.chars().all(blank)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(moderation: &Moderation) -> String {
        moderation.check().unwrap_err().to_string()
    }

    #[test]
    fn a_bad_entry_is_refused_with_its_place() {
        let listed = |entry: &str| Moderation {
            replace: vec!["fine".into(), entry.into()],
            ..Moderation::default()
        };
        for bad in ["", " ", "*", "* *", &"x".repeat(65)] {
            let told = refused(&listed(bad));
            assert!(told.contains("entry 2 of replace"), "{told}");
        }
        for good in ["x", "*x*", "two words", "🖕", &"é".repeat(64)] {
            assert_eq!(listed(good).check(), Ok(()), "{good}");
        }
    }

    #[test]
    fn lists_and_lengths_are_bounded() {
        let many = |n: usize| Moderation {
            hide: vec!["a".into(); 1],
            allow: vec!["b".into(); n],
            ..Moderation::default()
        };
        assert_eq!(many(ENTRIES_MAX - 1).check(), Ok(()));
        assert!(refused(&many(ENTRIES_MAX)).contains("500 entries"));
        assert!(refused(&Moderation { max_message: 301, ..many(0) }).contains("max_message"));
        assert!(refused(&Moderation { max_name: 0, ..many(0) }).contains("max_name"));
        assert!(serde_json::from_str::<Moderation>(r#"{"hidden":["x"]}"#).is_err());
    }
}
