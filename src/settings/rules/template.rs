//! The text of a headline, with places for what is known of the sale.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What can stand in braces.
pub const PLACEHOLDERS: [&str; 5] = ["name", "amount", "item", "quantity", "message"];

/// Longest template, in characters: two lines of a card hold less.
const LENGTH_MAX: usize = 200;

/// A headline like `{name} found the golden {item}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template(String);

/// Why a text is no template.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TemplateError {
    /// Nothing to draw, or more than fits.
    #[error("a text has between 1 and 200 characters and no control characters")]
    Length,
    /// Braces around a word that stands for nothing.
    #[error(
        "{{{0}}} is unknown: there are {{name}}, {{amount}}, {{item}}, {{quantity}} and {{message}}"
    )]
    Unknown(String),
    /// A brace that opens and never closes.
    #[error("a {{ has no }}: write placeholders as in {{name}}")]
    Open,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// When it is empty or too long, or has braces around anything but a placeholder.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let fits = !text.trim().is_empty()
            && text.chars().count() <= LENGTH_MAX
            && !text.chars().any(char::is_control);
        if !fits {
            return Err(TemplateError::Length);
        }
        for after in text.split('{').skip(1) {
            let (word, _) = after.split_once('}').ok_or(TemplateError::Open)?;
            if !PLACEHOLDERS.contains(&word) {
                return Err(TemplateError::Unknown(word.chars().take(40).collect()));
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Template {
    type Error = TemplateError;
    fn try_from(text: String) -> Result<Self, TemplateError> {
        Self::parse(&text)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.0
    }
}
