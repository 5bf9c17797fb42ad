//! Who leads.

use super::stage::{DAWN, Stage, con, node, page, secs};
use crate::connection::{Connection, SourceState};

/// The leader among these pages, whichever comes first.
fn leader_of(pages: &[Connection]) -> u128 {
    let lead = |pages: &mut dyn Iterator<Item = &Connection>| {
        let mut stage = Stage::new();
        stage.settings.when_inactive = crate::settings::WhenInactive::Play;
        pages.for_each(|page| stage.register(page.clone()));
        stage.sell();
        stage.model.state.playing().expect("somebody leads").leader
    };
    let leader = lead(&mut pages.iter());
    assert_eq!(leader, lead(&mut pages.iter().rev()));
    leader.as_u128()
}

#[test]
fn each_rank_beats_all_that_follow() {
    let source = |active, visible| SourceState { active, visible, ..SourceState::default() };
    let no = Some(false);
    let old = DAWN - secs(100);
    let obs = || Some("32.2.2".into());
    // Each is better than the next in one thing, and worse in everything that ranks below it.
    let table = [
        (
            "not inactive",
            Connection { source: source(None, no), muted: true, ..page(9) },
            Connection { source: source(no, None), obs: obs(), since: old, ..page(1) },
        ),
        (
            "not hidden",
            Connection { source: source(None, Some(true)), muted: true, ..page(9) },
            Connection { source: source(Some(true), no), obs: obs(), since: old, ..page(1) },
        ),
        ("with sound", page(9), Connection { muted: true, obs: obs(), since: old, ..page(1) }),
        ("obs", Connection { obs: obs(), ..page(9) }, Connection { since: old, ..page(1) }),
        ("longest connected", Connection { since: old, ..page(9) }, page(1)),
    ];
    for (why, better, worse) in table {
        assert_eq!(leader_of(&[worse, better]), 9, "{why}");
    }
    assert_eq!(leader_of(&[page(2), page(1), page(3)]), 1, "ties: the smaller id");
}

#[test]
fn the_leader_never_changes_during_a_play() {
    let mut stage = Stage::with_page();
    stage.sell();
    stage.started(1);
    stage.register(Connection { obs: Some("32.2.2".into()), ..page(2) });
    stage.leave(1);
    assert_eq!(stage.model.state.playing().unwrap().leader, con(1));
}

#[test]
fn a_stopping_node_begins_nothing_on_its_own_connections() {
    let mut stage = Stage::with_page();
    stage.here.draining = true;
    let alert = stage.sell();
    assert_eq!(stage.playing(), None);
    stage.register(Connection { node: node(2), ..page(2) });
    assert_eq!(stage.model.state.playing().map(|p| (p.alert, p.leader)), Some((alert, con(2))));
}
