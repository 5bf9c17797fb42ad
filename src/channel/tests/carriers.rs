//! Late alerts, and the digest that carries them.

use super::stage::{Stage, page, sale, secs, session, usd};
use crate::{
    alert::{AlertKind, AlertState, Reason},
    channel::{EntryType, Input, NewSale, Refusal, Reply, Said, What},
    id::AlertId,
    money::{Currency, Money},
};

/// Late sales that nobody was there to see, and then page 1 comes: the digest, and its members.
fn after_an_outage(count: usize) -> (Stage, AlertId, Vec<AlertId>) {
    let mut stage = Stage::new();
    let members: Vec<_> = (0..count).map(|_| stage.sell_late()).collect();
    stage.wait(secs(5));
    stage.register(page(1));
    let digest = stage.playing().expect("somebody is present");
    (stage, digest, members)
}

fn ends(stage: &Stage, alerts: &[AlertId]) -> Vec<(AlertState, Option<Reason>)> {
    alerts.iter().map(|alert| stage.end(*alert)).collect()
}

/// The play lapses, and page 1 is heard so that it counts.
fn lapse(stage: &mut Stage) {
    stage.wait(secs(5));
    stage.wait(secs(1));
}

#[test]
fn after_an_outage_one_card_tells_of_all() {
    let (mut stage, digest, members) = after_an_outage(5);
    let card = stage.alert(digest).clone();
    assert_eq!((card.kind, card.members.clone()), (AlertKind::Digest, members.clone()));
    assert_eq!((digest, card.amount), (members[4].carrier(), Some(usd(5000))));
    assert!(card.buyer.anonymous && !card.buyer.first_time);
    assert_eq!(stage.model.state.waiting, 0);
    let playing = (AlertState::Playing, None);
    assert_eq!(ends(&stage, &members), [playing; 5]);
    stage.started(1);
    stage.finished(1);
    let shown = (AlertState::Shown, Some(Reason::Finished));
    assert_eq!(stage.end(digest), shown);
    assert_eq!(ends(&stage, &members), [shown; 5]);
    assert_eq!(stage.alert(members[4]).proof, stage.alert(digest).proof);
    assert_eq!(stage.total(), (5000, 5), "counted once");
}

#[test]
fn the_log_tells_of_one_play_and_of_each_end() {
    let (mut stage, digest, members) = after_an_outage(3);
    stage.started(1);
    stage.finished(1);
    let log = stage.log();
    let plays = log.iter().filter(|what| **what == EntryType::AlertPlaying).count();
    let shown: Vec<_> =
        stage.model.entries.iter().filter(|entry| entry.what == EntryType::AlertShown).collect();
    assert_eq!((plays, shown.len()), (1, 4));
    let told = shown[0].data["alert"]["members"].as_array().unwrap();
    assert_eq!(told.len(), 3);
    assert!(
        told.iter().all(|member| member["state"] == "shown" && member.get("members").is_none())
    );
    assert_eq!(shown[3].data["alert"]["id"], members[2].to_string());
    assert_eq!(shown[3].data["carrier"], digest.to_string());
}

#[test]
fn a_late_alert_waits_a_moment_for_others() {
    let mut stage = Stage::with_page();
    let first = stage.sell_late();
    assert_eq!(stage.playing(), None);
    assert_eq!(stage.next_due(), Some(stage.model.now + secs(5)));
    stage.wait(secs(4));
    let others = [stage.sell_late(), stage.sell_late()];
    stage.wait(secs(1));
    let digest = stage.playing().unwrap();
    assert_eq!(stage.alert(digest).members, [first, others[0], others[1]]);
}

#[test]
fn a_late_alert_that_nobody_joins_plays_alone() {
    let mut stage = Stage::with_page();
    let alert = stage.sell_late();
    stage.wait(secs(5));
    assert_eq!(stage.playing(), Some(alert));
}

#[test]
fn twenty_late_alerts_wait_for_no_more() {
    let mut stage = Stage::with_page();
    for _ in 0..20 {
        assert_eq!(stage.playing(), None);
        stage.sell_late();
    }
    assert!(stage.playing().is_some());
}

#[test]
fn fewer_than_three_play_one_by_one() {
    let (stage, first, members) = after_an_outage(2);
    assert_eq!(first, members[0]);
    assert_eq!(stage.end(members[1]), (AlertState::Queued, None));
}

