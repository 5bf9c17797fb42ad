use proptest::prelude::*;

use super::*;
use crate::stripe::signature::{SigningSecret, Tolerance, sign, verify};

fn read(body: &str) -> Result<Envelope, EventError> {
    Envelope::read_trusted(body.as_bytes())
}

#[test]
fn only_an_id_and_a_type_are_needed() {
    let event = read(r#"{"id":"evt_1","type":"charge.succeeded"}"#).unwrap();
    assert_eq!((event.id.as_str(), event.event_type.as_str()), ("evt_1", "charge.succeeded"));
    assert_eq!((event.created_s, event.livemode, event.account.as_deref()), (None, false, None));
    assert_eq!(event.object(), &Value::Null);
    assert!(!event.is_thin() && !event.is_dashboard_sample());
}

#[test]
fn odd_fields_are_as_good_as_absent() {
    let event = read(
        r#"{"id":"evt_1","type":"x","created":"2025-01-01T00:00:00.123456789Z","livemode":"yes","account":7,
            "api_version":null,"data":[1],"request":"req_1","object":12}"#,
    )
    .unwrap();
    assert_eq!((event.created_s, event.livemode, event.account.as_deref()), (None, false, None));
    assert_eq!((event.api_version.as_deref(), event.object()), (None, &Value::Null));
}

#[test]
fn livemode_is_the_events_else_the_objects() {
    let live = |event| read(event).unwrap().livemode;
    assert!(live(r#"{"id":"e","type":"x","livemode":true,"data":{"object":{"livemode":false}}}"#));
    assert!(live(r#"{"id":"e","type":"x","data":{"object":{"livemode":true}}}"#));
}

#[test]
fn of_duplicate_keys_the_last_wins() {
    let event = read(r#"{"id":"evt_1","type":"x","id":"evt_2"}"#).unwrap();
    assert_eq!(event.id.as_str(), "evt_2");
}

#[test]
fn thin_events_and_dashboard_samples_are_told_apart() {
    let thin =
        r#"{"id":"evt_1","object":"v2.core.event","type":"v1.billing.meter.no_meter_found"}"#;
    assert!(read(thin).unwrap().is_thin());
    let sample = r#"{"id":"evt_00000000000000","type":"charge.succeeded","created":1326853478}"#;
    assert!(read(sample).unwrap().is_dashboard_sample());
}

#[test]
fn what_is_no_event_is_named() {
    let long = "x".repeat(256);
    for (body, error) in [
        ("", EventError::NotJson),
        ("   ", EventError::NotJson),
        ("hello", EventError::NotJson),
        (r#"{"id":"evt_1","type":"x"}["#, EventError::NotJson),
        (r#"{"id":"evt_1","type":"x""#, EventError::NotJson),
        ("\u{FEFF}{\"id\":\"evt_1\",\"type\":\"x\"}", EventError::NotJson),
        (&"[".repeat(100_000), EventError::NotJson),
        (&r#"{"a":"#.repeat(100_000), EventError::NotJson),
        ("null", EventError::NoId),
        ("[]", EventError::NoId),
        ("\"evt_1\"", EventError::NoId),
        ("{}", EventError::NoId),
        (r#"{"id":1,"type":"x"}"#, EventError::NoId),
        (r#"{"id":"","type":"x"}"#, EventError::NoId),
        (r#"{"id":"evt 1","type":"x"}"#, EventError::NoId),
        (&format!(r#"{{"id":"{long}","type":"x"}}"#), EventError::NoId),
        (r#"{"id":"evt_1"}"#, EventError::NoType),
        (r#"{"id":"evt_1","type":null}"#, EventError::NoType),
        (r#"{"id":"evt_1","type":"a\nb"}"#, EventError::NoType),
    ] {
        let refused = read(body).unwrap_err();
        assert_eq!(refused, error, "{}", body.chars().take(60).collect::<String>());
        assert_eq!(refused.code(), "body_not_an_event");
    }
    let not_utf8 = b"{\"id\":\"evt_1\",\"type\":\"x\",\"name\":\"\xff\"}";
    assert_eq!(Envelope::read_trusted(not_utf8), Err(EventError::NotJson));
}

#[test]
fn what_was_verified_is_what_is_read() {
    let secret = SigningSecret::parse("whsec_test").unwrap();
    let body = br#"{"id":"evt_1","type":"x"}"#;
    let header = sign(body, &secret, 1000);
    let verified =
        verify(Some(header.as_bytes()), body, [&secret], 1000, Tolerance::default()).unwrap();
    assert_eq!(Envelope::read(&verified).unwrap().id.as_str(), "evt_1");
}

proptest! {
    #[test]
    fn no_body_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in "[\\[\\]{}\",:a-z0-9\\\\ ]{0,200}") {
        let _ = Envelope::read_trusted(&bytes);
        let _ = read(&text);
    }
}
