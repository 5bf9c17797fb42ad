//! Our signature verifier against an independent one, async-stripe-webhook: the same verdict on the
//! same delivery, but for the differences listed here, each of which is meant.

use proptest::prelude::*;
use stripe_webhook::{Webhook, WebhookError};
use tillbell::stripe::signature::{SignatureError, SigningSecret, Tolerance, sign, verify};

const NOW: i64 = 1_700_000_000;
const SECRET: &str = "whsec_oracle_secret";
const BODY: &str = r#"{"id":"evt_1","object":"event","type":"charge.succeeded"}"#;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Accepted,
    WrongTime,
    Rejected,
}
use Verdict::{Accepted, Rejected, WrongTime};

fn ours(header: &str, body: &str) -> Verdict {
    let secret = SigningSecret::parse(SECRET).unwrap();
    match verify(Some(header.as_bytes()), body.as_bytes(), [&secret], NOW, Tolerance::default()) {
        Ok(_) => Accepted,
        Err(SignatureError::TooOld { .. } | SignatureError::InFuture { .. }) => WrongTime,
        Err(_) => Rejected,
    }
}

fn theirs(header: &str, body: &str) -> Verdict {
    match Webhook::construct_event_with_timestamp(body, header, SECRET, NOW) {
        // It cannot verify without parsing, and parses last: then the signature was good.
        Ok(_) | Err(WebhookError::BadParse(_)) => Accepted,
        Err(WebhookError::BadTimestamp(_)) => WrongTime,
        Err(_) => Rejected,
    }
}

/// Signed by the other side, so that a mistake in our signing cannot hide one in our verifying.
fn signed(body: &str, timestamp: i64) -> String {
    Webhook::generate_test_header(body, SECRET, Some(timestamp))
}

fn good_v1() -> String {
    signed(BODY, NOW).split_once(',').unwrap().1.to_owned()
}

/// Why the two may differ on this header.
fn known_difference(header: &str) -> Option<&'static str> {
    let parts: Vec<_> = header.split(',').collect();
    let times: Vec<_> = parts.iter().filter_map(|part| part.trim().strip_prefix("t=")).collect();
    let canonical = |t: &&str| t.parse::<i64>().is_ok_and(|n| n >= 0 && n.to_string() == **t);
    if parts.iter().any(|part| part.trim() != *part) {
        Some("blanks around parts: we pass over them, as a proxy that merges lines adds them")
    } else if parts.iter().any(|part| !part.contains('=')) {
        Some("a part without =: we pass over it, as node and python do")
    } else if times.iter().any(|t| *t != times[0]) {
        Some("two t that differ: we refuse to choose, they take the last")
    } else if !times.iter().all(canonical) {
        Some("t with a sign or leading zeros: we take digits as Stripe writes them alone")
    } else if parts.iter().filter(|part| part.starts_with("v1=")).count() > 16 {
        Some("more than 16 signatures: we do not try them all")
    } else {
        None
    }
}

#[test]
fn each_known_difference_is_one() {
    let v1 = good_v1();
    let many = format!("t={NOW},{v1}{}", format!(",v1={}", "0".repeat(64)).repeat(16));
    for (header, our_verdict, their_verdict) in [
        (format!("t={NOW},{v1} "), Accepted, Rejected),
        (format!("t={NOW},\t{v1}"), Accepted, Rejected),
        (format!("t={NOW},{v1},"), Accepted, Rejected),
        (format!("t={NOW},{v1},rubbish"), Accepted, Rejected),
        (format!("t=1,t={NOW},{v1}"), Rejected, Accepted),
        (format!("t=+{NOW},{v1}"), Rejected, Accepted),
        (format!("t=0{NOW},{v1}"), Rejected, Accepted),
        (signed(BODY, -1), Rejected, WrongTime),
        (many, Rejected, Accepted),
    ] {
        assert!(known_difference(&header).is_some(), "{header}");
        assert_eq!(
            (ours(&header, BODY), theirs(&header, BODY)),
            (our_verdict, their_verdict),
            "{header}"
        );
    }
}

#[test]
fn each_signs_what_the_other_signs() {
    let secret = SigningSecret::parse(SECRET).unwrap();
    for timestamp in [0, 1, NOW, i64::MAX] {
        assert_eq!(sign(BODY.as_bytes(), &secret, timestamp), signed(BODY, timestamp));
    }
}

#[test]
fn the_same_second_is_the_last_one_taken() {
    for age in [-301, -300, -299, 0, 299, 300, 301] {
        let header = signed(BODY, NOW - age);
        let want = if (-300..=300).contains(&age) { Accepted } else { WrongTime };
        assert_eq!((ours(&header, BODY), theirs(&header, BODY)), (want, want), "{age} s old");
    }
}

fn part() -> impl Strategy<Value = String> {
    let v1 = good_v1();
    let upper = v1.to_uppercase().replace("V1=", "v1=");
    let v0 = v1.replace("v1=", "v0=");
    prop_oneof![
        4 => Just(format!("t={NOW}")),
        4 => Just(v1.clone()),
        1 => Just(upper),
        1 => Just(v0),
        1 => Just(format!(" {v1}")),
        1 => Just(format!("t=00{NOW}")),
        1 => (-400_i64..400).prop_map(|age| format!("t={}", NOW + age)),
        1 => "v1=[0-9a-fg]{0,70}",
        1 => "[tv01 =a-z\\-]{0,12}",
    ]
}

proptest! {
    #[test]
    fn the_same_verdict_on_any_header(parts in proptest::collection::vec(part(), 0..6)) {
        let header = parts.join(",");
        let (our, their) = (ours(&header, BODY), theirs(&header, BODY));
        prop_assert!(our == their || known_difference(&header).is_some(), "{header}: {our:?}, {their:?}");
    }

    #[test]
    fn the_same_verdict_on_any_body(body in any::<String>(), other in any::<String>(), age in -310_i64..310) {
        let header = signed(&body, NOW - age);
        prop_assert_eq!(ours(&header, &body), theirs(&header, &body));
        prop_assert_eq!(ours(&header, &other), theirs(&header, &other));
        let longer = format!("{body}\n");
        prop_assert_eq!((ours(&header, &longer), theirs(&header, &longer)), (Rejected, Rejected));
    }
}
