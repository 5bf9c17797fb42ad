//! Asking Stripe for a session's lines, and what viewers may see of them.

use super::{Board, Enrich, Question};
use crate::{
    alert::Item,
    node::Node,
    stripe::sale::{ITEMS_MAX, item_text},
    stripe_api::{ApiError, Detail, LineItem, LineProduct, Manner},
    time::Timestamp,
};

/// An order, with the address of the picture that the card shows: the first product's that has one,
/// and which item that is.
struct Order {
    items: Vec<Item>,
    picture: Option<(usize, String)>,
}

impl Node {
    /// What was bought. What is known before all of it is goes to the board.
    pub(super) async fn bought(
        &self,
        question: &Question,
        board: &Board,
        hurried: bool,
    ) -> Result<Vec<Item>, ApiError> {
        let Order { mut items, picture } = self.order(question, board, hurried).await?;
        if let Some((at, address)) = picture {
            board.put(&items);
            items[at].image = self.media.picture(&address).await;
        }
        Ok(items)
    }

    /// Most sales of a raid are of one product, and Stripe takes much longer for a list with products
    /// in it: so the plain list comes first, and products only when a price is new.
    async fn order(
        &self,
        question: &Question,
        board: &Board,
        hurried: bool,
    ) -> Result<Order, ApiError> {
        let enrich = &self.intake.enrich;
        let closed = |_| ApiError::Busy;
        let _turn = match hurried {
            false => Some(enrich.unhurried.acquire().await.map_err(closed)?),
            true => None,
        };
        let _place = enrich.places.acquire().await.map_err(closed)?;
        let Question { stripe, account, session, .. } = question;
        let ask = |detail| stripe.line_items(Manner::Aside, account.as_deref(), session, detail);
        let lines = ask(Detail::Lines).await?;
        let (plain, all_known) = enrich.read(&lines, self.clock.now());
        if all_known {
            return Ok(plain);
        }
        // Good enough should the products not come in time: a line has its product's name by default.
        board.put(&plain.items);
        let lines = match ask(Detail::Products).await {
            Err(error @ ApiError::Forbidden) => {
                if self.first_time("products") {
                    tracing::warn!(%error, "products have no pictures: the key may not read them");
                }
                lines
            }
            lines => lines?,
        };
        enrich.learn(&lines, self.clock.now());
        Ok(enrich.read(&lines, self.clock.now()).0)
    }
}

impl Enrich {
    fn learn(&self, lines: &[LineItem], now: Timestamp) {
        let mut products = self.products();
        for line in lines {
            if let Some(price) = &line.price {
                products.learn(price, line.product.clone().unwrap_or_default(), now);
            }
        }
    }

    /// The order, and whether the product of every price in it is known.
    fn read(&self, lines: &[LineItem], now: Timestamp) -> (Order, bool) {
        let mut products = self.products();
        let mut order = Order { items: Vec::new(), picture: None };
        let mut all_known = true;
        for line in lines.iter().take(ITEMS_MAX) {
            let product = line.price.as_deref().and_then(|price| products.get(price, now));
            all_known &= product.is_some() || line.price.is_none();
            let Some(item) = item(line, product) else { continue };
            if let (None, Some(address)) = (&order.picture, product.and_then(|p| p.image.clone())) {
                order.picture = Some((order.items.len(), address));
            }
            order.items.push(item);
        }
        (order, all_known)
    }
}

/// A line as viewers may see it; `None` if it has no name.
fn item(line: &LineItem, product: Option<&LineProduct>) -> Option<Item> {
    let name = product.and_then(|product| product.name.as_deref());
    let names = [name, line.description.as_deref()];
    Some(Item {
        name: names.into_iter().flatten().find_map(item_text)?,
        variant: line.variant.as_deref().and_then(item_text),
        quantity: line.quantity,
        image: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(0);

    fn line(description: &str, price: &str, image: Option<&str>) -> LineItem {
        let image = image.map(str::to_owned);
        LineItem {
            description: Some(description.into()),
            quantity: 1,
            price: Some(price.into()),
            variant: None,
            product: Some(LineProduct { name: None, image }),
        }
    }

    #[test]
    fn the_picture_is_that_of_the_first_item_that_has_one() {
        let enrich = Enrich::new();
        let lines = [
            line("\u{200b}", "price_1", Some("https://example.com/nameless.png")),
            line("Mug", "price_2", None),
            line("Poster", "price_3", Some("https://example.com/poster.png")),
            line("Cap", "price_4", Some("https://example.com/cap.png")),
        ];
        let (order, all_known) = enrich.read(&lines, NOW);
        assert_eq!((order.items.len(), order.picture, all_known), (3, None, false));
        enrich.learn(&lines, NOW);
        let (order, all_known) = enrich.read(&lines, NOW);
        assert_eq!(order.picture, Some((1, "https://example.com/poster.png".into())));
        assert!(all_known);
    }

    #[test]
    fn a_line_without_a_price_has_nothing_to_be_learnt() {
        let bare = LineItem { price: None, ..line("Service", "", None) };
        let (order, all_known) = Enrich::new().read(&[bare], NOW);
        assert_eq!((&*order.items[0].name, all_known), ("Service", true));
    }
}
