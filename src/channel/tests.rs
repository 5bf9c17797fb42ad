//! Contract §5, sentence by sentence, on a model of the store.

mod arrival;
mod carriers;
mod complete;
mod erase;
mod expiry;
mod goal;
mod held;
mod late_acks;
mod leader;
mod ledger;
mod model;
mod operations;
mod plays;
mod presence;
mod properties;
mod purchases;
mod rush;
mod stage;
mod time;

// The model is shared with tests outside the crate.
use crate as tillbell;
