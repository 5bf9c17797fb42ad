//! What is known of prices: the product of each, for a while. Pure; time comes in.

use std::{collections::HashMap, time::Duration};

use crate::{stripe_api::LineProduct, time::Timestamp};

/// Prices remembered; the one used longest ago makes room.
const PRICES_MAX: usize = 1024;

/// How long a product is believed to be called and to look as it did.
const BELIEVED_FOR: Duration = Duration::from_mins(10);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Prices(HashMap<String, Known>);

#[derive(Debug)]
struct Known {
    product: LineProduct,
    learnt: Timestamp,
    used: Timestamp,
}

impl Prices {
    /// The product of a price, if it was learnt lately.
    pub(super) fn product(&mut self, price: &str, now: Timestamp) -> Option<&LineProduct> {
        let known = self.0.get_mut(price)?;
        known.used = now;
        (now.since(known.learnt) < BELIEVED_FOR).then_some(&known.product)
    }

    /// Remembers the product of a price.
    pub(super) fn learn(&mut self, price: &str, product: LineProduct, now: Timestamp) {
        if self.0.len() >= PRICES_MAX && !self.0.contains_key(price) {
            let oldest = self.0.iter().min_by_key(|(_, known)| known.used);
            if let Some(oldest) = oldest.map(|(price, _)| price.clone()) {
                self.0.remove(&oldest);
            }
        }
        self.0.insert(price.to_owned(), Known { product, learnt: now, used: now });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_secs(seconds)
    }

    fn named(name: &str) -> LineProduct {
        LineProduct { name: Some(name.into()), image: None }
    }

    #[test]
    fn a_product_is_believed_for_ten_minutes() {
        let mut prices = Prices::default();
        prices.learn("price_mug", named("Mug"), at(0));
        assert_eq!(prices.product("price_mug", at(599)), Some(&named("Mug")));
        assert_eq!(prices.product("price_mug", at(600)), None, "however often it is used");
        prices.learn("price_mug", named("Cup"), at(601));
        assert_eq!(prices.product("price_mug", at(602)), Some(&named("Cup")));
    }

    #[test]
    fn the_price_used_longest_ago_makes_room() {
        let mut prices = Prices::default();
        for n in 0..PRICES_MAX {
            prices.learn(&format!("price_{n}"), named("Mug"), at(0));
        }
        let used = prices.product("price_0", at(1)).is_some();
        prices.learn("price_new", named("Cup"), at(2));
        assert!(used && prices.product("price_0", at(3)).is_some());
        assert_eq!(prices.0.len(), PRICES_MAX);
    }
}
