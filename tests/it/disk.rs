//! The data directory and its disk: copies and going back to them, damage, errors, limits. What needs
//! a disk of its own is in tests/power-cut.

mod backup;
pub(crate) mod damage;
mod errors;

/// A signing secret.
const SECRET: &str = "whsec_disk";
