//! Messages from the API to one connection.

use serde_json::{Value, json};

use crate::support::{Gateway, wait_for};

#[test]
fn a_message_reaches_that_connection_only() {
    let gateway = Gateway::start();
    let (mut page, mut other) = (gateway.page(), gateway.page());
    let path = format!("/api/v1/connections/{}/messages", page.id());
    for data in [json!({ "any": ["thing", 1] }), json!("text"), Value::Null] {
        let sent = gateway.post(&path, &data);
        assert_eq!(sent.status, 202, "{sent:?}");
        assert_eq!(page.expect("message"), json!({ "type": "message", "data": data }));
    }
    assert_eq!(other.so_far(), Vec::<Value>::new());
}

#[test]
fn what_cannot_be_sent_is_named() {
    let gateway = Gateway::start();
    let page = gateway.page();
    let path = format!("/api/v1/connections/{}/messages", page.id());
    let fitting = json!("x".repeat(16 * 1024 - 2));
    assert_eq!(gateway.post(&path, &fitting).status, 202);
    let large = gateway.post(&path, &json!("x".repeat(16 * 1024 - 1)));
    assert_eq!((large.status, &*large.code()), (413, "body_too_large"));
    let unknown = gateway.post("/api/v1/connections/nonsense/messages", &json!(1));
    assert_eq!((unknown.status, &*unknown.code()), (404, "not_found"));
    drop(page);
    wait_for("410 for who has gone", || {
        let gone = gateway.post(&path, &json!(1));
        (gone.status == 410 && gone.code() == "gone").then_some(())
    });
}
