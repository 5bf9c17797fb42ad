//! What a buyer and a bank can do to a session, and what the ledger says of it.

use super::*;

#[test]
fn a_purchase_tells_its_story_in_stripes_order() {
    let mut shop = Shop::new();
    let session = shop.sell(HOODIE);
    assert_eq!(
        (&session["payment_status"], &session["status"]),
        (&json!("paid"), &json!("complete"))
    );
    assert_eq!(
        shop.types(),
        [
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "checkout.session.completed",
        ]
    );
    let intent = shop.get(&format!("payment_intents/{}", text(&session, "payment_intent")));
    assert_eq!((&intent["amount_received"], &intent["metadata"]), (&json!(5198), &json!({})));
    let path = format!("sessions/{}/pay", text(&session, "id"));
    assert!(shop.try_told(&path, json!({})).is_err(), "nobody pays twice");
    assert_eq!(shop.ledger("eur"), [5198, 0, 5198]);
}

#[test]
fn a_subscription_begins_and_is_renewed() {
    let mut shop = Shop::new();
    let form = HOODIE.replace("mode=payment", "mode=subscription")
        + "&line_items[0][price_data][recurring][interval]=month\
           &subscription_data[metadata][streamer]=me";
    let session = shop.sell(&form);
    let subscription = text(&session, "subscription");
    assert_eq!(session["payment_intent"], Value::Null);
    assert_eq!(
        shop.types(),
        [
            "customer.created",
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
            "customer.subscription.created",
            "invoice.paid",
            "invoice.payment_succeeded",
            "invoice_payment.paid",
            "checkout.session.completed",
        ]
    );
    let renewed = shop.told(&format!("subscriptions/{subscription}/renew"), json!({}));
    assert_eq!(renewed["billing_reason"], "subscription_cycle");
    let details = &renewed["parent"]["subscription_details"];
    assert_eq!(
        (&details["metadata"]["streamer"], &details["subscription"]),
        (&json!("me"), &json!(subscription))
    );
    let link = shop.get(&format!("invoice_payments?invoice={}", text(&renewed, "id")));
    let intent = text(&link["data"][0]["payment"], "payment_intent");
    assert_eq!(shop.get(&format!("payment_intents/{intent}"))["status"], "succeeded");
    assert_eq!(shop.ledger("eur"), [2 * 5198, 0, 2 * 5198]);
}

#[test]
fn a_bank_says_later_whether_it_pays() {
    for succeeded in [true, false] {
        let mut shop = Shop::new();
        let session = text(&shop.post("checkout/sessions", HOODIE), "id");
        let later = shop.told(&format!("sessions/{session}/pay"), json!({ "how": "later" }));
        assert_eq!(
            (&later["status"], &later["payment_status"]),
            (&json!("complete"), &json!("unpaid"))
        );
        let settle = format!("sessions/{session}/settle");
        shop.told(&settle, json!({ "succeeded": succeeded }));
        assert!(shop.try_told(&settle, json!({})).is_err(), "a bank says it once");
        let last = if succeeded { "succeeded" } else { "failed" };
        let wanted = format!("checkout.session.async_payment_{last}");
        assert_eq!(shop.types().last(), Some(&&*wanted));
        let sums = control::carry_out(&mut shop.world, "GET", "ledger", &json!({})).unwrap();
        let paid = &sums["currencies"]["eur"]["paid"];
        assert_eq!(paid, &if succeeded { json!(5198) } else { Value::Null });
    }
}

#[test]
fn a_declined_card_leaves_the_session_open() {
    let mut shop = Shop::new();
    let session = text(&shop.post("checkout/sessions", HOODIE), "id");
    let pay = format!("sessions/{session}/pay");
    assert_eq!(shop.try_told(&pay, json!({ "how": "decline" })).unwrap_err().status, 402);
    assert_eq!(shop.types().last(), Some(&"payment_intent.payment_failed"));
    assert_eq!(shop.told(&pay, json!({}))["payment_status"], "paid");
}

