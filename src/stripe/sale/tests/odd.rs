//! Objects that Stripe never sends, or not any more, or not yet.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn session(fields: Value) -> Value {
    let mut object = json!({"object": "checkout.session", "id": "cs_1", "mode": "payment",
        "payment_status": "paid", "amount_total": 100, "currency": "usd"});
    object.as_object_mut().unwrap().append(&mut serde_json::from_value(fields).unwrap());
    object
}

fn completed(fields: Value) -> What {
    read(&event("checkout.session.completed", &session(fields)), &settings()).what
}

fn sold(fields: Value) -> Sale {
    match completed(fields) {
        What::Sale(sale) => sale,
        other => panic!("{other:?}"),
    }
}

#[test]
fn payment_status_decides() {
    for (status, want) in [
        (json!("paid"), "Sale $1.00 by Someone"),
        (json!(null), "Sale $1.00 by Someone"),
        (json!("unpaid"), "Join"),
        (json!("no_payment_required"), "Ignored(NothingToPay)"),
        (json!("something_new"), "Join"),
    ] {
        assert_eq!(told(&completed(json!({"payment_status": status}))), want);
    }
}

#[test]
fn an_amount_that_is_none_costs_no_sale() {
    for amount in [json!(-1), json!(1.5), json!("100"), json!(null), json!([]), json!(1e30)] {
        assert_eq!(sold(json!({"amount_total": amount})).amount, None, "{amount}");
    }
    let huge: Value = serde_json::from_str("123456789012345678901234567890").unwrap();
    assert_eq!(sold(json!({"amount_total": huge})).amount, None);
    assert_eq!(sold(json!({"amount_total": i64::MAX})).amount.unwrap().minor, i64::MAX);
    assert_eq!(sold(json!({"currency": "qqq"})).amount.unwrap().text(), "QQQ 1.00");
    for currency in [json!("dollars"), json!(""), json!(null), json!(840)] {
        assert_eq!(sold(json!({"currency": currency})).amount, None, "{currency}");
    }
}

#[test]
fn display_items_add_up_or_are_nothing() {
    let of = |items: Value| sold(json!({"amount_total": null, "display_items": items})).amount;
    let item = |amount: i64, currency: &str| json!({"amount": amount, "currency": currency, "quantity": 2});
    let usd = |minor| Some(Money::new(minor, crate::money::Currency::USD));
    assert_eq!(of(json!([item(100, "usd"), item(50, "usd")])), usd(300));
    assert_eq!(of(json!([item(100, "usd"), item(50, "eur")])), None, "two currencies");
    assert_eq!(of(json!([item(i64::MAX, "usd")])), None, "too much");
    assert_eq!(of(json!([item(100, "usd"), {}])), None, "one without an amount");
    assert_eq!(of(json!([{"plan": {"amount": 700, "currency": "usd"}, "quantity": 1}])), usd(700));
    assert_eq!(of(json!([])), None);
}

#[test]
fn names_are_the_buyers_choice_cleaned_and_bounded() {
    let field = |value: Value| {
        json!({"custom_fields": [{"key": "Nickname", "text": {"value": value}}],
        "metadata": {"nickname": "fallback"}})
    };
    let name = |value: Value| sold(field(value)).name;
    assert_eq!(name(json!("  mi\u{202E}ka\n")).as_deref(), Some("mika"));
    assert_eq!(name(json!("<b>mika</b>")).as_deref(), Some("<b>mika</b>"), "markup is text");
    assert_eq!(name(json!("x".repeat(100_000))).unwrap().len(), 50);
    assert_eq!(name(json!(" \u{200B} ")).as_deref(), Some("fallback"), "blank");
    assert_eq!(name(json!(null)).as_deref(), Some("fallback"));
    assert_eq!(name(json!(7)).as_deref(), Some("fallback"));
    assert_eq!(name(json!("me@shop.example")), None, "an e-mail address is no nickname");
    assert_eq!(name(json!("@mika")).as_deref(), Some("@mika"));
    let details = json!({"customer_details": {"name": "Hidden", "email": "h@example.com"}});
    assert_eq!(sold(details).name, None);
}

#[test]
fn custom_fields_of_all_three_types() {
    let of = |field: Value| sold(json!({"custom_fields": [{"key": "other"}, field]})).name;
    let options = json!([{"label": "Team Red", "value": "red"}]);
    for (field, want) in [
        (json!({"key": "nickname", "numeric": {"value": "42"}}), Some("42")),
        (
            json!({"key": "nickname", "dropdown": {"value": "red", "options": options}}),
            Some("Team Red"),
        ),
        (json!({"key": "nickname", "dropdown": {"value": "blue", "options": options}}), None),
        (json!({"key": "nickname"}), None),
    ] {
        assert_eq!(of(field).as_deref(), want);
    }
}

