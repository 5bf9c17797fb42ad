//! Invitations: codes by which a streamer, who need not have any key, sets up their Stripe account.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use super::{Directory, DirectoryError};
use crate::{
    id::StreamerId,
    keys::{new_token, token_hash},
    store::DocumentKind,
};

/// How long an invitation is good, as often as it takes: telling Stripe everything may take days.
const LASTS: Duration = Duration::from_hours(7 * 24);

impl Directory {
    /// A code for this streamer, good for a week. Only its hash is kept.
    ///
    /// # Errors
    /// Those of the store and of randomness.
    pub async fn new_invitation(
        &self,
        streamer: &StreamerId,
    ) -> Result<SecretString, DirectoryError> {
        let code = new_token("")?;
        let (hash, lapse) = (token_hash(code.expose_secret()), self.store.now() + LASTS);
        self.put(DocumentKind::Invitation, hash, Some(streamer), &(), Some(lapse)).await?;
        Ok(code)
    }

    /// Whose invitation this code is of.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn invited(&self, code: &str) -> Result<Option<StreamerId>, DirectoryError> {
        let document = self.store.document(DocumentKind::Invitation, &token_hash(code)).await?;
        Ok(document.and_then(|document| document.owner))
    }
}
