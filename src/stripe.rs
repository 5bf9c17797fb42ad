//! Stripe's rules, all pure: is this event genuine, what does it say, what is it in the shop, whose
//! is it.

pub mod personal;
pub mod api_key;
pub mod event;
pub mod explain;
pub mod route;
pub mod sale;
pub mod secret;
pub mod signature;
pub mod wanted;
