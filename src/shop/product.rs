//! A product: what it must be, and what is kept of it.

use serde::{Deserialize, Serialize};

use crate::{
    money::Money,
    stripe_api::{self, Interval},
    text::clean,
};

/// Longest name of a product, in graphemes: what an alert shows of one.
pub(super) const NAME_GRAPHEMES: usize = 80;

/// Longest address of a picture, in bytes (Stripe's limit for `images` is 2048 characters).
const IMAGE_MAX: usize = 2048;

/// Most pieces that are counted.
pub const STOCK_MAX: u32 = 1_000_000;

/// How the ids of Stripe's prices begin.
const PRICE: &str = "price_";

/// How often something is paid again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Each day.
    Day,
    /// Each week.
    Week,
    /// Each month.
    Month,
    /// Each year.
    Year,
}

impl Every {
    /// The interval with Stripe's word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::Day, Self::Week, Self::Month, Self::Year].into_iter().find(|all| all.name() == word)
    }

    /// Stripe's word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

impl From<Every> for Interval {
    fn from(every: Every) -> Self {
        match every {
            Every::Day => Self::Day,
            Every::Week => Self::Week,
            Every::Month => Self::Month,
            Every::Year => Self::Year,
        }
    }
}

/// A product as a person describes it. One of Stripe's catalogue has a price's id and nothing but a
/// stock.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Its id, unique with its streamer.
    pub id: String,
    /// What buyers read.
    pub name: Option<String>,
    /// What one costs.
    pub amount: Option<Money>,
    /// The address of a picture.
    pub image: Option<String>,
    /// How many there are; none is left to Stripe.
    pub stock: Option<u32>,
    /// How often it is paid again, if it is.
    pub recurring: Option<Every>,
}

/// A product as it is kept, its stock apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    #[serde(skip)]
    pub id: String,
    /// What it is; none is a price of Stripe's catalogue, described there.
    pub own: Option<Own>,
    /// Whether we count how many are left.
    pub counted: bool,
}

/// A product of the streamer's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Own {
    /// What buyers read, cleaned.
    pub name: String,
    /// What one costs.
    pub amount: Money,
    /// An https address of a picture.
    pub image: Option<String>,
    /// How often it is paid again, if it is.
    pub recurring: Option<Every>,
}

/// Something that can be bought now: a product, or a price of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The product's id, or the price's.
    pub id: String,
    /// What it is.
    pub own: Own,
    /// Whether it is sold by its price at Stripe.
    pub by_price: bool,
    /// How many may still be bought, if that is counted.
    pub left: Option<u32>,
}

/// A field of a product that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} must be {allowed}")]
pub struct Unfit {
    /// Which.
    pub field: &'static str,
    /// What it may be.
    pub allowed: &'static str,
}

const fn unfit(field: &'static str, allowed: &'static str) -> Unfit {
    Unfit { field, allowed }
}

impl Draft {
    /// The product described.
    ///
    /// # Errors
    /// The first field that does not fit.
    pub fn check(self) -> Result<Product, Unfit> {
        if self.stock.is_some_and(|stock| stock > STOCK_MAX) {
            return Err(unfit("stock", "at most 1000000, or absent to leave it to Stripe"));
        }
        let counted = self.stock.is_some();
        if is_price(&self.id) {
            let described = self.name.is_some() || self.amount.is_some();
            if described || self.image.is_some() || self.recurring.is_some() {
                return Err(unfit(
                    "name",
                    "left out with amount, image and recurring: Stripe's catalogue says these of a price",
                ));
            }
            return Ok(Product { id: self.id, own: None, counted });
        }
        if !is_slug(&self.id) {
            return Err(unfit("id", "1 to 39 of a-z, 0-9, - and _, or a price's id, price_…"));
        }
        let name = clean(self.name.as_deref().unwrap_or_default(), NAME_GRAPHEMES);
        if name.is_empty() {
            return Err(unfit("name", "a text that can be read"));
        }
        let amount = self.amount.filter(|amount| amount.is_chargeable()).ok_or(unfit(
            "amount",
            "{minor, currency}: 1 to 99999999 minor units, in steps that can be paid",
        ))?;
        if !stripe_api::knows(amount.currency) {
            return Err(unfit("amount", "in a currency that Stripe knows"));
        }
        if self.image.as_deref().is_some_and(|image| !is_picture(image)) {
            return Err(unfit("image", "an https address of at most 2048 bytes"));
        }
        let own = Own { name, amount, image: self.image, recurring: self.recurring };
        Ok(Product { id: self.id, own: Some(own), counted })
    }
}

