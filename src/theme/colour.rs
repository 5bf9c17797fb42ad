//! Colours, and how well one is read on another.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A colour with its opacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour {
    /// Red, green, blue as sRGB has them.
    pub(super) rgb: [u8; 3],
    /// From 0, unseen, to 255, opaque.
    pub(super) alpha: u8,
}

impl Colour {
    /// Reads `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa`, without its hash.
    pub(super) fn of_hex(digits: &str) -> Option<Self> {
        let wide: String = match digits.len() {
            3 | 4 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
            _ => digits.into(),
        };
        let bytes = hex::decode(wide).ok()?;
        match bytes[..] {
            [r, g, b] => Some(Self { rgb: [r, g, b], alpha: u8::MAX }),
            [r, g, b, alpha] => Some(Self { rgb: [r, g, b], alpha }),
            _ => None,
        }
    }

    /// The names that themes use.
    pub(super) fn named(name: &str) -> Option<Self> {
        let hex = match name.to_ascii_lowercase().as_str() {
            "white" => "ffffff",
            "black" => "000000",
            "transparent" => "00000000",
            _ => return None,
        };
        Self::of_hex(hex)
    }

    /// How opaque it is, in percent.
    pub(super) fn percent(self) -> u32 {
        u32::from(self.alpha) * 100 / u32::from(u8::MAX)
    }

    /// Relative luminance as WCAG has it, from 0 to 1.
    pub(super) fn luminance(self) -> f64 {
        let [r, g, b] = self.rgb.map(linear);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// The contrast of two colours as WCAG has it, from 1 to 21; opacity is not counted.
    pub(super) fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance() + 0.05, other.luminance() + 0.05);
        if one > two { one / two } else { two / one }
    }
}

/// How much light a channel's value is, from 0 to 1.
pub(super) fn linear(channel: u8) -> f64 {
    let value = f64::from(channel) / 255.0;
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", hex::encode(self.rgb))?;
        if self.alpha < u8::MAX { write!(f, "{:02x}", self.alpha) } else { Ok(()) }
    }
}

impl Serialize for Colour {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Colour {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let colour = text.strip_prefix('#').and_then(Self::of_hex);
        colour.ok_or_else(|| D::Error::custom("a colour is written like #e0a63a or #16130ff2"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        let colour = |hex| Colour::of_hex(hex).unwrap();
        assert!((colour("fff").contrast(colour("000")) - 21.0).abs() < 1e-9);
        assert!((colour("767676").contrast(colour("ffffff")) - 4.54).abs() < 0.01);
        assert_eq!(colour("16130ff2").percent(), 94);
        assert_eq!(colour("16130ff2").to_string(), "#16130ff2");
        assert_eq!(Colour::of_hex("12"), None);
    }
}
