//! Trying rules: which would win for a sale, and why the others would not. Changes nothing.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    App,
    access::{Caller, Need},
    alerts::find,
    problem::Problem,
    streamers::known,
};
use crate::{
    alert::{AlertKind, Item},
    directory::DirectoryError,
    intake::test_alert::TestItem,
    money::Money,
    rules::{Sold, misses, winner},
    settings::{
        SettingError,
        rules::{Rule, read},
    },
};

/// A sale to try: one that was made, or one made up.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Trial {
    /// The sale of this alert, and then nothing else counts.
    alert: Option<String>,
    /// The rules to try; those that are set, if not given.
    rules: Option<Value>,
    kind: AlertKind,
    test: bool,
    amount: Option<Money>,
    items: Vec<TestItem>,
    order_count: u32,
}

impl Default for Trial {
    fn default() -> Self {
        let (kind, order_count) = (AlertKind::Sale, 1);
        Self {
            alert: None,
            rules: None,
            kind,
            test: false,
            amount: None,
            items: Vec::new(),
            order_count,
        }
    }
}

pub(super) async fn attempt(
    State(app): State<App>,
    caller: Caller,
    Path(s): Path<String>,
    Json(trial): Json<Trial>,
) -> Result<Json<Value>, Problem> {
    let streamer = known(&app, &caller, &s, Need::Manage).await?;
    let draft = trial.rules.as_ref().map(read).transpose();
    let draft = draft.map_err(|error| DirectoryError::from(SettingError::from(error)))?;
    let rules = draft.as_ref().unwrap_or(&streamer.settings.rules);
    if let Some(id) = &trial.alert {
        let alert = find(&app, &streamer, id).await?;
        return Ok(Json(outcome(
            rules,
            &Sold {
                kind: alert.kind,
                test: alert.test,
                amount: alert.amount,
                items: &alert.items,
                order_count: alert.buyer.order_count,
            },
        )));
    }
    let Trial { kind, test, amount, order_count, .. } = trial;
    let items: Vec<Item> = trial.items.into_iter().map(TestItem::into_item).collect();
    Ok(Json(outcome(rules, &Sold { kind, test, amount, items: &items, order_count })))
}

/// What rules make of a sale, with what each of them says to it.
fn outcome(rules: &[Rule], sold: &Sold<'_>) -> Value {
    let won = winner(rules, sold);
    let (first, then) = (won.map(|(number, _)| number), won.map(|(_, rule)| &rule.then));
    let outcome = match then {
        Some(then) if then.silent => "silent",
        Some(then) if then.hold => "held",
        _ => "queued",
    };
    let each = (1..).zip(rules).map(|(number, rule)| {
        let mut why_not: Vec<String> =
            misses(&rule.when, sold).map(|miss| miss.to_string()).collect();
        let fits = why_not.is_empty();
        let before = first.filter(|first| fits && *first < number);
        why_not.extend(before.map(|first| format!("rule {first} comes first")));
        json!({ "rule": number, "name": rule.name, "fits": fits, "why_not": why_not })
    });
    json!({
        "rule": first,
        "outcome": outcome,
        "then": then,
        "message": then.is_none_or(|then| !then.withholds_message(sold.amount)),
        "rules": each.collect::<Vec<Value>>(),
    })
}
