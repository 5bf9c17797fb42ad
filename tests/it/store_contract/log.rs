use tillbell::{
    channel::Entry,
    position::{After, Epoch, Position},
    store::{Change, LogPage},
};

use super::{
    Home,
    samples::{commit, load, mika, with_entries, write_log},
};

fn page(entries: &[Entry], head: Position) -> LogPage {
    LogPage::Page { entries: entries.to_vec(), head }
}

pub(super) async fn a_log_is_read_in_pages(home: &impl Home) {
    let store = home.open().await;
    let mut all = write_log(&*store, &[10, 20, 30]).await;
    all.extend(write_log(&*store, &[40]).await);
    let head = load(&*store).await.state.position();
    assert_eq!(head.offset, 4);
    let rosa = "rosa".parse().unwrap();
    assert_eq!(
        store.heads(&[rosa, mika()]).await.unwrap(),
        [Some(Position::BEGINNING), Some(head)]
    );
    for (after, limit, found) in [
        (After::Oldest, 10, &all[..]),
        (After::Oldest, 3, &all[..3]),
        (After::Offset(0), 1, &all[..1]),
        (After::Offset(3), 10, &all[3..]),
        (After::Position(all[1].position), 1, &all[2..3]),
        (After::Position(head), 10, &[]),
    ] {
        assert_eq!(store.log(&mika(), after, limit).await.unwrap(), page(found, head), "{after:?}");
    }
}

pub(super) async fn a_log_can_be_read_before_it_exists(home: &impl Home) {
    let store = home.open().await;
    let found = store.log(&mika(), After::Oldest, 10).await.unwrap();
    let LogPage::Page { entries, head } = found else { panic!("{found:?}") };
    assert!(entries.is_empty());
    assert_eq!(store.log(&mika(), After::Position(head), 10).await.unwrap(), page(&[], head));
    let written = write_log(&*store, &[10]).await;
    let position = written[0].position;
    let follow = store.log(&mika(), After::Position(head), 10).await.unwrap();
    assert_eq!(follow, page(&written, position), "nothing was lost between");
}

pub(super) async fn positions_elsewhere_are_lost_history(home: &impl Home) {
    let store = home.open().await;
    let entries = write_log(&*store, &[10, 20]).await;
    let head = entries[1].position;
    let lost = |oldest| LogPage::HistoryLost { oldest };
    let beginning = Position { offset: 0, ..head };
    let other = Position { epoch: Epoch(head.epoch.0 ^ 1), offset: 1 };
    for after in [
        After::Position(other),
        After::Position(Position { offset: 3, ..head }),
        After::Offset(3),
        After::Offset(u64::MAX),
    ] {
        assert_eq!(store.log(&mika(), after, 10).await.unwrap(), lost(beginning), "{after:?}");
    }
    let mut state = load(&*store).await.state;
    state.epoch = other.epoch;
    state.offset = 0;
    let (state, newer) = with_entries(&state, &[30]);
    let change = Change { state: Some(state), entries: newer.clone(), ..Change::default() };
    commit(&*store, change).await;
    let beginning = Position { offset: 0, ..other };
    let found = store.log(&mika(), After::Position(head), 10).await.unwrap();
    assert_eq!(found, lost(beginning), "of the epoch before");
    let found = store.log(&mika(), After::Oldest, 10).await.unwrap();
    assert_eq!(found, page(&newer, newer[0].position));
}
