//! Who leads: sounds, and whose word counts.

use serde_json::{Value, json};

use crate::support::{Gateway, Page, wait_for};

fn hello(gateway: &Gateway, more: Value) -> Page {
    Page::hello(gateway, &gateway.overlay_key("me", "main"), more)
}

/// Says what OBS says, and waits until the gateway knows.
fn state(gateway: &Gateway, page: &mut Page, member: &str, value: bool) {
    page.send(&json!({ "type": "state", member: value }));
    let path = format!("/api/v1/connections/{}", page.id());
    wait_for("the state", || (gateway.get(&path).json()[member] == value).then_some(()));
}

/// Which of the pages leads the next play.
#[track_caller]
fn leader(gateway: &Gateway, pages: &mut [Page]) -> usize {
    gateway.test_alert();
    let plays: Vec<Value> = pages.iter_mut().map(|page| page.expect("play")).collect();
    let leads: Vec<usize> = (0..plays.len()).filter(|n| plays[*n]["leader"] == true).collect();
    assert_eq!(leads.len(), 1, "{plays:?}");
    let leads = leads[0];
    pages[leads].show(&plays[leads]);
    for (n, page) in pages.iter_mut().enumerate() {
        if n != leads {
            assert_eq!(page.expect("stop")["reason"], "settled");
        }
    }
    leads
}

#[test]
fn the_leader_is_who_is_most_surely_on_stream() {
    let gateway = Gateway::start();
    gateway.set(&json!({ "when_inactive": "play" }));
    let muted_obs = hello(&gateway, json!({ "muted": true, "obs": "32.2.2" }));
    let plain = hello(&gateway, json!({}));
    let obs = hello(&gateway, json!({ "obs": "32.2.2" }));
    let younger_obs = hello(&gateway, json!({ "obs": "32.2.2" }));
    let mut pages = [muted_obs, plain, obs, younger_obs];
    assert_eq!(leader(&gateway, &mut pages), 2, "OBS, with sound, the longest connected");
    state(&gateway, &mut pages[2], "visible", false);
    assert_eq!(leader(&gateway, &mut pages), 3, "not hidden");
    state(&gateway, &mut pages[3], "active", false);
    assert_eq!(leader(&gateway, &mut pages), 1, "not inactive, and with sound before OBS");
    state(&gateway, &mut pages[1], "visible", false);
    assert_eq!(leader(&gateway, &mut pages), 0, "not hidden before sound");
    state(&gateway, &mut pages[0], "active", false);
    assert_eq!(leader(&gateway, &mut pages), 2, "hidden before inactive");
}

#[test]
fn a_tab_a_pc_a_preview_and_a_nested_scene_are_one_alert_with_one_sound() {
    let gateway = Gateway::start();
    let pc = gateway.add_overlay("me", "second-pc", "alerts");
    let obs = json!({ "client": "tillbell-overlay", "obs": "32.2.2" });
    let source = hello(&gateway, obs.clone());
    let nested = hello(&gateway, obs.clone());
    let tab = hello(&gateway, json!({}));
    let second_pc = Page::hello(&gateway, &pc, obs);
    let preview = gateway.preview();
    let mut pages = [source, nested, tab, second_pc, preview];
    let alert = gateway.test_alert();
    let plays: Vec<Value> = pages.iter_mut().map(|page| page.expect("play")).collect();
    let sounds: Vec<bool> =
        plays.iter().map(|play| play["leader"] == true && play["muted"] == false).collect();
    assert_eq!(sounds, [true, false, false, false, false]);
    assert!(plays.iter().all(|play| play["lease"] == plays[0]["lease"]), "it is one play");
    for (page, play) in pages.iter_mut().zip(&plays) {
        page.ack("started", play);
        page.ack("finished", play);
    }
    gateway.wait_for_state(&alert, "shown");
    let log = gateway.get("/api/v1/streamers/me/log").json();
    let played = |entry: &&Value| entry["event"]["type"] == "AlertPlaying";
    assert_eq!(log["data"].as_array().unwrap().iter().filter(played).count(), 1);
    for page in &mut pages {
        assert!(page.so_far().iter().all(|frame| frame["type"] != "play"));
    }
    // And each can be named.
    let names: Vec<Value> = pages
        .iter()
        .map(|page| {
            let of = gateway.get(&format!("/api/v1/connections/{}", page.id())).json();
            json!([of["overlay"]["name"], of["mode"], of["obs"]])
        })
        .collect();
    let expected = json!([
        ["main", "live", "32.2.2"],
        ["main", "live", "32.2.2"],
        ["main", "live", null],
        ["second-pc", "live", "32.2.2"],
        ["main", "preview", null],
    ]);
    assert_eq!(json!(names), expected);
}

