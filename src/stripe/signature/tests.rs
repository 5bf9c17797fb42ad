use proptest::prelude::*;

use super::*;

const NOW: i64 = 1_700_000_000;
const BODY: &[u8] = br#"{"id":"evt_1","object":"event","type":"checkout.session.completed"}"#;

fn secret(text: &str) -> SigningSecret {
    SigningSecret::parse(text).unwrap()
}

fn ours() -> SigningSecret {
    secret("whsec_test_secret")
}

/// The hex digits of a good signature of `BODY`.
fn v1(timestamp: &str) -> String {
    hex::encode(mac(timestamp.as_bytes(), BODY, &ours()))
}

fn verdict_at(header: &str, body: &[u8], now: i64) -> Result<(), &'static str> {
    let verified =
        verify(Some(header.as_bytes()), body, [&ours()], now, Tolerance::default()).map(|_| ());
    verified.map_err(SignatureError::code)
}

fn verdict(header: &str) -> Result<(), &'static str> {
    verdict_at(header, BODY, NOW)
}

const MISSING: Result<(), &str> = Err("signature_missing");
const MALFORMED: Result<(), &str> = Err("signature_malformed");
const MISMATCH: Result<(), &str> = Err("signature_mismatch");
const TOO_OLD: Result<(), &str> = Err("timestamp_too_old");
const IN_FUTURE: Result<(), &str> = Err("timestamp_in_future");

#[test]
fn known_answer_made_with_pythons_hmac() {
    let header = sign(BODY, &secret("whsec_known_answer"), NOW);
    let want = "665ccd7094ad198695dc7030147d3a7ab90c8528ab250ce585eb30404d0aa5f6";
    assert_eq!(header, format!("t=1700000000,v1={want}"));
}

/// Each row of "What the official SDKs do" that is about the header's form, with what we do.
#[test]
fn sdk_comparison_header_forms() {
    let good = v1("1700000000");
    let t = "t=1700000000";
    let zeros = "0".repeat(64);
    let (blank_t, under_t, tail_t) = (v1(" 1700000000"), v1("1_700000000"), v1("1700000000abc"));
    for (case, header, want) in [
        ("good", format!("{t},v1={good}"), Ok(())),
        ("several v1, good first", format!("{t},v1={good},v1={zeros}"), Ok(())),
        ("several v1, good last", format!("{t},v1={zeros},v1={good}"), Ok(())),
        ("non-hex v1 next to a good one", format!("{t},v1=potato,v1={good}"), Ok(())),
        ("short v1 next to a good one", format!("{t},v1=ff,v1={good}"), Ok(())),
        ("v1 before t", format!("v1={good},{t}"), Ok(())),
        ("only v0", format!("{t},v0={good}"), MISMATCH),
        ("v0 beside v1", format!("{t},v1={good},v0={zeros}"), Ok(())),
        ("duplicate t, the same", format!("{t},{t},v1={good}"), Ok(())),
        ("duplicate t, another first", format!("t=1,{t},v1={good}"), MALFORMED),
        ("duplicate t, another last", format!("{t},v1={good},t=1"), MALFORMED),
        ("part without =", format!("{t},v1={good},rubbish"), Ok(())),
        ("trailing comma", format!("{t},v1={good},"), Ok(())),
        ("space after comma", format!("{t}, v1={good}"), Ok(())),
        ("blanks around all", format!(" {t}\t,\tv1={good} "), Ok(())),
        ("upper-case hex", format!("{t},v1={}", good.to_uppercase()), Ok(())),
        ("upper-case keys", format!("T=1700000000,V1={good}"), MALFORMED),
        ("t with a tail", format!("t=1700000000abc,v1={tail_t}"), MALFORMED),
        ("t with a blank", format!("t= 1700000000,v1={blank_t}"), MALFORMED),
        ("t with underscore", format!("t=1_700000000,v1={under_t}"), MALFORMED),
        ("t with a leading zero", format!("t=01700000000,v1={good}"), MALFORMED),
        ("t with a sign", format!("t=+1700000000,v1={good}"), MALFORMED),
        ("t below zero", format!("t=-1,v1={}", v1("-1")), MALFORMED),
        ("t over 64 bits", format!("t=9223372036854775808,v1={good}"), MALFORMED),
        ("merged duplicate lines", format!("{t},v1={zeros}, {t},v1={good}"), Ok(())),
        ("signature of another t", format!("t=1700000001,v1={good}"), MISMATCH),
    ] {
        assert_eq!(verdict(&header), want, "{case}");
    }
}

