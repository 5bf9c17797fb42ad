//! Going down without losing anything: webhooks finish, what plays ends, pages are told when to come
//! back, the store is left clean.

use std::{sync::Arc, time::Duration};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    close::CloseReason,
    hub::{Conn, SPREAD},
    node::Node,
};

/// How long what plays may go on. Less than the 30 s that systemd and orchestrators give.
const PLAYS_END_WITHIN: Duration = Duration::from_secs(15);

/// How long requests under way may take.
const REQUESTS_END_WITHIN: Duration = Duration::from_secs(3);

/// How long sockets and tasks may take after that.
const TASKS_END_WITHIN: Duration = Duration::from_secs(5);

/// Sockets closed at once; a short wait follows each lot, so that pages do not all come back at once.
const LOT: usize = 100;

const BETWEEN_LOTS: Duration = Duration::from_millis(20);

/// Pages that come back in one second, on average: a node takes many more, but takes sales as well.
const RETURNS_PER_SECOND: u32 = 500;

/// The signals that ask a process to stop; heard from the moment this is made.
pub(super) struct Signals {
    term: Signal,
    int: Signal,
}

impl Signals {
    pub(super) fn hear() -> Self {
        let hear = |kind| signal(kind).expect("a process may listen to its own signals");
        Self { term: hear(SignalKind::terminate()), int: hear(SignalKind::interrupt()) }
    }
}

/// Waits until somebody asks the process to stop. A second time ends it at once.
pub(super) async fn asked(Signals { mut term, mut int }: Signals) {
    let mut either = async move || {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    };
    either().await;
    #[expect(
        clippy::disallowed_methods,
        reason = "it ends with the process, and waits for nothing"
    )]
    tokio::spawn(async move {
        either().await;
        std::process::exit(1);
    });
}

/// Ends a node.
pub(super) async fn drain(node: &Arc<Node>, serving: &mut JoinSet<()>, core: &mut JoinSet<()>) {
    node.draining.cancel();
    let sockets = u32::try_from(node.hub.len()).unwrap_or(u32::MAX);
    let spread = SPREAD.max(Duration::from_secs(1) * sockets / RETURNS_PER_SECOND);
    let _longer_than_allowed = timeout(PLAYS_END_WITHIN, close_idle_until_none(node, spread)).await;
    // Requests under way are answered: their listeners end after the last of them.
    let _longer =
        timeout(REQUESTS_END_WITHIN, async { while serving.join_next().await.is_some() {} }).await;
    serving.shutdown().await;
    let _longer = timeout(TASKS_END_WITHIN, async {
        while !node.hub.is_empty() {
            close(node, &node.hub.all(), spread).await;
        }
    })
    .await;
    node.stop.cancel();
    node.tasks.close();
    if timeout(TASKS_END_WITHIN, node.tasks.wait()).await.is_err() {
        tracing::warn!(tasks = node.tasks.len(), "stopped with open work; nothing stored is lost");
    }
    core.shutdown().await;
    node.store.close().await;
}

/// Closes every socket that draws nothing, until none is left.
async fn close_idle_until_none(node: &Node, spread: Duration) {
    let draws = |conn: &Arc<Conn>| conn.session().given().any(crate::session::Given::is_open);
    loop {
        let (busy, idle): (Vec<_>, Vec<_>) = node.hub.all().into_iter().partition(draws);
        close(node, &idle, spread).await;
        if busy.is_empty() {
            return;
        }
        sleep(BETWEEN_LOTS).await;
    }
}

async fn close(node: &Node, conns: &[Arc<Conn>], spread: Duration) {
    for lot in conns.chunks(LOT) {
        for conn in lot {
            node.end_spread(conn, CloseReason::Restarting, spread);
        }
        sleep(BETWEEN_LOTS).await;
    }
}
