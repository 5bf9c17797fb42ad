//! A streamer's products in the store: added, listed, changed, removed.

use serde::Deserialize as _;
use serde_json::{Map, Value, json};
use thiserror::Error;

use super::{
    product::{Draft, Product, Unfit},
    stock::{self, Stock},
};
use crate::{
    id::StreamerId,
    store::{Document, DocumentKind, Expect, Store, StoreError},
};

/// Most products of one streamer: one page that a person can look through.
pub const PRODUCTS_MAX: usize = 100;

/// Why a product was not changed.
#[derive(Debug, Error)]
pub enum ProductError {
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A field does not fit.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The id is taken.
    #[error("a product {0:?} exists already: choose another id, or change it")]
    Exists(String),
    /// There is none.
    #[error("there is no product {0:?}")]
    Unknown(String),
    /// There are too many.
    #[error("a store page has at most {PRODUCTS_MAX} products: remove one first")]
    Full,
    /// Somebody else changed it at the same time.
    #[error("it was changed at the same time: look again, then repeat")]
    Raced,
    /// The description cannot be read; the text says why.
    #[error("that is no product: {0}")]
    Unreadable(String),
}

/// A product with what is left of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The product.
    pub product: Product,
    /// Its stock, if that is counted.
    pub stock: Option<Stock>,
}

impl Listed {
    /// Its description, as it is given and shown: what is null stands nowhere.
    #[must_use]
    pub fn describe(&self) -> Map<String, Value> {
        let Product { id, own, counted } = &self.product;
        let own = own.as_ref();
        let left = self.stock.as_ref().map_or(0, |stock| stock.left);
        let amount = own.map(
            |own| json!({ "minor": own.amount.minor, "currency": own.amount.wire().currency }),
        );
        let fields = [
            ("id", Some(json!(id))),
            ("name", own.map(|own| json!(own.name))),
            ("amount", amount),
            ("image", own.and_then(|own| own.image.as_ref()).map(|image| json!(image))),
            ("stock", counted.then(|| json!(left))),
            ("recurring", own.and_then(|own| own.recurring).map(|every| json!(every))),
        ];
        let told = fields.into_iter().filter_map(|(field, value)| Some((field.into(), value?)));
        told.collect()
    }
}

/// The products of one streamer.
#[derive(Clone, Copy)]
pub struct Products<'a> {
    /// Where they are kept.
    pub store: &'a dyn Store,
    /// Whose they are.
    pub streamer: &'a StreamerId,
}

impl Products<'_> {
    /// All of them, by id.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn all(self) -> Result<Vec<Listed>, ProductError> {
        let Self { store, streamer } = self;
        let kind = DocumentKind::Product;
        let documents = store.documents(kind, Some(streamer), None, PRODUCTS_MAX).await?;
        let mut stocks = stock::all(store, streamer).await?;
        let listed = documents.iter().map(|document| {
            let product = read(document)?;
            let at = stocks.iter().position(|(id, _)| product.counted && *id == product.id);
            let stock = at.map(|at| stocks.swap_remove(at).1);
            Ok(Listed { product, stock })
        });
        listed.collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn one(self, id: &str) -> Result<Listed, ProductError> {
        Ok(self.found(id).await?.0)
    }

    async fn found(self, id: &str) -> Result<(Listed, u64), ProductError> {
        let document = self.store.document(DocumentKind::Product, &key(self.streamer, id)).await?;
        let document = document.ok_or_else(|| unknown(id))?;
        let product = read(&document)?;
        let stock = match product.counted {
            true => stock::one(self.store, self.streamer, id).await?,
            false => None,
        };
        Ok((Listed { product, stock }, document.version))
    }

    /// Adds one.
    ///
    /// # Errors
    /// When it does not fit, is there already, is one too many, or the store fails.
    pub async fn add(self, draft: Draft) -> Result<Listed, ProductError> {
        let left = draft.stock;
        let product = draft.check()?;
        let kind = DocumentKind::Product;
        let all = self.store.documents(kind, Some(self.streamer), None, PRODUCTS_MAX).await?;
        if all.len() >= PRODUCTS_MAX {
            return Err(ProductError::Full);
        }
        let id = product.id.clone();
        if !self.put(&product, Expect::Absent).await? {
            return Err(ProductError::Exists(id));
        }
        // A counted product without a stock is sold out: a crash in between sells nothing.
        stock::set(self.store, self.streamer, &id, left).await?;
        self.one(&id).await
    }

    /// Changes some fields of one; null takes a field away.
    ///
    /// # Errors
    /// When there is none, the outcome does not fit, or the store fails.
    pub async fn change(self, id: &str, patch: Map<String, Value>) -> Result<Listed, ProductError> {
        let (listed, version) = self.found(id).await?;
        if patch.get("id").is_some_and(|new| new != id) {
            return Err(Unfit { field: "id", allowed: "left as it is: add another product" }.into());
        }
        let restocked = patch.contains_key("stock");
        let mut fields = listed.describe();
        fields.extend(patch);
        let draft = Draft::deserialize(Value::Object(fields))
            .map_err(|error| ProductError::Unreadable(error.to_string()))?;
        let left = draft.stock;
        let product = draft.check()?;
        if !self.put(&product, Expect::Version(version)).await? {
            return Err(ProductError::Raced);
        }
        // Only if it was said: sales go on meanwhile.
        if restocked {
            stock::set(self.store, self.streamer, id, left).await?;
        }
        self.one(id).await
    }

    /// Removes one with its stock. Who is at Stripe with it can still pay.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn remove(self, id: &str) -> Result<(), ProductError> {
        let was =
            self.store.remove_document(DocumentKind::Product, &key(self.streamer, id)).await?;
        stock::set(self.store, self.streamer, id, None).await?;
        if was { Ok(()) } else { Err(unknown(id)) }
    }

    async fn put(self, product: &Product, expect: Expect) -> Result<bool, StoreError> {
        let document = Document {
            id: key(self.streamer, &product.id),
            owner: Some(self.streamer.clone()),
            version: 0,
            expires: None,
            body: serde_json::to_value(product).expect("a product is plain JSON"),
        };
        Ok(self.store.put_document(DocumentKind::Product, document, expect).await?.is_some())
    }
}

/// The document of a product and of its stock: ids are unique with a streamer only.
pub(super) fn key(streamer: &StreamerId, product: &str) -> String {
    format!("{streamer}/{product}")
}

fn unknown(id: &str) -> ProductError {
    ProductError::Unknown(id.chars().take(64).collect())
}

fn read(document: &Document) -> Result<Product, ProductError> {
    let product = Product::deserialize(&document.body).map_err(|error| StoreError::Unreadable {
        what: format!("the product {}", document.id),
        why: error.to_string(),
    })?;
    let id = document.id.split_once('/').map_or("", |(_, id)| id).to_owned();
    Ok(Product { id, ..product })
}