#[test]
fn sdk_comparison_bodies() {
    let header = sign(BODY, &ours(), NOW);
    let text = str::from_utf8(BODY).unwrap();
    for (case, body) in [
        ("byte order mark", format!("\u{FEFF}{text}")),
        ("trailing newline", format!("{text}\n")),
        ("one space more (async-stripe)", format!("{text} ")),
        ("CRLF", format!("{text}\r\n")),
        ("nothing", String::new()),
    ] {
        assert_eq!(verdict_at(&header, body.as_bytes(), NOW), MISMATCH, "{case}");
    }
    let not_text = b"\xff\xfe{}";
    let header = sign(not_text, &ours(), NOW);
    assert_eq!(verdict_at(&header, not_text, NOW), Ok(()), "bytes that are no UTF-8 are bytes");
}

/// Tolerance: stripe-go's boundary, async-stripe's offsets, and the future that only it limits.
#[test]
fn sdk_comparison_time() {
    let header = sign(BODY, &ours(), NOW);
    for (age, want) in [
        (-1000, IN_FUTURE),
        (-301, IN_FUTURE),
        (-300, Ok(())),
        (0, Ok(())),
        (299, Ok(())),
        (300, Ok(())),
        (301, TOO_OLD),
        (400, TOO_OLD),
    ] {
        assert_eq!(verdict_at(&header, BODY, NOW + age), want, "{age} s old");
    }
    let by = |age, past_s| {
        let tolerance = Tolerance { past_s, future_s: 0 };
        verify(Some(header.as_bytes()), BODY, [&ours()], NOW + age, tolerance).map(|_| ())
    };
    assert_eq!(by(15, 10), Err(SignatureError::TooOld { by_s: 5 }), "15 s old, 10 s allowed");
    assert_eq!(by(15, 20), Ok(()), "15 s old, 20 s allowed");
    assert_eq!(by(9, 10), Ok(()), "9 s old, 10 s allowed");
    assert_eq!(by(-1, 10), Err(SignatureError::InFuture { by_s: 1 }));
    assert_eq!(by(0, 0), Ok(()));
    assert_eq!(
        by(1, 0),
        Err(SignatureError::TooOld { by_s: 1 }),
        "0 is strict, it switches nothing off"
    );
    assert_eq!(by(NOW, u32::MAX), Ok(()), "no tolerance: an ancient t is taken");
}

/// The order of contract §3: signature, then time. stripe-go looks at the time first.
#[test]
fn sdk_comparison_order_of_checks() {
    let forged = format!("t=1,v1={}", "0".repeat(64));
    assert_eq!(verdict(&forged), MISMATCH);
    assert_eq!(verdict(&sign(BODY, &ours(), 1)), TOO_OLD);
}

/// The cases of stripe-node, stripe-python, stripe-go and async-stripe that the tables above lack.
#[test]
fn sdk_tests_bad_headers() {
    let good = v1("1700000000");
    for (case, header, want) in [
        ("node: bad_header", "bad_header", MALFORMED),
        ("node, go: empty", "", MISSING),
        ("blanks only", " \t", MISSING),
        ("node, python: not of the format", "I'm not even a real signature header", MALFORMED),
        ("node, python: bad_signature", "t=1700000000,v1=bad_signature", MISMATCH),
        ("go: v1,t=1", "v1,t=1", MISMATCH),
        ("go: t= with nothing", "t=", MALFORMED),
        ("go: fake signature", "t=1700000000,v1=fake", MISMATCH),
        ("no t at all", &format!("v1={good}"), MALFORMED),
        ("no signature at all", "t=1700000000", MISMATCH),
        ("async-stripe: empty v1", "t=1700000000,v1=", MISMATCH),
        ("async-stripe: abc", "t=1700000000,v1=abc", MISMATCH),
        ("async-stripe: 64 bytes", &format!("t=1700000000,v1={good}{good}"), MISMATCH),
        ("async-stripe: v10", &format!("t=1700000000,v10={good}"), MISMATCH),
    ] {
        assert_eq!(verdict(header), want, "{case}");
    }
    assert_eq!(
        verify(None, BODY, [&ours()], NOW, Tolerance::default()).unwrap_err(),
        SignatureError::Missing,
        "node: null header"
    );
}

