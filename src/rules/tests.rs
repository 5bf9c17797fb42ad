use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{money::Currency, settings::rules};

fn item(name: &str, quantity: u32) -> Item {
    Item { name: name.into(), variant: None, quantity, image: None }
}

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::parse("eur").unwrap())
}

/// A hoodie and two stickers for 25 euros, the second order of its buyer.
fn with_sold<T>(then: impl FnOnce(Sold<'_>) -> T) -> T {
    let items = [item("Hoodie", 1), item("Sticker Pack", 2)];
    let amount = Some(eur(2500));
    then(Sold { kind: AlertKind::Sale, test: false, amount, items: &items, order_count: 2 })
}

/// The conditions that the sale of [`with_sold`] fails, as people read them.
fn missed(when: serde_json::Value) -> Vec<String> {
    let rules = rules::read(&json!([{ "when": when, "then": {} }])).unwrap();
    with_sold(|sold| misses(&rules[0].when, &sold).map(|miss| miss.to_string()).collect())
}

#[track_caller]
fn assert_fits(when: serde_json::Value) {
    assert_eq!(missed(when), [""; 0]);
}

#[test]
fn a_rule_without_conditions_fits_every_sale() {
    assert_fits(json!({}));
}

#[test]
fn amounts_are_of_one_currency_and_include_both_ends() {
    assert_fits(json!({ "amount": { "currency": "EUR", "min": 2500, "max": 2500 } }));
    assert_fits(json!({ "amount": { "currency": "eur" } }));
    for amount in [
        json!({ "currency": "eur", "min": 2501 }),
        json!({ "currency": "eur", "max": 2499 }),
        json!({ "currency": "usd", "min": 1 }),
    ] {
        assert_eq!(missed(json!({ "amount": amount })), ["amount: it is €25.00"]);
    }
    let range = rules::read(&json!([{ "when": { "amount": { "currency": "eur" } }, "then": {} }]));
    let unknown =
        |sold: Sold<'_>| misses(&range.unwrap()[0].when, &Sold { amount: None, ..sold }).next();
    assert_eq!(with_sold(unknown), Some(Miss::Amount(None)));
}

#[test]
fn products_are_named_in_any_case_with_stars() {
    for fits in ["hoodie", "STICKER*", "*pack", "*", "s*k*p*k", "**hood**"] {
        assert_fits(json!({ "product": fits }));
    }
    for other in ["hood", "hoodie x", "pack*", "?oodie", "*z*"] {
        assert_eq!(
            missed(json!({ "product": other })),
            ["product: nothing of that name was bought"],
            "{other}"
        );
    }
}

#[test]
fn quantities_are_of_the_product_or_of_all() {
    assert_fits(json!({ "quantity": { "min": 3, "max": 3 } }));
    assert_fits(json!({ "product": "sticker*", "quantity": { "min": 2, "max": 2 } }));
    assert_eq!(missed(json!({ "quantity": { "min": 4 } })), ["quantity: it is 3"]);
    let of_hoodies = json!({ "product": "hoodie", "quantity": { "min": 2 } });
    assert_eq!(missed(of_hoodies), ["quantity: it is 1"]);
}

#[test]
fn a_sale_whose_items_nobody_knows_fits_no_product_and_no_quantity() {
    let rules = rules::read(&json!([
        { "when": { "product": "*" }, "then": {} },
        { "when": { "quantity": { "max": 9 } }, "then": {} },
    ]));
    let rules = rules.unwrap();
    with_sold(|sold| assert_eq!(winner(&rules, &Sold { items: &[], ..sold }), None));
}

#[test]
fn kind_order_and_test_are_looked_at() {
    assert_fits(json!({ "kind": ["tip", "sale"], "first_purchase": false, "test": false }));
    assert_fits(json!({ "order": { "min": 2, "max": 2, "every": 2 } }));
    assert_eq!(missed(json!({ "kind": ["tip"] })), ["kind: it is a sale"]);
    let order = "it is the buyer's order number 2";
    assert_eq!(missed(json!({ "first_purchase": true })), [format!("first_purchase: {order}")]);
    for nth in [json!({ "every": 3 }), json!({ "min": 3 }), json!({ "max": 1 })] {
        assert_eq!(missed(json!({ "order": nth })), [format!("order: {order}")]);
    }
    assert_eq!(missed(json!({ "test": true })), ["test: it is no test"]);
}

#[test]
fn all_that_a_sale_fails_is_told() {
    let when = json!({ "kind": ["tip"], "product": "mug", "test": true });
    let told = missed(when);
    assert_eq!(
        told,
        ["product: nothing of that name was bought", "kind: it is a sale", "test: it is no test"]
    );
}

/// Any conditions out of few values, so that they fit often enough.
fn when() -> impl Strategy<Value = When> {
    let range = (0..3_i64, 0..3_i64).prop_map(
        |(min, max)| json!({ "currency": "eur", "min": min.min(max), "max": min.max(max) }),
    );
    let product = prop::sample::select(vec!["a", "b", "a*", "*"]);
    let parts = (
        prop::option::of(range),
        prop::option::of(product),
        prop::option::of(any::<bool>()),
        prop::option::of(1..3_u32),
    );
    parts.prop_map(|(amount, product, test, every)| {
        let mut when = json!({ "test": test, "product": product, "amount": amount });
        when["order"] = every.map_or(json!(null), |every| json!({ "every": every }));
        serde_json::from_value(when).unwrap()
    })
}

proptest! {
    #[test]
    fn the_first_rule_that_fits_wins_whatever_comes_after(
        whens in prop::collection::vec(when(), 0..6),
        (minor, name, test, order_count) in (0..3_i64, "[abc]{1,2}", any::<bool>(), 1..4_u32),
    ) {
        let items = [item(&name, 1)];
        let amount = Some(eur(minor));
        let sold = Sold { kind: AlertKind::Sale, test, amount, items: &items, order_count };
        let rules: Vec<Rule> =
            whens.into_iter().map(|when| Rule { when, ..Rule::default() }).collect();
        let fits = |rule: &Rule| misses(&rule.when, &sold).count() == 0;
        let expected = rules.iter().position(fits).map(|at| at + 1);
        let found = winner(&rules, &sold).map(|(number, _)| number);
        prop_assert_eq!(found, expected);
        if let Some(number) = found {
            prop_assert_eq!(winner(&rules[..number], &sold).map(|(number, _)| number), found);
            prop_assert_eq!(winner(&rules[..number - 1], &sold), None);
        }
    }
}
