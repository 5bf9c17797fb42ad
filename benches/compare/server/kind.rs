//! The kinds of servers.

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Gateway,
    /// An axum handler that does nothing.
    Noop,
    /// An axum handler with one transaction of SQLite for each request.
    Transaction,
    /// tokio tasks that accept and wait.
    Hold,
    /// The same that say hello before.
    Hello,
    /// One thread and one epoll loop.
    Epoll,
    Nchan,
    Nats,
    Mosquitto,
    /// The package ws of npm.
    Ws,
    /// A proxy before the gateway.
    Nginx,
}

impl Kind {
    /// What the tables call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gateway => "Tillbell",
            Self::Noop => "axum, no-op",
            Self::Transaction => "one transaction a request",
            Self::Hold => "tokio, accept and hold",
            Self::Hello => "tokio, accept and hello",
            Self::Epoll => "raw epoll loop",
            Self::Nchan => "Nchan",
            Self::Nats => "NATS",
            Self::Mosquitto => "Mosquitto",
            Self::Ws => "npm ws",
            Self::Nginx => "nginx",
        }
    }
}
