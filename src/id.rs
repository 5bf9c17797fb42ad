//! Ids. Those we make carry a prefix and sort by the time they were made (UUID version 7).

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;
use uuid::Uuid;

/// An id that does not have the form its kind has.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{text:?} is not {expected}")]
pub struct IdError {
    text: String,
    expected: &'static str,
}

impl IdError {
    fn new(text: &str, expected: &'static str) -> Self {
        // Ids come from strangers: an error repeats no more of them than a person needs.
        Self { text: text.chars().take(64).collect(), expected }
    }
}

macro_rules! made_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, later in order than every one this process made before.
            #[must_use]
            #[allow(clippy::new_without_default, reason = "a default id would hide that it is new")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id with this number, for tests and stores that keep the bare bytes.
            #[must_use]
            pub const fn from_u128(number: u128) -> Self {
                Self(Uuid::from_u128(number))
            }

            /// The bare number.
            #[must_use]
            pub const fn as_u128(self) -> u128 {
                self.0.as_u128()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|hex| hex.len() == 32)
                    .and_then(|hex| Uuid::try_parse(hex).ok())
                    .map(Self)
                    .ok_or_else(|| IdError::new(text, $expected))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    };
}

made_id!(
    /// One alert: what viewers will see of a sale.
    AlertId, "al", "an alert id (al_…)"
);
impl AlertId {
    /// The id of the alert that carries this one after others. A UUID of version 8, so that it is no
    /// other alert's, sorts right behind those it carries, and is the same whoever makes it.
    #[must_use]
    pub const fn carrier(self) -> Self {
        const VERSION: u128 = 0xf << 76;
        Self::from_u128(self.as_u128() & !VERSION | 8 << 76)
    }
}

made_id!(
    /// One open websocket of an overlay.
    ConnectionId, "con", "a connection id (con_…)"
);
made_id!(
    /// One overlay: a named browser source of a streamer.
    OverlayId, "ovl", "an overlay id (ovl_…)"
);
made_id!(
    /// One API key.
    KeyId, "key", "a key id (key_…)"
);
made_id!(
    /// One dead letter: an event whose outcome could not be made.
    DeadLetterId, "dl", "a dead letter id (dl_…)"
);
made_id!(
    /// One running process.
    NodeId, "nod", "a node id (nod_…)"
);
made_id!(
    /// One job: work that takes a while, asked for by a person.
    JobId, "job", "a job id (job_…)"
);
made_id!(
    /// One stored signing secret.
    SecretId, "sec", "a secret id (sec_…)"
);
made_id!(
    /// One basket on its way through Stripe's checkout.
    CheckoutId, "chk", "a checkout id (chk_…)"
);

macro_rules! shared_text {
    ($name:ident) => {
        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    };
}

/// A streamer's slug: `[a-z0-9][a-z0-9_-]{0,38}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamerId(Arc<str>);

shared_text!(StreamerId);

impl FromStr for StreamerId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let bytes = text.as_bytes();
        let fits = (1..=39).contains(&bytes.len())
            && plain(bytes[0])
            && bytes.iter().all(|&b| plain(b) || b == b'_' || b == b'-');
        fits.then(|| Self(text.into())).ok_or_else(|| {
            IdError::new(
                text,
                "a streamer id (1 to 39 of a-z, 0-9, - and _, not starting with - or _)",
            )
        })
    }
}

/// Stripe's id of an event, `evt_…`; at most 255 bytes, printable ASCII.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(Arc<str>);

shared_text!(EventId);

impl FromStr for EventId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let fits = (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.into()))
            .ok_or_else(|| IdError::new(text, "an event id (printable ASCII, at most 255 bytes)"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_with_their_prefix_and_read_back() {
        let id = AlertId::new();
        assert!(id.to_string().starts_with("al_"));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(id.to_string().parse::<ConnectionId>().is_err());
        assert!("al_123".parse::<AlertId>().is_err());
    }

    #[test]
    fn ids_sort_by_time() {
        let ids: Vec<_> = (0..100).map(|_| AlertId::new().to_string()).collect();
        assert!(ids.is_sorted());
    }

    #[test]
    fn a_carriers_id_is_its_own_and_stands_behind_its_members() {
        let (first, last) = (AlertId::new(), AlertId::new());
        let carrier = last.carrier();
        assert!(first < last && last < carrier);
        assert_eq!(carrier, last.carrier());
        assert_eq!(carrier.to_string().parse(), Ok(carrier));
        assert_eq!(carrier.as_u128() >> 80, last.as_u128() >> 80, "of the same millisecond");
    }

    #[test]
    fn streamer_ids_are_slugs() {
        for good in ["me", "a", "0_-", &"a".repeat(39)] {
            assert!(good.parse::<StreamerId>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "_a", "Mika", "a b", "é", "a/b", &"a".repeat(40)] {
            assert!(bad.parse::<StreamerId>().is_err(), "{bad}");
        }
    }
}