#[test]
fn items_are_bounded_and_count_at_least_one() {
    let items = |lines: Value| sold(json!({"line_items": {"data": lines}})).items;
    let many: Vec<_> = (0..500).map(|n| json!({"description": format!("item {n}")})).collect();
    assert_eq!(items(json!(many)).len(), 100);
    for (quantity, want) in [
        (json!(3), 3),
        (json!(0), 1),
        (json!(-2), 1),
        (json!(null), 1),
        (json!(u64::MAX), u32::MAX),
    ] {
        let line = json!([{"description": "Mug", "quantity": quantity}, {"quantity": 1}, 7]);
        assert_eq!(items(line.clone())[0].quantity, want);
        assert_eq!(items(line).len(), 1, "what has no name is left out");
    }
}

#[test]
fn foreign_objects_and_types_are_nothing() {
    let what = |event_type: &str, object: Value| {
        told(&read(&event(event_type, &object), &renewals()).what)
    };
    assert_eq!(what("customer.created", json!({"object": "customer"})), "Ignored(OtherType)");
    assert_eq!(what("payment_intent.payment_failed", json!({})), "Ignored(OtherType)");
    for event_type in
        ["checkout.session.completed", "invoice.paid", "charge.refunded", "refund.created"]
    {
        for object in [json!(null), json!([]), json!("x"), json!({}), json!({"object": "order"})] {
            assert_eq!(what(event_type, object), "Ignored(OddObject)", "{event_type}");
        }
    }
    assert_eq!(what("refund.created", json!({"object": "refund"})), "Ignored(OddObject)", "no id");
}

#[test]
fn a_session_that_ended_without_a_payment_is_told() {
    for event_type in ["checkout.session.expired", "checkout.session.async_payment_failed"] {
        for (settings, mode, want) in [
            (settings(), "payment", "Unpaid"),
            (payment_intents(), "payment", "Unpaid"),
            (settings(), "setup", "Ignored(SetupMode)"),
        ] {
            let object = session(json!({"payment_status": "unpaid", "mode": mode}));
            let reading = read(&event(event_type, &object), &settings);
            assert_eq!(told(&reading.what), want, "{event_type}");
            assert_eq!(reading.ids.len(), 1, "so that its streamer is found");
        }
        assert_eq!(
            told(&read(&event(event_type, &json!({})), &settings()).what),
            "Ignored(OddObject)"
        );
    }
}

#[test]
fn ids_never_name_a_customer_a_subscription_or_rubbish() {
    let object =
        session(json!({"customer": "cus_1", "subscription": "sub_1", "payment_intent": "pi 1",
        "invoice": {"id": 7, "object": "invoice", "charge": "ch_1"}}));
    let ids = read(&event("checkout.session.completed", &object), &settings()).ids;
    assert_eq!(
        ids.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["session:cs_1", "charge:ch_1"]
    );
    let charges: Vec<_> =
        (0..500).map(|n| json!({"id": format!("ch_{n}"), "object": "charge"})).collect();
    let object = json!({"object": "payment_intent", "id": "pi_1", "charges": {"data": charges}});
    assert_eq!(read(&event("payment_intent.succeeded", &object), &settings()).ids.len(), 32);
}

/// Any JSON at all, with the words of Stripe's objects likely in it.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        "(paid|unpaid|setup|usd|tip|cs_1|pi_1|invoice|charge|subscription_cycle|.{0,9})"
            .prop_map(Value::from),
    ];
    let key = "(object|id|mode|currency|amount_total|display_items|amount|quantity|custom_fields|key|text|value|data\
               |metadata|lines|line_items|payment_intent|invoice|charge|payments|status|nickname|payment_status)";
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(key, inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_object_panics(object in any_json(), fields in any_json()) {
        let mut objects = vec![object];
        if fields.is_object() {
            objects.push(session(fields));
        }
        for (object, settings) in objects.iter().flat_map(|o| [(o, renewals()), (o, payment_intents())]) {
            for event_type in ["checkout.session.completed", "invoice.paid", "charge.refunded",
                "refund.created", "payment_intent.succeeded", "charge.dispute.closed"] {
                let reading = read(&event(event_type, object), &settings);
                prop_assert!(reading.ids.len() <= 32);
            }
        }
    }
}
