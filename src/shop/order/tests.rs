use serde_json::json;

use super::*;
use crate::shop::product::Own;

fn read(order: &Value) -> Result<Order, (String, &'static str)> {
    Order::of_json(order.to_string().as_bytes()).map_err(|fault| (fault.field, fault.why))
}

fn field_of(order: &Value) -> String {
    read(order).unwrap_err().0
}

#[test]
fn an_order_of_the_contract_is_read() {
    let order = json!({
        "items": [{ "product": "hoodie", "quantity": 2 }, { "product": "mug", "quantity": 1 },
                  { "product": "hoodie", "quantity": 1 }],
        "tip": { "minor": 500, "currency": "EUR" }, "name": " mika ", "message": "",
    });
    let order = read(&order).unwrap();
    assert_eq!(order.lines, [("hoodie".to_owned(), 3), ("mug".to_owned(), 1)]);
    assert_eq!(order.tip, Some(Money::new(500, "eur".parse().unwrap())));
    assert_eq!((order.name.as_deref(), order.message), (Some("mika"), None));
    assert_eq!(read(&json!({ "items": null, "tip": null })), Ok(Order::default()));
}

#[test]
fn the_field_at_fault_is_named() {
    let item = |item: Value| json!({ "items": [{ "product": "a", "quantity": 1 }, item] });
    for (order, field) in [
        (json!([]), ""),
        (json!({ "items": 3 }), "items"),
        (json!({ "total": 1 }), "total"),
        (json!({ "items": [], "amount": { "minor": 1, "currency": "eur" } }), "amount"),
        (item(json!(3)), "items[1]"),
        (item(json!({ "product": "b", "quantity": 1, "price": 1 })), "items[1].price"),
        (
            item(json!({ "product": "b", "quantity": 1, "amount": { "minor": 1 } })),
            "items[1].amount",
        ),
        (item(json!({ "product": 7, "quantity": 1 })), "items[1].product"),
        (item(json!({ "quantity": 1 })), "items[1].product"),
        (item(json!({ "product": "b" })), "items[1].quantity"),
        (item(json!({ "product": "b", "quantity": 0 })), "items[1].quantity"),
        (item(json!({ "product": "b", "quantity": -1 })), "items[1].quantity"),
        (item(json!({ "product": "b", "quantity": 1.5 })), "items[1].quantity"),
        (item(json!({ "product": "b", "quantity": "1" })), "items[1].quantity"),
        (item(json!({ "product": "b", "quantity": 100 })), "items[1].quantity"),
        (item(json!({ "product": "a", "quantity": 99 })), "items[1].quantity"),
        (json!({ "items": vec![json!({ "product": "a", "quantity": 1 }); 21] }), "items"),
        (json!({ "tip": 5 }), "tip"),
        (json!({ "tip": {} }), "tip"),
        (json!({ "tip": { "minor": 5.5, "currency": "eur" } }), "tip.minor"),
        (json!({ "tip": { "minor": 500, "currency": "euro" } }), "tip.currency"),
        (json!({ "tip": { "minor": 500, "currency": "eur", "text": "x" } }), "tip.text"),
        (json!({ "name": 3 }), "name"),
        (json!({ "name": "x".repeat(51) }), "name"),
        (json!({ "name": "x".repeat(500) }), "name"),
        (json!({ "message": "x".repeat(301) }), "message"),
        (json!({ "message": "🏳️‍🌈".repeat(200) }), "message"),
        (json!({ "<script>": 1 }), "<script>"),
    ] {
        assert_eq!(field_of(&order), field, "{order}");
    }
    assert!(Order::of_json(b"{").is_err() && Order::of_json(b"\xff").is_err());
}

#[test]
fn what_just_fits_is_taken() {
    let order = json!({ "name": "é".repeat(50), "message": "x".repeat(300) });
    let order = read(&order).unwrap();
    assert_eq!(graphemes(order.name.as_deref().unwrap()), 50);
    assert_eq!(order.message.unwrap().len(), 300);
    // Blanks around are no characters.
    assert!(read(&json!({ "name": format!("  {}  ", "x".repeat(50)) })).is_ok());
}

fn offer(id: &str, currency: &str) -> Offer {
    let amount = Money::new(500, currency.parse().unwrap());
    let own = Own { name: id.into(), amount, image: None, recurring: None };
    Offer { id: id.into(), own, by_price: false, left: None }
}

#[test]
fn a_form_is_the_same_order() {
    let form = |fields: &[(&str, &str)]| {
        let fields: Vec<_> = fields.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        let offers = [offer("sake", "jpy"), offer("mug", "eur")];
        Order::of_form(&fields, &offers, Currency::USD)
    };
    let order = form(&[
        ("quantity:mug", "2"),
        ("quantity:sake", "0"),
        ("quantity:cap", ""),
        ("tip", " 3,50 "),
        ("name", "mika"),
        ("message", ""),
    ]);
    let order = order.unwrap();
    assert_eq!(order.lines, [("mug".to_owned(), 2)]);
    assert_eq!(order.tip, Some(Money::new(350, "eur".parse().unwrap())));
    assert_eq!(order.name.as_deref(), Some("mika"));
    // Without a product a tip is in the streamer's currency.
    assert_eq!(form(&[("tip", "5")]).unwrap().tip, Some(Money::new(500, Currency::USD)));
    for (field, value) in [("tip", "5.001"), ("tip", "-"), ("quantity:mug", "-1"), ("price", "1")] {
        assert!(form(&[(field, value)]).is_err(), "{field}={value}");
    }
}
