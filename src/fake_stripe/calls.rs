//! The API's table of contents: which path does what.

use serde_json::{Value, json};

use super::{
    books::Scope,
    connect, endpoints, events,
    faults::Fault,
    forms::Params,
    links, listing, payments, products, refunds,
    refusal::{Answer, Refusal},
    sessions, subscriptions,
    till::{Cause, Till},
    world::World,
};

/// One call as it came in.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: String,
    /// Without `/v1/`.
    pub(super) path: String,
    pub(super) params: Value,
    pub(super) key: Option<String>,
    pub(super) account: Option<String>,
    pub(super) idempotency_key: Option<String>,
    pub(super) request_id: String,
}

/// What the caller gets.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) answer: Answer,
    /// Given before, for the same idempotency key.
    pub(super) replayed: bool,
    pub(super) fault: Option<Fault>,
}

/// Carries a call out.
pub(super) fn carry_out(world: &mut World, call: &Call) -> Reply {
    let fault = world.faults.strikes(&call.path);
    if let Some(Fault::Status(status)) = fault {
        return Reply { answer: Err(Refusal::injected(status)), replayed: false, fault: None };
    }
    let caller = format!("{:?} {:?}", call.key, call.account);
    let key = call.idempotency_key.as_deref().filter(|_| call.method == "POST");
    let before = key.and_then(|key| world.answered.before(&caller, key, &call.path, &call.params));
    if let Some(answer) = before {
        return Reply { replayed: answer.is_ok(), answer, fault };
    }
    let answer = admitted(world, call).and_then(|scope| {
        let cause = Cause {
            request: Some(call.request_id.clone()),
            idempotency_key: call.idempotency_key.clone(),
        };
        let mut till = world.till(scope, cause);
        let params = Params::new(&call.params);
        let mut answer = route(&mut till, call, &params)?;
        listing::expand(&mut answer, &params, till.books())?;
        Ok(answer)
    });
    if let (Some(key), Ok(answer)) = (key, &answer) {
        world.answered.keep(&caller, key, &call.path, &call.params, answer);
    }
    Reply { answer, replayed: false, fault }
}

/// Whose books the key opens for this.
fn admitted(world: &mut World, call: &Call) -> Result<Scope, Refusal> {
    let livemode = world.keys.livemode(call.key.as_deref())?;
    let key = call.key.as_deref().unwrap_or_default();
    world.keys.permits(key, &permission(call), &world.own_account)?;
    let own = Scope { account: None, livemode };
    let account = call.account.clone().filter(|account| *account != world.own_account);
    if let Some(account) = &account
        && world.books(&own).get(account).is_none()
    {
        let message = format!(
            "The provided key does not have access to account '{account}' (or that account does \
             not exist). Application access may have been revoked."
        );
        return Err(Refusal::forbidden(message).code("account_invalid"));
    }
    Ok(Scope { account, livemode })
}

/// The permission that a restricted key needs, as in `checkout_session_write`.
fn permission(call: &Call) -> String {
    let resource = match call.path.split('/').next().unwrap_or_default() {
        "account" => return "accounts_kyc_basic_read".into(),
        "checkout" => "checkout_session",
        "webhook_endpoints" => "webhook",
        "prices" => "plan",
        plural => plural.trim_end_matches('s'),
    };
    let verb = if call.method == "GET" { "read" } else { "write" };
    format!("{resource}_{verb}")
}

