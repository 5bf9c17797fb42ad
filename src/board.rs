//! What sales come to over a while: how many, who bought last, who most, what sold best, hour by hour.
//! Made from alerts alone, for the pages beside the alerts and for the streamer's own look at the evening.
//!
//! Only verified sales count: no tests, nothing that went back in full, no duplicate of another. Combos
//! and digests are no sales; their members are. A partial refund is not known to an alert, so what is
//! left of a sale counts with all of its amount here; totals and goals are exact.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use crate::{
    alert::{Alert, AlertKind, AlertState, Buyer, BuyerKey, Reason},
    id::AlertId,
    money::{Currency, Money, WireMoney},
    time::{Timestamp, WireTime},
};

/// Most sales in [`Board::latest`].
const LATEST: usize = 5;

/// Most buyers in [`Board::top`].
const TOP: usize = 5;

/// Most products in [`Board::best_sellers`].
const BEST_SELLERS: usize = 10;

const HOUR: i64 = 3_600_000;

/// What was sold. Amounts are `null` for who may not see them.
#[derive(Clone, Debug, Serialize)]
pub struct Board {
    /// How much.
    pub sold: Sold,
    /// The newest sales that viewers may know of, newest first, also from before the while.
    pub latest: Vec<Bought>,
    /// The named buyers who paid most in the streamer's currency, most first.
    pub top: Vec<TopBuyer>,
    /// The products of which most were sold, most first.
    pub best_sellers: Vec<Product>,
    /// The hours in which something was sold, oldest first.
    pub by_hour: Vec<Hour>,
}

/// See [`Board::sold`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sold {
    /// Sales.
    pub orders: u64,
    /// Things in them; a tip has none.
    pub items: u64,
}

/// One of the newest sales.
#[derive(Clone, Debug, Serialize)]
pub struct Bought {
    /// The alert's id.
    pub id: AlertId,
    /// What kind of sale.
    pub kind: AlertKind,
    /// Who, as viewers may know it.
    pub name: String,
    /// Whether that stands for somebody without a name.
    pub anonymous: bool,
    /// The first product, if any is known.
    pub item: Option<String>,
    /// How many of it.
    pub quantity: u32,
    /// How many other products there were.
    pub more: usize,
    /// What was paid.
    pub amount: Option<WireMoney>,
    /// When.
    pub at: WireTime,
}

/// One of those who paid most.
#[derive(Clone, Debug, Serialize)]
pub struct TopBuyer {
    /// Who.
    pub name: String,
    /// In how many orders.
    pub orders: u64,
    /// How much in all.
    pub amount: Option<WireMoney>,
}

/// One of what sold best.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Product {
    /// Its name; variants of it count together.
    pub name: String,
    /// How many.
    pub quantity: u64,
}

/// One hour of UTC.
#[derive(Clone, Debug, Serialize)]
pub struct Hour {
    /// When it began.
    pub hour: WireTime,
    /// Sales in it.
    pub orders: u64,
    /// What they paid, by currency.
    pub amounts: Option<Vec<WireMoney>>,
}

impl Board {
    /// The board of `alerts`, newest first, for what was sold in the `length` before `now`.
    #[must_use]
    pub fn of(alerts: &[Alert], currency: Currency, length: Duration, now: Timestamp) -> Self {
        let from = now - length;
        let mut sales: Vec<&Alert> = alerts.iter().filter(|alert| is_sale(alert)).collect();
        // By when it was sold: what was told late belongs to its own hour.
        sales.sort_by_key(|sale| (std::cmp::Reverse(sale.created), std::cmp::Reverse(sale.id)));
        let latest = sales.iter().filter(|sale| is_known(sale)).take(LATEST).map(|s| bought(s));
        let latest = latest.collect();
        sales.retain(|sale| sale.created > from);
        Self {
            sold: Sold {
                orders: sales.len() as u64,
                items: sales.iter().map(|sale| things(sale)).sum(),
            },
            latest,
            top: top(&sales, currency),
            best_sellers: best_sellers(&sales),
            by_hour: by_hour(&sales),
        }
    }

    /// Takes out all amounts.
    pub fn hide_amounts(&mut self) {
        self.latest.iter_mut().for_each(|bought| bought.amount = None);
        self.top.iter_mut().for_each(|buyer| buyer.amount = None);
        self.by_hour.iter_mut().for_each(|hour| hour.amounts = None);
    }
}

