//! Contract §8, the buyer's receipt: what the one who bought sees of it, live, and nobody else of
//! anything.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
};

use serde_json::{Value, json};

use crate::support::{Answer, Gateway, PATIENCE, Setup, checkout, free_port, wait_for};

const SECRET: &str = "whsec_receipt";

/// The receipt of a session, as it changes.
pub(crate) struct Following(BufReader<TcpStream>);

impl Following {
    /// Begins to follow.
    pub(crate) fn of(gateway: &Gateway, session: &str) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", gateway.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let request = format!("GET /receipt/{session}/events HTTP/1.1\r\nHost: buyer.test\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut following = Self(BufReader::new(stream));
        assert_eq!(following.line().unwrap(), "HTTP/1.1 200 OK");
        following
    }

    /// The next line; `None` at the end.
    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        (self.0.read_line(&mut line).unwrap() > 0).then(|| line.trim_end().to_owned())
    }

    /// What is told next; `None` when the stream ends. Headers, comments and chunks' lengths are
    /// passed over.
    fn next(&mut self) -> Option<Value> {
        loop {
            let line = self.line()?;
            if line == "0" {
                return None;
            }
            if let Some(data) = line.strip_prefix("data: ") {
                return Some(serde_json::from_str(data).unwrap());
            }
        }
    }

    /// When the browser is to come again, in milliseconds.
    fn retry(&mut self) -> u64 {
        loop {
            if let Some(retry) = self.line().unwrap().strip_prefix("retry: ") {
                return retry.parse().unwrap();
            }
        }
    }

    /// That this is told next.
    #[track_caller]
    pub(crate) fn expect(&mut self, told: &Value) {
        assert_eq!(self.next().as_ref(), Some(told));
    }
}

/// The session of [`checkout`].
pub(crate) fn session(n: u32) -> String {
    format!("cs_live_{n:024}")
}

