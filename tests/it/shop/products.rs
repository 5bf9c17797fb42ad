//! What is for sale: the admin's side, and Stripe's catalogue.

use serde_json::json;

use super::{PRODUCTS, buy, hoodie, order, sell, shop};
use crate::support::{Gateway, tillbell};

#[test]
fn products_are_added_changed_and_removed() {
    let gateway = Gateway::start();
    let mut product = hoodie();
    product["stock"] = json!(3);
    let added = gateway.post(PRODUCTS, &product);
    assert_eq!(added.status, 201, "{added:?}");
    let whole = json!({
        "id": "hoodie", "name": "Hoodie", "amount": { "minor": 2599, "currency": "EUR" },
        "image": null, "stock": 3, "recurring": null, "held": 0,
    });
    assert_eq!(added.json(), whole);
    assert_eq!(gateway.post(PRODUCTS, &product).code(), "exists");
    assert_eq!(gateway.get(PRODUCTS).json()["data"], json!([whole]));

    let path = format!("{PRODUCTS}/hoodie");
    let change = |patch| gateway.admin("PATCH", &path, Some(&patch));
    let changed = change(json!({ "name": "Hoodie L", "stock": null }));
    assert_eq!(
        (&changed.json()["name"], &changed.json()["stock"]),
        (&json!("Hoodie L"), &json!(null))
    );
    assert_eq!(change(json!({ "stock": 7 })).json()["stock"], 7);
    let wrong = change(json!({ "amount": { "minor": 0, "currency": "EUR" } }));
    assert_eq!((wrong.status, &wrong.json()["field"]), (422, &json!("amount")));
    assert_eq!(change(json!({ "id": "cap" })).json()["field"], "id");
    assert_eq!(change(json!({ "colour": "red" })).code(), "body_invalid");
    assert_eq!(gateway.get(&path).json()["amount"]["minor"], 2599);

    assert_eq!(gateway.admin("DELETE", &path, None).status, 204);
    assert_eq!(gateway.admin("DELETE", &path, None).status, 404);
    assert_eq!(gateway.get(&path).code(), "not_found");
    assert_eq!(gateway.get(PRODUCTS).json()["data"], json!([]));
}

#[test]
fn a_page_has_at_most_a_hundred_products() {
    let gateway = Gateway::start();
    for n in 0..100 {
        sell(
            &gateway,
            &json!({ "id": format!("p{n}"), "name": "P", "amount": { "minor": 100, "currency": "EUR" } }),
        );
    }
    assert_eq!(gateway.post(PRODUCTS, &hoodie()).code(), "too_many");
}

#[test]
fn stripes_catalogue_is_sold_by_its_prices() {
    let (stripe, gateway) = shop();
    let product = stripe.post(None, "products", &[("name", "Poster")]);
    let price = |amount: &str| {
        let form = [
            ("product", product["id"].as_str().unwrap()),
            ("currency", "eur"),
            ("unit_amount", amount),
        ];
        stripe.post(None, "prices", &form)["id"].as_str().unwrap().to_owned()
    };
    let (small, large) = (price("1500"), price("2500"));
    let wanted = |id: &str| json!({ "items": [{ "product": id, "quantity": 1 }] });
    assert_eq!(order(&gateway, &wanted(&small)).json()["field"], "items[0].product");

    // One of them, with a stock of ours.
    sell(&gateway, &json!({ "id": small, "stock": 1 }));
    let session = buy(&gateway, &wanted(&small));
    assert_eq!(stripe.get(&format!("checkout/sessions/{session}"))["amount_total"], 1500);
    assert_eq!(order(&gateway, &wanted(&small)).code(), "sold_out");
    assert_eq!(order(&gateway, &wanted(&large)).code(), "order_invalid");

    // All of them.
    let all = json!({ "catalogue": true });
    assert_eq!(gateway.admin("PATCH", "/api/v1/streamers/me", Some(&all)).status, 200);
    buy(&gateway, &wanted(&large));
    // What was read is sold while Stripe is away; that nothing can be paid then is said later.
    drop(stripe);
    let page = gateway.request("GET", "/store/me", &[], ()).text;
    assert!(page.contains("Poster") && page.contains("€25.00"), "{page}");
}

#[test]
fn a_connected_streamer_sells_on_their_own_account() {
    let (stripe, gateway) = shop();
    sell(&gateway, &hoodie());
    let account = stripe.post(None, "accounts", &[("type", "standard")]);
    let account = account["id"].as_str().unwrap();
    let added = gateway.post("/api/v1/streamers/me/accounts", &json!({ "id": account }));
    assert_eq!(added.status, 201, "{added:?}");
    let session = buy(&gateway, &json!({ "items": [{ "product": "hoodie", "quantity": 1 }] }));
    assert_eq!(
        stripe.get(&format!("checkout/sessions/{session}"))["error"]["code"],
        "resource_missing"
    );
    stripe.post(Some(account), &format!("checkout/sessions/{session}/expire"), &[]);
}

#[test]
fn products_are_kept_from_the_command_line() {
    let gateway = Gateway::start();
    let run = |line: &str| {
        let mut command = tillbell();
        command.args(["product", "--data"]).arg(gateway.data.path()).args(line.split(' '));
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, said) = run("add hoodie --name Hoodie --amount 25.99 --currency eur --stock 3");
    assert_eq!(code, 0, "{said}");
    assert_eq!(run("set hoodie --amount 20 --every month --stock none").0, 0);
    let (_, listed) = run("list");
    let row = listed.lines().nth(1).unwrap();
    let row: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(row, ["hoodie", "Hoodie", "€20.00", "month", "-", "0"], "{listed}");
    assert_eq!(run("add mug --name Mug --amount 5.001 --currency eur").0, 2);
    assert_eq!(run("add mug --name Mug --currency eur").0, 2);
    // In the streamer's currency, where none is named.
    assert_eq!(run("add mug --name Mug --amount 5").0, 0);
    assert!(run("show mug").1.contains("$5.00"));
    assert_eq!(run("remove mug").0, 0);
    assert_eq!(run("remove mug").0, 1);
}

#[test]
fn what_a_streamer_sells_is_nobody_elses_and_goes_with_them() {
    let gateway = Gateway::start();
    gateway.add_streamer("rosa");
    sell(&gateway, &hoodie());
    let owner = gateway.post("/api/v1/streamers/rosa/keys", &json!({ "role": "owner" })).json();
    let bearer = format!("Bearer {}", owner["key"].as_str().unwrap());
    let get = |path: &str| gateway.request("GET", path, &[("authorization", &*bearer)], ()).status;
    assert_eq!(get("/api/v1/streamers/rosa/products"), 200);
    assert_eq!((get(PRODUCTS), get(&format!("{PRODUCTS}/hoodie"))), (404, 404));
    // The same id is another product with another streamer.
    assert_eq!(gateway.post("/api/v1/streamers/rosa/products", &hoodie()).status, 201);
    assert_eq!(gateway.admin("DELETE", "/api/v1/streamers/rosa", None).status, 204);
    gateway.add_streamer("rosa");
    assert_eq!(gateway.get("/api/v1/streamers/rosa/products").json()["data"], json!([]));
    assert_eq!(gateway.get(&format!("{PRODUCTS}/hoodie")).status, 200);
}
