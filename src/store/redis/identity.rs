//! What makes several nodes one gateway: the master key and the admin token, made by the first and
//! taken over by all others. The token is sealed under the master key; the master key is itself
//! sealed when the nodes share a secret that Redis does not know.

use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;

use super::{
    RedisStore,
    call::{Call, lua},
    link::Link,
    names::GATEWAY,
};
use crate::{
    keys::{KeyError, Keys, Seal, new_token},
    store::StoreError,
};

lua!(FIRST, "first");
lua!(BRING, "bring");

const MASTER: &str = "master";
const ADMIN: &str = "admin";

/// There while a gateway moves in: what is here is not whole, and no node begins on it.
pub(super) const MOVING: &str = "moving";

/// What a sealed master key begins with.
const SEALED: &str = "sealed.";

/// The secrets of a gateway that each of its nodes has.
#[derive(Clone, Debug, Default)]
pub struct Identity<S> {
    /// The master key, as 64 hexadecimal digits.
    pub master: S,
    /// The admin token.
    pub admin_token: S,
}

/// Why a node is not one of this gateway.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// It has the key of another.
    #[error(
        "master.key in the data directory is not this gateway's, whose key is in Redis: name an empty \
         directory with --data, or the Redis that belongs to this one"
    )]
    OtherKey,
    /// It has no key to the key.
    #[error("the master key in Redis is sealed: set redis.cluster_secret as on the other nodes")]
    NoSecret,
    /// It has the wrong one.
    #[error(
        "redis.cluster_secret does not open the master key in Redis: set it as on the other nodes"
    )]
    WrongSecret,
    /// It would begin on a part of what it had.
    #[error(
        "a gateway is moving into this Redis, or its move broke off: wait until tillbell migrate has \
         ended; if it broke off, empty this Redis and run it again"
    )]
    Moving,
    /// A key is none.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Redis did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RedisStore {
    /// Whether Redis knows the gateway: not if it came back without what it held.
    ///
    /// # Errors
    /// When Redis does not answer.
    pub async fn is_founded(&self) -> Result<bool, StoreError> {
        Ok(field(&self.link, MASTER).await?.is_some())
    }

    /// The gateway's identity: what the first node brought or made. `own` is what this node has so
    /// far, `secret` opens the master key if it is sealed.
    ///
    /// # Errors
    /// When this node has another master key or secret, or Redis does not answer.
    pub async fn identity(
        &self,
        own: Identity<Option<SecretString>>,
        secret: Option<&SecretString>,
    ) -> Result<Identity<SecretString>, IdentityError> {
        let seal = secret.map(Seal::of);
        let master = master(&self.link, own.master, seal.as_ref()).await?;
        let keys = Keys::derive(&master)?;
        let stored = match field(&self.link, ADMIN).await? {
            Some(stored) => stored,
            None => {
                let token = own.admin_token.map_or_else(|| new_token("tba."), Ok)?;
                first(&self.link, ADMIN, keys.seal(ADMIN, &token)?).await?
            }
        };
        Ok(Identity { master, admin_token: keys.open(ADMIN, &stored)? })
    }
}

/// Refuses a Redis into which a gateway is moving.
pub(super) async fn refuse_moving(link: &Link) -> Result<(), IdentityError> {
    match field(link, MOVING).await? {
        Some(_) => Err(IdentityError::Moving),
        None => Ok(()),
    }
}

/// Brings the identity of a gateway that has moved in under this mark, and takes the mark away.
/// `false` when that is not there any more.
pub(super) async fn bring(
    link: &Link,
    mark: &str,
    own: &Identity<SecretString>,
    secret: Option<&SecretString>,
) -> Result<bool, IdentityError> {
    let admin_token = Keys::derive(&own.master)?.seal(ADMIN, &own.admin_token)?;
    let master = sealed(&own.master, secret.map(Seal::of).as_ref())?;
    let call = Call::new(&BRING, [GATEWAY.to_owned()]).arg(MOVING).arg(mark);
    Ok(link.run_durably(&call.arg(MASTER).arg(master).arg(ADMIN).arg(admin_token)).await?)
}

/// A master key as Redis keeps it.
fn sealed(master: &SecretString, seal: Option<&Seal>) -> Result<String, KeyError> {
    Ok(match seal {
        Some(seal) => format!("{SEALED}{}", seal.seal(MASTER, master)?),
        None => master.expose_secret().to_owned(),
    })
}

async fn master(
    link: &Link,
    own: Option<SecretString>,
    seal: Option<&Seal>,
) -> Result<SecretString, IdentityError> {
    let stored = match field(link, MASTER).await? {
        Some(stored) => stored,
        None => {
            let master = own.clone().map_or_else(Keys::new_master, Ok)?;
            Keys::derive(&master)?;
            first(link, MASTER, sealed(&master, seal)?).await?
        }
    };
    let master = match (stored.strip_prefix(SEALED), seal) {
        (Some(stored), Some(seal)) => {
            seal.open(MASTER, stored).map_err(|_| IdentityError::WrongSecret)?
        }
        (Some(_), None) => return Err(IdentityError::NoSecret),
        (None, _) => stored.clone().into(),
    };
    let derived = Keys::derive(&master)?;
    if let Some(own) = own
        && Keys::derive(&own)?.fingerprint() != derived.fingerprint()
    {
        return Err(IdentityError::OtherKey);
    }
    if seal.is_some() && !stored.starts_with(SEALED) {
        // The secret is new: from now on every node needs it.
        let mut set = redis::cmd("HSET");
        tracing::info!("the master key is sealed now: every node needs redis.cluster_secret");
        link.query::<()>(set.arg(GATEWAY).arg(MASTER).arg(sealed(&master, seal)?)).await?;
    }
    Ok(master)
}

async fn field(link: &Link, name: &str) -> Result<Option<String>, StoreError> {
    link.query(redis::cmd("HGET").arg(GATEWAY).arg(name)).await
}

/// Sets a field that nobody has set; what it holds now.
async fn first(link: &Link, name: &str, value: String) -> Result<String, StoreError> {
    link.run_durably(&Call::new(&FIRST, [GATEWAY.to_owned()]).arg(name).arg(value)).await
}
