//! What was sold, for pages beside the alerts and for people, and the goal that sales count towards.

use serde_json::{Value, json};

use crate::{
    commands::{command, run},
    life::sales::{SECRET, deliver, refund},
    support::{Gateway, Page, RedisServer, Setup, checkout, wait_for},
};

const BOARD: &str = "/api/v1/streamers/me/board";

fn gateway() -> Gateway {
    let gateway = Gateway::with_secret(SECRET);
    gateway.set(&json!({ "currency": "eur" }));
    gateway
}

/// A sale of two hoodies and a mug, by a buyer of this name.
fn sale(n: u32, name: &str) -> Value {
    let mut sale = checkout(n);
    let session = &mut sale["data"]["object"];
    session["custom_fields"][0]["text"]["value"] = name.into();
    let line = |name: &str, quantity| json!({ "description": name, "quantity": quantity });
    session["line_items"] = json!({ "data": [line("Hoodie", 2), line("Mug", 1)] });
    sale
}

fn key(gateway: &Gateway, role: &str) -> String {
    let made = gateway.post("/api/v1/streamers/me/keys", &json!({ "role": role })).json();
    made["key"].as_str().unwrap().to_owned()
}

fn read_as(gateway: &Gateway, key: &str, path: &str) -> Value {
    let bearer = format!("Bearer {key}");
    let answer = gateway.request("GET", path, &[("authorization", &bearer)], ());
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// Waits until so many orders are on the board.
fn orders(gateway: &Gateway, count: u64) -> Value {
    wait_for("the board", || {
        let board = gateway.get(BOARD).json();
        (board["sold"]["orders"] == count).then_some(board)
    })
}

fn open(gateway: &Gateway, kind: &str) -> Page {
    Page::welcomed(gateway, &gateway.add_overlay("me", kind, kind))
}

/// The next board of a page with this at that place.
#[track_caller]
fn board_with(page: &mut Page, pointer: &str, wanted: &Value) -> Value {
    loop {
        let frame = page.expect("board");
        if frame.pointer(pointer) == Some(wanted) {
            return frame["data"].clone();
        }
    }
}

#[test]
fn the_board_is_what_was_really_sold() {
    let gateway = gateway();
    gateway.test_alert();
    deliver(&gateway, &sale(1, "mika"));
    deliver(&gateway, &sale(2, "Zoë"));
    let board = orders(&gateway, 2);
    assert_eq!(board["sold"], json!({ "orders": 2, "items": 6 }));
    let hoodies = json!({ "name": "Hoodie", "quantity": 4 });
    assert_eq!(board["best_sellers"], json!([hoodies, { "name": "Mug", "quantity": 2 }]));
    let names: Vec<_> = board["latest"].as_array().unwrap().iter().map(|b| &b["name"]).collect();
    assert_eq!(names, ["Zoë", "mika"]);
    assert_eq!(board["top"][0]["amount"]["text"], "€25.99");
    assert_eq!((&board["cut"], &board["currency"]), (&json!(false), &json!("EUR")));
    deliver(&gateway, &refund(2, 2599));
    let board = orders(&gateway, 1);
    assert_eq!(board["latest"].as_array().unwrap().len(), 1);
    let hour = &board["by_hour"][0];
    assert_eq!((&hour["orders"], &hour["amounts"][0]["minor"]), (&json!(1), &json!(2599)));
}

#[test]
fn who_sees_no_amounts_sees_none_on_the_board_and_of_the_goal() {
    let gateway = gateway();
    let eur = json!({ "minor": 10_000, "currency": "eur" });
    gateway.set(&json!({ "goal": { "title": "Mic", "amount": eur } }));
    deliver(&gateway, &sale(1, "mika"));
    orders(&gateway, 1);
    let told = read_as(&gateway, &key(&gateway, "viewer"), BOARD);
    assert_eq!(told["goal"]["amount"]["done"]["text"], "€25.99");
    let moderator = key(&gateway, "moderator");
    let told = read_as(&gateway, &moderator, BOARD);
    assert_eq!((&told["goal"]["percent"], &told["top"][0]["name"]), (&json!(25), &json!("mika")));
    let log = read_as(&gateway, &moderator, "/api/v1/streamers/me/log");
    for told in [told.to_string(), log.to_string()] {
        assert!(!told.contains("minor") && told.contains("\"amount\":null"), "{told}");
    }
    let bearer = format!("Bearer {}", key(&gateway, "feed"));
    let refused = gateway.request("GET", BOARD, &[("authorization", &bearer)], ());
    assert_eq!((refused.status, refused.code()), (403, "forbidden".into()));
    for since in ["0s", "32d", "day", ""] {
        let refused = gateway.get(&format!("{BOARD}?since={since}"));
        assert_eq!((refused.status, refused.code()), (400, "since_invalid".into()), "{since:?}");
    }
}

#[test]
fn a_goal_that_no_log_tells_of_yet_moves_no_position() {
    let gateway = Gateway::start();
    let goal = json!({ "title": "Mic", "orders": 5 });
    let made = gateway.post("/api/v1/streamers", &json!({ "id": "new", "goal": goal }));
    assert_eq!(made.status, 201, "{made:?}");
    let position = gateway.get("/api/v1/streamers/new/queue").json()["position"].clone();
    let after = format!("/api/v1/streamers/new/log?after={}", position.as_str().unwrap());
    assert_eq!(gateway.get(&after).status, 200, "{position}");
}

#[test]
fn a_goal_is_told_in_the_log_and_reached_once() {
    let gateway = gateway();
    let goal = json!({ "title": "Mic", "amount": { "minor": 5000, "currency": "eur" } });
    gateway.set(&json!({ "goal": goal }));
    deliver(&gateway, &sale(1, "mika"));
    deliver(&gateway, &sale(2, "Zoë"));
    deliver(&gateway, &refund(1, 2599));
    deliver(&gateway, &sale(3, "Ola"));
    let goals = wait_for("the goal's entries", || {
        let log = gateway.get("/api/v1/streamers/me/log").json();
        let entry = |entry: &Value| {
            let kind = entry["event"]["type"].as_str().unwrap().strip_prefix("Goal")?.to_owned();
            Some(format!("{kind} {}", entry["data"]["goal"]["percent"]))
        };
        let told: Vec<_> = log["data"].as_array().unwrap().iter().filter_map(entry).collect();
        (told.len() == 6).then_some(told)
    });
    // The refund may be taken in before or after the sale behind it.
    assert_eq!(goals[..4], ["Progress 0", "Progress 51", "Progress 103", "Reached 103"]);
    assert_eq!(goals[5], "Progress 103");
}

#[test]
fn each_kind_is_told_what_it_draws_and_none_of_them_leads() {
    let gateway = gateway();
    let kinds = ["goal", "latest", "top", "sold", "qr"];
    let mut pages: Vec<Page> = kinds.iter().map(|kind| open(&gateway, kind)).collect();
    gateway.set(&json!({ "goal": { "title": "Orders", "orders": 2 }, "name": "Mika" }));
    deliver(&gateway, &sale(1, "mika"));
    let [goal, latest, top, sold, qr] = &mut pages[..] else { panic!("five pages") };
    let data = board_with(goal, "/data/goal/orders/done", &json!(1));
    let expected = json!({ "title": "Orders", "percent": 50, "reached": false, "orders": { "target": 2, "done": 1 } });
    assert_eq!(data, json!({ "goal": expected }));
    let data = board_with(latest, "/data/latest/0/name", &json!("mika"));
    assert_eq!(
        (&data["latest"][0]["item"], &data["latest"][0]["more"]),
        (&json!("Hoodie"), &json!(1))
    );
    board_with(top, "/data/top/0/name", &json!("mika"));
    board_with(sold, "/data/sold", &json!({ "orders": 1, "items": 3 }));
    let data = board_with(qr, "/data/store/name", &json!("Mika"));
    let code = gateway.request("GET", data["store"]["qr"].as_str().unwrap(), &[], ());
    assert_eq!((code.status, code.header("content-type")), (200, "image/svg+xml"));
    assert!(code.header("cache-control").starts_with("public"), "{code:?}");
    // The sale still waits for a page that shows alerts.
    let queue = gateway.get("/api/v1/streamers/me/queue").json();
    assert_eq!((&queue["length"], &queue["waiting"]), (&json!(1), &json!("present")));
    let mut alerts = gateway.page();
    let play = alerts.expect("play");
    assert_eq!(play["leader"], true);
    alerts.show(&play);
    assert!(alerts.so_far().iter().all(|frame| frame["type"] != "board"));
}

#[test]
fn a_page_at_one_node_is_told_of_a_sale_and_a_goal_at_another() {
    let redis = RedisServer::start();
    let setup = Setup { redis: Some(redis.url()), ..Setup::default() };
    let [first, second] = [(), ()].map(|()| Gateway::start_with(setup.clone()));
    first.post("/api/v1/streamers/me/secrets", &json!({ "secret": SECRET }));
    let [mut goal, mut sold] = ["goal", "sold"].map(|kind| open(&second, kind));
    first.set(&json!({ "goal": { "title": "Orders", "orders": 2 } }));
    board_with(&mut goal, "/data/goal/percent", &json!(0));
    deliver(&first, &sale(1, "mika"));
    board_with(&mut goal, "/data/goal/percent", &json!(50));
    board_with(&mut sold, "/data/sold/items", &json!(3));
    deliver(&first, &refund(1, 2599));
    board_with(&mut goal, "/data/goal/percent", &json!(0));
    board_with(&mut sold, "/data/sold/orders", &json!(0));
}

#[test]
fn panic_leaves_no_name_on_a_page() {
    let gateway = gateway();
    let mut page = open(&gateway, "latest");
    deliver(&gateway, &sale(1, "mika"));
    board_with(&mut page, "/data/latest/0/name", &json!("mika"));
    gateway.post("/api/v1/streamers/me/queue/panic", &json!({}));
    board_with(&mut page, "/data/latest", &json!([]));
}

#[test]
fn a_goal_is_set_shown_and_cleared_by_commands() {
    let gateway = gateway();
    let said = run(&gateway, "goal show").done();
    assert!(said.contains("no goal: tillbell goal set"), "{said}");
    let mut set = command(&gateway, "goal set");
    let set = set.arg("New mic").args(["--amount", "50.00"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&set.stdout), "  set New mic: sales count from now on\n");
    deliver(&gateway, &sale(1, "mika"));
    orders(&gateway, 1);
    let said = run(&gateway, "goal show").done();
    assert_eq!(said, "  goal     New mic\n  done     €25.99 of €50.00\n  percent  51 %\n");
    let orders = run(&gateway, "goal set Cake --orders 3 --json").json();
    assert_eq!(orders, json!({ "title": "Cake", "orders": 3 }));
    assert!(run(&gateway, "goal set Cake").code == 2);
    assert!(run(&gateway, "goal set Cake --orders 0").failed(1).contains("goal must be null, or"));
    let set = run(&gateway, r#"streamer set me goal={"title":"Tea","orders":2} --json"#).json();
    assert_eq!(set["goal"], json!({ "title": "Tea", "orders": 2 }));
    assert_eq!(run(&gateway, "goal clear").done(), "  cleared goal\n");
    assert_eq!(run(&gateway, "goal show --json").json(), Value::Null);
}
