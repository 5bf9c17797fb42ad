//! Who calls: the mode is in the key; what a restricted key may do is set through `/_fake/keys`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{forms::Params, random::Random, refusal::Refusal};

const PREFIXES: [&str; 4] = ["sk_test_", "rk_test_", "sk_live_", "rk_live_"];

/// What was said of one key.
#[derive(Debug, Default)]
struct Rule {
    revoked: bool,
    /// Only these, as in `event_read`; without, all.
    permissions: Option<BTreeSet<String>>,
}

#[derive(Debug)]
pub(super) struct Keys {
    /// The secret key told to people. Any other of the right form works as well.
    pub(super) test: String,
    rules: BTreeMap<String, Rule>,
}

impl Keys {
    pub(super) fn new(random: &mut Random) -> Self {
        Self { test: format!("sk_test_{}", random.letters(24)), rules: BTreeMap::new() }
    }

    /// Whether the key is of live mode.
    pub(super) fn livemode(&self, key: Option<&str>) -> Result<bool, Refusal> {
        let key = key.ok_or_else(|| {
            Refusal::unauthorized(
                "You did not provide an API key. You need to provide your API key in the \
                 Authorization header, using Bearer auth (e.g. 'Authorization: Bearer \
                 YOUR_SECRET_KEY').",
            )
        })?;
        let known =
            PREFIXES.iter().any(|prefix| key.len() > prefix.len() && key.starts_with(prefix));
        if !known {
            let message = format!("Invalid API Key provided: {}", masked(key));
            return Err(Refusal::unauthorized(message));
        }
        if self.rules.get(key).is_some_and(|rule| rule.revoked) {
            let message = format!("Expired API Key provided: {}", masked(key));
            return Err(Refusal::unauthorized(message).code("api_key_expired"));
        }
        Ok(key[2..].starts_with("_live_"))
    }

    /// Whether the key may do this, as in `event_read`.
    pub(super) fn permits(
        &self,
        key: &str,
        permission: &str,
        account: &str,
    ) -> Result<(), Refusal> {
        let rule = self.rules.get(key).and_then(|rule| rule.permissions.as_ref());
        let writes = permission.replace("_read", "_write");
        let given =
            |given: &BTreeSet<String>| given.contains(permission) || given.contains(&writes);
        if rule.is_none_or(given) {
            return Ok(());
        }
        Err(Refusal::forbidden(format!(
            "The provided key '{}' does not have the required permissions for this endpoint on \
             account '{account}'. Having the 'rak_{permission}' permission would allow this request \
             to continue.",
            masked(key)
        )))
    }

    /// Reads `{key, revoked?, permissions?: [..]}`.
    pub(super) fn set(&mut self, given: &Value) -> Result<(), Refusal> {
        let params = Params::new(given);
        let permissions = params
            .raw("permissions")
            .map(|_| params.texts("permissions").into_iter().map(str::to_owned).collect());
        let rule = Rule { revoked: params.flag("revoked")?.unwrap_or(false), permissions };
        self.rules.insert(params.required("key")?.to_owned(), rule);
        Ok(())
    }
}

/// A key as it may be shown.
fn masked(key: &str) -> String {
    let shown = |from: usize| key.get(from..).unwrap_or_default();
    let head = PREFIXES.iter().find(|prefix| key.starts_with(**prefix)).unwrap_or(&"");
    format!("{head}****{}", if key.len() > 16 { shown(key.len() - 4) } else { "" })
}
