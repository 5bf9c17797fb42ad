//! What the fake's bank account says, to compare a gateway's totals with.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::world::World;

/// Sums in minor units of one currency.
#[derive(Default)]
struct Sums {
    orders: i64,
    paid: i64,
    refunded: i64,
    disputed_open: i64,
    disputed_lost: i64,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.orders += other.orders;
        self.paid += other.paid;
        self.refunded += other.refunded;
        self.disputed_open += other.disputed_open;
        self.disputed_lost += other.disputed_lost;
    }

    fn json(&self) -> Value {
        json!({
            "orders": self.orders, "paid": self.paid, "refunded": self.refunded,
            "disputed_open": self.disputed_open, "disputed_lost": self.disputed_lost,
            "net": self.paid - self.refunded - self.disputed_open - self.disputed_lost,
        })
    }
}

/// Per currency, and per session in each.
pub(super) fn show(world: &World) -> Value {
    let mut currencies: BTreeMap<String, Sums> = BTreeMap::new();
    let mut sessions: BTreeMap<String, (String, Sums)> = BTreeMap::new();
    for (_, books) in world.all_books() {
        let disputes: Vec<&Value> = books.of_kind("dispute").collect();
        for charge in books.of_kind("charge").filter(|charge| charge["paid"] == true) {
            let (currency, id) = (text(charge, "currency"), text(charge, "id"));
            let mut sums = Sums {
                orders: 1,
                paid: number(charge, "amount"),
                refunded: number(charge, "amount_refunded"),
                ..Sums::default()
            };
            for dispute in disputes.iter().filter(|row| row["charge"] == id) {
                match dispute["status"].as_str() {
                    Some("lost") => sums.disputed_lost += number(dispute, "amount"),
                    Some("won") => {}
                    _ => sums.disputed_open += number(dispute, "amount"),
                }
            }
            currencies.entry(currency.clone()).or_default().add(&sums);
            let session = books.sessions.get(&id).cloned().unwrap_or_default();
            sessions.entry(session).or_insert((currency, Sums::default())).1.add(&sums);
        }
    }
    let currencies: BTreeMap<_, _> =
        currencies.iter().map(|(currency, sums)| (currency, sums.json())).collect();
    let sessions: Vec<Value> = sessions
        .iter()
        .map(|(session, (currency, sums))| {
            let mut row = sums.json();
            row["session"] = json!(session);
            row["currency"] = json!(currency);
            row
        })
        .collect();
    json!({ "currencies": currencies, "sessions": sessions })
}

fn number(object: &Value, field: &str) -> i64 {
    object[field].as_i64().unwrap_or_default()
}

fn text(object: &Value, field: &str) -> String {
    object[field].as_str().unwrap_or_default().to_owned()
}
