//! `accounts` and `account_links`: connected accounts, and the page where one signs up.

use serde_json::{Value, json};

use super::{
    forms::Params,
    refusal::{Answer, Refusal},
    till::Till,
};

/// How long an onboarding link works.
const LINK_S: i64 = 300;

pub(super) fn create(till: &mut Till<'_>, params: &Params<'_>) -> Answer {
    let id = format!("acct_{}", till.world.random.letters(16));
    let country = params.text("country")?.unwrap_or("US");
    let mut account = account(&id, till.now_s(), country, false);
    account["metadata"] = params.metadata()?;
    account["email"] = json!(params.text("email")?);
    account["type"] = json!(params.text("type")?.unwrap_or("none"));
    Ok(till.add(account))
}

/// The account that the key belongs to.
pub(super) fn own(till: &Till<'_>) -> Value {
    let id = till.scope.account.as_ref().unwrap_or(&till.world.own_account);
    account(id, till.now_s(), "US", true)
}

pub(super) fn retrieve(till: &mut Till<'_>, id: &str) -> Answer {
    if id == till.world.own_account { Ok(own(till)) } else { till.get("account", id) }
}

fn account(id: &str, created_s: i64, country: &str, done: bool) -> Value {
    json!({
        "id": id, "object": "account", "business_profile": { "name": null, "url": null },
        "business_type": null, "capabilities": {}, "charges_enabled": done, "country": country,
        "created": created_s, "default_currency": "usd", "details_submitted": done, "email": null,
        "metadata": {}, "payouts_enabled": done, "type": "standard",
        "requirements": {
            "alternatives": [], "current_deadline": null, "currently_due": [],
            "disabled_reason": null, "errors": [], "eventually_due": [], "past_due": [],
            "pending_verification": [],
        },
    })
}

pub(super) fn link(till: &mut Till<'_>, params: &Params<'_>) -> Answer {
    let id = params.required("account")?;
    if till.find("account", id).is_none() {
        return Err(Refusal::no_such("account", id, Some("account".into())));
    }
    let kind = params.word("type", &["account_onboarding", "account_update"])?;
    kind.ok_or_else(|| Refusal::missing("type"))?;
    let (back, again) = (params.required("return_url")?, params.required("refresh_url")?);
    let token = till.id("alink");
    let expires_at = till.now_s() + LINK_S;
    till.add(json!({
        "id": token, "object": "account_link", "account": id, "return_url": back,
        "refresh_url": again, "expires_at": expires_at, "used": false,
    }));
    Ok(json!({
        "object": "account_link", "created": till.now_s(), "expires_at": expires_at,
        "url": format!("{}/onboard/{token}", till.world.base),
    }))
}

/// Whoever opened the link signs up; gives where to go on to. A link works once.
pub(super) fn onboard(till: &mut Till<'_>, token: &str) -> Answer {
    let link = till.get("account_link", token)?;
    if link["used"] == true || link["expires_at"].as_i64().is_some_and(|at| at < till.now_s()) {
        return Ok(link["refresh_url"].clone());
    }
    till.change(token, json!({ "used": true }));
    let id = link["account"].as_str().unwrap_or_default();
    let done = json!({
        "charges_enabled": true, "details_submitted": true, "payouts_enabled": true,
    });
    let account = till.change(id, done);
    // Said in the connected account's own name, to the platform's Connect endpoints.
    let mut scope = till.scope.clone();
    scope.account = Some(id.into());
    let cause = till.cause.clone();
    let mut theirs = till.world.till(scope, cause);
    theirs.books().add(account);
    theirs.emit("account.updated", id);
    Ok(link["return_url"].clone())
}
