//! How a rule of the streamer's has an alert drawn and sound, where it differs from the usual way.

use serde::{Deserialize, Serialize};

/// A theme of the overlay: one `[data-theme]` of `overlay/theme.css`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// The usual card.
    Clean,
    /// Without picture and brass: for what comes often.
    Plain,
    /// On brass: for what comes seldom.
    Loud,
}

/// A sound of the overlay: one of those in `overlay/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sound {
    /// The usual one, struck once.
    Bell,
    /// No sound at all.
    #[serde(rename = "none")]
    Silence,
}

/// What a page needs to draw an alert differently. What is not said is as usual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Which theme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<Theme>,
    /// Which sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<Sound>,
    /// The headline, with `{name}`, `{amount}`, `{item}`, `{quantity}` and `{message}` yet to be
    /// filled in: the page does that, piece by piece, so that nothing of a buyer is ever markup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}
