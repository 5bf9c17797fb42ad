//! What a streamer can set (contract §2), kept as one document per streamer.

mod goal;
mod moderation;
pub mod rules;

use std::{borrow::Cow, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

pub use self::goal::{Goal, Target};
pub use self::moderation::{ENTRIES_MAX, ENTRY_CHARS, Links, MESSAGE_MAX, Moderation, NAME_MAX};
use self::rules::{Rule, RuleError};

use crate::{
    alert::{Place, Sound, Theme},
    money::Currency,
};

/// What happens while OBS says that the source is not in the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenInactive {
    /// Alerts wait.
    #[default]
    Wait,
    /// Alerts play all the same.
    Play,
}

/// One streamer's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The name shown in dashboards and on the store page; at most 50 graphemes.
    pub name: String,
    /// The currency of test alerts and of what names none.
    pub currency: Currency,
    /// Whether moderators see what was paid.
    pub moderators_see_amounts: bool,
    /// How long an alert waits for an overlay before it is missed.
    #[serde(with = "length")]
    pub missed_after: Duration,
    /// How old an event may be and still play by itself.
    #[serde(with = "length")]
    pub late_after: Duration,
    /// How long a held alert waits for a person before it is missed.
    #[serde(with = "length")]
    pub decide_within: Duration,
    /// Whether alerts wait until OBS streams.
    pub hold_until_live: bool,
    /// What an inactive source means.
    pub when_inactive: WhenInactive,
    /// Whether Stripe's test purchases play, with a badge.
    pub show_test: bool,
    /// Whether a subscription's later payments are alerts.
    pub renewals: bool,
    /// Whether payment intents are the sales, for shops that do not use Checkout.
    pub payment_intents: bool,
    /// How long an alert plays, way in and out included; 3 s to 60 s.
    #[serde(with = "length")]
    pub duration: Duration,
    /// The overlay's theme.
    pub theme: Theme,
    /// The colour of the theme's accent, as `#rrggbb`; empty for the theme's own.
    pub accent: String,
    /// Where the card stands.
    pub position: Place,
    /// Whether cards only fade, and nothing else moves.
    pub calm: bool,
    /// The sound.
    pub sound: Sound,
    /// How loud, from 0 to 100.
    pub volume: u8,
    /// The key of the Checkout custom field that holds the nickname.
    pub nickname_field: String,
    /// The key of the Checkout custom field that holds the message.
    pub message_field: String,
    /// Whether the store page also sells what is active in Stripe's catalogue.
    pub catalogue: bool,
    /// Most alerts of one buyer within a minute; what is more is recorded and not shown. 0 is no
    /// limit; at most 1000.
    pub buyer_limit: u32,
    /// What is sold towards; counted from the moment it is set.
    pub goal: Option<Goal>,
    /// What is done with which sales; at most 50.
    pub rules: Vec<Rule>,
    /// What is hidden, replaced or held of what buyers write.
    pub moderation: Moderation,
    /// Which change of the streamer's document these are, counted from 1; 0 of none that is stored.
    #[serde(skip)]
    pub version: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: String::new(),
            currency: Currency::USD,
            moderators_see_amounts: false,
            missed_after: Duration::from_mins(15),
            late_after: Duration::from_hours(1),
            decide_within: Duration::from_hours(24),
            hold_until_live: false,
            when_inactive: WhenInactive::Wait,
            show_test: true,
            renewals: false,
            payment_intents: false,
            duration: Duration::from_secs(6),
            theme: Theme::default(),
            accent: String::new(),
            position: Place::default(),
            calm: false,
            sound: Sound::default(),
            volume: 60,
            nickname_field: "nickname".into(),
            message_field: "message".into(),
            catalogue: false,
            buyer_limit: 0,
            goal: None,
            rules: Vec::new(),
            moderation: Moderation::default(),
            version: 0,
        }
    }
}

