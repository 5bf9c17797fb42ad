//! What holds whatever arrives.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value;

use super::{ALERT, DAWN, Effect, HELLO, Session, ack, lease};
use crate::close::CloseReason;

#[derive(Clone, Debug)]
enum Act {
    Receive(String),
    Binary,
    Welcome,
    Give(u64),
    Stop(u64),
    Wait(u64),
    Close,
}

fn text() -> impl Strategy<Value = String> {
    let kind = prop::sample::select(vec![
        "auth", "hello", "started", "finished", "failed", "state", "pong", "welcome", "",
    ]);
    let value = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        Just(Value::Null),
        Just(serde_json::json!([{"alert_id": "x", "lease": "y"}])),
    ];
    let member = prop::sample::select(vec!["key", "alert_id", "lease", "acks", "mode", "visible"]);
    let odd =
        (kind, prop::collection::btree_map(member, value, 0..4)).prop_map(|(kind, members)| {
            let mut frame = serde_json::json!(members);
            frame["type"] = kind.into();
            frame.to_string()
        });
    prop_oneof![
        3 => Just(HELLO.to_owned()),
        3 => (prop::sample::select(vec!["started", "finished", "failed"]), 0..5_u64)
            .prop_map(|(kind, offset)| ack(kind, offset)),
        2 => odd,
        1 => ".{0,60}",
        1 => Just(r#"{"type":"pong"}"#.to_owned()),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        12 => text().prop_map(Act::Receive),
        1 => Just(Act::Binary),
        4 => Just(Act::Welcome),
        3 => (0..5_u64).prop_map(Act::Give),
        2 => (0..5_u64).prop_map(Act::Stop),
        3 => (0..40_000_u64).prop_map(Act::Wait),
        1 => Just(Act::Close),
    ]
}

proptest! {
    #[test]
    fn no_text_makes_a_session_panic(texts in prop::collection::vec(".{0,200}", 0..8)) {
        let mut session = Session::new(DAWN, Some(String::new()), 0);
        session.receive(HELLO, DAWN);
        session.welcomed(DAWN);
        for text in texts {
            for effect in session.receive(&text, DAWN) {
                prop_assert!(!matches!(effect, Effect::Join(_)));
            }
        }
    }

    #[test]
    fn every_session_keeps_its_order(key in any::<bool>(), acts in prop::collection::vec(act(), 0..60)) {
        let mut session = Session::new(DAWN, key.then(String::new), 500);
        let (mut now, mut joined, mut closed) = (DAWN, 0, false);
        for act in acts {
            let effects = match act {
                Act::Receive(text) => session.receive(&text, now),
                Act::Binary => session.receive_binary(),
                Act::Wait(millis) => {
                    now = now + Duration::from_millis(millis);
                    session.tick(now)
                }
                Act::Close => session.close(CloseReason::Disconnected),
                Act::Welcome => {
                    let welcomed = session.welcomed(now);
                    prop_assert!(!welcomed || (joined == 1 && !closed), "welcomed without a hello");
                    vec![]
                }
                Act::Give(offset) => {
                    let given = session.give(ALERT, 1, lease(offset), now);
                    prop_assert!(!given || session.is_welcomed(), "played to before its welcome");
                    vec![]
                }
                Act::Stop(offset) => {
                    let open = session.given().any(|g| g.lease == lease(offset) && g.is_open());
                    prop_assert_eq!(session.stop(lease(offset)), open);
                    vec![]
                }
            };
            prop_assert!(!closed || effects.is_empty(), "something came after the close");
            joined += effects.iter().filter(|effect| matches!(effect, Effect::Join(_))).count();
            prop_assert!(joined <= 1, "one hello, one join");
            closed |= effects.iter().any(|effect| matches!(effect, Effect::Close(_)));
            prop_assert!(session.given().count() <= 2, "memory is bounded");
        }
    }
}