fn is_sale(alert: &Alert) -> bool {
    let carrier = matches!(alert.kind, AlertKind::Combo | AlertKind::Digest);
    let duplicate = alert.reason == Some(Reason::Duplicate);
    !(alert.test || alert.refunded || carrier || duplicate)
}

/// Whether viewers may know of it: nobody took it from them, and nobody has yet to judge it.
fn is_known(sale: &Alert) -> bool {
    let taken = matches!(sale.reason, Some(Reason::Skipped | Reason::Panic));
    !(taken || sale.is_withheld() || sale.state == AlertState::Silent)
}

fn things(sale: &Alert) -> u64 {
    sale.items.iter().map(|item| u64::from(item.quantity)).sum()
}

fn bought(sale: &Alert) -> Bought {
    let Buyer { name, anonymous, .. } = &sale.buyer;
    Bought {
        id: sale.id,
        kind: sale.kind,
        name: name.clone(),
        anonymous: *anonymous,
        item: sale.items.first().map(|item| item.name.clone()),
        quantity: sale.items.first().map_or(0, |item| item.quantity),
        more: sale.items.len().saturating_sub(1),
        amount: sale.amount.map(Money::wire),
        at: sale.created.wire(),
    }
}

/// Who somebody is: their key, or else their name. A nickname that two have chosen is of two.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Who<'a> {
    Key(&'a BuyerKey),
    Name(&'a str),
}

/// What somebody bought without a name stays theirs alone: it adds nothing to what they bought with one.
fn top(sales: &[&Alert], currency: Currency) -> Vec<TopBuyer> {
    let mut buyers: BTreeMap<Who<'_>, (&str, u64, i64)> = BTreeMap::new();
    let named = sales.iter().filter(|sale| is_known(sale) && !sale.buyer.anonymous);
    for sale in named {
        let Some(amount) = sale.amount.filter(|amount| amount.currency == currency) else {
            continue;
        };
        let name = &*sale.buyer.name;
        let who = sale.buyer_keys.first().map_or(Who::Name(name), Who::Key);
        // Newest first: of several names of one buyer the newest is shown.
        let (_, orders, minor) = buyers.entry(who).or_insert((name, 0, 0));
        *orders += 1;
        *minor = minor.saturating_add(amount.minor);
    }
    let mut buyers: Vec<_> = buyers.into_values().filter(|(.., minor)| *minor > 0).collect();
    buyers.sort_by_key(|(name, _, minor)| (std::cmp::Reverse(*minor), *name));
    buyers.truncate(TOP);
    let wire = |(name, orders, minor): (&str, u64, i64)| TopBuyer {
        name: name.into(),
        orders,
        amount: Some(Money { minor, currency }.wire()),
    };
    buyers.into_iter().map(wire).collect()
}

fn best_sellers(sales: &[&Alert]) -> Vec<Product> {
    let mut products: BTreeMap<&str, u64> = BTreeMap::new();
    for item in sales.iter().flat_map(|sale| &sale.items) {
        *products.entry(&item.name).or_default() += u64::from(item.quantity);
    }
    let product = |(name, quantity): (&str, u64)| Product { name: name.into(), quantity };
    let mut products: Vec<Product> = products.into_iter().map(product).collect();
    products.sort_by(|a, b| b.quantity.cmp(&a.quantity).then_with(|| a.name.cmp(&b.name)));
    products.truncate(BEST_SELLERS);
    products
}

fn by_hour(sales: &[&Alert]) -> Vec<Hour> {
    let mut hours: BTreeMap<i64, (u64, BTreeMap<Currency, i64>)> = BTreeMap::new();
    for sale in sales {
        let hour = sale.created.as_millis().div_euclid(HOUR);
        let (orders, amounts) = hours.entry(hour).or_default();
        *orders += 1;
        if let Some(Money { minor, currency }) = sale.amount {
            let sum = amounts.entry(currency).or_default();
            *sum = sum.saturating_add(minor);
        }
    }
    let wire = |(currency, minor)| Money { minor, currency }.wire();
    let hour = |(hour, (orders, amounts)): (i64, (u64, BTreeMap<Currency, i64>))| Hour {
        hour: Timestamp::from_millis(hour.saturating_mul(HOUR)).wire(),
        orders,
        amounts: Some(amounts.into_iter().map(wire).collect()),
    };
    hours.into_iter().map(hour).collect()
}

#[cfg(test)]
mod tests;