/// Lengths of time as people write them: `90s`, `15m`, `1h`, `3d`, `250ms`.
pub mod length {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};
    use thiserror::Error;

    /// Not a length of time.
    #[derive(Debug, Error, PartialEq, Eq)]
    #[error("a length of time is a whole number with ms, s, m, h or d, like 90s or 15m")]
    pub struct LengthError;

    const UNITS: [(&str, u64); 5] =
        [("ms", 1), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)];

    /// Reads a length.
    ///
    /// # Errors
    /// When it has no unit, an unknown one, or does not fit.
    pub fn parse(text: &str) -> Result<Duration, LengthError> {
        UNITS
            .iter()
            .find_map(|(unit, millis)| Some((text.trim().strip_suffix(unit)?, millis)))
            .filter(|(number, _)| number.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|(number, millis)| number.parse::<u64>().ok()?.checked_mul(*millis))
            .map(Duration::from_millis)
            .ok_or(LengthError)
    }

    /// Writes a length in the largest unit that fits without a rest.
    #[must_use]
    pub fn format(length: Duration) -> String {
        let millis = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        let fits = |unit: u64| millis > 0 && millis.is_multiple_of(unit);
        match millis {
            _ if fits(86_400_000) => format!("{}d", millis / 86_400_000),
            _ if fits(3_600_000) => format!("{}h", millis / 3_600_000),
            _ if fits(60_000) => format!("{}m", millis / 60_000),
            _ if fits(1000) => format!("{}s", millis / 1000),
            _ => format!("{millis}ms"),
        }
    }

    pub(super) fn serialize<S: Serializer>(length: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format(*length))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        parse(&text).map_err(D::Error::custom)
    }
}

/// Every setting with what it may be, for people.
const ALLOWED: [(&str, &str); 25] = [
    ("name", "at most 50 characters"),
    ("currency", "a currency's three letters, like eur"),
    ("moderators_see_amounts", "true or false"),
    ("missed_after", "between 10s and 7d, like 15m"),
    ("late_after", "between 10s and 30d, like 1h"),
    ("decide_within", "between 1m and 30d, like 1d"),
    ("hold_until_live", "true or false"),
    ("when_inactive", "wait or play"),
    ("show_test", "true or false"),
    ("renewals", "true or false"),
    ("payment_intents", "true or false"),
    ("duration", "between 3s and 60s, like 6s"),
    (
        "theme",
        "clean, light, lower-third, receipt, pixel, neon, toast, drop, or the name of one of your own",
    ),
    ("accent", "a colour like #e0a63a, or empty for the theme's own"),
    (
        "position",
        "top-left, top, top-right, left, center, right, bottom-left, bottom or bottom-right",
    ),
    ("calm", "true or false"),
    ("sound", "auto, bell, double, tap, paper or none"),
    ("volume", "between 0 and 100, like 60"),
    ("nickname_field", "the key of a Checkout custom field, like nickname"),
    ("message_field", "the key of a Checkout custom field, like message"),
    ("catalogue", "true or false"),
    ("buyer_limit", "between 0 and 1000, 0 for no limit"),
    (
        "goal",
        "null, or an object with a title of at most 60 characters and either an amount above 0 or a number \
         of orders: see tillbell goal",
    ),
    ("rules", "a list of rules: see tillbell rules"),
    (
        "moderation",
        "an object with any of hide, hold, replace, allow (lists of words), links (strip, hold or allow), \
         max_message and max_name",
    ),
];

/// A setting whose value does not fit.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingError {
    /// It must be something else.
    #[error("{key} must be {allowed}")]
    Bounds {
        /// Which.
        key: &'static str,
        /// What it may be.
        allowed: Cow<'static, str>,
    },
    /// A rule does not fit.
    #[error(transparent)]
    Rule(#[from] RuleError),
}

impl SettingError {
    /// Where it is wrong, as `rules[0].then.theme`: which setting, and which part of it.
    #[must_use]
    pub fn field(&self) -> String {
        match self {
            Self::Bounds { key, .. } => (*key).to_owned(),
            Self::Rule(RuleError::Field { rule, field, .. }) => {
                format!("rules[{}].{field}", rule - 1)
            }
            Self::Rule(RuleError::NotAList | RuleError::TooMany(_)) => "rules".to_owned(),
        }
    }

    /// That the value of this setting does not fit; `None` if there is no such setting.
    #[must_use]
    pub fn of(key: &str, value: &Value) -> Option<Self> {
        let wrong_rule = (key == "rules").then(|| rules::read(value).err()).flatten();
        wrong_rule.map(Self::Rule).or_else(|| Self::bounds(key))
    }

