//! A Stripe of our own, for rehearsals: what a streamer's shop needs of its API, over real HTTP, with
//! a page to pay on and signed deliveries. No money moves, nothing is kept, only this machine is
//! talked to. A new user buys something with it before having an account; tests inject faults.
//!
//! `World` is pure: calls go in, objects and events come out, and it is told the time. `server` and
//! `sender` carry them over HTTP. The objects have all the fields that Stripe's public description of
//! its API (version 2026-09-30.endive) says they have, so that strict clients read them.

mod books;
mod calls;
mod connect;
mod control;
mod deliveries;
mod endpoints;
mod events;
mod faults;
mod forms;
mod idempotency;
mod keys;
mod ledger;
mod lines;
mod links;
mod listing;
mod pay_page;
mod paying;
mod payments;
mod products;
mod random;
mod refunds;
mod refusal;
mod sender;
mod server;
mod sessions;
mod subscriptions;
mod till;
mod world;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::json;
use tokio::{net::TcpListener, sync::Notify};

use self::{books::Scope, forms::Params, till::Cause, world::World};
use crate::clock::wall_now;

/// How to start a fake.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; loopback only. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// An address on this machine that is told of all events, as `stripe listen` does.
    pub forward_to: Option<String>,
    /// The same seed gives the same ids, keys and faults.
    pub seed: u64,
}

/// Why a fake does not start.
#[derive(Debug, thiserror::Error)]
pub enum FakeStripeError {
    /// Another machine could reach it.
    #[error("the fake listens on this machine only: use 127.0.0.1 or [::1], not {0}")]
    NotLoopback(SocketAddr),
    /// Events would leave this machine.
    #[error("the fake sends to this machine only: {0:?} is no http address on it")]
    ForwardsAway(String),
    /// The address is taken, or not there.
    #[error("cannot listen on {address}: {why}")]
    Bind {
        /// Which.
        address: SocketAddr,
        /// Why.
        why: std::io::Error,
    },
}

/// A fake that listens and waits to be run.
pub struct FakeStripe {
    /// The API's base, without a slash at the end.
    pub url: String,
    /// A secret key of test mode. Any other of Stripe's form works as well.
    pub api_key: String,
    /// What signs the deliveries to `forward_to`.
    pub signing_secret: Option<String>,
    listener: TcpListener,
    shared: Arc<Shared>,
}

impl FakeStripe {
    /// Binds the address and registers the endpoint.
    ///
    /// # Errors
    /// When it would reach beyond this machine, or the address cannot be bound.
    pub async fn start(options: Options) -> Result<Self, FakeStripeError> {
        let address = options.listen;
        if !address.ip().is_loopback() {
            return Err(FakeStripeError::NotLoopback(address));
        }
        let bind = |why| FakeStripeError::Bind { address, why };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let url = format!("http://{}", listener.local_addr().map_err(bind)?);
        let mut world = World::new(options.seed, url.clone(), wall_now().as_millis());
        let signing_secret = match options.forward_to {
            Some(to) => Some(forward(&mut world, &to)?),
            None => None,
        };
        let api_key = world.keys.test.clone();
        let shared = Arc::new(Shared { world: Mutex::new(world), news: Notify::new() });
        Ok(Self { url, api_key, signing_secret, listener, shared })
    }

    /// Serves until it is dropped.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn run(self) -> std::io::Result<()> {
        let served = axum::serve(self.listener, server::router(Arc::clone(&self.shared)));
        tokio::select! {
            ended = served.into_future() => ended,
            () = sender::send_for_ever(self.shared) => Ok(()),
        }
    }
}

/// What the server and the sender share.
struct Shared {
    world: Mutex<World>,
    /// Something may be due.
    news: Notify,
}

impl Shared {
    /// The world, as of now.
    fn world(&self) -> MutexGuard<'_, World> {
        // A call that panicked has changed whole objects only.
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.turn(wall_now().as_millis());
        world
    }
}

/// Registers an endpoint for all events, and gives its secret.
fn forward(world: &mut World, to: &str) -> Result<String, FakeStripeError> {
    let away = || FakeStripeError::ForwardsAway(to.to_owned());
    if !sender::is_loopback(to) {
        return Err(away());
    }
    let asked = json!({ "url": to, "enabled_events": ["*"] });
    let scope = Scope { account: None, livemode: false };
    let mut till = world.till(scope, Cause::default());
    let endpoint = endpoints::create(&mut till, &Params::new(&asked)).map_err(|_| away())?;
    Ok(endpoint["secret"].as_str().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests;
