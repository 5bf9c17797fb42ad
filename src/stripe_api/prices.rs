//! Stripe's catalogue: prices with their products.

use miniserde::Deserialize;
use stripe_product::price::ListPrice;

use super::{ApiError, Manner, StripeApi};
use crate::money::Money;

/// Prices in one answer, the most Stripe gives.
const PAGE: i64 = 100;

/// Prices read of one account; a store page with more is none.
const PRICES_MAX: usize = 500;

/// A price that can be sold now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// `price_…`.
    pub id: String,
    /// The product's name.
    pub name: String,
    /// The address of the product's first picture.
    pub image: Option<String>,
    /// What one costs.
    pub amount: Money,
    /// `day`, `week`, `month` or `year` when it recurs.
    pub interval: Option<String>,
}

#[derive(Deserialize)]
struct Prices {
    data: Vec<RawPrice>,
    has_more: Option<bool>,
}

#[derive(Deserialize)]
struct RawPrice {
    id: String,
    currency: Option<String>,
    unit_amount: Option<i64>,
    recurring: Option<Recurring>,
    /// A price for packs of several, not for one.
    transform_quantity: Option<Packs>,
    product: Option<Product>,
}

#[derive(Deserialize)]
struct Recurring {
    interval: Option<String>,
    /// Paid each so many intervals.
    interval_count: Option<u32>,
    /// `metered` is paid afterwards, by what was used.
    usage_type: Option<String>,
}

impl Recurring {
    /// Whether it is paid in advance, once in each interval: the store page has words for no other.
    fn is_plain(&self) -> bool {
        self.interval_count.is_none_or(|count| count == 1)
            && self.usage_type.as_deref().is_none_or(|usage| usage == "licensed")
    }
}

#[derive(Deserialize)]
struct Packs {}

/// A product, expanded; of a deleted one there is only the id.
#[derive(Deserialize)]
struct Product {
    name: Option<String>,
    active: Option<bool>,
    images: Option<Vec<String>>,
}

impl Product {
    fn name_and_image(self) -> (Option<String>, Option<String>) {
        (self.name, self.images.and_then(|images| images.into_iter().next()))
    }
}

impl StripeApi {
    /// All active prices with a fixed amount for one that can be charged, at once or each interval,
    /// whose product is active.
    ///
    /// # Errors
    /// Those of the calls.
    pub async fn prices(
        &self,
        manner: Manner,
        account: Option<&str>,
    ) -> Result<Vec<Price>, ApiError> {
        let (mut prices, mut after) = (Vec::new(), None::<String>);
        loop {
            let mut request =
                ListPrice::new().active(true).limit(PAGE).expand(["data.product".to_owned()]);
            if let Some(after) = &after {
                request = request.starting_after(after);
            }
            let page: Prices = self.call(manner, account, &request).await?;
            after = page.data.last().map(|price| price.id.clone());
            prices.extend(page.data.into_iter().filter_map(RawPrice::for_sale));
            if page.has_more != Some(true) || after.is_none() || prices.len() >= PRICES_MAX {
                return Ok(prices);
            }
        }
    }
}

impl RawPrice {
    fn for_sale(self) -> Option<Price> {
        if self.transform_quantity.is_some()
            || !self.recurring.as_ref().is_none_or(Recurring::is_plain)
        {
            return None;
        }
        let product = self.product.filter(|product| product.active != Some(false))?;
        let (name, image) = product.name_and_image();
        let currency = self.currency?.parse().ok()?;
        // One for nothing is no sale, and alone in a basket it cannot be paid.
        let amount =
            Some(Money::new(self.unit_amount?, currency)).filter(|it| it.is_chargeable())?;
        let interval = self.recurring.and_then(|recurring| recurring.interval);
        Some(Price { id: self.id, name: name?, image, amount, interval })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_for_sale(more: &str) -> bool {
        is_for_sale_at("500", more)
    }

    fn is_for_sale_at(minor: &str, more: &str) -> bool {
        let price = format!(
            r#"{{"id":"price_1","currency":"eur","unit_amount":{minor},"product":{{"name":"Club"}}{more}}}"#
        );
        let price: RawPrice = miniserde::json::from_str(&price).unwrap();
        price.for_sale().is_some()
    }

    #[test]
    fn what_is_not_paid_as_the_page_would_say_is_not_for_sale() {
        let recurring = |count: u32, usage: &str| {
            format!(
                r#","recurring":{{"interval":"month","interval_count":{count},"usage_type":"{usage}"}}"#
            )
        };
        assert!(is_for_sale("") && is_for_sale(r#","recurring":null,"transform_quantity":null"#));
        assert!(is_for_sale(r#","recurring":{"interval":"month"}"#));
        assert!(is_for_sale(&recurring(1, "licensed")));
        assert!(!is_for_sale(&recurring(3, "licensed")), "each three months is not each month");
        assert!(!is_for_sale(&recurring(1, "metered")));
        assert!(!is_for_sale(r#","transform_quantity":{"divide_by":10,"round":"up"}"#));
        for not_fixed_or_nothing in ["null", "0", "-1"] {
            assert!(!is_for_sale_at(not_fixed_or_nothing, ""), "{not_fixed_or_nothing}");
        }
    }
}