#[test]
fn sdk_tests_good_headers() {
    let good = sign(BODY, &ours(), NOW);
    for (case, header) in [
        ("node: valid + v1=potato", format!("{good},v1=potato")),
        ("python: valid + v1=bad_signature", format!("{good},v1=bad_signature")),
        ("async-stripe: valid behind not_hex, abc, nothing, ff", {
            let v1 = v1("1700000000");
            format!("t=1700000000,v1=not_hex,v1=abc,v1=,v1=ff,v1={v1}")
        }),
    ] {
        assert_eq!(verdict(&header), Ok(()), "{case}");
    }
    assert_eq!(
        verdict_at(&sign(b"} [", &ours(), NOW), b"} [", NOW),
        Ok(()),
        "JSON is not our matter"
    );
    assert_eq!(verdict_at(&sign(b"", &ours(), NOW), b"", NOW), Ok(()), "nor is an empty body");
}

/// stripe-go: while a secret is rolled, the header has a signature of each.
#[test]
fn sdk_tests_rolled_secret() {
    let (old, new) = (secret("whsec_old"), secret("whsec_new"));
    let only_new = sign(BODY, &new, NOW);
    let both = format!("{},{}", sign(BODY, &old, NOW), only_new.split_once(',').unwrap().1);
    let index = |header: &str, secrets: &[&SigningSecret]| {
        verify(Some(header.as_bytes()), BODY, secrets.iter().copied(), NOW, Tolerance::default())
            .map(|verified| verified.secret_index)
    };
    assert_eq!(index(&both, &[&old]), Ok(0));
    assert_eq!(index(&both, &[&new]), Ok(0));
    assert_eq!(index(&only_new, &[&old, &new]), Ok(1), "the index says which secret it was");
    assert_eq!(index(&only_new, &[&old]), Err(SignatureError::Mismatch), "wrong secret");
    assert_eq!(index(&only_new, &[]), Err(SignatureError::Mismatch));
}

#[test]
fn limits() {
    let good = v1("1700000000");
    let many =
        |n: usize| format!("t=1700000000{},v1={good}", format!(",v1={}", "0".repeat(64)).repeat(n));
    assert_eq!(verdict(&many(15)), Ok(()));
    assert_eq!(verdict(&many(16)), MALFORMED);
    let long = format!("t=1700000000,v1={good},x={}", "x".repeat(HEADER_MAX));
    assert_eq!(verdict(&long), MALFORMED);
}

#[test]
fn several_header_lines_are_one() {
    let good = sign(BODY, &ours(), NOW);
    let lines = [b"t=1700000000,v1=00".as_slice(), good.as_bytes()];
    let joined = join_lines(lines).unwrap();
    assert!(verify(Some(&joined), BODY, [&ours()], NOW, Tolerance::default()).is_ok());
    assert_eq!(join_lines([]), None);
}

#[test]
fn extreme_times_do_not_overflow() {
    for now in [i64::MIN, -1, 0, i64::MAX] {
        for t in [0, i64::MAX] {
            let _ = verdict_at(&sign(BODY, &ours(), t), BODY, now);
        }
    }
}

proptest! {
    #[test]
    fn accepts_exactly_the_signed_bytes(
        body in proptest::collection::vec(any::<u8>(), 1..200),
        at in any::<prop::sample::Index>(),
        flip in 1_u8..,
        age in -300_i64..=300,
    ) {
        let header = sign(&body, &ours(), NOW - age);
        prop_assert_eq!(verdict_at(&header, &body, NOW), Ok(()));
        let mut other = body.clone();
        other[at.index(body.len())] ^= flip;
        prop_assert_eq!(verdict_at(&header, &other, NOW), MISMATCH);
        prop_assert_eq!(verdict_at(&header, &body[1..], NOW), MISMATCH);
    }

    #[test]
    fn a_flipped_byte_of_the_header_never_verifies(at in any::<prop::sample::Index>(), flip in 1_u8..) {
        let good = sign(BODY, &ours(), NOW);
        let mut header = good.clone().into_bytes();
        let at = at.index(header.len());
        header[at] ^= flip;
        // The case of a hex digit is the one thing that does not matter.
        prop_assume!(!header.eq_ignore_ascii_case(good.as_bytes()) || at < "t=1700000000,v1=".len());
        let now = [&ours()];
        prop_assert!(verify(Some(&header), BODY, now, NOW, Tolerance::default()).is_err());
    }

    #[test]
    fn no_header_panics(header in proptest::collection::vec(any::<u8>(), 0..200), likely in "[tv01=,a-f \\-]{0,80}") {
        let _ = SignatureHeader::parse(&header);
        let _ = SignatureHeader::parse(likely.as_bytes());
    }
}
