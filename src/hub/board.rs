//! What pages of other kinds than alerts draw: each is told at its welcome and when it changes, at most
//! once a second for a streamer.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{Hub, codec::text_frame};
use crate::{
    alert::Alert,
    board::Board,
    channel::{Progress, State},
    connection::OverlayKind,
    directory::{DirectoryError, Streamer},
    id::StreamerId,
    node::Node,
    store::{AlertFilter, Names, StoreError},
    wire::ServerFrame,
};

/// What pages show as "lately".
const LENGTH: Duration = Duration::from_hours(24);

/// How long a streamer's boards rest at least after they were made.
const REST: Duration = Duration::from_secs(1);

/// So many times as long as they took: a day of thousands of sales must not take a core from them.
const REST_FACTOR: u32 = 20;

/// Alerts read at once.
const PAGE: usize = 500;

/// Most alerts that one board is made of: a day of a very busy shop.
pub const ALERTS_MAX: usize = 5_000;

/// What is known of the boards that are being made.
#[derive(Debug)]
pub(super) struct Boards {
    /// Whose, and whether they were asked for again meanwhile.
    asked: Mutex<HashMap<StreamerId, bool>>,
    /// The turn to hold the alerts of one: thousands after a raid, and the store's readers are there for
    /// sales first.
    turn: Semaphore,
}

impl Default for Boards {
    fn default() -> Self {
        Self { asked: Mutex::default(), turn: Semaphore::new(1) }
    }
}

impl Boards {
    fn lock(&self) -> MutexGuard<'_, HashMap<StreamerId, bool>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a streamer's; whether nobody makes them yet, so that the asker must.
    fn ask(&self, streamer: &StreamerId) -> bool {
        self.lock().insert(streamer.clone(), true).is_none()
    }

    /// Whether they are still asked for. If not, who made them is done.
    fn take(&self, streamer: &StreamerId) -> bool {
        let mut asked = self.lock();
        let again = asked.get_mut(streamer).is_some_and(std::mem::take);
        if !again {
            asked.remove(streamer);
        }
        again
    }
}

/// What a page was told last, as a hash.
#[derive(Debug, Default)]
pub struct Told(AtomicU64);

impl Told {
    /// Whether this is something else.
    fn is_news(&self, text: &str) -> bool {
        let mut hash = DefaultHasher::new();
        text.hash(&mut hash);
        let hash = hash.finish();
        self.0.swap(hash, Ordering::Relaxed) != hash
    }
}

/// What was read for a board.
#[derive(Debug)]
pub struct Reading {
    /// What was sold.
    pub board: Board,
    /// The goal at hand.
    pub goal: Option<Progress>,
    /// How many alerts it is made of.
    pub read: usize,
    /// Whether older ones of the same while were left out.
    pub cut: bool,
}

impl Node {
    /// Sees to it that the pages beside the alerts are told what they draw.
    pub fn refresh_boards(self: &Arc<Self>, streamer: &StreamerId) {
        if !self.hub.kinds(streamer).is_empty() && self.hub.boards.ask(streamer) {
            self.tasks.spawn(Arc::clone(self).keep_boards(streamer.clone()));
        }
    }

