//! How much a client may say.

use std::time::Duration;

use crate::time::Timestamp;

/// Frames allowed in one window (contract §4).
const FRAMES_PER_WINDOW: u16 = 100;

/// The window of the rate limit.
const WINDOW: Duration = Duration::from_secs(10);

/// Counts the frames of one client, a window at a time.
#[derive(Debug)]
pub struct Rate {
    began: Timestamp,
    frames: u16,
}

impl Rate {
    /// Nothing was heard yet.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self { began: now, frames: 0 }
    }

    /// Counts a frame; `false` if it is one too many.
    pub fn allows(&mut self, now: Timestamp) -> bool {
        if now.since(self.began) >= WINDOW {
            *self = Self::new(now);
        }
        self.frames = self.frames.saturating_add(1);
        self.frames <= FRAMES_PER_WINDOW
    }
}