#[test]
fn refunds_come_in_parts_and_can_fail() {
    let mut shop = Shop::new();
    let intent = text(&shop.sell(HOODIE), "payment_intent");
    let of = format!("payment_intent={intent}");
    let part = shop.post("refunds", &format!("{of}&amount=1000"));
    assert_eq!(shop.ledger("eur"), [5198, 1000, 4198]);
    assert_eq!(shop.refused("POST", "refunds", &format!("{of}&amount=4199")).2, "amount");
    shop.post("refunds", &of);
    assert_eq!(shop.ledger("eur"), [5198, 5198, 0]);
    assert_eq!(shop.refused("POST", "refunds", &of).1, "charge_already_refunded");
    shop.told(&format!("refunds/{}/fail", text(&part, "id")), json!({}));
    assert_eq!(shop.ledger("eur"), [5198, 4198, 1000]);
    let charge = &shop.get(&format!("charges?{of}"))["data"][0];
    assert_eq!((&charge["amount_refunded"], &charge["refunded"]), (&json!(4198), &json!(false)));
    assert_eq!(shop.types().last(), Some(&"charge.refund.updated"));
}

#[test]
fn a_dispute_takes_what_is_left_until_it_is_won() {
    for (won, net) in [(true, 4198), (false, 0)] {
        let mut shop = Shop::new();
        let session = shop.sell(HOODIE);
        shop.told("refunds", json!({ "session": session["id"], "amount": 1000 }));
        let dispute = shop.told("disputes", json!({ "session": session["id"] }));
        assert_eq!(shop.ledger("eur"), [5198, 1000, 0]);
        let again = format!("payment_intent={}", text(&session, "payment_intent"));
        assert_eq!(shop.refused("POST", "refunds", &again).1, "charge_disputed");
        let close = format!("disputes/{}/close", text(&dispute, "id"));
        shop.told(&close, json!({ "won": won }));
        assert_eq!(shop.ledger("eur"), [5198, 1000, net]);
        assert!(shop.try_told(&close, json!({ "won": won })).is_err());
    }
}

#[test]
fn currencies_of_each_exponent_never_mix() {
    let mut shop = Shop::new();
    for (currency, amount) in [("jpy", 2500), ("kwd", 1230), ("usd", 1999)] {
        let form = HOODIE.replace("eur", currency).replace("2599", &amount.to_string());
        shop.sell(&form);
        assert_eq!(shop.ledger(currency), [2 * amount, 0, 2 * amount]);
    }
}

#[test]
fn a_session_expires_with_time() {
    let mut shop = Shop::new();
    let session = text(&shop.post("checkout/sessions", HOODIE), "id");
    shop.told("clock", json!({ "advance_s": 86_399 }));
    assert!(shop.types().is_empty());
    shop.told("clock", json!({ "advance_s": 1 }));
    assert_eq!(shop.types(), ["checkout.session.expired"]);
    assert!(shop.try_told(&format!("sessions/{session}/pay"), json!({})).is_err());
    assert_eq!(shop.refused("POST", &format!("checkout/sessions/{session}/expire"), "").0, 400);
}

#[test]
fn custom_fields_are_asked_for_and_checked() {
    let mut shop = Shop::new();
    let form = format!(
        "{HOODIE}&custom_fields[0][key]=nickname&custom_fields[0][type]=text\
         &custom_fields[0][label][type]=custom&custom_fields[0][label][custom]=Name\
         &custom_fields[0][text][maximum_length]=5"
    );
    let session = text(&shop.post("checkout/sessions", &form), "id");
    let pay = format!("sessions/{session}/pay");
    for wrong in [json!({}), json!({ "fields": { "nickname": "mikaela" } })] {
        assert_eq!(shop.try_told(&pay, wrong).unwrap_err().status, 400);
    }
    let paid = shop.told(&pay, json!({ "fields": { "nickname": "mika" } }));
    assert_eq!(paid["custom_fields"][0]["text"]["value"], "mika");
}

#[test]
fn a_payment_link_makes_a_session_for_each_who_opens_it() {
    let mut shop = Shop::new();
    let price = shop.post("prices", "currency=eur&unit_amount=700&product_data[name]=Pin");
    let form = format!(
        "line_items[0][price]={}&line_items[0][quantity]=3&metadata[streamer]=me",
        text(&price, "id")
    );
    let link = text(&shop.post("payment_links", &form), "id");
    let query = forms::read(b"client_reference_id=mika").unwrap();
    let mut till = shop.world.till_of(&link).unwrap();
    let session = super::super::links::open(&mut till, &link, &forms::Params::new(&query)).unwrap();
    assert_eq!(session["payment_link"], link);
    assert_eq!(
        (&session["amount_total"], &session["client_reference_id"]),
        (&json!(2100), &json!("mika"))
    );
    assert_eq!(session["metadata"]["streamer"], "me");
}
