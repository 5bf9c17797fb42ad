//! A buyer's own data: all that is kept of one buyer of a streamer, to hand out or to erase. People
//! ask rarely, so nothing is indexed for it: what is kept is gone through page by page, beside the
//! sales, and each page is one short read.

mod erase;
mod export;
mod search;

pub use erase::Erased;
pub use export::Export;
use search::Search;

use crate::{
    conductor::SubmitError,
    id::StreamerId,
    keys::Keys,
    store::{BuyerKey, StoreError},
};

/// The buyer who is meant, of one streamer. It has no `Debug`: nobody's address gets into a log.
pub struct Buyer {
    streamer: StreamerId,
    /// As Stripe's events have it, in lower case.
    texts: Vec<String>,
    keys: Vec<BuyerKey>,
    /// Events that are no streamer's are searched too.
    nobodys: bool,
}

/// Why nobody is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhoError {
    /// Neither was given.
    #[error("say who is meant: an e-mail address, a customer id cus_…, or both")]
    Nobody,
    /// Not an address.
    #[error("email is an address as the buyer gave it to Stripe, like fan@example.com")]
    Email,
    /// Not a customer.
    #[error("customer is an id of Stripe's that begins with cus_")]
    Customer,
}

/// Why it was not, or not all, done. What was done stays done, and the same can be asked again.
#[derive(Debug, thiserror::Error)]
pub enum BuyerError {
    /// The store is away.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A channel did not take it in time.
    #[error(transparent)]
    Channel(#[from] SubmitError),
    /// Nobody buys so often: it is an address that tests use, or the shop's own.
    #[error("more than {most} records name this buyer: too many for one answer")]
    TooMany {
        /// How many would be answered.
        most: usize,
    },
}

impl Buyer {
    /// The buyer with this e-mail address, customer id, or both. `nobodys`: also what is in events
    /// that are no streamer's, for who may see those.
    ///
    /// # Errors
    /// When that names nobody.
    pub fn of(
        keys: &Keys,
        streamer: &StreamerId,
        email: Option<&str>,
        customer: Option<&str>,
        nobodys: bool,
    ) -> Result<Self, WhoError> {
        let email = email.map(|email| email.trim().to_lowercase());
        let customer = customer.map(str::trim);
        let is_address = |email: &String| {
            email.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
        };
        let is_id = |id: &&str| id.strip_prefix("cus_").is_some_and(|rest| !rest.is_empty());
        if email.is_none() && customer.is_none() {
            return Err(WhoError::Nobody);
        }
        if email.as_ref().is_some_and(|email| !is_address(email)) {
            return Err(WhoError::Email);
        }
        if customer.as_ref().is_some_and(|id| !is_id(id)) {
            return Err(WhoError::Customer);
        }
        // Counted as an address is in lower case, as a customer just as Stripe writes it.
        let named = email.iter().map(String::as_str).chain(customer);
        Ok(Self {
            keys: named.map(|text| keys.buyer(streamer.as_str(), text)).collect(),
            texts: email.clone().into_iter().chain(customer.map(str::to_lowercase)).collect(),
            streamer: streamer.clone(),
            nobodys,
        })
    }
}
