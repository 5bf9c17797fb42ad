//! Contract §6: the log, a page at a time and as it grows.

mod operations;

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
};

use serde_json::{Value, json};

use crate::support::{Answer, Gateway, PATIENCE, Page};

const LOG: &str = "/api/v1/streamers/me/log";

/// A gateway whose log has some entries: one alert was shown, another waits.
fn with_history() -> Gateway {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    page.show_next(&gateway);
    gateway.operate("pause");
    gateway.test_alert();
    gateway.wait_for_length(1);
    drop(page);
    gateway
}

fn log(gateway: &Gateway, query: &str) -> Value {
    let answer = gateway.get(&format!("{LOG}?{query}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn offsets(entries: &[Value]) -> Vec<u64> {
    entries.iter().map(|entry| entry["offset"].as_u64().unwrap()).collect()
}

fn types(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["event"]["type"].as_str().unwrap()).collect()
}

/// A key of a role of `me`.
fn key(gateway: &Gateway, role: &str) -> (String, String) {
    let made = gateway.post("/api/v1/streamers/me/keys", &json!({ "role": role })).json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("key"))
}

/// A websocket feed.
fn feed(gateway: &Gateway, query: &str) -> Page {
    let protocols = format!("tillbell.v1, tillbell.key.{}", key(gateway, "feed").1);
    Page::open(gateway, &format!("/ws/feed{query}"), &[("sec-websocket-protocol", &protocols)])
}

/// Server-sent events, as they come.
struct Sse(BufReader<TcpStream>);

impl Sse {
    fn open(gateway: &Gateway, query: &str, more: &str) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", gateway.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let token = gateway.admin_token();
        let request = format!(
            "GET {LOG}/stream{query} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\
             Authorization: Bearer {token}\r\n{more}\r\n",
            gateway.port
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut sse = Self(BufReader::new(stream));
        let head: Vec<String> =
            std::iter::from_fn(|| Some(sse.line()).filter(|line| !line.is_empty())).collect();
        assert!(head[0].starts_with("HTTP/1.1 200"), "{head:?}");
        assert!(head.iter().any(|line| line == "content-type: text/event-stream"), "{head:?}");
        sse
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream ended");
        line.trim_end().to_owned()
    }

    /// The next event: its id, if it has one, and its data.
    fn next(&mut self) -> (Option<String>, Value) {
        let (mut id, mut data) = (None, None);
        loop {
            let line = self.line();
            // What is none of these is a chunk's length or a comment.
            if let Some(text) = line.strip_prefix("id: ") {
                id = Some(text.to_owned());
            } else if let Some(text) = line.strip_prefix("data: ") {
                data = Some(serde_json::from_str(text).unwrap());
            } else if line.is_empty()
                && let Some(data) = data.take()
            {
                return (id, data);
            }
        }
    }

    /// The next so many entries, each with its position as id.
    fn entries(&mut self, count: usize) -> Vec<Value> {
        let mut entries = Vec::new();
        while entries.len() < count {
            let (id, data) = self.next();
            if let Some(id) = id {
                let epoch = data["epoch"].as_str().unwrap();
                assert_eq!(id, format!("{epoch}:{}", data["offset"]));
                entries.push(data);
            } else {
                assert_eq!(data.get("offset"), None, "{data}");
            }
        }
        entries
    }
}

#[test]
fn entries_have_the_promised_form_and_no_gap() {
    let gateway = with_history();
    let log = log(&gateway, "");
    let entries = log["data"].as_array().unwrap();
    assert_eq!(offsets(entries), (1..=entries.len() as u64).collect::<Vec<_>>());
    let expected = [
        "Sale",
        "AlertQueued",
        "AlertPlaying",
        "AlertShown",
        "QueueChanged",
        "Sale",
        "AlertQueued",
    ];
    assert_eq!(types(entries), expected);
    for entry in entries {
        let names: Vec<&String> = entry.as_object().unwrap().keys().collect();
        assert_eq!(names.len(), 8, "{names:?}");
        assert_eq!((&entry["v"], &entry["event"]["source"]), (&json!(1), &json!("Tillbell")));
        let epoch = entry["epoch"].as_str().unwrap();
        assert_eq!(log["head"].as_str().unwrap().split_once(':').unwrap().0, epoch);
        let time = entry["timeStamp"].as_str().unwrap();
        assert!(time.len() == 24 && time.ends_with('Z'), "{time}");
    }
    let shown = &entries[3];
    assert_eq!((&shown["test"], &shown["replay"]), (&json!(true), &json!(false)));
    assert_eq!(shown["data"]["alert"]["state"], "shown");
}