#[test]
fn a_digest_has_at_most_20_members() {
    let (mut stage, digest, members) = after_an_outage(25);
    assert_eq!(stage.alert(digest).members, members[..20]);
    assert_eq!(stage.model.state.waiting, 5);
    stage.started(1);
    stage.finished(1);
    let next = stage.playing().unwrap();
    assert_eq!(stage.alert(next).members, members[20..]);
    assert_ne!(next, digest);
}

#[test]
fn a_digest_fits_into_a_message_whatever_buyers_write() {
    let mut stage = Stage::new();
    for n in 0..8 {
        let message = Some("\u{1f389}".repeat(1000));
        let sale = NewSale { message, ..sale(1000, stage.model.now - secs(600)) };
        stage.tell(&[session(&format!("long{n}"))], What::Sale(sale));
    }
    stage.wait(secs(5));
    stage.register(page(1));
    let entry = stage.model.entries.iter().find(|e| e.what == EntryType::AlertPlaying).unwrap();
    let members = entry.data["alert"]["members"].as_array().map_or(1, Vec::len);
    assert!(entry.data.to_string().len() < 14 * 1024, "{members} members");
}

#[test]
fn what_is_not_late_or_not_alike_ends_the_run() {
    let eur = Money { minor: 100, currency: Currency::parse("eur").unwrap() };
    let breaks: [fn(NewSale) -> NewSale; 3] = [
        |sale| NewSale { created: sale.created + secs(600), ..sale },
        |sale| NewSale { test: true, ..sale },
        |sale| sale,
    ];
    for (at, change) in breaks.into_iter().enumerate() {
        let mut stage = Stage::new();
        let first = stage.sell_late();
        stage.sell_late();
        let amount = if at == 2 { Some(eur) } else { Some(usd(1)) };
        let sale = NewSale { amount, ..sale(1, stage.model.now - secs(600)) };
        stage.tell(&[session("odd")], What::Sale(change(sale)));
        stage.sell_late();
        stage.wait(secs(5));
        stage.register(page(1));
        assert_eq!(stage.playing(), Some(first), "break {at}");
    }
}

#[test]
fn what_has_no_amount_fits_any_currency() {
    let mut stage = Stage::new();
    for (n, amount) in [None, Some(usd(700)), None].into_iter().enumerate() {
        let sale = NewSale { amount, ..sale(1, stage.model.now - secs(600)) };
        stage.tell(&[session(&format!("some{n}"))], What::Sale(sale));
    }
    stage.wait(secs(5));
    stage.register(page(1));
    let digest = stage.playing().unwrap();
    assert_eq!(
        (stage.alert(digest).members.len(), stage.alert(digest).amount),
        (3, Some(usd(700)))
    );
}

#[test]
fn replays_are_never_merged() {
    let (mut stage, _, members) = after_an_outage(3);
    stage.started(1);
    stage.finished(1);
    stage.done(Input::Pause);
    for member in &members {
        assert_eq!(stage.apply(Input::Replay(*member)), Ok(Reply::Alert(*member)));
    }
    stage.done(Input::Resume);
    assert_eq!(stage.playing(), Some(members[0]), "each is replayed alone");
}

#[test]
fn a_digest_is_not_replayed() {
    let (mut stage, digest, _) = after_an_outage(3);
    stage.started(1);
    stage.finished(1);
    assert_eq!(stage.apply(Input::Replay(digest)), Err(Refusal::HasMembers));
}

#[test]
fn going_back_keeps_the_digest_and_its_place() {
    let (mut stage, digest, members) = after_an_outage(4);
    stage.sell_late();
    lapse(&mut stage);
    let queued = (AlertState::Queued, None);
    assert_eq!((stage.end(digest), ends(&stage, &members)), (queued, vec![queued; 4]));
    assert_eq!(stage.model.state.waiting, 2);
    stage.hear(1);
    assert_eq!(stage.playing(), Some(digest));
    assert_eq!(stage.alert(digest).members, members, "fixed once it is built");
}

