//! Checkout sessions: opening one, and what was bought in it.

use std::collections::{BTreeMap, HashMap};

use miniserde::{Deserialize, json};
use stripe_checkout::{
    CheckoutSessionMode,
    checkout_session::{
        CreateCheckoutSession, CreateCheckoutSessionLineItems,
        CreateCheckoutSessionLineItemsPriceData, CreateCheckoutSessionLineItemsPriceDataRecurring,
        CreateCheckoutSessionPaymentIntentData, CreateCheckoutSessionSubscriptionData,
        ExpireCheckoutSession, ListLineItemsCheckoutSession, ProductData,
    },
};

use super::{ApiError, Manner, StripeApi};
use crate::money::{Currency, Money};

pub use stripe_checkout::checkout_session::CreateCheckoutSessionLineItemsPriceDataRecurringInterval as Interval;

/// Line items in one answer, the most Stripe gives.
const PAGE: i64 = 100;

/// Line items read of one session; more are not shown anyway.
const LINES_MAX: usize = 300;

/// A Checkout session to open.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// What is sold, at least one.
    pub lines: Vec<Line>,
    /// Whether it begins a subscription: then at least one line recurs.
    pub subscription: bool,
    /// Where the buyer goes after paying; `{CHECKOUT_SESSION_ID}` becomes the session's id.
    pub success_url: String,
    /// Where the buyer goes who changes their mind.
    pub cancel_url: String,
    /// Whose sale it is, as the session says it.
    pub client_reference_id: String,
    /// Kept on the session and on its payment intent or subscription: at most 50 entries, keys of 40
    /// and values of 500 characters (Stripe's limits).
    pub metadata: BTreeMap<String, String>,
    /// When the session lapses, in seconds since 1970: 30 minutes to 24 hours ahead.
    pub expires_s: i64,
}

/// One line of a session to open.
#[derive(Clone, Debug)]
pub struct Line {
    /// What.
    pub what: Selling,
    /// How many, at least 1.
    pub quantity: u32,
}

/// What a line sells.
#[derive(Clone, Debug)]
pub enum Selling {
    /// A price of Stripe's catalogue, `price_…`.
    Price(String),
    /// Something only we know.
    Ours {
        /// The product's name.
        name: String,
        /// The address of its picture.
        image: Option<String>,
        /// What one costs.
        amount: Money,
        /// How often it is paid again, if it is.
        recurring: Option<Interval>,
    },
}

/// An open session.
#[derive(Clone, Debug, Deserialize)]
pub struct Session {
    /// `cs_…`.
    pub id: String,
    /// Where the buyer pays.
    pub url: Option<String>,
    /// What was kept on it.
    pub metadata: Option<HashMap<String, String>>,
}

/// A line of what was bought, as Stripe tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineItem {
    /// The line's own words; Stripe's default is the product's name at the time.
    pub description: Option<String>,
    /// How many, at least 1.
    pub quantity: u32,
    /// `price_…`; a line can have none.
    pub price: Option<String>,
    /// Size, colour or the like: the price's metadata `variant`, else its nickname.
    pub variant: Option<String>,
    /// The product, when it was asked for; of a deleted one nothing is known.
    pub product: Option<LineProduct>,
}

/// The product of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineProduct {
    /// Its name now.
    pub name: Option<String>,
    /// The address of its first picture.
    pub image: Option<String>,
}

/// What a list of lines tells of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Description, quantity and price.
    Lines,
    /// The products as well, which Stripe takes longer for.
    Products,
}

#[derive(Deserialize)]
struct Lines {
    data: Vec<RawLine>,
    has_more: Option<bool>,
}

#[derive(Deserialize)]
struct RawLine {
    id: String,
    description: Option<String>,
    quantity: Option<u32>,
    price: Option<RawPrice>,
}

#[derive(Deserialize)]
struct RawPrice {
    id: String,
    nickname: Option<String>,
    metadata: Option<HashMap<String, String>>,
    /// An id or, expanded, the product.
    product: Option<json::Value>,
}

