//! async-stripe's own types, which fail when any field is missing that Stripe says is always there.

use futures_util::TryStreamExt as _;
use serde_json::json;
use stripe::{Client, ClientBuilder, StripeError};
use stripe_checkout::checkout_session::{ListLineItemsCheckoutSession, RetrieveCheckoutSession};
use stripe_connect::{
    account::{CreateAccount, RetrieveAccount},
    account_link::{CreateAccountLink, CreateAccountLinkType},
};
use stripe_core::event::ListEvent;
use stripe_misc::webhook_endpoint::{
    CreateWebhookEndpoint, CreateWebhookEndpointEnabledEvents, DeleteWebhookEndpoint,
    ListWebhookEndpoint,
};
use stripe_product::price::ListPrice;

use crate::support::FakeStripe;

fn client(stripe: &FakeStripe) -> Client {
    ClientBuilder::new(&stripe.key).url(format!("{}/", stripe.url)).build().unwrap()
}

const SUPPORTER: [(&str, &str); 3] = [
    ("mode", "subscription"),
    ("line_items[0][price_data][recurring][interval]", "month"),
    ("subscription_data[metadata][streamer]", "me"),
];

#[tokio::test]
async fn a_paid_session_has_every_field_with_all_it_leads_to() {
    let stripe = FakeStripe::start();
    let client = client(&stripe);
    let field = [
        ("custom_fields[0][key]", "nickname"),
        ("custom_fields[0][type]", "text"),
        ("custom_fields[0][label][type]", "custom"),
        ("custom_fields[0][label][custom]", "Name"),
        ("custom_fields[0][optional]", "true"),
    ];
    let bought = stripe.open_session(None, &field);
    let subscribed = stripe.open_session(None, &SUPPORTER);
    for session in [&bought, &subscribed] {
        RetrieveCheckoutSession::new(session.as_str()).send(&client).await.unwrap();
        stripe.pay(session);
    }
    stripe.control("refunds", &json!({ "session": bought, "amount": 100 }));
    let paid = RetrieveCheckoutSession::new(bought)
        .expand(
            ["payment_intent.latest_charge.refunds", "line_items.data.price.product"]
                .map(Into::into),
        )
        .send(&client)
        .await
        .unwrap();
    let intent = paid.payment_intent.unwrap().into_object().unwrap();
    let charge = intent.latest_charge.unwrap().into_object().unwrap();
    assert_eq!((charge.amount_refunded, charge.refunds.unwrap().data.len()), (100, 1));
    let product = paid.line_items.unwrap().data.remove(0).price.unwrap().product;
    assert_eq!(product.into_object().unwrap().name, "Hoodie");
    let paid = RetrieveCheckoutSession::new(subscribed)
        .expand(["subscription", "customer", "invoice.payments"].map(Into::into))
        .send(&client)
        .await
        .unwrap();
    let subscription = paid.subscription.unwrap().into_object().unwrap();
    assert_eq!(subscription.metadata["streamer"], "me");
    let payments = paid.invoice.unwrap().into_object().unwrap().payments.unwrap();
    assert_eq!(payments.data[0].amount_paid, Some(2599));
    assert!(paid.customer.unwrap().into_object().is_some());
}

#[tokio::test]
async fn lists_are_read_page_by_page() {
    let stripe = FakeStripe::start();
    let client = client(&stripe);
    let lines: Vec<(String, &str)> = (1..5)
        .flat_map(|n| {
            let of = |field: &str| format!("line_items[{n}]{field}");
            [
                (of("[quantity]"), "1"),
                (of("[price_data][currency]"), "eur"),
                (of("[price_data][unit_amount]"), "300"),
                (of("[price_data][product_data][name]"), "Pin"),
            ]
        })
        .collect();
    let lines: Vec<(&str, &str)> = lines.iter().map(|(key, text)| (&**key, *text)).collect();
    let session = stripe.open_session(None, &lines);
    let items: Vec<_> = ListLineItemsCheckoutSession::new(session)
        .limit(2)
        .expand(["data.price.product".into()])
        .paginate()
        .stream(&client)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(items.len(), 5);
    for n in 0..7 {
        stripe.post(None, "products", &[("name", &format!("Mug {n}"))]);
    }
    let list = ListEvent::new().types(["product.created".into()]).limit(3);
    let events: Vec<_> = list.paginate().stream(&client).try_collect().await.unwrap();
    assert_eq!(events.len(), 7);
    let price = [("currency", "kwd"), ("unit_amount", "1500"), ("product_data[name]", "Cap")];
    stripe.post(None, "prices", &price);
    let prices = ListPrice::new().active(true).expand(["data.product".into()]);
    let prices = prices.send(&client).await.unwrap();
    assert_eq!(prices.data[0].product.as_object().unwrap().name, "Cap");
}

#[tokio::test]
async fn endpoints_and_accounts_are_set_up() {
    let stripe = FakeStripe::start();
    let client = client(&stripe);
    let events = [CreateWebhookEndpointEnabledEvents::InvoicePaid];
    let made =
        CreateWebhookEndpoint::new(events, "http://127.0.0.1/h").send(&client).await.unwrap();
    assert!(made.secret.unwrap().starts_with("whsec_"));
    let listed = ListWebhookEndpoint::new().send(&client).await.unwrap().data.remove(0);
    assert_eq!((listed.secret, &*listed.status), (None, "enabled"));
    DeleteWebhookEndpoint::new(listed.id).send(&client).await.unwrap();
    assert!(ListWebhookEndpoint::new().send(&client).await.unwrap().data.is_empty());
    let account = CreateAccount::new().send(&client).await.unwrap();
    assert_eq!(account.charges_enabled, Some(false));
    let link = CreateAccountLink::new(account.id.clone(), CreateAccountLinkType::AccountOnboarding)
        .return_url("http://127.0.0.1/back")
        .refresh_url("http://127.0.0.1/again")
        .send(&client)
        .await
        .unwrap();
    stripe.press(&link.url);
    let account = RetrieveAccount::new(account.id).send(&client).await.unwrap();
    assert_eq!(account.charges_enabled, Some(true));
}

#[tokio::test]
async fn a_refusal_is_read_as_stripes() {
    let stripe = FakeStripe::start();
    let client = client(&stripe);
    let refused = RetrieveCheckoutSession::new("cs_test_none").send(&client).await.unwrap_err();
    let StripeError::Stripe(error, status) = refused else { panic!("{refused:?}") };
    assert_eq!((status, error.code.unwrap().to_string()), (404, "resource_missing".into()));
}
