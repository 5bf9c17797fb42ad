//! Why the gateway closes a socket (contract §4). 4000 to 4499: come back soon; 4500 up: only a
//! person can mend it, so come back rarely.

use std::time::Duration;

/// One reason to close a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The node is stopping.
    Restarting,
    /// The page does not read what it is sent.
    TooSlow,
    /// Two pings were not answered.
    HeartbeatMissed,
    /// The hello cannot be checked while the store is away.
    StoreUnavailable,
    /// An operator closed it.
    Disconnected,
    /// More than 100 frames in 10 s.
    RateLimited,
    /// A bad, rotated or revoked key.
    Unauthorized,
    /// A frame that the protocol does not allow here.
    ProtocolError,
    /// A message over 16 KiB.
    FrameTooLarge,
    /// The overlay was removed.
    OverlayRemoved,
    /// A page of a foreign origin.
    OriginRefused,
}

impl CloseReason {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 11] = [
        Self::Restarting,
        Self::TooSlow,
        Self::HeartbeatMissed,
        Self::StoreUnavailable,
        Self::Disconnected,
        Self::RateLimited,
        Self::Unauthorized,
        Self::ProtocolError,
        Self::FrameTooLarge,
        Self::OverlayRemoved,
        Self::OriginRefused,
    ];

    /// The websocket close code.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Restarting => 4000,
            Self::TooSlow => 4001,
            Self::HeartbeatMissed => 4002,
            Self::StoreUnavailable => 4003,
            Self::Disconnected => 4004,
            Self::RateLimited => 4005,
            Self::Unauthorized => 4500,
            Self::ProtocolError => 4501,
            Self::FrameTooLarge => 4502,
            Self::OverlayRemoved => 4503,
            Self::OriginRefused => 4504,
        }
    }

    /// The word in the close frame, in `bye` and in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Restarting => "restarting",
            Self::TooSlow => "too_slow",
            Self::HeartbeatMissed => "heartbeat_missed",
            Self::StoreUnavailable => "store_unavailable",
            Self::Disconnected => "disconnected",
            Self::RateLimited => "rate_limited",
            Self::Unauthorized => "unauthorized",
            Self::ProtocolError => "protocol_error",
            Self::FrameTooLarge => "frame_too_large",
            Self::OverlayRemoved => "overlay_removed",
            Self::OriginRefused => "origin_refused",
        }
    }

    /// Whether a new socket soon may fare better.
    #[must_use]
    pub const fn reconnect(self) -> bool {
        self.code() < 4500
    }

    /// How long the page should wait before it tries again; it adds jitter of its own.
    #[must_use]
    pub const fn retry_after(self) -> Duration {
        match self {
            Self::Restarting | Self::HeartbeatMissed => Duration::from_millis(500),
            Self::TooSlow | Self::StoreUnavailable | Self::Disconnected => Duration::from_secs(2),
            Self::RateLimited => Duration::from_secs(10),
            _ => Duration::from_mins(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_say_whether_to_come_back() {
        assert!(CloseReason::ALL.is_sorted_by_key(|reason| reason.code()));
        for reason in CloseReason::ALL {
            assert_eq!(reason.reconnect(), (4000..4500).contains(&reason.code()));
            assert!(reason.name().len() < 123, "control frames hold 125 bytes");
        }
    }
}
