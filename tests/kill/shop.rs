//! The shop, and Stripe: what is bought, and the events that tell of it, which come twice, late and
//! in any order.

use serde_json::{Value, json};

use super::support::{Random, unix_now};

/// A purchase, all of it decided by a seed and its number.
pub(crate) struct Purchase {
    number: u64,
    /// Minor units of EUR.
    amount: u64,
    /// What goes back of that.
    refunded: u64,
    test: bool,
}

/// An event: its address, and its body, the same at each delivery.
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) body: String,
}

impl Purchase {
    pub(crate) fn new(number: u64, random: &mut Random) -> Self {
        let amount = 100 + random.below(9_900);
        let refunded = match random.below(20) {
            0 => amount,
            1 | 2 => amount / 4,
            _ => 0,
        };
        let test = random.chance(5);
        Self { number, amount, refunded: if test { 0 } else { refunded }, test }
    }

    /// What it adds to the totals.
    pub(crate) fn worth(&self) -> u64 {
        if self.test { 0 } else { self.amount - self.refunded }
    }

    /// Its deliveries: more than one event, some more than once, and shuffled as often as not.
    pub(crate) fn deliveries(&self, streamer: &str, random: &mut Random) -> Vec<Event> {
        let mut all = Vec::new();
        for (kind, object) in self.told(random) {
            for _ in 0..random.pick(&[1, 1, 1, 2, 4]) {
                all.push(self.event(streamer, kind, &object));
            }
        }
        if random.chance(50) {
            (1..all.len()).rev().for_each(|last| all.swap(last, random.index(last + 1)));
        }
        all
    }

    fn told(&self, random: &mut Random) -> Vec<(&'static str, Value)> {
        let Self { number, amount, refunded, .. } = self;
        let intent = format!("pi_{number}");
        let session = json!({
            "id": format!("cs_{number}"), "object": "checkout.session", "mode": "payment",
            "payment_status": "paid", "amount_total": amount, "currency": "eur",
            "payment_intent": intent,
        });
        let charge = |gone: u64| {
            json!({
                "id": format!("ch_{number}"), "object": "charge", "currency": "eur",
                "payment_intent": intent, "amount": amount, "amount_refunded": gone,
                "refunded": gone == *amount,
            })
        };
        let mut told = vec![
            ("checkout.session.completed", session.clone()),
            ("charge.succeeded", charge(0)),
            (
                "payment_intent.succeeded",
                json!({
                    "id": intent, "object": "payment_intent", "amount": amount, "currency": "eur",
                }),
            ),
        ];
        if random.chance(10) {
            told.push(("checkout.session.async_payment_succeeded", session));
        }
        if *refunded > 0 {
            told.push(("charge.refunded", charge(*refunded)));
        }
        told
    }

    fn event(&self, streamer: &str, kind: &str, object: &Value) -> Event {
        let id = format!("evt_{}_{}", self.number, kind.replace('.', "_"));
        let mut object = object.clone();
        // Sessions come to the address of all, and say whose they are.
        let path = if kind.starts_with("checkout") {
            object["metadata"] = json!({ "streamer": streamer });
            "/webhooks/stripe".to_owned()
        } else {
            format!("/webhooks/stripe/{streamer}")
        };
        let body = json!({
            "id": id, "object": "event", "type": kind, "created": unix_now(),
            "livemode": !self.test, "data": { "object": object },
        });
        Event { id, path, body: body.to_string() }
    }
}

/// The number of the purchase that an event's id names.
pub(crate) fn purchase_of(event: &str) -> u64 {
    event.split('_').nth(1).and_then(|number| number.parse().ok()).expect("an event of this shop")
}
