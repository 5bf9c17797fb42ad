//! The store page, drawn here whole: it works without scripts. All HTML is in `shop/store.html`; blocks
//! between `<!-- name -->` and `<!-- /name -->` are left out or repeated, `__PLACES__` are filled.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

use super::Shop;
use crate::{
    http::{
        App,
        assets::{fill, shop_source},
        problem::Problem,
    },
    money::Money,
    shop::{Offer, basket::tip_bounds, order::QUANTITY_MAX},
    text::{MESSAGE_GRAPHEMES, NAME_GRAPHEMES},
};

/// Pictures are the streamer's own choice, from wherever they are. Without scripts the form leads on to
/// Stripe, and in a trial to the fake Stripe of the same machine: a redirect of a form is a form's action.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src 'self' https:; base-uri 'none'; form-action 'self' https: http://127.0.0.1:*; \
     frame-ancestors 'none'";

/// The page of a store, with what went wrong if something did.
pub(super) fn render(app: &App, shop: &Shop, wrong: Option<&Problem>) -> Response {
    let source = shop_source("store.html");
    let (before, product, after) = cut(&source, "product");
    let products: String = shop.offers.iter().map(|offer| draw(product, offer)).collect();
    let currency = shop.streamer.settings.currency;
    let (least, most) = tip_bounds(currency);
    let [least, most] = [least, most].map(|minor| Money::new(minor, currency));
    let state = match (&app.node.stripe, &shop.offers[..]) {
        (None, _) => "closed",
        (_, []) => "empty",
        _ => "open",
    };
    let off = if state == "closed" { "disabled" } else { "" };
    let places = [
        ("STATE", state),
        ("STREAMER", shop.streamer.name()),
        ("SLUG", shop.streamer.id.as_str()),
        ("CURRENCY", &least.wire().currency),
        ("EXPONENT", &currency.exponent().to_string()),
        ("TIP_LEAST", &least.text()),
        ("TIP_MOST", &most.text()),
        ("NAME_MAX", &NAME_GRAPHEMES.to_string()),
        ("MESSAGE_MAX", &MESSAGE_GRAPHEMES.to_string()),
        ("OFF", off),
        ("NOTICE", wrong.map_or("", Problem::detail)),
    ];
    // What is drawn already is not looked at again: a product's name is no place.
    dress(fill(before, &places) + &products + &fill(after, &places), wrong)
}

/// The page of no store: there is none, or it cannot be looked up.
pub(super) fn without_shop(problem: &Problem) -> Response {
    let source = shop_source("store.html");
    let (before, _, after) = cut(&source, "shop");
    let gone = problem.status() == axum::http::StatusCode::NOT_FOUND;
    let page = fill(
        &format!("{before}{after}"),
        &[
            ("STATE", if gone { "none" } else { "away" }),
            ("STREAMER", "Store"),
            ("NOTICE", if gone { "" } else { problem.detail() }),
        ],
    );
    dress(page, Some(problem))
}

fn dress(page: String, wrong: Option<&Problem>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, CSP),
    ];
    let mut response = (headers, page).into_response();
    if let Some(problem) = wrong {
        *response.status_mut() = problem.status();
    }
    response
}

fn draw(product: &str, offer: &Offer) -> String {
    let own = &offer.own;
    let (before, picture, after) = cut(product, "picture");
    let picture = if own.image.is_some() { picture } else { "" };
    let left = match offer.left {
        None => String::new(),
        Some(0) => "Sold out".into(),
        Some(left) => format!("{left} left"),
    };
    let most = offer.left.map_or(QUANTITY_MAX, |left| left.min(QUANTITY_MAX));
    let each = own.recurring.map_or(String::new(), |every| format!("each {}", every.name()));
    fill(
        &format!("{before}{picture}{after}"),
        &[
            ("ID", &offer.id),
            ("NAME", &own.name),
            (
                "LETTER",
                own.name.get(..own.name.chars().next().map_or(0, char::len_utf8)).unwrap_or(""),
            ),
            ("PICTURE", own.image.as_deref().unwrap_or_default()),
            ("PRICE", &own.amount.text()),
            ("MINOR", &own.amount.minor.to_string()),
            ("PRODUCT_CURRENCY", &own.amount.wire().currency),
            ("PRODUCT_EXPONENT", &own.amount.currency.exponent().to_string()),
            ("EACH", &each),
            ("LEFT", &left),
            ("MOST", &most.to_string()),
            ("SOLD_OUT", if most == 0 { "disabled" } else { "" }),
        ],
    )
}

/// What is before, in and after a block.
fn cut<'a>(source: &'a str, block: &str) -> (&'a str, &'a str, &'a str) {
    let (before, rest) = source.split_once(&format!("<!-- {block} -->")).unwrap_or((source, ""));
    let (inside, after) = rest.split_once(&format!("<!-- /{block} -->")).unwrap_or(("", rest));
    (before, inside, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_cut_out() {
        assert_eq!(cut("a<!-- x -->b<!-- /x -->c", "x"), ("a", "b", "c"));
    }
}
