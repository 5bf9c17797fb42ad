//! Positions in a channel's log.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;

/// Which history a log belongs to. A store that fell back (a restored backup, a promoted replica)
/// gets a new one, so that nobody takes its offsets for those of the history that was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Epoch(pub u64);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Not a position.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("a position is EPOCH:OFFSET, as printed, or an offset alone")]
pub struct PositionError;

impl FromStr for Epoch {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, PositionError> {
        let hex = text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
        hex.then(|| u64::from_str_radix(text, 16).ok()).flatten().map(Self).ok_or(PositionError)
    }
}

/// One place in a log: `epoch:offset`. Offset 0 is before the first entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// The history.
    pub epoch: Epoch,
    /// Entries of it so far; gapless within one epoch.
    pub offset: u64,
}

impl Position {
    /// The head of a channel that is not stored yet. Nothing is lost between there and its first
    /// entry.
    pub const BEGINNING: Self = Self { epoch: Epoch(0), offset: 0 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.epoch, self.offset)
    }
}

impl FromStr for Position {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, PositionError> {
        let (epoch, offset) = text.split_once(':').ok_or(PositionError)?;
        Ok(Self { epoch: epoch.parse()?, offset: offset.parse().map_err(|_| PositionError)? })
    }
}

/// Where a reader wants to go on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// The beginning of what is kept.
    Oldest,
    /// An offset of the current epoch.
    Offset(u64),
    /// A full position.
    Position(Position),
}

impl FromStr for After {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, PositionError> {
        match text.parse() {
            Ok(offset) => Ok(Self::Offset(offset)),
            Err(_) => text.parse().map(Self::Position),
        }
    }
}

macro_rules! text_serde {
    ($name:ident) => {
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

text_serde!(Epoch);
text_serde!(Position);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_print_and_read_back() {
        let position = Position { epoch: Epoch(0xab), offset: 4211 };
        assert_eq!(position.to_string(), "00000000000000ab:4211");
        assert_eq!("00000000000000ab:4211".parse(), Ok(position));
        assert_eq!("4211".parse(), Ok(After::Offset(4211)));
        for bad in ["", ":", "x:1", "ab:1", "00000000000000ab:-1", "-1"] {
            assert_eq!(bad.parse::<After>(), Err(PositionError), "{bad}");
        }
    }
}
