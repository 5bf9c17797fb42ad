//! Keys, pages, idempotency, refusals.

use super::*;

#[test]
fn the_same_seed_makes_the_same_world() {
    let ids = || {
        let mut shop = Shop::new();
        let session = shop.sell(HOODIE);
        (shop.key.clone(), text(&session, "id"), text(&session, "payment_intent"))
    };
    assert_eq!(ids(), ids());
}

#[test]
fn what_a_shop_gets_wrong_is_refused_as_stripe_does() {
    let mut shop = Shop::new();
    let price = "line_items[0][price_data]";
    for (more, code, param) in [
        ("&line_items[0][price]=price_none", "resource_missing", "line_items[0][price]"),
        ("&line_items[0][quantity]=0", "parameter_invalid_integer", "line_items[0][quantity]"),
        ("&line_items[0][quantity]=x", "parameter_invalid_integer", "line_items[0][quantity]"),
        ("&line_items[0][quantity]=90000", "amount_too_large", "line_items"),
        ("&line_items[0][price_data][unit_amount]=10", "amount_too_small", "line_items"),
        (
            "&line_items[0][price_data][unit_amount]=-1",
            "parameter_invalid_integer",
            "[unit_amount]",
        ),
        ("&line_items[0][price_data][currency]=kwd", "", "[unit_amount]"),
        ("&line_items[0][price_data][currency]=euro", "", "[currency]"),
        ("&mode=subscription", "", "mode"),
        ("&mode=other", "", "mode"),
        ("&success_url=nowhere", "url_invalid", "success_url"),
        ("&success_url=", "parameter_missing", "success_url"),
        ("&expires_at=1", "", "expires_at"),
        ("&customer=cus_none", "resource_missing", "customer"),
        ("&custom_fields[0][key]=a%20b", "", "custom_fields[0][key]"),
    ] {
        let (status, said, named) =
            shop.refused("POST", "checkout/sessions", &format!("{HOODIE}{more}"));
        let param = if param.starts_with('[') { format!("{price}{param}") } else { param.into() };
        assert_eq!((status, &*said, named), (400, code, param), "{more}");
    }
    let long = format!("{HOODIE}&metadata[note]={}", "x".repeat(501));
    assert_eq!(shop.refused("POST", "checkout/sessions", &long).2, "metadata[note]");
    assert_eq!(shop.refused("GET", "checkout/sessions/cs_none", "").0, 404);
    assert_eq!(shop.refused("GET", "coupons", "").0, 404);
    assert!(shop.types().is_empty(), "a refusal leaves nothing behind: {:?}", shop.types());
}

#[test]
fn a_key_opens_what_it_may() {
    let mut shop = Shop::new();
    let session = text(&shop.post("checkout/sessions", HOODIE), "id");
    shop.key = "sk_live_other".into();
    assert_eq!(shop.refused("GET", &format!("checkout/sessions/{session}"), "").0, 404);
    let live = shop.post("checkout/sessions", HOODIE);
    assert!(text(&live, "id").starts_with("cs_live_") && live["livemode"] == true);
    shop.key = "pk_test_x".into();
    assert_eq!(shop.refused("GET", "events", "").0, 401);
    shop.key = "rk_test_narrow".into();
    assert_eq!(shop.get("events")["data"], json!([]));
    shop.told(
        "keys",
        json!({ "key": "rk_test_narrow", "permissions": ["checkout_session_write"] }),
    );
    assert_eq!(shop.refused("GET", "events", "").0, 403);
    shop.get("checkout/sessions");
    shop.told("keys", json!({ "key": "rk_test_narrow", "revoked": true }));
    assert_eq!(shop.refused("GET", "events", "").1, "api_key_expired");
}

