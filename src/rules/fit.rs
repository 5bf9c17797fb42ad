//! The conditions, one by one: each says how a sale fails it, or nothing.

use super::{Miss, Sold};
use crate::{alert::Item, settings::rules::When};

/// Says how a sale fails one condition; `None` if it does not, or the rule has no such condition.
type Condition = fn(&When, &Sold<'_>) -> Option<Miss>;

pub(super) const CONDITIONS: [Condition; 7] =
    [amount, product, quantity, kind, first_purchase, order, test];

fn amount(when: &When, sold: &Sold<'_>) -> Option<Miss> {
    let range = when.amount?;
    let paid = sold.amount.filter(|paid| paid.currency == range.currency).map(|paid| paid.minor);
    let fits = paid.is_some_and(|paid| within(paid, range.min, range.max));
    (!fits).then_some(Miss::Amount(sold.amount))
}

fn product(when: &When, sold: &Sold<'_>) -> Option<Miss> {
    when.product.as_ref()?;
    named(when, sold).next().is_none().then_some(Miss::Product)
}

fn quantity(when: &When, sold: &Sold<'_>) -> Option<Miss> {
    let range = when.quantity?;
    let bought: u64 = named(when, sold).map(|item| u64::from(item.quantity)).sum();
    let fits = within(bought, range.min.map(u64::from), range.max.map(u64::from));
    // Without items nobody knows how many there were.
    (!fits || sold.items.is_empty()).then_some(Miss::Quantity(bought))
}

fn kind(when: &When, sold: &Sold<'_>) -> Option<Miss> {
    let fits = when.kind.is_empty() || when.kind.contains(&sold.kind);
    (!fits).then_some(Miss::Kind(sold.kind))
}

fn first_purchase(when: &When, sold: &Sold<'_>) -> Option<Miss> {
    let first = sold.order_count == 1;
    (when.first_purchase? != first).then_some(Miss::FirstPurchase(sold.order_count))
}

fn order(when: &When, sold: &Sold<'_>) -> Option<Miss> {
    let nth = when.order?;
    let divides = |every: u32| sold.order_count.is_multiple_of(every);
    let fits = within(sold.order_count, nth.min, nth.max) && nth.every.is_none_or(divides);
    (!fits).then_some(Miss::Order(sold.order_count))
}

fn test(when: &When, sold: &Sold<'_>) -> Option<Miss> {
    (when.test? != sold.test).then_some(Miss::Test(sold.test))
}

fn within<T: PartialOrd + Copy>(value: T, min: Option<T>, max: Option<T>) -> bool {
    min.is_none_or(|min| min <= value) && max.is_none_or(|max| value <= max)
}

/// What was bought that has the name the rule asks for; all of it if it asks for none.
fn named<'a>(when: &'a When, sold: &'a Sold<'_>) -> impl Iterator<Item = &'a Item> {
    let pattern = when.product.as_ref().map(|pattern| folded(pattern));
    let fits = move |item: &&Item| {
        pattern.as_ref().is_none_or(|pattern| is_like(pattern, &folded(&item.name)))
    };
    sold.items.iter().filter(fits)
}

fn folded(text: &str) -> Vec<char> {
    text.trim().to_lowercase().chars().collect()
}

/// Whether a text is the pattern, in which `*` stands for any text. Takes at most as many steps as
/// the product of both lengths.
fn is_like(pattern: &[char], text: &[char]) -> bool {
    let (mut at, mut read) = (0, 0);
    // Behind the newest star, and the text from which to go on if what follows does not fit.
    let mut star = None;
    while read < text.len() {
        if pattern.get(at) == Some(&'*') {
            at += 1;
            star = Some((at, read));
        } else if pattern.get(at) == Some(&text[read]) {
            (at, read) = (at + 1, read + 1);
        } else if let Some((after, from)) = star {
            (at, read) = (after, from + 1);
            star = Some((after, from + 1));
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}
