use proptest::prelude::*;

use super::*;
use crate::shop::product::Own;

fn offer(id: &str, minor: i64, currency: &str, recurring: Option<Every>) -> Offer {
    let amount = Money::new(minor, currency.parse().unwrap());
    let own = Own { name: id.to_uppercase(), amount, image: None, recurring };
    Offer { id: id.into(), own, by_price: false, left: None }
}

fn offers() -> [Offer; 6] {
    [
        offer("hoodie", 2599, "eur", None),
        offer("mug", 1400, "eur", None),
        offer("sake", 500, "jpy", None),
        offer("club", 500, "eur", Some(Every::Month)),
        offer("circle", 5000, "eur", Some(Every::Year)),
        offer("gold", 99_999_999, "eur", None),
    ]
}

fn order(lines: &[(&str, u32)], tip: Option<(i64, &str)>) -> Order {
    Order {
        lines: lines.iter().map(|(id, quantity)| ((*id).into(), *quantity)).collect(),
        tip: tip.map(|(minor, currency)| Money::new(minor, currency.parse().unwrap())),
        ..Order::default()
    }
}

fn price(lines: &[(&str, u32)], tip: Option<(i64, &str)>) -> Result<Basket, String> {
    Basket::of(order(lines, tip), &offers(), Currency::USD).map_err(|fault| fault.field)
}

#[test]
fn a_basket_is_priced_from_the_offers() {
    let basket = price(&[("hoodie", 2), ("mug", 1)], Some((500, "eur"))).unwrap();
    assert_eq!(basket.total.text(), "€70.98");
    assert_eq!(basket.recurring, None);
    let basket = price(&[("mug", 1), ("club", 1)], None).unwrap();
    assert_eq!((basket.total.minor, basket.recurring), (1900, Some(Every::Month)));
    assert_eq!(price(&[], Some((500, "usd"))).unwrap().total.text(), "$5.00");
}

#[test]
fn what_cannot_be_paid_is_named() {
    for (lines, tip, field) in [
        (&[][..], None, "items"),
        (&[("mug", 1), ("cap", 1)], None, "items[1].product"),
        (&[("mug", 1), ("sake", 1)], None, "items[1].product"),
        (&[("club", 1), ("circle", 1)], None, "items[1].product"),
        (&[("gold", 2)], None, "items"),
        (&[("gold", 1)], Some((100, "eur")), "items"),
        (&[("mug", 1)], Some((500, "usd")), "tip.currency"),
        (&[], Some((500, "eur")), "tip.currency"),
        (&[], Some((99, "usd")), "tip"),
        (&[], Some((0, "usd")), "tip"),
        (&[], Some((-500, "usd")), "tip"),
        (&[], Some((1_000_001, "usd")), "tip"),
        (&[], Some((i64::MAX, "usd")), "tip"),
        (&[("mug", 1)], Some((i64::MAX, "eur")), "tip"),
        (&[("sake", 1)], Some((99, "jpy")), "tip"),
    ] {
        assert_eq!(price(lines, tip).unwrap_err(), field, "{lines:?} {tip:?}");
    }
}

#[test]
fn a_tip_is_bounded_in_each_exponent() {
    let bounds = |currency: &str| tip_bounds(currency.parse().unwrap());
    assert_eq!(bounds("eur"), (100, 1_000_000));
    assert_eq!(bounds("jpy"), (100, 1_000_000));
    assert_eq!(bounds("kwd"), (1000, 10_000_000));
}

proptest! {
    /// Whatever is ordered: what comes out costs the sum of its parts, at the offers' prices, and is
    /// what Stripe charges.
    #[test]
    fn a_total_is_the_sum_of_its_parts(
        lines in prop::collection::vec((0_usize..7, 1_u32..100), 0..8),
        tip in prop::option::of((-10_i64..2_000_000, prop::sample::select(vec!["eur", "usd", "jpy"]))),
    ) {
        let offers = offers();
        let id = |n: usize| offers.get(n).map_or("none", |offer| offer.id.as_str());
        let lines: Vec<_> = lines.into_iter().map(|(n, quantity)| (id(n), quantity)).collect();
        if let Ok(basket) = price(&lines, tip) {
            let of = |id: &str| offers.iter().find(|offer| offer.id == id).unwrap().own.amount;
            let parts = lines.iter().map(|(id, n)| i128::from(of(id).minor) * i128::from(*n));
            let sum: i128 = parts.sum::<i128>() + tip.map_or(0, |(minor, _)| i128::from(minor));
            prop_assert_eq!(i128::from(basket.total.minor), sum);
            prop_assert!(basket.total.is_chargeable());
            prop_assert!(basket.lines.iter().all(|(o, _)| o.own.amount.currency == basket.total.currency));
        }
    }
}