#[test]
fn an_idempotency_key_does_one_thing() {
    let mut shop = Shop::new();
    shop.idempotency_key = Some("once".into());
    let first = shop.reply("POST", "checkout/sessions", HOODIE);
    let second = shop.reply("POST", "checkout/sessions", HOODIE);
    assert_eq!((first.replayed, second.replayed), (false, true));
    assert_eq!(first.answer, second.answer);
    let other = format!("{HOODIE}&locale=de");
    let refusal = shop.reply("POST", "checkout/sessions", &other).answer.unwrap_err();
    assert_eq!(refusal.body()["error"]["type"], "idempotency_error");
    assert_eq!(shop.get("checkout/sessions")["data"].as_array().unwrap().len(), 1);
}

#[test]
fn lists_come_newest_first_in_pages_both_ways() {
    let mut shop = Shop::new();
    let mut made: Vec<String> =
        (0..5).map(|n| text(&shop.post("products", &format!("name=Mug+{n}")), "id")).collect();
    made.reverse();
    let ids = |page: &Value| -> Vec<String> {
        page["data"].as_array().unwrap().iter().map(|row| text(row, "id")).collect()
    };
    let page = shop.get("products?limit=2");
    assert_eq!((ids(&page), &page["has_more"]), (made[..2].to_vec(), &json!(true)));
    let page = shop.get(&format!("products?limit=10&starting_after={}", made[1]));
    assert_eq!((ids(&page), &page["has_more"]), (made[2..].to_vec(), &json!(false)));
    let page = shop.get(&format!("products?limit=2&ending_before={}", made[4]));
    assert_eq!((ids(&page), &page["has_more"]), (made[2..4].to_vec(), &json!(true)));
    for (query, param) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("starting_after=prod_none", "starting_after"),
        ("expand[]=data.active", "expand"),
    ] {
        assert_eq!(shop.refused("GET", "products", query).2, param);
    }
    let types = (0..21).map(|n| format!("types[]=a.{n}&")).collect::<String>();
    assert_eq!(shop.refused("GET", "events", &types).2, "types");
    let created = shop.get("events?types[]=product.created&limit=100");
    assert_eq!(created["data"].as_array().unwrap().len(), 5);
    assert_eq!(shop.get("events?created[lt]=1790000000")["data"], json!([]));
}

#[test]
fn a_deleted_product_expands_to_its_stub() {
    let mut shop = Shop::new();
    let product = text(&shop.post("products", "name=Mug"), "id");
    let price = shop.post("prices", &format!("currency=usd&unit_amount=900&product={product}"));
    let form = format!(
        "mode=payment&success_url=http://127.0.0.1/&line_items[0][price]={}\
         &line_items[0][quantity]=1",
        text(&price, "id")
    );
    let session = text(&shop.post("checkout/sessions", &form), "id");
    assert_eq!(
        shop.reply("DELETE", &format!("products/{product}"), "").answer.unwrap()["deleted"],
        true
    );
    let path = format!("checkout/sessions/{session}/line_items?expand[]=data.price.product");
    let line = &shop.get(&path)["data"][0];
    assert_eq!(line["description"], "Mug");
    assert_eq!(
        line["price"]["product"],
        json!({ "id": product, "object": "product", "deleted": true })
    );
    assert_eq!(shop.get("products")["data"], json!([]));
}

#[test]
fn an_answer_that_was_lost_is_found_under_its_key() {
    let mut shop = Shop::new();
    shop.told("faults", json!({ "api": { "fault": "half", "count": 1, "path": "checkout" } }));
    shop.idempotency_key = Some("once".into());
    let lost = shop.reply("POST", "checkout/sessions", HOODIE);
    assert!(lost.fault.is_some());
    let again = shop.reply("POST", "checkout/sessions", HOODIE);
    assert_eq!((again.fault, again.replayed), (None, true));
    assert_eq!(lost.answer, again.answer);
    shop.told("faults", json!({ "api": { "fault": "429", "count": 1 } }));
    assert_eq!(shop.refused("GET", "events", ""), (429, "rate_limit".into(), String::new()));
    shop.get("events");
}
