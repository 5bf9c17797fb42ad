//! A key for calls to Stripe's API: what its prefix says of it. The key itself stays a secret.

use secrecy::{ExposeSecret as _, SecretString};

/// What a key may do, as far as its prefix says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// `rk_`: only what its owner ticked at Stripe.
    Restricted,
    /// `sk_`: everything, payouts and refunds too, which is more than a gateway needs.
    Everything,
    /// Another prefix.
    Unknown,
}

/// A key for calls to Stripe's API.
#[derive(Clone, Debug)]
pub struct ApiKey(SecretString);

/// Why a text is no API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// `pk_`: for browsers.
    #[error(
        "this is a publishable key (pk_), which may not call Stripe: use a restricted key (rk_)"
    )]
    Publishable,
    /// `whsec_`: verifies webhooks.
    #[error("this is a signing secret (whsec_), not an API key: use a restricted key (rk_)")]
    SigningSecret,
    /// Empty, or with characters that no key has.
    #[error("an API key is one word without spaces, like rk_live_…")]
    Malformed,
}

impl ApiKey {
    /// Reads a key; blanks around it are dropped.
    ///
    /// # Errors
    /// When it is another kind of key, or no word.
    pub fn parse(text: &str) -> Result<Self, ApiKeyError> {
        let key = text.trim();
        match key {
            _ if key.starts_with("pk_") => Err(ApiKeyError::Publishable),
            _ if key.starts_with("whsec_") => Err(ApiKeyError::SigningSecret),
            "" => Err(ApiKeyError::Malformed),
            _ if !key.bytes().all(|b| b.is_ascii_graphic()) => Err(ApiKeyError::Malformed),
            _ => Ok(Self(key.into())),
        }
    }

    /// The key, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What it may do.
    #[must_use]
    pub fn power(&self) -> Power {
        match self.expose() {
            key if key.starts_with("rk_") => Power::Restricted,
            key if key.starts_with("sk_") => Power::Everything,
            _ => Power::Unknown,
        }
    }

    /// Whether it moves real money; `None` when its prefix does not say.
    #[must_use]
    pub fn livemode(&self) -> Option<bool> {
        let mode = self.expose().split('_').nth(1);
        match mode {
            Some("live") => Some(true),
            Some("test") => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_what_it_is() {
        let restricted = ApiKey::parse(" rk_test_abc\n").unwrap();
        assert_eq!((restricted.power(), restricted.livemode()), (Power::Restricted, Some(false)));
        let secret = ApiKey::parse("sk_live_abc").unwrap();
        assert_eq!((secret.power(), secret.livemode()), (Power::Everything, Some(true)));
        assert_eq!(ApiKey::parse("other").unwrap().livemode(), None);
        assert!(!format!("{secret:?}").contains("abc"));
    }

    #[test]
    fn other_kinds_of_keys_are_named() {
        assert_eq!(ApiKey::parse("pk_live_a").unwrap_err(), ApiKeyError::Publishable);
        assert_eq!(ApiKey::parse("whsec_a").unwrap_err(), ApiKeyError::SigningSecret);
        for odd in ["", "  ", "rk_a b", "rk_ä"] {
            assert_eq!(ApiKey::parse(odd).unwrap_err(), ApiKeyError::Malformed, "{odd}");
        }
    }
}
