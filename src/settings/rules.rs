//! The rules of a streamer: which sales are shown differently, held or not shown. Only what they say
//! is here; which of them wins is found a floor below, in `rules`.

mod problem;
mod template;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::length;
use crate::{
    alert::{AlertKind, Look, Sound, Theme},
    money::{Currency, Money},
};

pub(super) use problem::check;
pub use problem::{RuleError, read};
pub use template::{PLACEHOLDERS, Template, TemplateError};

/// Most rules of one streamer.
pub const RULES_MAX: usize = 50;

/// What is done with the sales that fit. The first rule that fits decides alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "a rule, like {\"when\":{…},\"then\":{…}}")]
pub struct Rule {
    /// What the streamer calls it; at most 50 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Which sales fit.
    #[serde(default)]
    pub when: When,
    /// What is done with them.
    pub then: Then,
}

/// Which sales a rule fits: those of which everything said here is true, so all if nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[serde(expecting = "conditions, like {\"kind\":[\"tip\"]}")]
pub struct When {
    /// What was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<AmountRange>,
    /// The name of something bought, in any case; `*` stands for any text. At most 100 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// How many things were bought; with `product`, how many of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Range>,
    /// Which kinds of sale; any if empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kind: Vec<AlertKind>,
    /// Whether it is the buyer's first order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_purchase: Option<bool>,
    /// Which of the buyer's orders it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Nth>,
    /// Whether it is a test.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<bool>,
}

/// Amounts of one currency, in its minor units, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "amounts, like {\"currency\":\"eur\",\"min\":2000}")]
pub struct AmountRange {
    /// Of which currency; other currencies do not fit.
    pub currency: Currency,
    /// The smallest; 0 if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The largest; any if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
}

/// Whole numbers, both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[serde(expecting = "a range, like {\"min\":1,\"max\":3}")]
pub struct Range {
    /// The smallest; any if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// The largest; any if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
}

/// Which of a buyer's orders, counted from 1: a range, every so many, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[serde(expecting = "an order, like {\"every\":10} or {\"min\":1,\"max\":3}")]
pub struct Nth {
    /// The first that fits; any if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// The last that fits; any if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// Only those that this divides: with 10 the 10th, 20th, 30th.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<u32>,
}

/// What a rule does with the sales it fits. What is not said is as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[serde(expecting = "what is done, like {\"theme\":\"receipt\"}")]
pub struct Then {
    /// The card's theme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<Theme>,
    /// The sound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound: Option<Sound>,
    /// How loud, from 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<u8>,
    /// How long it plays, way in and out included; 3 s to 60 s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Length>,
    /// The headline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Template>,
    /// Whether a person decides first.
    #[serde(skip_serializing_if = "is_false")]
    pub hold: bool,
    /// Whether it is recorded and not shown.
    #[serde(skip_serializing_if = "is_false")]
    pub silent: bool,
    /// What a sale must come to for its message to be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_message: Option<Money>,
}

/// A length of time as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Length(#[serde(with = "length")] pub Duration);

impl Then {
    /// What the page is told; `None` if it draws as usual.
    #[must_use]
    pub fn look(&self) -> Option<Look> {
        let text = self.text.as_ref().map(|text| text.as_str().to_owned());
        let look = Look { theme: self.theme.clone(), sound: self.sound, volume: self.volume, text };
        (look != Look::default()).then_some(look)
    }

    /// Whether the message of a sale of this amount stays off the screen. An amount that is unknown
    /// or of another currency reaches no minimum.
    #[must_use]
    pub fn withholds_message(&self, amount: Option<Money>) -> bool {
        self.min_message.is_some_and(|min| {
            amount.is_none_or(|paid| paid.currency != min.currency || paid.minor < min.minor)
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

#[cfg(test)]
mod tests;