fn is_price(id: &str) -> bool {
    id.strip_prefix(PRICE).is_some_and(|rest| {
        (1..=64).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

fn is_slug(id: &str) -> bool {
    id.parse::<crate::id::StreamerId>().is_ok() && !id.starts_with(PRICE)
}

/// Whether this may stand in a page and at Stripe as a picture's address.
pub(super) fn is_picture(address: &str) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&b);
    let host = address.strip_prefix("https://").map(|rest| rest.split(['/', '?', '#']).next());
    let host_fits = |host: &str| host.contains('.') && !host.contains('@');
    address.len() <= IMAGE_MAX
        && address.bytes().all(plain)
        && host.flatten().is_some_and(host_fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Draft {
            id: "hoodie".into(),
            name: Some(" Hoodie\u{202e} ".into()),
            amount: Some(Money::new(2599, "eur".parse().unwrap())),
            image: Some("https://pictures.example/hoodie.png?w=3".into()),
            stock: Some(3),
            recurring: None,
        }
    }

    #[test]
    fn a_product_is_kept_clean() {
        let product = draft().check().unwrap();
        assert_eq!(product.own.unwrap().name, "Hoodie");
        assert!(product.counted);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let wrong = |change: fn(&mut Draft)| {
            let mut draft = draft();
            change(&mut draft);
            draft.check().map_or_else(|unfit| unfit.field, |_| "nothing")
        };
        let money = |minor| Some(Money::new(minor, "eur".parse().unwrap()));
        assert_eq!(money(1).map(Money::is_chargeable), Some(true));
        assert_eq!(wrong(|d| d.id = "Hood ie".into()), "id");
        assert_eq!(wrong(|d| d.id = "../me".into()), "id");
        assert_eq!(wrong(|d| d.name = Some("\u{200b}".into())), "name");
        assert_eq!(wrong(|d| d.name = None), "name");
        assert_eq!(wrong(|d| d.amount = None), "amount");
        assert_eq!(wrong(|d| d.amount = d.amount.map(|a| Money { minor: 0, ..a })), "amount");
        assert_eq!(wrong(|d| d.amount = d.amount.map(|a| Money { minor: 1 << 40, ..a })), "amount");
        let unknown = |amount: Money| Money { currency: "xyz".parse().unwrap(), ..amount };
        let unheard = Draft { amount: draft().amount.map(unknown), ..draft() };
        assert_eq!(unheard.check().unwrap_err().field, "amount");
        assert_eq!(wrong(|d| d.stock = Some(STOCK_MAX + 1)), "stock");
        for image in
            ["http://a.b/c", "https://", "https://a.b/\"onerror=", "https://u@a.b/", "data:x"]
        {
            let unfit = Draft { image: Some(image.into()), ..draft() }.check().unwrap_err();
            assert_eq!(unfit.field, "image", "{image}");
        }
    }

    #[test]
    fn a_price_is_described_by_the_catalogue() {
        let bare =
            Draft { id: "price_1AbC".into(), name: None, amount: None, image: None, ..draft() };
        assert_eq!(bare.clone().check().unwrap().own, None);
        assert_eq!(Draft { name: Some("x".into()), ..bare }.check().unwrap_err().field, "name");
    }
}
