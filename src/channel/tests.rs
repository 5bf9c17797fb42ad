//! Contract §5, sentence by sentence, on a model of the store.

mod expiry;
mod late_acks;
mod leader;
mod model;
mod operations;
mod plays;
mod properties;
mod purchases;
mod stage;
mod time;

use crate as tillbell;
use stage::Stage;
