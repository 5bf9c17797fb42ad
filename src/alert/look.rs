//! How an alert is drawn and sounds: what a streamer chose for all, and where a rule differs from it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use thiserror::Error;

/// A theme of the overlay: one of [`Theme::BUILT_IN`], or the name of one that the streamer uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Theme(String);

/// Not a theme's name.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "a theme is one of {}, or the name of one of your own: letters a to z, digits and dashes",
    Theme::BUILT_IN.join(", ")
)]
pub struct ThemeError;

impl Theme {
    /// Those that come with the gateway, each a file in `overlay/themes/`. The first is the usual one.
    pub const BUILT_IN: [&str; 8] =
        ["clean", "light", "lower-third", "receipt", "pixel", "neon", "toast", "drop"];

    /// Most characters of a name.
    const CHARS_MAX: usize = 32;

    /// The theme of this name.
    ///
    /// # Errors
    /// When it cannot be a theme's name.
    pub fn named(name: &str) -> Result<Self, ThemeError> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let dash = name.starts_with('-') || name.ends_with('-');
        if name.is_empty() || name.len() > Self::CHARS_MAX || dash || !name.bytes().all(fits) {
            return Err(ThemeError);
        }
        Ok(Self(name.to_owned()))
    }

    /// Whether it comes with the gateway.
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        Self::BUILT_IN.contains(&self.0.as_str())
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Theme {
    fn default() -> Self {
        Self(Self::BUILT_IN[0].into())
    }
}

impl fmt::Display for Theme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Theme {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::named(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// A sound of the overlay: one of those in `overlay/sounds/`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sound {
    /// Whichever suits what was bought: the tap for a tip, the paper for a subscription, else the bell.
    #[default]
    Auto,
    /// A bell, struck once.
    Bell,
    /// A bell, struck twice.
    Double,
    /// A tap on wood.
    Tap,
    /// Paper, and a bell.
    Paper,
    /// No sound at all.
    #[serde(rename = "none")]
    Silence,
}

/// Where a page puts its card: the nine places of a screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Above, left.
    TopLeft,
    /// Above, in the middle.
    #[default]
    Top,
    /// Above, right.
    TopRight,
    /// Left, at half height.
    Left,
    /// In the middle of all.
    Center,
    /// Right, at half height.
    Right,
    /// Below, left.
    BottomLeft,
    /// Below, in the middle.
    Bottom,
    /// Below, right.
    BottomRight,
}

/// What a page needs to draw an alert differently. What is not said is as the streamer chose for all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Which theme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<Theme>,
    /// Which sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<Sound>,
    /// How loud, from 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<u8>,
    /// The headline, with `{name}`, `{amount}`, `{item}`, `{quantity}` and `{message}` yet to be
    /// filled in: the page does that, piece by piece, so that nothing of a buyer is ever markup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_is_named_like_a_file() {
        for name in Theme::BUILT_IN.iter().copied().chain(["mine", "a", "x2-y"]) {
            assert_eq!(Theme::named(name).map(|theme| theme.to_string()), Ok(name.into()));
        }
        for name in ["", "-a", "a-", "A", "a b", "../a", "a.css", "ä", &"a".repeat(33)] {
            assert_eq!(Theme::named(name), Err(ThemeError), "{name}");
        }
        assert!(Theme::default().is_built_in());
    }
}
