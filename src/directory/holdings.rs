//! What streamers hold at Stripe: connected accounts and payment links. Each belongs to one streamer,
//! so that an event that names it is that streamer's.

use serde::{Deserialize, Serialize};

use super::{Directory, DirectoryError, LISTED, read, unreadable};
use crate::{
    id::StreamerId,
    store::{Document, DocumentKind, Expect},
    time::Timestamp,
};

/// Longest id of Stripe's that is taken, in bytes; theirs are below 40.
const ID_MAX: usize = 100;

/// What a streamer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// A connected account, `acct_…`.
    Account,
    /// A payment link, `plink_…`.
    PaymentLink,
}

impl Holding {
    const fn kind(self) -> DocumentKind {
        match self {
            Self::Account => DocumentKind::Account,
            Self::PaymentLink => DocumentKind::PaymentLink,
        }
    }

    /// What people call it.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Account => "Stripe account",
            Self::PaymentLink => "payment link",
        }
    }

    /// Whether `id` has the form of Stripe's ids of this kind.
    fn check(self, id: &str) -> Result<(), DirectoryError> {
        let (prefix, wrong) = match self {
            Self::Account => ("acct_", "a Stripe account is written acct_…, as Stripe shows it"),
            Self::PaymentLink => (
                "plink_",
                "a payment link is written plink_…, as the Dashboard's address shows it, not as buyers open it",
            ),
        };
        let fits = id.strip_prefix(prefix).is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        });
        if fits && id.len() <= ID_MAX { Ok(()) } else { Err(DirectoryError::BadName(wrong)) }
    }
}

/// Something that a streamer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Stripe's id of it.
    pub id: String,
    /// Whose it is.
    pub streamer: StreamerId,
    /// When it was added here.
    pub created: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Body {
    created: Timestamp,
}

impl Directory {
    /// Gives a streamer what they hold at Stripe; what they have already stays as it is.
    ///
    /// # Errors
    /// When the id is not of the kind's form, another streamer has it, or the store fails.
    pub async fn add_holding(
        &self,
        what: Holding,
        streamer: &StreamerId,
        id: &str,
    ) -> Result<Held, DirectoryError> {
        what.check(id)?;
        let created = self.store.now();
        let document = Document {
            id: id.into(),
            owner: Some(streamer.clone()),
            version: 0,
            expires: None,
            body: serde_json::to_value(Body { created }).expect("a time is plain JSON"),
        };
        if self.store.put_document(what.kind(), document, Expect::Absent).await?.is_some() {
            return Ok(Held { id: id.into(), streamer: streamer.clone(), created });
        }
        // Whose it is, is not told: an owner has nothing to learn of other streamers.
        let taken = || {
            let noun = what.noun();
            DirectoryError::Exists(format!(
                "the {noun} {id} is another streamer's: remove it there"
            ))
        };
        self.holding(what, id).await?.filter(|held| held.streamer == *streamer).ok_or_else(taken)
    }

    /// What has this id, if a streamer holds it.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn holding(&self, what: Holding, id: &str) -> Result<Option<Held>, DirectoryError> {
        self.store.document(what.kind(), id).await?.as_ref().map(held).transpose()
    }

    /// What a streamer holds, by id; at most 1000.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn holdings(
        &self,
        what: Holding,
        streamer: &StreamerId,
    ) -> Result<Vec<Held>, DirectoryError> {
        let documents = self.store.documents(what.kind(), Some(streamer), None, LISTED).await?;
        documents.iter().map(held).collect()
    }

    /// Connected accounts of all streamers, by id, after `after`; at most 1000.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn accounts(&self, after: Option<&str>) -> Result<Vec<Held>, DirectoryError> {
        let documents = self.store.documents(DocumentKind::Account, None, after, LISTED).await?;
        documents.iter().map(held).collect()
    }

    /// Takes something away from a streamer; whether they had it. Sales that it brought stay theirs.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn remove_holding(
        &self,
        what: Holding,
        streamer: &StreamerId,
        id: &str,
    ) -> Result<bool, DirectoryError> {
        let theirs = self.holding(what, id).await?.is_some_and(|held| held.streamer == *streamer);
        Ok(theirs && self.store.remove_document(what.kind(), id).await?)
    }

    /// The account that a streamer's own calls to Stripe are made for: the one added last. `None` is
    /// the gateway's own account.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn account_of(
        &self,
        streamer: &StreamerId,
    ) -> Result<Option<String>, DirectoryError> {
        let accounts = self.holdings(Holding::Account, streamer).await?;
        Ok(accounts.into_iter().max_by_key(|held| held.created).map(|held| held.id))
    }

    /// Whose account this is.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn streamer_of_account(
        &self,
        account: &str,
    ) -> Result<Option<StreamerId>, DirectoryError> {
        Ok(self.holding(Holding::Account, account).await?.map(|held| held.streamer))
    }
}

fn held(document: &Document) -> Result<Held, DirectoryError> {
    let Body { created } = read(document)?;
    let streamer = document.owner.clone();
    let streamer = streamer.ok_or_else(|| unreadable(&document.id, "it has no owner"))?;
    Ok(Held { id: document.id.clone(), streamer, created })
}
