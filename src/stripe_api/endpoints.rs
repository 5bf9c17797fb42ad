//! Webhook endpoints: making one with exactly the events we read, and how those that exist are.

use miniserde::Deserialize;
use stripe_misc::webhook_endpoint::{
    CreateWebhookEndpoint, CreateWebhookEndpointEnabledEvents, ListWebhookEndpoint,
    UpdateWebhookEndpoint, UpdateWebhookEndpointEnabledEvents,
};

use super::{ApiError, Manner, StripeApi};

/// Endpoints in one answer; Stripe allows an account fewer.
const PAGE: i64 = 100;

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
        let request =
            CreateWebhookEndpoint::new(types, url).connect(connect).description("Tillbell");
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
