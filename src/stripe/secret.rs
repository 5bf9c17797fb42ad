//! The signing secret of a webhook endpoint.

use secrecy::{ExposeSecret, SecretString};

const PREFIX: &str = "whsec_";

/// What is wrong with a text that should be a signing secret. None of the messages repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Nothing in it, or nothing behind the prefix.
    #[error("the signing secret is empty: copy it from the webhook endpoint's page at Stripe")]
    Empty,
    /// A space or a line break between two other characters.
    #[error("the signing secret has white space in it: copy it again, in one piece")]
    InnerWhitespace,
    /// A key that is for calling Stripe.
    #[error("{0}… is an API key, not a signing secret: take the one that begins with whsec_")]
    ApiKey(&'static str),
    /// Something else.
    #[error(
        "a signing secret begins with whsec_: copy it from the webhook endpoint's page at Stripe"
    )]
    NoPrefix,
}

/// A signing secret, `whsec_…`. The prefix is part of the key, and nothing in it is base64:
/// Stripe's own libraries take the whole text as the key's bytes.
#[derive(Clone)]
pub struct SigningSecret(SecretString);

impl SigningSecret {
    /// Reads a secret; white space around it, as files and variables have, is cut off.
    ///
    /// # Errors
    /// When it is empty, broken by white space, or another kind of key.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        let api_key = ["sk_", "pk_", "rk_"].into_iter().find(|prefix| text.starts_with(prefix));
        match text.strip_prefix(PREFIX) {
            _ if text.is_empty() => Err(SecretError::Empty),
            _ if text.contains(char::is_whitespace) => Err(SecretError::InnerWhitespace),
            Some("") => Err(SecretError::Empty),
            Some(_) => Ok(Self(SecretString::from(text))),
            None => Err(api_key.map_or(SecretError::NoPrefix, SecretError::ApiKey)),
        }
    }

    /// The last four characters, by which people tell two secrets apart.
    #[must_use]
    pub fn ends_in(&self) -> String {
        let text = self.0.expose_secret();
        text.chars().skip(text.chars().count().saturating_sub(4)).collect()
    }

    /// The whole text, prefix included: to seal it for storage, and as the key of the MAC.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl std::fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("whsec_[masked]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_around_is_cut_off() {
        let secret = SigningSecret::parse(" \twhsec_abcdef1234\r\n").unwrap();
        assert_eq!(secret.expose(), "whsec_abcdef1234");
        assert_eq!(secret.ends_in(), "1234");
    }

    #[test]
    fn what_is_no_signing_secret_is_refused_and_not_repeated() {
        for (text, error) in [
            ("", SecretError::Empty),
            (" \n", SecretError::Empty),
            ("whsec_", SecretError::Empty),
            ("whsec_ab cd", SecretError::InnerWhitespace),
            ("whsec_ab\ncd", SecretError::InnerWhitespace),
            ("sk_live_hidden", SecretError::ApiKey("sk_")),
            ("pk_test_hidden", SecretError::ApiKey("pk_")),
            ("rk_live_hidden", SecretError::ApiKey("rk_")),
            ("hidden", SecretError::NoPrefix),
            ("WHSEC_hidden", SecretError::NoPrefix),
        ] {
            let refused = SigningSecret::parse(text).unwrap_err();
            assert_eq!(refused, error);
            assert!(!refused.to_string().contains("hidden"));
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let secret = SigningSecret::parse("whsec_abcdef1234").unwrap();
        assert_eq!(format!("{secret:?}"), "whsec_[masked]");
    }
}
