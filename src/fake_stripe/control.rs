//! `/_fake/…`: what only a fake can be told. For demos, and for tests that want trouble.

use serde_json::{Value, json};

use super::{
    forms::Params,
    ledger,
    paying::{self, Buyer, How},
    refunds,
    refusal::{Answer, Refusal},
    subscriptions,
    world::World,
};
use crate::stripe::secret::SigningSecret;

/// Furthest that the clock goes in one step: 40 days, longer than Stripe keeps events.
const ADVANCE_MAX_S: i64 = 40 * 86_400;

/// Carries out what the path below `/_fake/` asks for.
pub(super) fn carry_out(world: &mut World, method: &str, path: &str, given: &Value) -> Answer {
    let params = Params::new(given);
    let steps: Vec<&str> = path.split('/').collect();
    match (method, steps.as_slice()) {
        ("GET", [""]) => Ok(json!({
            "api_base": world.base, "api_key": world.keys.test, "account": world.own_account,
            "now_ms": world.now_ms,
        })),
        ("GET", ["ledger"]) => Ok(ledger::show(world)),
        ("GET", ["deliveries"]) => Ok(world.deliveries.show()),
        ("POST", ["sessions", id, "pay"]) => {
            let how = params.word("how", &["card", "later", "decline"])?.unwrap_or("card");
            paying::pay(&mut world.till_of(id)?, id, how_of(how), &buyer(&params)?)
        }
        ("POST", ["sessions", id, "settle"]) => {
            let succeeded = params.flag("succeeded")?.unwrap_or(true);
            paying::settle(&mut world.till_of(id)?, id, succeeded)
        }
        ("POST", ["refunds"]) => refunds::create(&mut world.till_of(named(&params)?)?, &params),
        ("POST", ["refunds", id, "fail"]) => refunds::fail(&mut world.till_of(id)?, id),
        ("POST", ["disputes"]) => refunds::dispute(&mut world.till_of(named(&params)?)?, &params),
        ("POST", ["disputes", id, "close"]) => {
            let won = params.flag("won")?.ok_or_else(|| Refusal::missing("won"))?;
            refunds::close_dispute(&mut world.till_of(id)?, id, won)
        }
        ("POST", ["subscriptions", id, "renew"]) => {
            subscriptions::renew(&mut world.till_of(id)?, id)
        }
        ("POST", ["endpoints", id, "roll"]) => roll(world, id),
        ("POST", ["sample"]) => sample(world, params.text("type")?),
        _ => settings(world, method, &steps, given),
    }
}

/// What changes how the fake behaves from now on.
fn settings(world: &mut World, method: &str, steps: &[&str], given: &Value) -> Answer {
    let params = Params::new(given);
    match (method, steps) {
        ("POST", ["faults"]) => world.faults.set(given)?,
        ("DELETE", ["faults"]) => world.faults = super::faults::Faults::default(),
        ("POST", ["keys"]) => world.keys.set(given)?,
        ("POST", ["clock"]) => {
            let seconds =
                params.whole("advance_s")?.ok_or_else(|| Refusal::missing("advance_s"))?;
            let wall_ms = world.now_ms - world.ahead_ms;
            world.ahead_ms += seconds.clamp(0, ADVANCE_MAX_S) * 1000;
            world.turn(wall_ms);
        }
        ("POST", ["retries"]) => {
            let retries = &mut world.deliveries.retries;
            retries.first_ms = params.whole("first_ms")?.unwrap_or(retries.first_ms).max(1);
            if let Some(attempts) = params.whole("attempts")? {
                retries.attempts = usize::try_from(attempts).unwrap_or(1).max(1);
            }
        }
        (method, _) => return Err(Refusal::no_route(method, &steps.join("/"))),
    }
    Ok(json!({ "done": true }))
}

/// How the page's buttons and the control API name it.
pub(super) fn how_of(word: &str) -> How {
    match word {
        "later" => How::Later,
        "decline" => How::Declined,
        _ => How::Card,
    }
}

/// Reads `{email?, name?, fields?: {key: text}}`.
pub(super) fn buyer(params: &Params<'_>) -> Result<Buyer, Refusal> {
    Ok(Buyer {
        email: params.text("email")?.unwrap_or("buyer@example.test").to_owned(),
        name: params.text("name")?.unwrap_or("Robin Example").to_owned(),
        fields: params.raw("fields").cloned().unwrap_or(json!({})),
    })
}

fn named<'a>(params: &Params<'a>) -> Result<&'a str, Refusal> {
    for key in ["session", "payment_intent", "charge"] {
        if let Some(id) = params.text(key)? {
            return Ok(id);
        }
    }
    Err(Refusal::missing("session"))
}

/// Gives an endpoint a second secret; from then on both sign.
fn roll(world: &mut World, id: &str) -> Answer {
    let endpoint = world.endpoints.iter_mut().find(|endpoint| endpoint.id == id);
    let endpoint = endpoint.ok_or_else(|| Refusal::no_such("webhook_endpoint", id, None))?;
    let secret = format!("whsec_{}", world.random.letters(32));
    endpoint.secrets.push(SigningSecret::parse(&secret).expect("it has the right form"));
    Ok(json!({ "secret": secret }))
}

/// One of the Dashboard's samples: they all have one id and one time.
fn sample(world: &mut World, event_type: Option<&str>) -> Answer {
    let event = json!({
        "id": "evt_00000000000000", "object": "event", "api_version": null, "created": 1_326_853_478,
        "livemode": false, "pending_webhooks": 1, "request": null,
        "type": event_type.unwrap_or("checkout.session.completed"),
        "data": { "object": {
            "id": "cs_test_00000000000000", "object": "checkout.session", "amount_total": 2000,
            "currency": "usd", "customer": null, "livemode": false, "metadata": {},
            "mode": "payment", "payment_intent": "pi_00000000000000", "payment_status": "paid",
            "status": "complete",
        }},
    });
    let scope = super::books::Scope { account: None, livemode: false };
    world.publish(event.clone(), &scope);
    Ok(event)
}
