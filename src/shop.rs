//! What a streamer sells on their store page (contract §8), and how a basket of it becomes a Checkout
//! session at Stripe. Prices are always read here: a buyer only names products and quantities.
//!
//! [`product`], [`order`] and [`basket`] are pure; [`products`] and [`stock`] keep what is sold and how
//! much of it is left; [`catalogue`] remembers Stripe's prices; [`checkout`] brings all together.

pub mod basket;
pub mod catalogue;
pub mod checkout;
mod offers;
pub mod order;
pub mod product;
pub mod products;
pub mod stock;

pub use basket::Basket;
pub use catalogue::Catalogue;
pub use checkout::{CheckoutError, Opened};
pub use order::{Fault, Order};
pub use product::{Draft, Every, Offer, Product};
pub use products::{Listed, ProductError, Products};
