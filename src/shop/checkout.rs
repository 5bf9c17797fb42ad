//! From an order to a Checkout session: offers, price, stock, Stripe.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use thiserror::Error;
use tokio::sync::oneshot;

use super::{basket::Basket, order::Fault, product::Offer, products::ProductError, stock};
use crate::{
    directory::{DirectoryError, Streamer},
    id::CheckoutId,
    node::Node,
    store::StoreError,
    stripe::sale::Payment,
    stripe_api::{ApiError, Line, NewSession, Selling, StripeApi},
    time::Timestamp,
};

/// How long a buyer has at Stripe with pieces that are counted: Stripe's least is 30 minutes.
const SHORT: Duration = Duration::from_mins(31);

/// How long a buyer has else: Stripe's most is 24 hours.
const LONG: Duration = Duration::from_mins(24 * 60 - 5);

/// How long pieces are kept after the session has lapsed: a payment of its last second is told later.
const GRACE: Duration = Duration::from_mins(5);

/// What the line of a tip is called.
const TIP: &str = "Tip";

/// Why a checkout did not come about. Nothing is charged, and nothing stays held.
#[derive(Debug, Error)]
pub enum CheckoutError {
    /// The order cannot be taken.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// There is less of a product than was asked for.
    #[error("{}", if *left == 0 { format!("{name} is sold out") } else { format!("only {left} of {name} left") })]
    SoldOut {
        /// Its id.
        product: String,
        /// Its name.
        name: String,
        /// How many can be bought.
        left: u32,
    },
    /// The gateway has no key for Stripe.
    #[error("this store is not connected to Stripe yet: nothing can be bought")]
    NotConfigured,
    /// Stripe gave no session.
    #[error("Stripe does not answer as it should, nothing was charged: try again")]
    Stripe(#[source] ApiError),
    /// The checkout is none that can be given up.
    #[error("that checkout is not open (any more)")]
    Ended,
    /// Who sells and what could not be read.
    #[error(transparent)]
    Products(#[from] ProductError),
    /// The streamer's account could not be read.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

impl From<StoreError> for CheckoutError {
    fn from(error: StoreError) -> Self {
        ProductError::Store(error).into()
    }
}

/// An open session: where to send the buyer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Stripe's id of it.
    pub session: String,
    /// Where the buyer pays.
    pub url: String,
}

impl Node {
    /// Opens a session for a basket, from which the buyer comes back to `public_url`. What is counted
    /// is held first, and given back if Stripe opens none, or if the buyer has gone when it does:
    /// whoever loads the page anew shall not find their own piece sold out.
    ///
    /// # Errors
    /// When too little is left, Stripe refuses or is away, or the store fails.
    pub async fn check_out(
        self: &Arc<Self>,
        streamer: Arc<Streamer>,
        basket: Basket,
        public_url: String,
    ) -> Result<Opened, CheckoutError> {
        let (tell, told) = oneshot::channel();
        let node = Arc::clone(self);
        self.tasks.spawn(async move {
            let opened = node.hold_and_open(&streamer, &basket, &public_url).await;
            let Err(Ok(left)) = tell.send(opened) else { return };
            if let Err(error) = node.give_up(&streamer, &left.session).await {
                tracing::warn!(%error, "a checkout that nobody waited for stays open for a while");
            }
        });
        told.await.unwrap_or(Err(CheckoutError::Stripe(ApiError::Unavailable)))
    }

    async fn hold_and_open(
        &self,
        streamer: &Streamer,
        basket: &Basket,
        public_url: &str,
    ) -> Result<Opened, CheckoutError> {
        let stripe = self.stripe.as_deref().ok_or(CheckoutError::NotConfigured)?;
        let account = self.directory.account_of(&streamer.id).await?;
        let checkout = CheckoutId::new();
        let counted = is_counted(basket);
        let until = self.store.now() + if counted { SHORT } else { LONG };
        let mut new = session(streamer, basket, public_url, until);
        if counted {
            // Only where pieces are held under this name: its events are looked up among the stocks.
            new.metadata.insert("checkout".into(), checkout.to_string());
        }
        let opened = async {
            self.hold(streamer, checkout, basket, until + GRACE).await?;
            open(stripe, account.as_deref(), &new).await
        };
        let opened = opened.await;
        if opened.is_err() && counted {
            // If this fails too, the pieces are free again when the hold lapses.
            let freed = self.hear_of_payment(&streamer.id, checkout, Payment::Over).await;
            freed.unwrap_or_else(|error| tracing::warn!(%error, "pieces stay held for a while"));
        }
        opened
    }

    /// Ends a checkout that the buyer came back from without paying, and frees its pieces at once.
    ///
    /// # Errors
    /// [`CheckoutError::Ended`] when it is paid or ended already; else as [`Self::check_out`].
    pub async fn give_up(&self, streamer: &Streamer, session: &str) -> Result<(), CheckoutError> {
        let stripe = self.stripe.as_deref().ok_or(CheckoutError::NotConfigured)?;
        let account = self.directory.account_of(&streamer.id).await?;
        let ended = match stripe.expire_session(account.as_deref(), session).await {
            Ok(ended) => ended,
            Err(ApiError::Refused { .. } | ApiError::NotFound) => return Err(CheckoutError::Ended),
            Err(error) => return Err(CheckoutError::Stripe(error)),
        };
        let checkout = ended.metadata.and_then(|metadata| metadata.get("checkout")?.parse().ok());
        if let Some(checkout) = checkout {
            self.hear_of_payment(&streamer.id, checkout, Payment::Over).await?;
        }
        Ok(())
    }

    async fn hold(
        &self,
        streamer: &Streamer,
        checkout: CheckoutId,
        basket: &Basket,
        until: Timestamp,
    ) -> Result<(), CheckoutError> {
        for (offer, quantity) in basket.lines.iter().filter(|(offer, _)| offer.left.is_some()) {
            let wanted = (offer.id.as_str(), *quantity);
            if !stock::hold(&*self.store, &streamer.id, wanted, checkout, until).await? {
                let stock = stock::one(&*self.store, &streamer.id, &offer.id).await?;
                return Err(CheckoutError::SoldOut {
                    product: offer.id.clone(),
                    name: offer.own.name.clone(),
                    left: stock.map_or(0, |stock| stock.free(self.store.now())),
                });
            }
        }
        Ok(())
    }
}

fn is_counted(basket: &Basket) -> bool {
    basket.lines.iter().any(|(offer, _)| offer.left.is_some())
}

async fn open(
    stripe: &StripeApi,
    account: Option<&str>,
    new: &NewSession,
) -> Result<Opened, CheckoutError> {
    let session = stripe.open_session(account, new).await.map_err(CheckoutError::Stripe)?;
    let url = session.url.ok_or(CheckoutError::Stripe(ApiError::Unreadable))?;
    Ok(Opened { session: session.id, url })
}

/// The session of a basket, as Stripe is asked for it.
fn session(streamer: &Streamer, basket: &Basket, public_url: &str, until: Timestamp) -> NewSession {
    let mut lines: Vec<Line> = basket.lines.iter().map(|(offer, n)| line(offer, *n)).collect();
    lines.extend(basket.tip.map(|amount| Line {
        what: Selling::Ours { name: TIP.into(), image: None, amount, recurring: None },
        quantity: 1,
    }));
    let mut metadata = BTreeMap::from([("streamer".to_owned(), streamer.id.to_string())]);
    metadata.extend(basket.name.clone().map(|name| ("nickname".to_owned(), name)));
    metadata.extend(basket.message.clone().map(|text| ("message".to_owned(), text)));
    if basket.lines.is_empty() {
        metadata.insert("kind".into(), "tip".into());
    }
    NewSession {
        lines,
        subscription: basket.recurring.is_some(),
        success_url: format!("{public_url}/receipt/{{CHECKOUT_SESSION_ID}}"),
        cancel_url: format!("{public_url}/store/{}", streamer.id),
        client_reference_id: streamer.id.to_string(),
        metadata,
        expires_s: until.as_millis() / 1000,
    }
}

fn line(offer: &Offer, quantity: u32) -> Line {
    let own = offer.own.clone();
    let what = if offer.by_price {
        Selling::Price(offer.id.clone())
    } else {
        Selling::Ours {
            name: own.name,
            image: own.image,
            amount: own.amount,
            recurring: own.recurring.map(Into::into),
        }
    };
    Line { what, quantity }
}