#[test]
fn an_inactive_source_waits_unless_it_shall_play() {
    let gateway = Gateway::start();
    let mut page = gateway.page();
    state(&gateway, &mut page, "active", false);
    let alert = gateway.test_alert();
    assert_eq!(page.expect("queue")["waiting"], "active");
    page.send(&json!({ "type": "state", "active": true }));
    let play = page.expect("play");
    assert_eq!(play["alert"]["id"], alert);
    page.show(&play);
    state(&gateway, &mut page, "active", false);
    gateway.test_alert();
    gateway.wait_for_length(1);
    gateway.set(&json!({ "when_inactive": "play" }));
    let play = page.expect("play");
    page.show(&play);
}

#[test]
fn a_channel_may_wait_for_the_stream() {
    let gateway = Gateway::start();
    gateway.set(&json!({ "hold_until_live": true }));
    let mut page = gateway.page();
    let alert = gateway.test_alert();
    assert_eq!(page.expect("queue")["waiting"], "live");
    page.send(&json!({ "type": "state", "streaming": true }));
    assert_eq!(page.expect("play")["alert"]["id"], alert);
}

#[test]
fn only_the_leaders_word_ends_a_play() {
    let gateway = Gateway::start();
    let (mut leads, mut other) = (gateway.page(), gateway.page());
    let alert = gateway.test_alert();
    let (play, seen) = (leads.expect("play"), other.expect("play"));
    assert_eq!((&play["leader"], &seen["leader"]), (&json!(true), &json!(false)));
    other.show(&seen);
    assert_eq!(gateway.alert(&alert)["state"], "playing", "another's word is kept");
    leads.show(&play);
    let shown = gateway.wait_for_state(&alert, "shown");
    assert_eq!(shown["proof"]["connection"], leads.id());
    // Who has finished has nothing to stop.
    assert!(other.so_far().iter().all(|frame| frame["type"] != "stop"));
}

#[test]
fn who_still_draws_when_it_has_ended_is_stopped() {
    let gateway = Gateway::start();
    let (mut leads, mut other) = (gateway.page(), gateway.page());
    gateway.test_alert();
    let (play, seen) = (leads.expect("play"), other.expect("play"));
    leads.show(&play);
    let stop = other.expect("stop");
    assert_eq!((&stop["lease"], &stop["reason"]), (&seen["lease"], &json!("settled")));
}

#[test]
fn anothers_word_is_kept_until_the_leader_leaves() {
    let gateway = Gateway::start();
    let (mut leads, mut other) = (gateway.page(), gateway.page());
    let alert = gateway.test_alert();
    let (play, seen) = (leads.expect("play"), other.expect("play"));
    leads.ack("started", &play);
    other.show(&seen);
    drop(leads);
    let shown = gateway.wait_for_state(&alert, "shown");
    assert_eq!((&shown["reason"], &shown["proof"]["by"]), (&json!("finished"), &json!("finished")));
}

#[test]
fn anothers_word_ends_it_if_the_leader_has_left() {
    let gateway = Gateway::start();
    let (mut leads, mut other) = (gateway.page(), gateway.page());
    let alert = gateway.test_alert();
    let (play, seen) = (leads.expect("play"), other.expect("play"));
    leads.ack("started", &play);
    leads.expect("noted");
    let path = format!("/api/v1/connections/{}", leads.id());
    drop(leads);
    wait_for("its leaving", || (gateway.get(&path).status == 404).then_some(()));
    other.ack("finished", &seen);
    other.expect("noted");
    assert_eq!(gateway.alert(&alert)["state"], "shown");
}
