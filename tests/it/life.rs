//! Contract §5, as pages and the API see it: what becomes of an alert.

mod acks;
mod clock;
mod delivery;
mod ends;
mod leader;
mod operations;
mod restart;
mod rules;
mod rush;
pub(crate) mod sales;
mod starts;
mod tray;
