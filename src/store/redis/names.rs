//! The names of all keys. What must change together shares a hash tag, and so a slot of a cluster:
//! - `{tb:s:<streamer>}:…` everything of a streamer's channel, and who is connected to it;
//! - `{tb:b:<number>}:…` events and routes, in [`BUCKETS`] buckets by their id: an event's streamer
//!   may not be known when it must be stored;
//! - `{tb:d:<kind>}:…` the documents of a kind;
//! - `tb:…` single keys.
//!
//! | key | type | holds | goes |
//! |---|---|---|---|
//! | `{b}:event:<evt>` | hash | an event without its body | retention, once settled |
//! | `{b}:body:<evt>` | string | its raw body | retention, once settled |
//! | `{b}:alerts` | hash | alert id → event id | with the event |
//! | `{b}:unsettled` | sorted set | `<node>/<evt>` by µs of when it may be tried next: that of its storing, until a try fails | when settled |
//! | `{b}:settled`, `{b}:bodies` | sorted set | event id by ms of receipt | with the event, the body |
//! | `{b}:routes`, `{b}:routes_written` | hash, sorted set | route key → streamer, by ms | retention, unless lasting |
//! | `{s}:channel` | hash | `token`, `wrote`: that of the newest entry, `state`, and of it `epoch`, `offset`, `play`, its `members`, `playing`; `wrote`, the token of the commit that wrote the last entry; `rewrites`, how often the log was rewritten | with the streamer |
//! | `{s}:alerts` | hash | alert id → alert | retention, once ended |
//! | `{s}:ids` | sorted set | alert ids, all of score 0 | with the alert |
//! | `{s}:queue`, `{s}:tests`, `{s}:held` | sorted set | waiting alerts in their orders | when they leave it |
//! | `{s}:ended` | sorted set | ended alert ids by ms of creation | with the alert |
//! | `{s}:log` | stream | under the id `<offset>-0` an entry's `time` in ms, the `entry`, and the `token` of its commit | retention; empty, with the streamer |
//! | `{s}:log_draft:<number>` | stream | a copy of the log, with a buyer erased, until it takes its place | 1 min |
//! | `{s}:purchases`, `{s}:purchases_changed` | hash, sorted set | sets of ids, by ms | retention |
//! | `{s}:purchase_ids` | hash | id → set | with the set |
//! | `{s}:totals` | hash | `<currency>:minor` and `<currency>:orders` → sum | with the streamer |
//! | `{s}:buyers` | hash | key → orders | with the streamer |
//! | `{s}:settled`, `{s}:settled_at` | hash, sorted set | event id → outcome unless that is open, by ms | retention, or 121 days after the last |
//! | `{s}:removed` | string | that its streamer was removed a moment ago | 30 s |
//! | `{s}:connections` | hash | connection id → row | with the connection, or a minute after its node |
//! | `{s}:nodes` | sorted set | nodes with connections here, by ms of their lease's end | a minute after the last |
//! | `{s}:registered` | string | when a live connection last registered | a day |
//! | `{d}:documents` | hash | id → a line of version, lapse and owner, and the body | when removed |
//! | `{d}:ids`, `{d}:owned` | sorted set | ids, and `<owner>/<id>`, all of score 0 | with the document |
//! | `{d}:expiring` | sorted set | ids by ms of lapsing | with the document |
//! | `tb:blob:<hash>` | string | bytes | never |
//! | `tb:lease:<name>` | string | its owner | its length |
//! | `tb:streamers` | set | streamers that ever had a channel | with the streamer |
//! | `tb:nodes` | sorted set | nodes by ms of their lease's end | two minutes after the last; those that died, by any other |
//! | `tb:node:<nod>` | hash | connection id → streamer | 10 s |
//! | `tb:mail:<nod>` | list | directed messages | 10 s |
//! | `tb:gateway` | hash | the master key and the admin token, or a mark while a gateway moves in | never |

use sha2::{Digest as _, Sha256};

use crate::{
    id::{EventId, NodeId, StreamerId},
    store::DocumentKind,
};

/// Enough for a cluster's masters to share the work, few enough to ask all of them.
pub(super) const BUCKETS: u8 = 16;

/// One of the buckets events and routes are spread over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bucket(u8);

impl Bucket {
    pub(super) fn of(id: &str) -> Self {
        Self(Sha256::digest(id.as_bytes())[0] % BUCKETS)
    }

    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..BUCKETS).map(Self)
    }

    pub(super) fn key(self, part: &str) -> String {
        format!("{{tb:b:{}}}:{part}", self.0)
    }

    pub(super) fn event(self, id: &EventId) -> String {
        self.key(&format!("event:{id}"))
    }

    pub(super) fn body(self, id: &EventId) -> String {
        self.key(&format!("body:{id}"))
    }
}

/// A key of a streamer's.
pub(super) fn of_streamer(streamer: &StreamerId, part: &str) -> String {
    format!("{{tb:s:{streamer}}}:{part}")
}

/// Several of them.
pub(super) fn all_of_streamer(
    streamer: &StreamerId,
    parts: &[&str],
) -> impl Iterator<Item = String> {
    parts.iter().map(move |part| of_streamer(streamer, part))
}

/// A key of a kind of documents.
pub(super) fn of_documents(kind: DocumentKind, part: &str) -> String {
    format!("{{tb:d:{}}}:{part}", kind.name())
}

pub(super) fn blob(hash: &str) -> String {
    format!("tb:blob:{hash}")
}

pub(super) fn lease(name: &str) -> String {
    format!("tb:lease:{name}")
}

pub(super) fn node(id: NodeId) -> String {
    format!("tb:node:{id}")
}

pub(super) fn mail(id: NodeId) -> String {
    format!("tb:mail:{id}")
}

pub(super) const STREAMERS: &str = "tb:streamers";
pub(super) const NODES: &str = "tb:nodes";
pub(super) const GATEWAY: &str = "tb:gateway";
