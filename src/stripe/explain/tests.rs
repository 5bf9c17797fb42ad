use super::*;
use crate::stripe::signature::sign;

const NOW: i64 = 1_700_000_000;
const SECRET: &str = "whsec_test_secret";
/// As Stripe writes it: keys in no order, two spaces, empties both ways, escapes.
const BODY: &str = "{\n  \"id\": \"evt_1\",\n  \"data\": {\n    \"object\": {\n      \"note\": \"a \\\"b [c], {d}: \\\\\",\n      \
                    \"metadata\": {},\n      \"items\": [\n        1,\n        2.50\n      ]\n    }\n  },\n  \"created\": 1\n}";

fn header() -> String {
    sign(BODY.as_bytes(), &SigningSecret::parse(SECRET).unwrap(), NOW)
}

fn explained(header: &str, body: &str, secret: &str, now: i64) -> Explanation {
    let explanation = explain(header, body.as_bytes(), secret, now);
    let told = explanation.sentences.join("; ");
    assert!(!told.is_empty() && !told.contains(SECRET) && !told.contains("evt_1"), "{told}");
    explanation
}

fn verdict(body: &str) -> Verdict {
    explained(&header(), body, SECRET, NOW).verdict
}

#[test]
fn a_good_one_verifies() {
    assert_eq!(verdict(BODY), Verdict::Verifies);
    let from_a_log = format!("Stripe-Signature: {}\n", header());
    assert_eq!(explained(&from_a_log, BODY, SECRET, NOW).verdict, Verdict::Verifies);
}

#[test]
fn secrets() {
    let of = |secret: &str| explained(&header(), BODY, secret, NOW);
    assert_eq!(of("sk_live_abc").verdict, Verdict::BadSecret(SecretError::ApiKey("sk_")));
    assert_eq!(of("abc").verdict, Verdict::BadSecret(SecretError::NoPrefix));
    assert_eq!(of("").verdict, Verdict::BadSecret(SecretError::Empty));
    let broken = of("whsec_test\n_secret");
    assert_eq!(broken.verdict, Verdict::BadSecret(SecretError::InnerWhitespace));
    assert_eq!(broken.sentences[1], "without the white space it fits");
    assert_eq!(of("whsec_test_secret\n").sentences, ["the signature verifies"], "a pipe's newline");
    let around = of(" whsec_test_secret\n");
    assert_eq!(around.verdict, Verdict::Verifies);
    assert!(around.sentences[0].contains("white space around it"));
    let other = of("whsec_another_1");
    assert_eq!(other.verdict, Verdict::OtherSecret);
    assert!(other.sentences[1].contains("ends in er_1"), "{other:?}");
}

#[test]
fn headers() {
    let of = |header: &str| explained(header, BODY, SECRET, NOW).verdict;
    assert_eq!(of(""), Verdict::HeaderMissing);
    assert_eq!(of("nonsense"), Verdict::HeaderMalformed(HeaderFault::NoTimestamp));
    assert_eq!(of("t=x,v1=00"), Verdict::HeaderMalformed(HeaderFault::TimestampNotDigits));
    assert_eq!(of("t=1,t=2,v1=00"), Verdict::HeaderMalformed(HeaderFault::TimestampsDiffer));
    assert_eq!(of(&header().replace("v1", "v0")), Verdict::OnlyV0);
    assert_eq!(of("t=1700000000,v1=cut"), Verdict::NoV1);
    assert_eq!(of("t=1700000000"), Verdict::NoV1);
}

#[test]
fn bodies_that_a_proxy_changed() {
    let compact = "{\"id\":\"evt_1\",\"data\":{\"object\":{\"note\":\"a \\\"b [c], {d}: \\\\\",\"metadata\":{},\
                   \"items\":[1,2.50]}},\"created\":1}";
    for (case, body, change) in [
        ("newline added", format!("{BODY}\n"), BodyChange::EndOfBody),
        ("CRLF added", format!("{BODY}\r\n"), BodyChange::EndOfBody),
        ("CRLF", BODY.replace('\n', "\r\n"), BodyChange::LineBreaks),
        ("mark added", format!("\u{FEFF}{BODY}"), BodyChange::ByteOrderMark),
        ("compact", compact.into(), BodyChange::Reserialised),
        ("compact with a newline", format!("{compact}\n"), BodyChange::Reserialised),
        ("four spaces", BODY.replace("  ", "    "), BodyChange::Reserialised),
    ] {
        assert_eq!(verdict(&body), Verdict::BodyChanged(change), "{case}");
    }
    assert_eq!(verdict(&BODY.replace("evt_1", "evt_2")), Verdict::OtherSecret);
    assert_eq!(verdict(""), Verdict::OtherSecret);
}

#[test]
fn every_way_to_write_json_is_recognised() {
    let open = BODY.replace("{}", "{\n      }");
    let spaced = r#"{"a": [1, {"b": {}}], "c": "d"}"#;
    let sorted = r#"{"a":1,"b":[]}"#;
    for (signed, arrived) in [
        (open.as_str(), BODY),
        (BODY, open.as_str()),
        (spaced, r#"{"a":[1,{"b":{}}],"c":"d"}"#),
        (sorted, r#"{ "b": [], "a": 1 }"#),
        ("{\"a\":1}\n", "{ \"a\": 1 }"),
    ] {
        let header = sign(signed.as_bytes(), &SigningSecret::parse(SECRET).unwrap(), NOW);
        let verdict = explain(&header, arrived.as_bytes(), SECRET, NOW).verdict;
        assert_eq!(verdict, Verdict::BodyChanged(BodyChange::Reserialised), "{signed}");
    }
}

#[test]
fn times() {
    let old = explained(&header(), BODY, SECRET, NOW + 301);
    assert_eq!(old.verdict, Verdict::TooOld(1));
    assert!(
        old.sentences[0].starts_with("it was signed 301 s ago, 1 s more than the 300 s allowed")
    );
    assert_eq!(explained(&header(), BODY, SECRET, NOW - 400).verdict, Verdict::InFuture(100));
    let both = explained(&header(), &format!("{BODY}\n"), SECRET, NOW + 1000);
    assert_eq!(both.verdict, Verdict::BodyChanged(BodyChange::EndOfBody));
    assert!(both.sentences.iter().any(|told| told.contains("1000 s ago")));
}

proptest::proptest! {
    #[test]
    fn nothing_panics(header in "\\PC{0,60}", body in "[\\[\\]{}\",:a \\\\\n]{0,60}", t in 0_i64..) {
        let _ = explain(&header, body.as_bytes(), SECRET, NOW);
        let _ = explain(&format!("t={t},v1={}", "0".repeat(64)), body.as_bytes(), SECRET, NOW);
    }
}