fn sell(gateway: &Gateway, event: &Value) {
    let body = event.to_string();
    let answer = gateway.deliver("/webhooks/stripe/me", body.as_bytes(), SECRET);
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// The page as somebody without any key gets it.
pub(crate) fn page(gateway: &Gateway, session: &str) -> Answer {
    gateway.request("GET", &format!("/receipt/{session}"), &[], ())
}

/// Which of the page's sentences the server chose.
pub(crate) fn words(answer: &Answer) -> &str {
    answer.text.split_once("data-state=\"").unwrap().1.split('"').next().unwrap()
}

#[test]
fn a_buyer_follows_from_the_first_word_until_the_stream_has_seen_it() {
    let gateway = Gateway::with_secret(SECRET);
    gateway.set(&json!({ "name": "<Mika> & co" }));
    gateway.operate("pause");
    let mut receipt = Following::of(&gateway, &session(2));
    receipt.expect(&json!({ "state": "pending" }));
    let early = page(&gateway, &session(2));
    assert_eq!((early.status, words(&early)), (200, "pending"));
    assert!(!early.text.contains("Mika"), "an unknown session tells nothing");

    sell(&gateway, &checkout(1));
    gateway.wait_for_length(1);
    sell(&gateway, &checkout(2));
    receipt.expect(&json!({ "state": "waiting", "ahead": 1 }));
    let waiting = page(&gateway, &session(2));
    assert_eq!(words(&waiting), "waiting");
    assert!(waiting.text.contains("<span id=\"ahead\">1</span>"));
    assert!(waiting.text.contains("&lt;Mika&gt; &amp; co"), "{}", waiting.text);

    let mut overlay = gateway.page();
    gateway.operate("resume");
    let first = overlay.expect("play");
    overlay.show(&first);
    // Whether it is seen as next in between is a matter of moments.
    let second = overlay.expect("play");
    overlay.ack("started", &second);
    let mut told = receipt.next().unwrap();
    if told == json!({ "state": "waiting", "ahead": 0 }) {
        told = receipt.next().unwrap();
    }
    assert_eq!(told, json!({ "state": "playing" }));
    overlay.show(&second);
    let shown = receipt.next().unwrap();
    assert_eq!(shown["state"], "shown");
    let at = shown["at"].as_str().unwrap();
    assert_eq!(shown.as_object().unwrap().len(), 2, "{shown}");

    let reloaded = page(&gateway, &session(2));
    assert_eq!(words(&reloaded), "shown");
    assert!(reloaded.text.contains(at), "it survives a reload");
    for private in ["mika", "love the stream", "25.99", "2599", "buyer@example.test", "al_"] {
        assert!(!reloaded.text.contains(private), "{private}");
    }
    Following::of(&gateway, &session(2)).expect(&shown);
}

#[test]
fn a_session_shows_nothing_of_another() {
    let gateway = Gateway::with_secret(SECRET);
    gateway.operate("pause");
    sell(&gateway, &checkout(1));
    gateway.wait_for_length(1);
    let mut mine = Following::of(&gateway, &session(1));
    let mut theirs = Following::of(&gateway, &session(9));
    mine.expect(&json!({ "state": "waiting", "ahead": 0 }));
    theirs.expect(&json!({ "state": "pending" }));
    let mut overlay = gateway.page();
    gateway.operate("resume");
    let play = overlay.expect("play");
    overlay.ack("started", &play);
    mine.expect(&json!({ "state": "playing" }));
    overlay.show(&play);
    assert_eq!(mine.next().unwrap()["state"], "shown");
    // What the other is told next is their own.
    gateway.operate("pause");
    sell(&gateway, &checkout(9));
    theirs.expect(&json!({ "state": "waiting", "ahead": 0 }));
}

#[test]
fn a_bank_that_takes_days_and_a_refund_are_told() {
    let gateway = Gateway::with_secret(SECRET);
    gateway.operate("pause");
    let mut completed = checkout(1);
    completed["data"]["object"]["payment_status"] = json!("unpaid");
    sell(&gateway, &completed);
    let mut receipt = Following::of(&gateway, &session(1));
    let mut told = receipt.next().unwrap();
    if told == json!({ "state": "pending" }) {
        told = receipt.next().unwrap();
    }
    assert_eq!(told, json!({ "state": "unpaid" }));

    let mut paid = checkout(1);
    paid["id"] = json!("evt_paid_later");
    paid["type"] = json!("checkout.session.async_payment_succeeded");
    sell(&gateway, &paid);
    receipt.expect(&json!({ "state": "waiting", "ahead": 0 }));

    let mut refunded = checkout(1);
    refunded["id"] = json!("evt_refunded");
    refunded["type"] = json!("charge.refunded");
    refunded["data"]["object"] = json!({
        "id": "ch_1", "object": "charge", "payment_intent": format!("pi_{:024}", 1),
        "amount": 2599, "amount_captured": 2599, "amount_refunded": 2599, "refunded": true,
        "currency": "eur",
    });
    sell(&gateway, &refunded);
    receipt.expect(&json!({ "state": "refunded" }));
    assert_eq!(words(&page(&gateway, &session(1))), "refunded");
}

#[test]
fn a_buyer_whose_bank_refuses_is_not_told_to_wait() {
    let gateway = Gateway::with_secret(SECRET);
    for (id, kind) in [
        ("evt_completed", "checkout.session.completed"),
        ("evt_refused", "checkout.session.async_payment_failed"),
    ] {
        let mut event = checkout(1);
        (event["id"], event["type"]) = (json!(id), json!(kind));
        event["data"]["object"]["payment_status"] = json!("unpaid");
        sell(&gateway, &event);
    }
    let mut receipt = Following::of(&gateway, &session(1));
    while receipt.next().unwrap() != json!({ "state": "failed" }) {}
    let answer = page(&gateway, &session(1));
    assert_eq!((answer.status, words(&answer)), (200, "failed"));
}

#[test]
fn what_a_moderator_skips_reads_as_paid() {
    let gateway = Gateway::with_secret(SECRET);
    gateway.operate("pause");
    sell(&gateway, &checkout(1));
    gateway.wait_for_length(1);
    let mut receipt = Following::of(&gateway, &session(1));
    receipt.expect(&json!({ "state": "waiting", "ahead": 0 }));
    gateway.operate("clear");
    receipt.expect(&json!({ "state": "paid" }));
    assert_eq!(words(&page(&gateway, &session(1))), "paid");
}

#[test]
fn the_address_is_kept_by_nobody() {
    let gateway = Gateway::with_secret(SECRET);
    let private = |answer: &Answer| {
        assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{answer:?}");
        assert_eq!(answer.header("x-robots-tag"), "noindex, nofollow", "{answer:?}");
    };
    let known = page(&gateway, &session(1));
    private(&known);
    let csp = known.header("content-security-policy");
    assert!(csp.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{csp}");
    for odd in ["al_1", "cs_", "cs_live_%3Cscript%3E", &format!("cs_{}", "a".repeat(300))] {
        let answer = page(&gateway, odd);
        private(&answer);
        assert_eq!((answer.status, words(&answer)), (404, "none"), "{odd}");
        let events = gateway.request("GET", &format!("/receipt/{odd}/events"), &[], ());
        private(&events);
        assert_eq!((events.status, &*events.code()), (404, "not_found"));
    }
    for asset in ["receipt.js", "receipt.css", "shop.css", "bell.svg"] {
        let answer = gateway.request("GET", &format!("/shop/{asset}"), &[], ());
        assert_eq!(answer.status, 200, "{asset}");
    }
    Following::of(&gateway, &session(1)).expect(&json!({ "state": "pending" }));
    assert!(!gateway.log().contains("cs_"), "{}", gateway.log());
}

#[test]
fn who_finds_no_seat_is_told_once_and_comes_again() {
    let gateway = Gateway::start();
    let mut seated: Vec<_> = (0..32).map(|n| Following::of(&gateway, &session(n))).collect();
    for following in &mut seated {
        following.expect(&json!({ "state": "pending" }));
    }
    let mut standing = Following::of(&gateway, &session(99));
    let retry = standing.retry();
    assert!((12_000..24_000).contains(&retry), "{retry}");
    standing.expect(&json!({ "state": "pending" }));
    assert_eq!(standing.next(), None, "it ends, so that the browser asks again");
    // Who leaves makes room.
    drop(seated);
    wait_for("a seat", || (Following::of(&gateway, &session(99)).retry() < 6_000).then_some(()));
}

#[test]
fn the_public_listener_serves_it_too() {
    let port = free_port();
    let config = format!("[server]\npublic_listen = \"127.0.0.1:{port}\"\n");
    let _gateway = Gateway::start_with(Setup { config: Some(config), ..Setup::default() });
    let agent = ureq::Agent::new_with_defaults();
    for path in [format!("/receipt/{}", session(1)), "/shop/receipt.js".into()] {
        let answer = agent.get(format!("http://127.0.0.1:{port}{path}")).call().unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
}