#[test]
fn pages_follow_each_other_to_the_head() {
    let gateway = with_history();
    let all = log(&gateway, "");
    assert_eq!(all["next"], Value::Null);
    let (mut read, mut query) = (Vec::new(), "limit=3".to_owned());
    loop {
        let page = log(&gateway, &query);
        assert_eq!(page["head"], all["head"]);
        read.extend(page["data"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        query = format!("limit=3&after={next}");
    }
    assert_eq!(&read, all["data"].as_array().unwrap());
    // A bare offset means the current epoch.
    let bare = log(&gateway, "after=5");
    assert_eq!(offsets(bare["data"].as_array().unwrap()), [6, 7]);
    let at_head = log(&gateway, &format!("after={}", all["head"].as_str().unwrap()));
    assert_eq!((&at_head["data"], &at_head["next"]), (&json!([]), &Value::Null));
}

#[test]
fn limits_and_positions_are_checked() {
    let gateway = Gateway::start();
    for list in [LOG, "/api/v1/streamers/me/alerts"] {
        for limit in ["0", "1001", "-1", "x"] {
            let refused = gateway.get(&format!("{list}?limit={limit}"));
            assert_eq!(refused.status, 400, "{limit}: {refused:?}");
            assert!(!refused.code().is_empty());
        }
        assert_eq!(gateway.get(&format!("{list}?limit=1000")).status, 200);
    }
    for after in ["x", "ab:1", ":", "-1"] {
        let refused = gateway.get(&format!("{LOG}?after={after}"));
        assert_eq!((refused.status, &*refused.code()), (400, "after_invalid"));
    }
}

/// Positions that no log of ours has: of another epoch, and ahead of the head.
const LOST: [&str; 2] = ["0123456789abcdef:1", "999999"];

#[test]
fn lost_history_is_named_with_the_oldest_position() {
    let gateway = with_history();
    for after in LOST {
        let lost: Answer = gateway.get(&format!("{LOG}?after={after}"));
        assert_eq!((lost.status, &*lost.code()), (410, "history_lost"));
        let oldest = lost.json()["oldest"].as_str().unwrap().to_owned();
        let from_there = log(&gateway, &format!("after={oldest}"));
        assert_eq!(offsets(from_there["data"].as_array().unwrap())[0], 1);
    }
}

#[test]
fn a_stream_goes_on_where_its_reader_was() {
    let gateway = with_history();
    let all = log(&gateway, "")["data"].as_array().unwrap().clone();
    let mut sse = Sse::open(&gateway, "?after=0", "");
    assert_eq!(sse.entries(7), all);
    // What the browser says it last read is newer than what the address says.
    let epoch = all[0]["epoch"].as_str().unwrap();
    let last = format!("Last-Event-ID: {epoch}:5\r\n");
    let mut again = Sse::open(&gateway, "?after=0", &last);
    assert_eq!(again.entries(2), all[5..]);
    gateway.operate("clear");
    let new = again.entries(1);
    assert_eq!(offsets(&new), [8]);
    assert_eq!(sse.entries(1), new);
}

#[test]
fn a_stream_without_a_position_is_from_now_on() {
    let gateway = with_history();
    let mut sse = Sse::open(&gateway, "", "");
    gateway.operate("mute");
    let entries = sse.entries(1);
    assert_eq!((offsets(&entries), types(&entries)), (vec![8], vec!["QueueChanged"]));
    assert_eq!(entries[0]["data"]["muted"], true);
}

#[test]
fn a_stream_says_that_history_is_lost_and_goes_on_from_the_oldest() {
    let gateway = with_history();
    for after in LOST {
        let mut sse = Sse::open(&gateway, &format!("?after={after}"), "");
        let (id, lost) = sse.next();
        assert_eq!((id, &lost["event"]["type"]), (None, &json!("HistoryLost")));
        assert_eq!(offsets(&sse.entries(2)), [1, 2]);
        let mut feed = feed(&gateway, &format!("?after={after}"));
        assert_eq!(feed.next().unwrap()["event"]["type"], "HistoryLost");
        assert_eq!(feed.next().unwrap()["offset"], 1);
    }
}

#[test]
fn a_socket_feed_is_one_object_a_frame() {
    let gateway = with_history();
    let all = log(&gateway, "")["data"].as_array().unwrap().clone();
    let mut feed = feed(&gateway, "?after=0");
    assert_eq!(feed.response.headers()["sec-websocket-protocol"], "tillbell.v1");
    let read: Vec<Value> = (0..all.len()).map(|_| feed.next().unwrap()).collect();
    assert_eq!(read, all);
    gateway.operate("unmute");
    gateway.operate("mute");
    assert_eq!(feed.next().unwrap()["offset"], 8);
}

#[test]
fn a_feed_takes_its_key_in_three_ways_and_no_other() {
    let gateway = with_history();
    let (_, feed_key) = key(&gateway, "feed");
    let bearer = format!("Bearer {feed_key}");
    let mut carried = Page::open(&gateway, "/ws/feed?after=6", &[("authorization", &bearer)]);
    assert_eq!(carried.next().unwrap()["offset"], 7);
    let mut said = Page::open(&gateway, "/ws/feed?after=6", &[]);
    said.send(&json!({ "type": "auth", "key": feed_key }));
    assert_eq!(said.next().unwrap()["offset"], 7);
    let overlay = gateway.overlay_key("me", "main");
    for bad in ["tbk.nonsense", &overlay] {
        let bearer = format!("Bearer {bad}");
        let mut feed = Page::open(&gateway, "/ws/feed?after=0", &[("authorization", &bearer)]);
        let bye = feed.next().unwrap();
        assert_eq!((&bye["type"], &bye["code"]), (&json!("bye"), &json!(4500)));
        assert_eq!(feed.close_code(), 4500);
    }
    let mut query = Page::open(&gateway, &format!("/ws/feed?after=0&key={feed_key}"), &[]);
    query.send(&json!({ "type": "hello" }));
    assert_eq!(query.close_code(), 4501);
}

#[test]
fn the_admin_names_a_streamer_who_exists() {
    let gateway = with_history();
    let bearer = format!("Bearer {}", gateway.admin_token());
    let open = |query: &str| {
        Page::open(&gateway, &format!("/ws/feed?after=6{query}"), &[("authorization", &bearer)])
    };
    assert_eq!(open("&streamer=me").next().unwrap()["offset"], 7);
    assert_eq!(open("&streamer=nobody").close_code(), 4500);
    assert_eq!(open("").close_code(), 4500);
}

#[test]
fn a_revoked_key_ends_its_feed() {
    let gateway = with_history();
    let (id, feed_key) = key(&gateway, "feed");
    let bearer = format!("Bearer {feed_key}");
    let mut feed = Page::open(&gateway, "/ws/feed?after=6", &[("authorization", &bearer)]);
    assert_eq!(feed.next().unwrap()["offset"], 7);
    let path = format!("/api/v1/streamers/me/keys/{id}");
    assert_eq!(gateway.admin("DELETE", &path, None).status, 204);
    assert_eq!(feed.close_code(), 4500);
}

#[test]
fn a_key_of_one_streamer_reads_nothing_of_another() {
    let gateway = with_history();
    gateway.add_streamer("mika");
    let mut feed = feed(&gateway, "");
    gateway.test_alert_for("mika");
    gateway.operate("mute");
    assert_eq!(feed.next().unwrap()["event"]["type"], "QueueChanged");
    let bearer = format!("Bearer {}", key(&gateway, "feed").1);
    for path in ["log", "log/stream", "alerts", "queue"] {
        let path = format!("/api/v1/streamers/mika/{path}");
        let refused = gateway.request("GET", &path, &[("authorization", &bearer)], ());
        assert_eq!(refused.status, 404, "{path}");
    }
}

#[test]
fn who_connects_and_leaves_is_news_and_no_history() {
    let gateway = with_history();
    let (mut sse, mut feed) = (Sse::open(&gateway, "", ""), feed(&gateway, ""));
    let page = gateway.page();
    let id = page.id();
    // The page that made the history may leave a little later.
    let of_page = |next: &mut dyn FnMut() -> (Option<String>, Value)| loop {
        let (position, news) = next();
        assert_eq!((position, news.get("offset"), news.get("epoch")), (None, None, None), "{news}");
        if news["data"]["connection_id"] == id {
            return news["event"].clone();
        }
    };
    let connected = json!({ "source": "Tillbell", "type": "OverlayConnected" });
    assert_eq!(of_page(&mut || sse.next()), connected);
    assert_eq!(of_page(&mut || (None, feed.next().unwrap())), connected);
    drop(page);
    let lost = json!({ "source": "Tillbell", "type": "OverlayLost" });
    assert_eq!(of_page(&mut || sse.next()), lost);
    assert_eq!(of_page(&mut || (None, feed.next().unwrap())), lost);
    assert_eq!(log(&gateway, "")["head"], log(&gateway, "after=7")["head"]);
}