fn route(till: &mut Till<'_>, call: &Call, params: &Params<'_>) -> Answer {
    let path: Vec<&str> = call.path.split('/').collect();
    match (call.method.as_str(), path.as_slice()) {
        ("POST", ["checkout", "sessions"]) => sessions::create(till, params),
        ("GET", ["checkout", "sessions"]) => sessions::list(till, params),
        ("GET", ["checkout", "sessions", id]) => till.get("checkout.session", id),
        ("GET", ["checkout", "sessions", id, "line_items"]) => {
            sessions::line_items(till, id, params)
        }
        ("POST", ["checkout", "sessions", id, "expire"]) => sessions::expire(till, id),
        ("POST", ["products"]) => products::create_product(till, params),
        ("GET", ["products"]) => products::list(till, "product", params),
        ("GET", ["products", id]) => till.get("product", id),
        ("POST", ["products", id]) => products::update_product(till, id, params),
        ("DELETE", ["products", id]) => products::delete_product(till, id),
        ("POST", ["prices"]) => products::create_price(till, params),
        ("GET", ["prices"]) => products::list(till, "price", params),
        ("GET", ["prices", id]) => till.get("price", id),
        ("POST", ["prices", id]) => products::update_price(till, id, params),
        ("POST", ["refunds"]) => refunds::create(till, params),
        ("GET", ["refunds"]) => refunds::list(till, params),
        ("GET", ["refunds", id]) => till.get("refund", id),
        ("GET", ["disputes", id]) => till.get("dispute", id),
        ("POST", ["payment_links"]) => links::create(till, params),
        ("GET", ["payment_links", id]) => till.get("payment_link", id),
        ("GET", ["payment_links", id, "line_items"]) => sessions::line_items(till, id, params),
        ("GET", ["payment_intents", id]) => till.get("payment_intent", id),
        ("GET", ["charges", id]) => till.get("charge", id),
        ("GET", ["invoices", id]) => till.get("invoice", id),
        ("GET", ["subscriptions", id]) => till.get("subscription", id),
        ("DELETE", ["subscriptions", id]) => subscriptions::cancel(till, id),
        ("POST", ["customers"]) => {
            let (email, name) = (json!(params.text("email")?), json!(params.text("name")?));
            Ok(payments::customer(till, &email, &name, &params.metadata()?))
        }
        ("GET", ["customers", id]) => till.get("customer", id),
        _ => route_to_rest(till, call, &path, params),
    }
}

/// Lists of little use, and what is not of the shop itself.
fn route_to_rest(till: &mut Till<'_>, call: &Call, path: &[&str], params: &Params<'_>) -> Answer {
    match (call.method.as_str(), path) {
        ("POST", ["webhook_endpoints"]) => endpoints::create(till, params),
        ("GET", ["webhook_endpoints"]) => endpoints::list(till, params),
        ("GET", ["webhook_endpoints", id]) => till.get("webhook_endpoint", id),
        ("POST", ["webhook_endpoints", id]) => endpoints::update(till, id, params),
        ("DELETE", ["webhook_endpoints", id]) => endpoints::delete(till, id),
        ("GET", ["events"]) => events::list(till, params),
        ("GET", ["events", id]) => events::retrieve(till, id),
        ("POST", ["events", id, "retry"]) => events::resend(till, id, params),
        ("GET", ["account"]) => Ok(connect::own(till)),
        ("POST", ["accounts"]) => connect::create(till, params),
        ("GET", ["accounts", id]) => connect::retrieve(till, id),
        ("POST", ["account_links"]) => connect::link(till, params),
        (
            "GET",
            [
                plural @ ("payment_intents" | "charges" | "invoices" | "subscriptions"
                | "customers" | "payment_links" | "accounts" | "disputes"
                | "invoice_payments"),
            ],
        ) => by_links(till, plural, params),
        (method, _) => Err(Refusal::no_route(method, &format!("/v1/{}", call.path))),
    }
}

/// A list that is filtered by the objects its own name: a charge's payment intent, say.
fn by_links(till: &mut Till<'_>, plural: &str, params: &Params<'_>) -> Answer {
    let mut named = Vec::new();
    for key in ["customer", "invoice", "payment_intent", "charge", "subscription", "status"] {
        named.extend(params.text(key)?.map(|id| (key, id)));
    }
    // `payment[payment_intent]` of invoice payments.
    let payment = params.part("payment").map(|part| part.text("payment_intent")).transpose()?;
    let payment = payment.flatten();
    let fits = |row: &&Value| {
        named.iter().all(|(key, id)| row[*key] == *id)
            && payment.is_none_or(|id| row["payment"]["payment_intent"] == id)
    };
    let kind = plural.trim_end_matches('s');
    let rows: Vec<&Value> = till.books().of_kind(kind).filter(fits).collect();
    listing::page(&rows, params, &format!("/v1/{plural}"))
}
