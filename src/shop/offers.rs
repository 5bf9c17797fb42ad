//! What can be bought now: a streamer's products and prices of Stripe's catalogue, with what is left.

use super::{
    checkout::CheckoutError,
    product::{Every, NAME_GRAPHEMES, Offer, Own, is_picture},
    products::{Listed, Products},
};
use crate::{directory::Streamer, node::Node, stripe_api::Price, text::clean};

impl Node {
    /// What a streamer sells now, their own products first; without Stripe's catalogue as long as that
    /// cannot be read.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn offers(&self, streamer: &Streamer) -> Result<Vec<Offer>, CheckoutError> {
        let products = Products { store: &*self.store, streamer: &streamer.id };
        let now = self.store.now();
        let mut listed = products.all().await?;
        let whole = streamer.settings.catalogue;
        let asks = whole || listed.iter().any(|listed| listed.product.own.is_none());
        let prices = match &self.stripe {
            Some(stripe) if asks => {
                let account = self.directory.account_of(&streamer.id).await?;
                self.catalogue.prices(stripe, account.as_deref()).await
            }
            _ => [].into(),
        };
        let left = |listed: &Listed| {
            let free = listed.stock.as_ref().map_or(0, |stock| stock.free(now));
            listed.product.counted.then_some(free)
        };
        let own = listed.iter().filter_map(|listed| {
            let own = listed.product.own.clone()?;
            let id = listed.product.id.clone();
            Some(Offer { id, own, by_price: false, left: left(listed) })
        });
        let mut offers: Vec<Offer> = own.collect();
        listed.retain(|listed| listed.product.own.is_none());
        offers.extend(prices.iter().filter_map(|price| {
            let named = listed.iter().find(|listed| listed.product.id == price.id);
            let own = own_of(price).filter(|_| whole || named.is_some())?;
            Some(Offer { id: price.id.clone(), own, by_price: true, left: named.and_then(left) })
        }));
        Ok(offers)
    }
}

/// What a price of the catalogue sells; `None` for one with an interval we do not know.
fn own_of(price: &Price) -> Option<Own> {
    let recurring = match &price.interval {
        Some(word) => Some(Every::named(word)?),
        None => None,
    };
    let name = clean(&price.name, NAME_GRAPHEMES);
    let image = price.image.clone().filter(|image| is_picture(image));
    Some(Own { name, amount: price.amount, image, recurring })
}
