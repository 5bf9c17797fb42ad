//! The same `Idempotency-Key` gets the same answer, and does nothing a second time.

use std::collections::BTreeMap;

use serde_json::Value;

use super::refusal::{Answer, Refusal};

/// Answers kept, by who asked and under which key.
#[derive(Debug, Default)]
pub(super) struct Answered(BTreeMap<(String, String), Kept>);

#[derive(Debug)]
struct Kept {
    path: String,
    params: Value,
    answer: Value,
}

impl Answered {
    /// The answer given before, if this is the same call again.
    pub(super) fn before(
        &self,
        caller: &str,
        key: &str,
        path: &str,
        params: &Value,
    ) -> Option<Answer> {
        let kept = self.0.get(&(caller.into(), key.into()))?;
        let same = kept.path == path && kept.params == *params;
        Some(if same { Ok(kept.answer.clone()) } else { Err(Refusal::key_reused()) })
    }

    /// Keeps an answer. Refusals are not kept: nothing was done, so nothing can be done twice.
    pub(super) fn keep(
        &mut self,
        caller: &str,
        key: &str,
        path: &str,
        params: &Value,
        answer: &Value,
    ) {
        let kept = Kept { path: path.into(), params: params.clone(), answer: answer.clone() };
        self.0.insert((caller.into(), key.into()), kept);
    }
}