    async fn keep_boards(self: Arc<Self>, streamer: StreamerId) {
        while self.hub.boards.take(&streamer) {
            let began = self.clock.now();
            if let Err(error) = self.tell_boards(&streamer).await {
                tracing::debug!(%streamer, %error, "boards could not be made, trying again");
                self.hub.boards.ask(&streamer);
            }
            let rest = self.clock.now().since(began).saturating_mul(REST_FACTOR).max(REST);
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                () = self.stop.cancelled() => return,
            }
        }
    }

    async fn tell_boards(&self, id: &StreamerId) -> Result<(), DirectoryError> {
        let kinds = self.hub.kinds(id);
        let Some(streamer) = self.directory.streamer(id).await? else { return Ok(()) };
        let state = self.state(id).await?;
        let from_alerts = [OverlayKind::Latest, OverlayKind::Top, OverlayKind::Sold];
        let board = if kinds.iter().any(|kind| from_alerts.contains(kind)) {
            let (mut board, ..) = self.make_board(&streamer, LENGTH).await?;
            if state.panic {
                board.latest.clear();
                board.top.clear();
            }
            Some(board)
        } else {
            None
        };
        for kind in kinds {
            let data = data(kind, &streamer, board.as_ref(), state.goal.as_ref());
            self.hub.tell_kind(id, kind, &ServerFrame::Board { kind, data: &data }.text());
        }
        Ok(())
    }

    async fn state(&self, streamer: &StreamerId) -> Result<State, StoreError> {
        Ok(self.store.load(streamer, &Names::default()).await?.state)
    }

    /// What was sold in the last `length`, of the newest [`ALERTS_MAX`] alerts.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn board(
        &self,
        streamer: &Streamer,
        length: Duration,
    ) -> Result<Reading, StoreError> {
        let (board, read, cut) = self.make_board(streamer, length).await?;
        let goal = self.state(&streamer.id).await?.goal;
        Ok(Reading { board, goal, read, cut })
    }

    /// A board with how many alerts it is made of, and whether there were more.
    async fn make_board(
        &self,
        streamer: &Streamer,
        length: Duration,
    ) -> Result<(Board, usize, bool), StoreError> {
        let _turn = self.hub.boards.turn.acquire().await;
        let (alerts, cut) = self.alerts_of(&streamer.id, length).await?;
        let board = Board::of(&alerts, streamer.settings.currency, length, self.store.now());
        Ok((board, alerts.len(), cut))
    }

    /// The newest alerts, newest first: all that arrived in the last `length`, some of before, and at
    /// most [`ALERTS_MAX`]; whether there were more.
    async fn alerts_of(
        &self,
        streamer: &StreamerId,
        length: Duration,
    ) -> Result<(Vec<Alert>, bool), StoreError> {
        let from = self.store.now() - length;
        let mut alerts: Vec<Alert> = Vec::new();
        loop {
            let before = alerts.last().map(|last| last.id);
            let filter =
                AlertFilter { no_tests: true, before, limit: PAGE, ..AlertFilter::default() };
            let page = self.store.alerts(streamer, filter).await?;
            let more = page.len() == PAGE;
            alerts.extend(page);
            // Nobody enters the queue before they arrive, so all behind this one arrived earlier still.
            if !more || alerts.last().is_some_and(|last| last.entered < from) {
                return Ok((alerts, false));
            }
            if alerts.len() >= ALERTS_MAX {
                return Ok((alerts, true));
            }
        }
    }
}

/// What a page of this kind draws.
fn data(
    kind: OverlayKind,
    streamer: &Streamer,
    board: Option<&Board>,
    goal: Option<&Progress>,
) -> Value {
    let store =
        || json!({ "name": streamer.name(), "qr": format!("/store/{}/qr.svg", streamer.id) });
    match kind {
        OverlayKind::Alerts => Value::Null,
        OverlayKind::Goal => json!({ "goal": goal.map(Progress::wire) }),
        OverlayKind::Latest => json!({ "latest": board.map(|board| &board.latest) }),
        OverlayKind::Top => json!({ "top": board.map(|board| &board.top) }),
        OverlayKind::Sold => json!({ "sold": board.map(|board| board.sold) }),
        OverlayKind::Qr => json!({ "store": store() }),
    }
}

impl Hub {
    /// The kinds other than alerts of which a streamer has a page here.
    fn kinds(&self, streamer: &StreamerId) -> Vec<OverlayKind> {
        let mut kinds = Vec::new();
        for conn in self.members(streamer) {
            let kind = conn.member().map(|member| member.kind);
            let kind = kind.filter(|kind| *kind != OverlayKind::Alerts && !kinds.contains(kind));
            kinds.extend(kind);
        }
        kinds
    }

    /// Sends a frame to the pages of a kind, but not to those that were told the same last.
    fn tell_kind(&self, streamer: &StreamerId, kind: OverlayKind, text: &str) {
        let frame = text_frame(text);
        for conn in self.members(streamer) {
            let Some(member) = conn.member().filter(|member| member.kind == kind) else { continue };
            if conn.session().is_welcomed() && member.board.is_news(text) {
                conn.send_bytes(&frame);
            }
        }
    }
}
