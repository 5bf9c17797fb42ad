//! The machine's clock is set while the gateway runs.

use std::{fs, path::Path};

use serde_json::json;

use crate::support::{Gateway, Setup, checkout, sign_at, unix_now, wait_for};

/// Debian's libfaketime; `$LIB` is for the linker to fill in.
const FAKETIME: &str = "/usr/$LIB/faketime/libfaketime.so.1";

const SECRET: &str = "whsec_of_the_clock";

/// How far it is set.
const FIVE_HOURS: i64 = 5 * 3600;

#[test]
fn a_clock_that_is_set_by_hours_moves_signatures_and_nothing_else() {
    let lib = format!("/usr/lib/{}-linux-gnu/faketime", std::env::consts::ARCH);
    assert!(Path::new(&lib).exists(), "libfaketime is missing: see tests/run");
    let dir = tempfile::TempDir::new().unwrap();
    let file = dir.path().join("time");
    let set = |seconds: i64| fs::write(&file, format!("{seconds:+}s")).unwrap();
    set(0);
    let env = [
        ("LD_PRELOAD", FAKETIME),
        ("FAKETIME_TIMESTAMP_FILE", file.to_str().unwrap()),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("STRIPE_WEBHOOK_SECRET", SECRET),
    ];
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let gateway = Gateway::start_with(Setup { env, ..Setup::default() });
    let mut page = gateway.page();
    for (n, off) in [(1, 0), (2, FIVE_HOURS), (3, -FIVE_HOURS), (4, 0)] {
        set(off);
        let body = checkout(n).to_string();
        let deliver = |at| {
            let signature = sign_at(body.as_bytes(), SECRET, at);
            gateway.deliver_signed("/webhooks/stripe/me", body.as_bytes(), &signature)
        };
        if off != 0 {
            let word = if off > 0 { "timestamp_too_old" } else { "timestamp_in_future" };
            assert_eq!(deliver(unix_now()).code(), word);
        }
        // Stripe's clock is right; here it stands for one that the machine agrees with.
        assert_eq!(deliver(unix_now() + off).status, 200, "{off}");
        let play = page.expect("play");
        page.ack("started", &play);
        wait_for("a start", || {
            let queue = gateway.queue();
            queue["playing"]["started"].as_str().map(drop)
        });
        page.show(&play);
        let id = play["alert"]["id"].as_str().unwrap();
        let alert = gateway.alert(id);
        assert_eq!((&alert["state"], &alert["reason"]), (&json!("shown"), &json!("finished")));
        let told = gateway.page().welcome["now"].as_str().unwrap().to_owned();
        let told: jiff::Timestamp = told.parse().unwrap();
        assert!(told.duration_until(jiff::Timestamp::now()).as_secs().abs() < 60, "{told}");
    }
}
