//! theme.json: what a theme is called, what it builds on, its colours and its layout.

use serde::{Deserialize, Serialize};

use super::{
    colour::Colour,
    finding::{Check, Finding},
};
use crate::alert::Theme;

/// Longest manifest, in bytes.
const BYTES_MAX: usize = 16 << 10;

/// Most characters of title, version, author and font.
const TEXT_MAX: usize = 60;

/// Largest radius, in pixels of a canvas of 1920×1080.
const RADIUS_MAX: u32 = 60;

/// What theme.json says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The name by which settings and rules ask for it; none of the built-in ones.
    pub name: Theme,
    /// What people read; at most 60 characters.
    pub title: String,
    /// The maker's count, like `1.2`; at most 60 characters.
    pub version: String,
    /// Who made it; at most 60 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The built-in theme whose sheet comes before its own.
    #[serde(default)]
    pub base: Theme,
    /// Values of the base's that differ.
    #[serde(default)]
    pub tokens: Tokens,
    /// What of the card is shown, in which order.
    #[serde(default)]
    pub layout: Layout,
    /// Its own of the gateway's sounds.
    #[serde(default)]
    pub sounds: Sounds,
}

/// Values that all themes share.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tokens {
    /// The one loud colour: the amount's, the frame's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent: Option<Colour>,
    /// What the text stands on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plate: Option<Colour>,
    /// Name and message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Colour>,
    /// The words around them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted: Option<Colour>,
    /// Of the plate's corners, in pixels of a canvas of 1920×1080; at most 60.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub radius: Option<u32>,
    /// A font's family, of the streamer's machine or of a @font-face of the theme's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub font: Option<String>,
}

/// Paths of sounds in the place of the gateway's own, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sounds {
    /// A bell, struck once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bell: Option<String>,
    /// A bell, struck twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub double: Option<String>,
    /// A tap on wood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tap: Option<String>,
    /// Paper, and a bell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paper: Option<String>,
}

impl Sounds {
    /// Those that there are: name and path.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let Self { bell, double, tap, paper } = self;
        let all = [("bell", bell), ("double", double), ("tap", tap), ("paper", paper)];
        all.into_iter().filter_map(|(name, path)| Some((name, path.as_deref()?)))
    }
}

/// What of the card is shown. The TEST and REPLAY tab always is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Layout {
    /// The order from above; what is not named comes after, as the base has it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<Slot>,
    /// What is not shown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hide: Vec<Slot>,
}

/// A part of the card that a theme may move or leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Slot {
    /// The picture, or the name's first letter.
    Tile,
    /// Who.
    Name,
    /// Did what.
    Deed,
    /// The list of what was bought.
    Items,
    /// How much it came to.
    Amount,
    /// What they wrote.
    Message,
}

impl Manifest {
    /// Reads theme.json.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Finding> {
        let wrong =
            |line, what: String| Check::Manifest.found(super::archive::MANIFEST, line, what);
        if bytes.len() > BYTES_MAX {
            return Err(wrong(None, "it is larger than 16 KiB".into()));
        }
        let read: Result<Self, _> = serde_json::from_slice(bytes);
        let manifest = read.map_err(|error| {
            wrong(u32::try_from(error.line()).ok().filter(|line| *line > 0), error.to_string())
        })?;
        manifest.check().map_err(|what| wrong(None, what))?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), String> {
        let Self { name, title, version, author, base, tokens, .. } = self;
        if name.is_built_in() {
            return Err(format!("{name} is the name of a theme that comes with the gateway"));
        }
        if !base.is_built_in() {
            return Err(format!("base is one of {}", Theme::BUILT_IN.join(", ")));
        }
        let fits = |text: &str| {
            let chars = text.trim().chars().count();
            chars == text.chars().count() && chars > 0 && chars <= TEXT_MAX
        };
        let texts =
            [("title", Some(title)), ("version", Some(version)), ("author", author.as_ref())];
        for (field, text) in texts {
            if text.is_some_and(|text| !fits(text) || text.chars().any(char::is_control)) {
                return Err(format!(
                    "{field} is 1 to {TEXT_MAX} characters, without spaces around"
                ));
            }
        }
        if tokens.radius.is_some_and(|radius| radius > RADIUS_MAX) {
            return Err(format!("radius is between 0 and {RADIUS_MAX}"));
        }
        // It is written into a quoted name.
        let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        if tokens.font.as_ref().is_some_and(|font| !fits(font) || !font.chars().all(plain)) {
            return Err("font is the name of one family: letters, digits, spaces, dashes".into());
        }
        Ok(())
    }
}
