use proptest::prelude::*;

use super::*;

fn money(minor: i64, code: &str) -> Money {
    Money::new(minor, Currency::parse(code).unwrap())
}

#[test]
fn shown_as_viewers_write_it() {
    for (minor, code, decimal, text) in [
        (2599, "EUR", "25.99", "€25.99"),
        (5, "usd", "0.05", "$0.05"),
        (0, "usd", "0.00", "$0.00"),
        (500, "jpy", "500", "¥500"),
        (1500, "kwd", "1.500", "KWD 1.500"),
        (1200, "chf", "12.00", "CHF 12.00"),
        (1_234_567, "usd", "12345.67", "$12,345.67"),
        (100_000, "jpy", "100000", "¥100,000"),
        (-100, "eur", "-1.00", "-€1.00"),
        (-100, "chf", "-1.00", "-CHF 1.00"),
        (1050, "cad", "10.50", "CA$10.50"),
        (99, "zzz", "0.99", "ZZZ 0.99"),
        (i64::MIN, "usd", "-92233720368547758.08", "-$92,233,720,368,547,758.08"),
    ] {
        assert_eq!(money(minor, code).decimal(), decimal);
        assert_eq!(money(minor, code).text(), text);
    }
}

#[test]
fn isk_and_ugx_count_hundredths_that_nobody_sees() {
    assert_eq!(money(500, "isk").text(), "ISK 5");
    assert_eq!(money(500, "ugx").decimal(), "5.00");
    assert_eq!(
        money(550, "isk").text(),
        "ISK 5.50",
        "impossible at Stripe, but never shown as less than it is"
    );
    assert_eq!(Money::parse("5", Currency::parse("isk").unwrap()), Ok(money(500, "isk")));
    let refused = Money::parse("5.50", Currency::parse("ugx").unwrap()).unwrap_err();
    assert_eq!(refused.to_string(), r#"amount "5.50" has more decimals than ugx, which has 0"#);
}

#[test]
fn exponents_are_stripes_not_isos() {
    let zero = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";
    assert!(zero.split(' ').all(|c| Currency::parse(c).unwrap().exponent() == 0));
    assert!("bhd jod kwd omr tnd".split(' ').all(|c| Currency::parse(c).unwrap().exponent() == 3));
    assert!(
        "isk ugx huf twd usd qqq".split(' ').all(|c| Currency::parse(c).unwrap().exponent() == 2)
    );
}

#[test]
fn what_is_no_amount_is_refused() {
    let usd = Currency::parse("usd").unwrap();
    for bad in ["", "-", ".5", "5.", "1,5", "1e3", "+5", " 5", "5 ", "1.2.3", "--1", "٥", "0x10"] {
        assert_eq!(Money::parse(bad, usd), Err(MoneyError::NotAnAmount(bad.into())));
    }
    assert!(matches!(
        Money::parse("1.234", usd),
        Err(MoneyError::TooManyDecimals { allowed: 2, .. })
    ));
    assert!(matches!(
        Money::parse("1.0", "jpy".parse().unwrap()),
        Err(MoneyError::TooManyDecimals { .. })
    ));
    assert!(matches!(Money::parse("92233720368547758.08", usd), Err(MoneyError::TooLarge(_))));
    for bad in ["", "us", "usdd", "u$d", "€", "ééé"] {
        assert_eq!(Currency::parse(bad), Err(MoneyError::NotACurrency(bad.into())));
    }
}

#[test]
fn the_wire_form_is_the_contracts() {
    let wire = serde_json::to_value(money(2599, "eur").wire()).unwrap();
    let want =
        serde_json::json!({"minor": 2599, "currency": "EUR", "decimal": "25.99", "text": "€25.99"});
    assert_eq!(wire, want);
    let stored = serde_json::to_string(&money(2599, "eur")).unwrap();
    assert_eq!(stored, r#"{"minor":2599,"currency":"eur"}"#);
    assert!(serde_json::from_str::<Money>(r#"{"minor":1,"currency":"euro"}"#).is_err());
}

#[test]
fn arithmetic_never_wraps_nor_mixes() {
    assert_eq!(money(1, "usd").checked_add(money(2, "usd")), Some(money(3, "usd")));
    assert_eq!(money(1, "usd").checked_sub(money(2, "usd")), Some(money(-1, "usd")));
    assert_eq!(money(1, "usd").checked_add(money(2, "eur")), None);
    assert_eq!(money(i64::MAX, "usd").checked_add(money(1, "usd")), None);
    assert_eq!(money(i64::MAX, "usd").checked_mul(2), None);
    assert_eq!(money(700, "usd").checked_mul(3), Some(money(2100, "usd")));
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(minor: i64, code in "[a-z]{3}") {
        let money = money(minor, &code);
        prop_assume!(!money.currency.is_whole());
        prop_assert_eq!(Money::parse(&money.decimal(), money.currency), Ok(money));
        let stored = serde_json::to_string(&money).unwrap();
        prop_assert_eq!(serde_json::from_str::<Money>(&stored).unwrap(), money);
    }

    #[test]
    fn parsing_never_panics(text in "\\PC*", code in "[a-zA-Z]{3}") {
        let _ = Money::parse(&text, Currency::parse(&code).unwrap());
        let _ = Currency::parse(&text);
    }
}

#[test]
fn what_stripe_charges_has_bounds_and_steps() {
    let charged =
        |minor, currency: &str| Money::new(minor, currency.parse().unwrap()).is_chargeable();
    assert!(charged(1, "eur") && charged(99_999_999, "eur") && charged(1500, "kwd"));
    assert!(charged(700, "isk") && charged(7, "jpy"));
    assert!(!charged(0, "eur") && !charged(-1, "eur") && !charged(100_000_000, "eur"));
    assert!(!charged(1501, "kwd") && !charged(701, "isk"));
}
