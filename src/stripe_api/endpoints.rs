//! Webhook endpoints: making one with exactly the events we read, and how those that exist are.

use std::collections::HashMap;

use miniserde::Deserialize;
use stripe_misc::webhook_endpoint::{
    CreateWebhookEndpoint, CreateWebhookEndpointEnabledEvents, ListWebhookEndpoint,
    UpdateWebhookEndpoint, UpdateWebhookEndpointEnabledEvents,
};

use super::{ApiError, Manner, StripeApi};

/// Endpoints in one answer; Stripe allows an account fewer.
const PAGE: i64 = 100;

/// What we note on an endpoint for connected accounts. Its address may be that of one for our own.
const NOTE: (&str, &str) = ("tillbell", "connect");

/// A webhook endpoint at Stripe. Its debug form does not tell the secret.
#[derive(Clone, Deserialize)]
pub struct Endpoint {
    /// `we_…`.
    pub id: String,
    /// Where Stripe calls.
    pub url: String,
    /// `enabled` or `disabled`.
    pub status: Option<String>,
    /// The types it is sent.
    pub enabled_events: Vec<String>,
    /// The version its events are rendered in; none is the account's own.
    pub api_version: Option<String>,
    /// The signing secret, told only when it is made.
    pub secret: Option<String>,
    /// The platform's application, of an endpoint for connected accounts.
    pub application: Option<String>,
    /// What whoever made it noted.
    pub metadata: Option<HashMap<String, String>>,
}

impl Endpoint {
    /// Whether it is sent the events of connected accounts instead of the account's own.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        let (key, value) = NOTE;
        let noted = self.metadata.as_ref().and_then(|notes| notes.get(key));
        self.application.is_some() || noted.is_some_and(|noted| noted == value)
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Endpoints {
    data: Vec<Endpoint>,
}

impl StripeApi {
    /// The account's endpoints.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn endpoints(&self) -> Result<Vec<Endpoint>, ApiError> {
        let request = ListWebhookEndpoint::new().limit(PAGE);
        let list: Endpoints = self.call(Manner::Waiting, None, &request).await?;
        Ok(list.data)
    }

    /// Makes an endpoint; the only answer that holds its secret. With `connect` it is sent the events
    /// of connected accounts instead of the account's own.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn add_endpoint(
        &self,
        url: &str,
        types: &[&str],
        connect: bool,
    ) -> Result<Endpoint, ApiError> {
        let types: Vec<CreateWebhookEndpointEnabledEvents> =
            types.iter().map(|kind| kind.parse().expect("any text is an event type")).collect();
        let mut request =
            CreateWebhookEndpoint::new(types, url).connect(connect).description("Tillbell");
        if connect {
            let (key, value) = NOTE;
            request = request.metadata(HashMap::from([(key.to_owned(), value.to_owned())]));
        }
        self.call(Manner::Waiting, None, &request).await
    }

    /// Sets what an endpoint is sent, and enables it.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn mend_endpoint(&self, id: &str, types: &[&str]) -> Result<Endpoint, ApiError> {
        let types: Vec<UpdateWebhookEndpointEnabledEvents> =
            types.iter().map(|kind| kind.parse().expect("any text is an event type")).collect();
        let request = UpdateWebhookEndpoint::new(id).enabled_events(types).disabled(false);
        self.call(Manner::Waiting, None, &request).await
    }
}
