use serde_json::{Value, json};

use super::*;
use crate::settings::Settings;

fn full() -> Value {
    json!([{
        "name": "Big orders",
        "when": {
            "amount": { "currency": "eur", "min": 2000, "max": 4999 }, "product": "hood*",
            "quantity": { "min": 2 }, "kind": ["sale", "tip"], "first_purchase": true,
            "order": { "every": 10 }, "test": false,
        },
        "then": {
            "theme": "neon", "sound": "none", "duration": "8s", "text": "{name} bought {item}",
            "hold": true, "min_message": { "minor": 500, "currency": "eur" },
        },
    }])
}

/// What is said of one rule that is changed by `change`.
#[track_caller]
fn said(change: impl FnOnce(&mut Value)) -> String {
    let mut rules = json!([{ "then": {} }, { "when": {}, "then": {} }]);
    change(&mut rules[1]);
    read(&rules).unwrap_err().to_string()
}

#[test]
fn rules_print_as_they_were_read() {
    let rules = read(&full()).unwrap();
    assert_eq!(serde_json::to_value(&rules).unwrap(), full());
    let settings = Settings { rules, ..Settings::default() };
    let json = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<Settings>(&json).unwrap(), settings);
}

#[test]
fn what_is_wrong_is_told_by_rule_and_field() {
    let theme = said(|rule| rule["then"]["theme"] = "Neon!".into());
    assert!(theme.starts_with("rule 2, then.theme: a theme is one of clean, "), "{theme}");
    let sound = said(|rule| rule["then"]["sound"] = "horn".into());
    assert!(sound.starts_with("rule 2, then.sound: ") && sound.contains("`bell`"), "{sound}");
    let text = said(|rule| rule["then"]["text"] = "{nmae}".into());
    assert!(text.starts_with("rule 2, then.text: {nmae} is unknown"), "{text}");
    let unknown = said(|rule| rule["when"]["colour"] = "red".into());
    assert!(unknown.starts_with("rule 2, when"), "{unknown}");
    let length = said(|rule| rule["then"]["duration"] = "2s".into());
    assert_eq!(length, "rule 2, then.duration: between 3s and 60s, like 6s");
    let both = said(|rule| rule["then"] = json!({ "hold": true, "silent": true }));
    assert_eq!(both, "rule 2, then: hold or silent, not both");
    let form = said(|rule| rule["when"]["order"] = "10".into());
    assert!(
        form.ends_with(r#"expected an order, like {"every":10} or {"min":1,"max":3}"#),
        "{form}"
    );
    let missing = said(|rule| *rule = json!({}));
    assert_eq!(missing, "rule 2, the whole: missing field `then`");
    assert_eq!(read(&json!({})), Err(RuleError::NotAList));
}

#[test]
fn everything_has_bounds() {
    let when = |when: Value| said(|rule| rule["when"] = when);
    for (wrong, field) in [
        (json!({ "amount": { "currency": "eur", "min": 2, "max": 1 } }), "when.amount"),
        (json!({ "amount": { "currency": "eur", "min": -1 } }), "when.amount.min"),
        (json!({ "amount": { "currency": "euro" } }), "when.amount.currency"),
        (json!({ "product": "" }), "when.product"),
        (json!({ "product": "x".repeat(101) }), "when.product"),
        (json!({ "quantity": { "min": 2, "max": 1 } }), "when.quantity"),
        (json!({ "kind": ["digest"] }), "when.kind"),
        (json!({ "order": { "every": 0 } }), "when.order.every"),
        (json!({ "order": { "min": 2, "max": 1 } }), "when.order"),
    ] {
        let told = when(wrong);
        assert!(told.starts_with(&format!("rule 2, {field}: ")), "{told}");
    }
    let named = said(|rule| rule["name"] = "x".repeat(51).into());
    assert!(named.starts_with("rule 2, name: "), "{named}");
    let min = json!({ "minor": -1, "currency": "eur" });
    let min = said(|rule| rule["then"]["min_message"] = min);
    assert!(min.starts_with("rule 2, then.min_message: "), "{min}");
    let many = vec![json!({ "then": {} }); RULES_MAX + 1];
    assert_eq!(read(&many.into()), Err(RuleError::TooMany(51)));
}

#[test]
fn templates_have_known_placeholders_only() {
    for fits in ["{name} {amount} {item} {quantity} {message}", "no places", "a } alone"] {
        assert_eq!(Template::parse(fits).unwrap().as_str(), fits);
    }
    assert_eq!(Template::parse("{name"), Err(TemplateError::Open));
    assert_eq!(Template::parse("{ name }"), Err(TemplateError::Unknown(" name ".into())));
    for bad in ["", "  ", "a\nb", &"x".repeat(201)] {
        assert_eq!(Template::parse(bad), Err(TemplateError::Length));
    }
}

#[test]
fn an_unknown_or_foreign_amount_reaches_no_minimum() {
    let eur = |minor| Money::new(minor, Currency::parse("eur").unwrap());
    let then = Then { min_message: Some(eur(500)), ..Then::default() };
    assert!(!then.withholds_message(Some(eur(500))));
    for short in [Some(eur(499)), Some(Money::new(900, Currency::USD)), None] {
        assert!(then.withholds_message(short), "{short:?}");
    }
    assert!(!Then::default().withholds_message(None));
}