impl StripeApi {
    /// Opens a Checkout session. Tried three times under one idempotency key, so at most one is made
    /// that the caller hears of.
    ///
    /// # Errors
    /// Those of the call; nothing is charged then.
    pub async fn open_session(
        &self,
        account: Option<&str>,
        new: &NewSession,
    ) -> Result<Session, ApiError> {
        let metadata: HashMap<String, String> = new.metadata.clone().into_iter().collect();
        let lines: Vec<_> = new.lines.iter().map(line).collect();
        let request = CreateCheckoutSession::new()
            .line_items(lines)
            .success_url(&new.success_url)
            .cancel_url(&new.cancel_url)
            .client_reference_id(&new.client_reference_id)
            .expires_at(new.expires_s)
            .metadata(metadata.clone());
        // Neither object inherits the session's metadata.
        let request = if new.subscription {
            let mut data = CreateCheckoutSessionSubscriptionData::new();
            data.metadata = Some(metadata);
            request.mode(CheckoutSessionMode::Subscription).subscription_data(data)
        } else {
            let mut data = CreateCheckoutSessionPaymentIntentData::new();
            data.metadata = Some(metadata);
            request.mode(CheckoutSessionMode::Payment).payment_intent_data(data)
        };
        self.call(Manner::Waiting, account, &request).await
    }

    /// Ends an open session, so that nobody pays in it any more.
    ///
    /// # Errors
    /// Those of the call; `Refused` when it is not open.
    pub async fn expire_session(
        &self,
        account: Option<&str>,
        session: &str,
    ) -> Result<Session, ApiError> {
        self.call(Manner::Waiting, account, &ExpireCheckoutSession::new(session)).await
    }

    /// What was bought in a session; at most 300 lines.
    ///
    /// # Errors
    /// Those of the calls.
    pub async fn line_items(
        &self,
        manner: Manner,
        account: Option<&str>,
        session: &str,
        detail: Detail,
    ) -> Result<Vec<LineItem>, ApiError> {
        let (mut items, mut after) = (Vec::new(), None::<String>);
        loop {
            let mut request = ListLineItemsCheckoutSession::new(session).limit(PAGE);
            if detail == Detail::Products {
                request = request.expand(["data.price.product".to_owned()]);
            }
            if let Some(after) = &after {
                request = request.starting_after(after);
            }
            let page: Lines = self.call(manner, account, &request).await?;
            after = page.data.last().map(|line| line.id.clone());
            items.extend(page.data.into_iter().map(LineItem::from));
            if page.has_more != Some(true) || after.is_none() || items.len() >= LINES_MAX {
                return Ok(items);
            }
        }
    }
}

impl From<RawLine> for LineItem {
    fn from(line: RawLine) -> Self {
        let mut item = Self {
            description: line.description,
            quantity: line.quantity.unwrap_or(1).max(1),
            price: None,
            variant: None,
            product: None,
        };
        if let Some(price) = line.price {
            let variant = price.metadata.and_then(|mut metadata| metadata.remove("variant"));
            item.variant = variant.or(price.nickname);
            item.product = price.product.as_ref().and_then(product);
            item.price = Some(price.id);
        }
        item
    }
}

/// An expanded product; of one that was deleted since there is only the id.
fn product(value: &json::Value) -> Option<LineProduct> {
    let text = |value: Option<&json::Value>| match value {
        Some(json::Value::String(text)) => Some(text.clone()),
        _ => None,
    };
    let json::Value::Object(product) = value else { return None };
    let image = match product.get("images") {
        Some(json::Value::Array(images)) => text(images.first()),
        _ => None,
    };
    Some(LineProduct { name: text(product.get("name")), image })
}

/// Whether Stripe takes payments in this currency.
#[must_use]
pub fn knows(currency: Currency) -> bool {
    !matches!(theirs(currency), stripe_types::Currency::Unknown(_))
}

fn theirs(currency: Currency) -> stripe_types::Currency {
    currency.as_str().parse().expect("any text is a currency of Stripe's")
}

fn line(line: &Line) -> CreateCheckoutSessionLineItems {
    let mut new = CreateCheckoutSessionLineItems::new();
    new.quantity = Some(line.quantity.into());
    match &line.what {
        Selling::Price(price) => new.price = Some(price.clone()),
        Selling::Ours { name, image, amount, recurring } => {
            let mut data = CreateCheckoutSessionLineItemsPriceData::new(theirs(amount.currency));
            let mut product = ProductData::new(name);
            product.images = image.clone().map(|image| vec![image]);
            data.product_data = Some(product);
            data.unit_amount = Some(amount.minor);
            data.recurring =
                recurring.clone().map(CreateCheckoutSessionLineItemsPriceDataRecurring::new);
            new.price_data = Some(data);
        }
    }
    new
}