    fn bounds(key: &str) -> Option<Self> {
        let (key, allowed) = ALLOWED.into_iter().find(|(known, _)| *known == key)?;
        Some(Self::Bounds { key, allowed: allowed.into() })
    }
}

impl Settings {
    /// The names of all settings.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ALLOWED.into_iter().map(|(name, _)| name)
    }

    /// The themes that do not come with the gateway, with the number of the rule that asks for it, from 1.
    pub fn own_themes(&self) -> impl Iterator<Item = (Option<usize>, &Theme)> {
        let of_rules = (1..).zip(&self.rules).filter_map(|(number, rule)| {
            rule.then.theme.as_ref().map(|theme| (Some(number), theme))
        });
        let all = std::iter::once((None, &self.theme)).chain(of_rules);
        all.filter(|(_, theme)| !theme.is_built_in())
    }

    /// Names exactly these settings: others have another edition.
    #[must_use]
    pub fn edition(&self) -> String {
        let plain = serde_json::to_vec(self).expect("settings are plain JSON");
        hex::encode(&Sha256::digest(plain)[..12])
    }

    /// Checks what the types alone do not.
    ///
    /// # Errors
    /// The first setting that is out of bounds.
    pub fn check(&self) -> Result<(), SettingError> {
        let between = |value: Duration, low: u64, high: u64| {
            (Duration::from_secs(low)..=Duration::from_secs(high)).contains(&value)
        };
        let field = |key: &str| key.len() <= 200 && key.bytes().all(|b| b.is_ascii_graphic());
        let bounds = [
            (self.name.chars().count() <= 50, "name"),
            (between(self.duration, 3, 60), "duration"),
            (between(self.missed_after, 10, 7 * 86_400), "missed_after"),
            (between(self.late_after, 10, 30 * 86_400), "late_after"),
            (between(self.decide_within, 60, 30 * 86_400), "decide_within"),
            (is_colour(&self.accent), "accent"),
            (self.volume <= 100, "volume"),
            (field(&self.nickname_field), "nickname_field"),
            (field(&self.message_field), "message_field"),
            (self.buyer_limit <= 1000, "buyer_limit"),
            (self.goal.as_ref().is_none_or(Goal::fits), "goal"),
        ];
        let wrong = bounds.into_iter().find(|(fits, _)| !fits);
        wrong.and_then(|(_, key)| SettingError::bounds(key)).map_or(Ok(()), Err)?;
        rules::check(&self.rules)?;
        self.moderation.check()
    }
}

/// Whether it is `#rrggbb`, or nothing.
fn is_colour(text: &str) -> bool {
    let digits = text.strip_prefix('#').map(str::as_bytes);
    text.is_empty() || digits.is_some_and(|d| d.len() == 6 && d.iter().all(u8::is_ascii_hexdigit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_print_and_read_back() {
        for text in ["250ms", "90s", "15m", "1h", "3d", "0ms"] {
            assert_eq!(length::format(length::parse(text).unwrap()), text);
        }
        for bad in ["", "5", "s", "-1s", "1.5h", "1y", "99999999999999999999s"] {
            assert!(length::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn settings_keep_their_form() {
        let json = serde_json::to_value(Settings::default()).unwrap();
        assert_eq!(json["missed_after"], "15m");
        assert_eq!(serde_json::from_value::<Settings>(json).unwrap(), Settings::default());
        assert!(serde_json::from_str::<Settings>(r#"{"nmae":"x"}"#).is_err());
    }

    #[test]
    fn every_setting_says_what_it_may_be() {
        let json = serde_json::to_value(Settings::default()).unwrap();
        let mut told: Vec<_> = Settings::names().collect();
        told.sort_unstable();
        assert_eq!(told, json.as_object().unwrap().keys().collect::<Vec<_>>());
    }

    #[test]
    fn bounds_are_named() {
        let long = Settings { duration: Duration::from_secs(61), ..Settings::default() };
        let said = long.check().unwrap_err().to_string();
        assert_eq!(said, "duration must be between 3s and 60s, like 6s");
        assert_eq!(Settings::default().check(), Ok(()));
    }
}
