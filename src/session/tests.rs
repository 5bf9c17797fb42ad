//! Contract §4, the part of one connection.

mod properties;

use std::time::Duration;

use serde_json::{Value, json};

use super::{Effect, HEARTBEAT, HELLO_WITHIN, Session};
use crate::{
    channel::Said,
    close::CloseReason,
    connection::Mode,
    id::AlertId,
    position::{Epoch, Position},
    time::Timestamp,
};

const DAWN: Timestamp = Timestamp::from_secs(1_700_000_000);
const HELLO: &str = r#"{"type":"hello","client":"page","version":"1","mode":"live"}"#;
const ALERT: AlertId = AlertId::from_u128(1);

fn lease(offset: u64) -> Position {
    Position { epoch: Epoch(7), offset }
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn opened() -> Session {
    Session::new(DAWN, Some("ovk.key".into()), 500)
}

fn welcomed() -> Session {
    let mut session = opened();
    let effects = session.receive(HELLO, DAWN);
    assert!(matches!(&*effects, [Effect::Join(_)]), "{effects:?}");
    assert!(session.welcomed(DAWN));
    session
}

fn close(reason: CloseReason) -> Vec<Effect> {
    vec![Effect::Close(reason)]
}

/// The frames among effects.
fn frames(effects: &[Effect]) -> Vec<Value> {
    let texts = effects.iter().filter_map(|effect| match effect {
        Effect::Send(text) => Some(text),
        _ => None,
    });
    texts.map(|text| serde_json::from_str(text).unwrap()).collect()
}

fn ack(kind: &str, offset: u64) -> String {
    json!({"type": kind, "alert_id": ALERT, "lease": lease(offset)}).to_string()
}

#[test]
fn a_hello_comes_within_5_s() {
    let mut session = opened();
    assert_eq!(session.tick(DAWN + HELLO_WITHIN - Duration::from_millis(1)), vec![]);
    assert_eq!(session.tick(DAWN + HELLO_WITHIN), close(CloseReason::ProtocolError));
    assert_eq!(welcomed().tick(DAWN + HELLO_WITHIN), vec![]);
    let mut silent = Session::new(DAWN, None, 0);
    assert_eq!(silent.receive(r#"{"type":"auth","key":"ovk.key"}"#, DAWN), vec![]);
    assert_eq!(silent.tick(DAWN + HELLO_WITHIN), close(CloseReason::ProtocolError));
}

#[test]
fn nothing_comes_before_the_hello() {
    let early = [r#"{"type":"pong"}"#, r#"{"type":"state"}"#, r#"{"type":"what"}"#];
    for text in early.into_iter().chain([&*ack("started", 1)]) {
        assert_eq!(opened().receive(text, DAWN), close(CloseReason::ProtocolError), "{text}");
    }
}

#[test]
fn there_is_no_second_hello() {
    let mut session = welcomed();
    assert_eq!(session.receive(HELLO, DAWN), close(CloseReason::ProtocolError));
    let mut joining = opened();
    joining.receive(HELLO, DAWN);
    assert_eq!(joining.receive(HELLO, DAWN), close(CloseReason::ProtocolError));
    assert!(!joining.welcomed(DAWN), "closed while it was checked");
}

#[test]
fn the_key_can_be_the_first_frame() {
    let mut session = Session::new(DAWN, None, 0);
    assert_eq!(session.receive(r#"{"type":"auth","key":"ovk.abc"}"#, DAWN), vec![]);
    let effects = session.receive(HELLO, DAWN);
    let [Effect::Join(join)] = &*effects else { panic!("{effects:?}") };
    assert_eq!(join.key, "ovk.abc");
}

#[test]
fn a_hello_without_a_key_is_unauthorized() {
    let mut session = Session::new(DAWN, None, 0);
    assert_eq!(session.receive(HELLO, DAWN), close(CloseReason::Unauthorized));
}

#[test]
fn a_second_key_is_against_the_protocol() {
    let auth = r#"{"type":"auth","key":"ovk.abc"}"#;
    for mut session in [opened(), welcomed()] {
        assert_eq!(session.receive(auth, DAWN), close(CloseReason::ProtocolError));
    }
}

#[test]
fn hello_tells_what_the_page_is_within_bounds() {
    let hello = json!({
        "type": "hello", "client": "é".repeat(100), "version": "1\n", "mode": "preview",
        "muted": true, "obs": "3".repeat(100), "new_member": {"is": "ignored"},
    });
    let effects = opened().receive(&hello.to_string(), DAWN);
    let [Effect::Join(join)] = &*effects else { panic!("{effects:?}") };
    assert_eq!((join.mode, join.muted), (Mode::Preview, true));
    assert_eq!((join.client.len(), join.obs.as_ref().unwrap().len()), (64, 32));
    let effects = opened().receive(r#"{"type":"hello"}"#, DAWN);
    let [Effect::Join(join)] = &*effects else { panic!("{effects:?}") };
    assert_eq!((join.mode, join.muted, join.obs.as_deref()), (Mode::Live, false, None));
}

#[test]
fn the_newest_64_acks_of_a_hello_count() {
    let acks: Vec<_> = (0..70)
        .map(|n| json!({"alert_id": ALERT, "lease": lease(n), "started": true, "lost": n == 69}))
        .collect();
    let hello = json!({"type": "hello", "acks": acks}).to_string();
    let effects = opened().receive(&hello, DAWN);
    let [Effect::Join(join)] = &*effects else { panic!("{effects:?}") };
    let leases: Vec<_> = join.acks.iter().map(|ack| ack.lease.offset).collect();
    assert_eq!(leases, (6..70).collect::<Vec<_>>());
    let said = Said::Kept { started: true, finished: false, lost: true };
    assert_eq!(join.acks.last().unwrap().said, said);
}

#[test]
fn an_unreadable_lease_is_stale_and_named() {
    let answer = |effects: &[Effect]| {
        let [frame] = &*frames(effects) else { panic!("{effects:?}") };
        assert_eq!((&frame["type"], &frame["code"]), (&json!("error"), &json!("stale_lease")));
        (frame["alert_id"].clone(), frame["lease"].clone())
    };
    let odd = json!({"alert_id": "al_odd", "lease": "odd", "started": true});
    let hello = json!({"type": "hello", "acks": [odd]}).to_string();
    let effects = opened().receive(&hello, DAWN);
    assert_eq!(answer(&effects), (json!("al_odd"), json!("odd")));
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::Join(join) if join.acks.is_empty()))
    );
    for kind in ["started", "finished", "failed"] {
        let text = json!({"type": kind, "alert_id": ALERT, "lease": "x".repeat(99)}).to_string();
        let effects = welcomed().receive(&text, DAWN);
        assert_eq!(answer(&effects), (json!(ALERT), json!("x".repeat(64))), "cut, and alive");
    }
}

#[test]
fn an_unknown_type_is_answered_and_the_connection_lives() {
    let mut session = welcomed();
    let effects = session.receive(r#"{"type":"dance","to":"music"}"#, DAWN);
    assert_eq!(frames(&effects)[0]["code"], "unknown_type");
    let effects = session.receive(r#"{"type":"started","alert_id":5}"#, DAWN);
    assert_eq!(frames(&effects)[0]["code"], "bad_frame");
    assert!(session.is_welcomed());
}

#[test]
fn what_is_no_frame_closes() {
    for text in ["", "{", "[]", "5", "null", r#"{"no":"type"}"#, r#"{"type":5}"#, "{\"type\":"] {
        let effects = welcomed().receive(text, DAWN);
        assert_eq!(effects, close(CloseReason::ProtocolError), "{text}");
    }
    assert_eq!(welcomed().receive_binary(), close(CloseReason::ProtocolError));
}

#[test]
fn unknown_fields_are_ignored() {
    let effects = welcomed().receive(r#"{"type":"state","visible":true,"smell":1}"#, DAWN);
    assert!(matches!(&*effects, [Effect::Source(source)] if source.visible == Some(true)));
}

#[test]
fn state_adds_to_what_was_said_before() {
    let mut session = welcomed();
    session.receive(r#"{"type":"state","active":true,"streaming":false}"#, DAWN);
    session.receive(r#"{"type":"state","visible":false}"#, DAWN);
    let source = session.source();
    assert_eq!((source.active, source.visible), (Some(true), Some(false)));
    assert_eq!((source.streaming, source.recording), (Some(false), None));
    assert_eq!(session.receive(r#"{"type":"state","active":true}"#, DAWN), vec![], "no news");
}

#[test]
fn over_100_frames_in_10_s_is_too_many() {
    let state = r#"{"type":"state"}"#;
    let mut session = welcomed();
    for _ in 0..100 {
        assert_eq!(session.receive(state, DAWN + secs(9)), vec![]);
    }
    assert_eq!(session.receive(state, DAWN + secs(9)), close(CloseReason::RateLimited));
    let mut session = welcomed();
    for n in 0..300 {
        assert_eq!(session.receive(state, DAWN + secs(n / 10)), vec![], "100 in each 10 s");
    }
    let mut unknown = welcomed();
    let last = (0..101).map(|_| unknown.receive(r#"{"type":"x"}"#, DAWN)).last();
    assert_eq!(last, Some(close(CloseReason::RateLimited)), "unknown types count");
}

#[test]
fn pongs_and_the_first_acknowledgements_are_not_counted() {
    let mut session = welcomed();
    let state = r#"{"type":"state"}"#;
    (0..100).for_each(|_| assert_eq!(session.receive(state, DAWN), vec![]));
    for _ in 0..1000 {
        assert_eq!(session.receive(r#"{"type":"pong"}"#, DAWN), vec![]);
    }
    for offset in 1..=50 {
        assert!(session.give(ALERT, 1, lease(offset), DAWN));
        for kind in ["started", "finished"] {
            let effects = session.receive(&ack(kind, offset), DAWN);
            assert!(matches!(&*effects, [Effect::Ack(_)]), "{kind} of {offset}: {effects:?}");
        }
    }
    let again = session.receive(&ack("started", 50), DAWN);
    assert_eq!(again, close(CloseReason::RateLimited), "the second one is");
}

#[test]
fn acknowledgements_of_leases_never_given_are_counted() {
    let mut session = welcomed();
    (0..100).for_each(|n| drop(session.receive(&ack("started", n), DAWN)));
    assert_eq!(session.receive(&ack("started", 100), DAWN), close(CloseReason::RateLimited));
}

#[test]
fn heartbeats_are_spread_from_22_5_to_27_5_s() {
    let heartbeat = |spread| Session::new(DAWN, None, spread).heartbeat();
    assert_eq!(heartbeat(0), Duration::from_millis(22_500));
    assert_eq!(heartbeat(500), HEARTBEAT);
    assert_eq!(heartbeat(1000), Duration::from_millis(27_500));
    assert_eq!(heartbeat(u16::MAX), heartbeat(1000));
    assert!((0..1000).all(|spread| heartbeat(spread) < heartbeat(spread + 1)));
}

#[test]
fn two_missed_heartbeats_close() {
    let mut session = welcomed();
    let at = |n| DAWN + HEARTBEAT * n;
    assert_eq!(session.tick(at(1) - Duration::from_millis(1)), vec![]);
    for n in 1..=2 {
        assert_eq!(frames(&session.tick(at(n))), [json!({"type": "ping"})]);
        assert_eq!(session.tick(at(n)), vec![], "once a heartbeat");
    }
    assert_eq!(session.tick(at(3)), close(CloseReason::HeartbeatMissed));
    assert_eq!(CloseReason::HeartbeatMissed.code(), 4002);
}

#[test]
fn any_frame_counts_as_life() {
    let frames = [r#"{"type":"pong"}"#, r#"{"type":"state"}"#, r#"{"type":"unknown"}"#];
    for frame in frames {
        let mut session = welcomed();
        for n in 1..20 {
            let now = DAWN + HEARTBEAT * n;
            assert_eq!(session.tick(now).len(), 1, "{frame}");
            if n % 2 == 0 {
                session.receive(frame, now);
                assert_eq!(session.heard_at(), now);
            }
        }
        assert!(session.is_welcomed());
    }
}

#[test]
fn a_pong_tells_the_round_trip() {
    let mut session = welcomed();
    assert_eq!(session.round_trip_ms(), None);
    session.tick(DAWN + HEARTBEAT);
    session.receive(r#"{"type":"pong"}"#, DAWN + HEARTBEAT + Duration::from_millis(12));
    assert_eq!(session.round_trip_ms(), Some(12));
}

#[test]
fn nothing_is_given_before_the_welcome_nor_twice() {
    let mut session = opened();
    assert!(!session.give(ALERT, 1, lease(1), DAWN));
    session.receive(HELLO, DAWN);
    assert!(!session.give(ALERT, 1, lease(1), DAWN), "its hello is being checked");
    assert_eq!(session.ping(DAWN), vec![]);
    assert!(session.welcomed(DAWN));
    assert!(!session.welcomed(DAWN), "once");
    assert!(session.give(ALERT, 1, lease(1), DAWN));
    assert!(!session.give(ALERT, 1, lease(1), DAWN));
    assert!(session.give(ALERT, 1, lease(2), DAWN), "another play of it");
    session.close(CloseReason::Disconnected);
    assert!(!session.give(ALERT, 1, lease(3), DAWN));
}

#[test]
fn a_play_is_stopped_once_and_only_while_it_may_be_drawn() {
    let mut session = welcomed();
    assert!(!session.stop(lease(1)), "never given");
    session.give(ALERT, 1, lease(1), DAWN);
    assert!(session.stop(lease(1)));
    assert!(!session.stop(lease(1)));
    assert!(!session.give(ALERT, 1, lease(1), DAWN), "and not given again");
    for said in ["finished", "failed"] {
        let mut session = welcomed();
        session.give(ALERT, 1, lease(2), DAWN);
        session.receive(&ack(said, 2), DAWN);
        assert!(!session.stop(lease(2)), "{said}");
    }
}

#[test]
fn an_acknowledgement_carries_when_its_play_was_given() {
    let mut session = welcomed();
    session.give(ALERT, 1, lease(1), DAWN + secs(1));
    for (offset, sent) in [(1, Some(DAWN + secs(1))), (2, None)] {
        let effects = session.receive(&ack("started", offset), DAWN + secs(2));
        let [Effect::Ack(ack)] = &*effects else { panic!("{effects:?}") };
        assert_eq!((ack.alert, ack.lease, ack.sent), (ALERT, lease(offset), sent));
        assert_eq!(ack.said, Said::Started { audio: None });
    }
}

#[test]
fn a_reason_to_fail_is_cut() {
    let text = json!({
        "type": "failed", "alert_id": ALERT, "lease": lease(1), "reason": "\u{7}ü".repeat(500),
    });
    let effects = welcomed().receive(&text.to_string(), DAWN);
    let [Effect::Ack(ack)] = &*effects else { panic!("{effects:?}") };
    assert_eq!(ack.said, Said::Failed { reason: "ü".repeat(100) });
}

#[test]
fn closing_happens_once() {
    let mut session = welcomed();
    assert_eq!(session.close(CloseReason::Restarting), close(CloseReason::Restarting));
    assert_eq!(session.close(CloseReason::TooSlow), vec![]);
    assert_eq!(session.receive_binary(), vec![]);
    assert_eq!(session.receive("{", DAWN), vec![]);
    assert_eq!(session.tick(DAWN + secs(1000)), vec![]);
}
