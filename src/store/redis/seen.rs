//! What this node has seen of each log. A Redis that was restarted without its last writes, or a
//! replica that was promoted without them, goes on as if nothing were missing; who has seen more
//! knows better.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{id::StreamerId, position::Position};

/// The last entry seen of each log, and the token of the commit that wrote it: an offset alone could
/// have been written again.
#[derive(Default)]
pub(super) struct Seen(Mutex<HashMap<StreamerId, (Position, u64)>>);

impl Seen {
    pub(super) fn of(&self, streamer: &StreamerId) -> (Position, u64) {
        self.lock().get(streamer).copied().unwrap_or((Position::BEGINNING, 0))
    }

    pub(super) fn note(&self, streamer: &StreamerId, position: Position, wrote: u64) {
        let mut all = self.lock();
        // Answers may overtake each other.
        let newer = all.get(streamer).is_none_or(|(known, _)| {
            known.epoch != position.epoch || known.offset < position.offset
        });
        if newer {
            all.insert(streamer.clone(), (position, wrote));
        }
    }

    pub(super) fn forget(&self, streamer: &StreamerId) {
        self.lock().remove(streamer);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<StreamerId, (Position, u64)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
