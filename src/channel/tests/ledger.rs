//! From Stripe's JSON to a total: whatever goes back of a purchase, in whatever order and however often
//! Stripe tells of it, what is left is what the shop has.

use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};

use super::stage::{DAWN, Stage, sale};
use crate::{
    channel::{NewSale, What},
    money::Currency,
    stripe::{
        event::Envelope,
        sale::{self, SaleSettings},
    },
};

/// A purchase and all that goes back of it.
#[derive(Clone, Debug)]
struct Story {
    currency: &'static str,
    paid: i64,
    /// Each refund as a share of what was left, in percent, and whether it fails later.
    refunds: Vec<(i64, bool)>,
    /// How a dispute over a share of the rest stands in the end, if there is one.
    dispute: Option<(i64, &'static str)>,
    /// Whether a charge's total forgets a refund that failed: Stripe's documentation leaves it open.
    forgets: bool,
}

fn story() -> impl Strategy<Value = Story> {
    let currency = prop_oneof![Just("jpy"), Just("eur"), Just("kwd")];
    let refunds = prop::collection::vec((1..=100_i64, any::<bool>()), 0..4);
    let status = prop_oneof![Just("needs_response"), Just("won"), Just("lost")];
    let dispute = prop::option::of((1..=100_i64, status));
    (currency, 1..1_000_000_i64, refunds, dispute, any::<bool>()).prop_map(
        |(currency, paid, refunds, dispute, forgets)| Story {
            currency,
            paid,
            refunds,
            dispute,
            forgets,
        },
    )
}

fn share(of: i64, percent: i64) -> i64 {
    (of * percent / 100).max(i64::from(of > 0))
}

impl Story {
    /// Stripe's events in the order of what happened, and what the shop has in the end.
    fn tell(&self) -> (Vec<(&'static str, Value)>, i64) {
        let Self { currency, paid, .. } = self;
        let mut events = vec![
            (
                "checkout.session.completed",
                json!({ "object": "checkout.session", "id": "cs_1", "payment_status": "paid",
                    "amount_total": paid, "currency": currency, "payment_intent": "pi_1" }),
            ),
            (
                "payment_intent.succeeded",
                json!({ "object": "payment_intent", "id": "pi_1", "latest_charge": "ch_1" }),
            ),
            (
                "charge.succeeded",
                json!({ "object": "charge", "id": "ch_1", "payment_intent": "pi_1" }),
            ),
        ];
        let (mut left, mut on_charge) = (*paid, 0);
        for (n, (percent, fails)) in self.refunds.iter().enumerate() {
            let amount = share(left, *percent);
            if amount == 0 {
                break;
            }
            let refund = |status: &str| {
                json!({ "object": "refund", "id": format!("re_{n}"), "charge": "ch_1",
                    "amount": amount, "currency": currency, "status": status })
            };
            on_charge += amount;
            let charge = json!({ "object": "charge", "id": "ch_1", "amount": paid,
                "amount_refunded": on_charge, "refunded": on_charge == *paid, "currency": currency });
            events.push(("refund.created", refund("pending")));
            events.push(("charge.refunded", charge));
            events.push(("refund.updated", refund("succeeded")));
            if *fails {
                events.push(("refund.failed", refund("failed")));
                events.push(("charge.refund.updated", refund("failed")));
                on_charge -= if self.forgets { amount } else { 0 };
            } else {
                left -= amount;
            }
        }
        left -= self.tell_of_dispute(left, &mut events);
        (events, left)
    }

    /// Tells of the dispute over what is left; what it takes in the end.
    fn tell_of_dispute(&self, left: i64, events: &mut Vec<(&'static str, Value)>) -> i64 {
        let Some((percent, end)) = self.dispute.filter(|_| left > 0) else { return 0 };
        let amount = share(left, percent);
        let dispute = |status: &str| {
            json!({ "object": "dispute", "id": "du_1", "charge": "ch_1", "amount": amount,
                "currency": self.currency, "status": status })
        };
        events.push(("charge.dispute.created", dispute("needs_response")));
        events.push(("charge.dispute.funds_withdrawn", dispute("needs_response")));
        events.push(("charge.dispute.updated", dispute("under_review")));
        if end != "needs_response" {
            events.push(("charge.dispute.closed", dispute(end)));
        }
        if end == "won" {
            events.push(("charge.dispute.funds_reinstated", dispute(end)));
        }
        if end == "lost" { amount } else { 0 }
    }
}

/// Reads an event as the intake does, and applies it.
fn hear(stage: &mut Stage, (kind, object): &(&str, Value)) {
    let event =
        json!({ "id": "evt_1", "type": kind, "livemode": true, "data": { "object": object } });
    let envelope = Envelope::read_trusted(event.to_string().as_bytes()).unwrap();
    let settings = SaleSettings {
        renewals: false,
        payment_intents: false,
        nickname_field: "nickname".into(),
        message_field: "message".into(),
    };
    let reading = sale::read(&envelope, &settings);
    let what = match &reading.what {
        sale::What::Sale(sold) => What::Sale(NewSale { amount: sold.amount, ..sale(0, DAWN) }),
        other => What::besides_a_sale(other).unwrap_or_else(|| panic!("{kind}: {other:?}")),
    };
    stage.tell(&reading.ids, what);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_is_left_is_what_the_shop_has(
        story in story(),
        order in prop::collection::vec(any::<Index>(), 40),
        again in prop::collection::vec(any::<Index>(), 0..8),
    ) {
        let (mut events, left) = story.tell();
        // Stripe may tell one thing in two events.
        let twice: Vec<_> = again.iter().map(|which| which.get(&events).clone()).collect();
        events.extend(twice);
        let mut stage = Stage::new();
        for which in order {
            if !events.is_empty() {
                let at = which.index(events.len());
                hear(&mut stage, &events.swap_remove(at));
            }
        }
        prop_assert!(events.is_empty());
        let currency: Currency = story.currency.parse().unwrap();
        prop_assert_eq!(stage.model.totals.get(&currency), Some(&(left, i64::from(left > 0))));
        prop_assert_eq!(stage.model.alerts.len(), 1);
        let alert = stage.model.alerts.values().next().unwrap();
        prop_assert_eq!(alert.refunded, left == 0);
    }
}