#[test]
fn a_digest_nobody_began_is_missed_with_its_members() {
    let (mut stage, digest, members) = after_an_outage(3);
    for _ in 0..3 {
        lapse(&mut stage);
        stage.hear(1);
    }
    let missed = (AlertState::Missed, Some(Reason::NeverStarted));
    assert_eq!((stage.end(digest), ends(&stage, &members)), (missed, vec![missed; 3]));
    stage.started(1);
    let playing = (AlertState::Playing, None);
    assert_eq!((stage.end(digest), ends(&stage, &members)), (playing, vec![playing; 3]), "late");
}

#[test]
fn a_member_refunded_while_it_waits_leaves() {
    let (mut stage, digest, members) = after_an_outage(3);
    lapse(&mut stage);
    stage.refund(members[1], 1000);
    assert_eq!(stage.end(members[1]), (AlertState::Skipped, Some(Reason::Refunded)));
    assert_eq!(stage.alert(digest).members, [members[0], members[2]]);
    assert_eq!(stage.alert(digest).amount, Some(usd(2000)));
    stage.refund(members[0], 1000);
    stage.refund(members[2], 1000);
    assert_eq!(stage.end(digest), (AlertState::Skipped, Some(Reason::Refunded)));
    assert_eq!((stage.model.state.waiting, stage.total()), (0, (0, 0)));
}

#[test]
fn a_member_refunded_while_the_digest_plays_is_flagged_and_leaves_only_if_it_waits_again() {
    let (mut stage, digest, members) = after_an_outage(3);
    stage.refund(members[0], 1000);
    assert_eq!(stage.playing(), Some(digest));
    assert_eq!(stage.end(members[0]), (AlertState::Playing, None));
    assert!(stage.alert(members[0]).refunded);
    lapse(&mut stage);
    assert_eq!(stage.end(members[0]), (AlertState::Skipped, Some(Reason::Refunded)));
    assert_eq!(stage.alert(digest).members, members[1..]);
}

#[test]
fn a_skip_of_a_member_takes_what_plays_from_the_screen_and_one_alone_from_the_queue() {
    let (mut stage, digest, members) = after_an_outage(3);
    lapse(&mut stage);
    assert_eq!(stage.apply(Input::Skip(Some(members[0]))), Ok(Reply::Alert(members[0])));
    let skipped = (AlertState::Skipped, Some(Reason::Skipped));
    assert_eq!((stage.end(members[0]), stage.end(digest)), (skipped, (AlertState::Queued, None)));
    stage.hear(1);
    assert_eq!(stage.playing(), Some(digest));
    stage.apply(Input::Skip(Some(members[1]))).unwrap();
    assert_eq!((stage.end(digest), ends(&stage, &members)), (skipped, vec![skipped; 3]));
    assert!(!stage.changes(Input::Skip(Some(members[2]))));
}

#[test]
fn panic_and_clear_end_a_digest_with_its_members() {
    for (input, reason) in [(Input::Panic, Reason::Panic), (Input::Clear, Reason::Cleared)] {
        let (mut stage, digest, members) = after_an_outage(3);
        lapse(&mut stage);
        stage.done(input);
        let skipped = (AlertState::Skipped, Some(reason));
        assert_eq!((stage.end(digest), ends(&stage, &members)), (skipped, vec![skipped; 3]));
    }
}

#[test]
fn a_cut_off_digest_is_shown_if_the_page_comes_back_and_says_so() {
    let (mut stage, digest, members) = after_an_outage(3);
    stage.started(1);
    stage.leave(1);
    stage.wait(secs(9));
    let cut = (AlertState::Interrupted, Some(Reason::OverlayGone));
    assert_eq!((stage.end(digest), ends(&stage, &members)), (cut, vec![cut; 3]));
    stage.say(2, Said::Kept { started: true, finished: true, lost: false });
    let shown = (AlertState::Shown, Some(Reason::Finished));
    assert_eq!((stage.end(digest), ends(&stage, &members)), (shown, vec![shown; 3]));
}

#[test]
fn over_two_minutes_is_late() {
    let mut stage = Stage::new();
    let born = |stage: &mut Stage, age| {
        let sale = sale(1, stage.model.now - secs(age));
        stage.tell(&[session(&age.to_string())], What::Sale(sale))
    };
    let (in_time, late) = (born(&mut stage, 120), born(&mut stage, 121));
    assert!(!stage.alert(in_time).late && stage.alert(late).late);
}
