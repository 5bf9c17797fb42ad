//! What is wrong with rules, by the number of the rule and the name of the field.

use std::time::Duration;

use serde_json::Value;
use serde_path_to_error::{Path, Segment};
use thiserror::Error;

use super::{RULES_MAX, Rule};
use crate::alert::AlertKind;

/// Why rules are refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RuleError {
    /// Something else than a list.
    #[error("rules must be a list of rules, like [{{\"when\":{{…}},\"then\":{{…}}}}]")]
    NotAList,
    /// More than [`RULES_MAX`].
    #[error("there are {0} rules: keep the 50 that matter most")]
    TooMany(usize),
    /// One field of one rule.
    #[error("rule {rule}, {field}: {wrong}")]
    Field {
        /// Which rule, counted from 1.
        rule: usize,
        /// Which field, like `then.theme`.
        field: String,
        /// What is wrong, and what it may be.
        wrong: String,
    },
}

/// Reads rules.
///
/// # Errors
/// The first thing that is wrong.
pub fn read(value: &Value) -> Result<Vec<Rule>, RuleError> {
    let rules: Vec<Rule> = serde_path_to_error::deserialize(value)
        .map_err(|error| unreadable(error.path(), error.inner()))?;
    check(&rules)?;
    Ok(rules)
}

fn unreadable(path: &Path, error: &serde_json::Error) -> RuleError {
    let mut path = path.iter();
    let Some(Segment::Seq { index }) = path.next() else { return RuleError::NotAList };
    let names: Vec<String> = path.map(ToString::to_string).collect();
    let field = if names.is_empty() { "the whole".into() } else { names.join(".") };
    RuleError::Field { rule: index + 1, field, wrong: error.to_string() }
}

/// Checks what the types alone do not.
pub(in crate::settings) fn check(rules: &[Rule]) -> Result<(), RuleError> {
    if rules.len() > RULES_MAX {
        return Err(RuleError::TooMany(rules.len()));
    }
    for (at, rule) in rules.iter().enumerate() {
        if let Some((_, field, wrong)) = bounds(rule).into_iter().find(|(fits, ..)| !fits) {
            let (field, wrong) = (field.to_owned(), wrong.to_owned());
            return Err(RuleError::Field { rule: at + 1, field, wrong });
        }
    }
    Ok(())
}

/// What must be true of a rule, of which field, and how to say it.
fn bounds(Rule { name, when, then }: &Rule) -> [(bool, &'static str, &'static str); 12] {
    let (seconds, minute) = (Duration::from_secs(3), Duration::from_secs(60));
    let (least, most) = when
        .amount
        .map_or((0, i64::MAX), |range| (range.min.unwrap_or(0), range.max.unwrap_or(i64::MAX)));
    let quantity = when.quantity.map(|range| (range.min, range.max));
    let order = when.order.map(|nth| (nth.min, nth.max));
    let ordered = |range: Option<(Option<u32>, Option<u32>)>| {
        range.is_none_or(|(min, max)| min.unwrap_or(0) <= max.unwrap_or(u32::MAX))
    };
    let sale = |kind: &AlertKind| AlertKind::OF_SALES.contains(kind);
    [
        (name.chars().count() <= 50, "name", "at most 50 characters"),
        (least >= 0, "when.amount.min", "an amount is not less than 0"),
        (least <= most, "when.amount", "min is not more than max"),
        (
            when.product.as_ref().is_none_or(|name| (1..=100).contains(&name.chars().count())),
            "when.product",
            "between 1 and 100 characters",
        ),
        (ordered(quantity), "when.quantity", "min is not more than max"),
        (
            when.kind.iter().all(sale) && when.kind.len() <= AlertKind::OF_SALES.len(),
            "when.kind",
            "a list of sale, subscription, renewal and tip, each once",
        ),
        (ordered(order), "when.order", "min is not more than max"),
        (
            when.order.is_none_or(|nth| nth.every != Some(0)),
            "when.order.every",
            "at least 1, like 10 for the 10th, 20th, 30th",
        ),
        (
            then.duration.is_none_or(|length| (seconds..=minute).contains(&length.0)),
            "then.duration",
            "between 3s and 60s, like 6s",
        ),
        (then.volume.is_none_or(|percent| percent <= 100), "then.volume", "between 0 and 100"),
        (
            then.min_message.is_none_or(|least| least.minor >= 0),
            "then.min_message",
            "an amount is not less than 0",
        ),
        (!(then.hold && then.silent), "then", "hold or silent, not both"),
    ]
}
