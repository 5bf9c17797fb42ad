//! Stripe's webhook signature: `Stripe-Signature: t=1492774577,v1=<64 hex>,v0=<64 hex>`, where `v1`
//! is HMAC-SHA256 over `t`, a dot, and the raw body. Rules from docs.stripe.com/webhooks; where
//! Stripe's libraries differ from each other, the tests of this module say what we do.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

pub use super::secret::{SecretError, SigningSecret};

/// Longest header read, in bytes. Stripe's own are below 300.
const HEADER_MAX: usize = 4096;
/// Most `v1` signatures tried. Stripe sends one for each secret that is valid: two while one is
/// rolled.
const SIGNATURES_MAX: usize = 16;

/// How far a signature's time may be from ours, in seconds. Exactly so far is still good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerance {
    /// Into the past. Stripe signs each delivery attempt anew, so an older one is a replay.
    pub past_s: u32,
    /// Into the future: what two clocks may differ by. Stripe's libraries have no such limit.
    pub future_s: u32,
}

impl Default for Tolerance {
    /// Five minutes either way, as Stripe's libraries take by default for the past.
    fn default() -> Self {
        Self { past_s: 300, future_s: 300 }
    }
}

/// Why a body is not taken for Stripe's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No header, or an empty one.
    #[error("there is no Stripe-Signature header: only Stripe may post here")]
    Missing,
    /// The header tells no time to check with.
    #[error("the Stripe-Signature header is malformed: {0}")]
    Malformed(HeaderFault),
    /// No `v1` fits any secret, or there is none.
    #[error("no v1 signature fits: check the endpoint's secret, and that nothing changes the body")]
    Mismatch,
    /// Genuine, but older than the tolerance by so many seconds.
    #[error("the signature is {by_s} s older than allowed: check this machine's clock")]
    TooOld {
        /// Seconds beyond the tolerance.
        by_s: u64,
    },
    /// Genuine, but further ahead than the tolerance by so many seconds.
    #[error(
        "the signature is {by_s} s further in the future than allowed: check this machine's clock"
    )]
    InFuture {
        /// Seconds beyond the tolerance.
        by_s: u64,
    },
}

impl SignatureError {
    /// The code of contract §3.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "signature_missing",
            Self::Malformed(_) => "signature_malformed",
            Self::Mismatch => "signature_mismatch",
            Self::TooOld { .. } => "timestamp_too_old",
            Self::InFuture { .. } => "timestamp_in_future",
        }
    }
}

/// What is wrong with the form of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderFault {
    /// No part begins with `t=`.
    #[error("it has no t")]
    NoTimestamp,
    /// A `t` is not a whole number of seconds.
    #[error("its t is not digits")]
    TimestampNotDigits,
    /// Two parts name two times.
    #[error("it has two t that differ")]
    TimestampsDiffer,
    /// More than any secret rotation needs.
    #[error("it has more than {SIGNATURES_MAX} signatures")]
    TooManySignatures,
    /// Longer than any of Stripe's.
    #[error("it is longer than {HEADER_MAX} bytes")]
    TooLong,
}

/// A header in the right form; nothing is proved by it yet.
#[derive(Debug, PartialEq, Eq)]
pub struct SignatureHeader<'a> {
    /// The text of `t`: the MAC is over these bytes, whatever number they stand for.
    signed_at: &'a [u8],
    timestamp: i64,
    candidates: Vec<[u8; 32]>,
}

impl<'a> SignatureHeader<'a> {
    /// Reads a header. Blanks around parts (a proxy that joins two lines adds one), unknown parts,
    /// other schemes and `v1` that are not 32 bytes of hex are passed over.
    ///
    /// # Errors
    /// [`SignatureError::Missing`] for nothing but blanks, else [`SignatureError::Malformed`].
    pub fn parse(header: &'a [u8]) -> Result<Self, SignatureError> {
        use SignatureError::Malformed;
        if header.trim_ascii().is_empty() {
            return Err(SignatureError::Missing);
        }
        if header.len() > HEADER_MAX {
            return Err(Malformed(HeaderFault::TooLong));
        }
        let mut signed_at = None;
        let mut candidates = Vec::new();
        for part in header.split(|&b| b == b',').map(<[u8]>::trim_ascii) {
            if let Some(text) = part.strip_prefix(b"t=") {
                let seconds = seconds(text).ok_or(Malformed(HeaderFault::TimestampNotDigits))?;
                if signed_at.is_some_and(|(earlier, _)| earlier != text) {
                    return Err(Malformed(HeaderFault::TimestampsDiffer));
                }
                signed_at = Some((text, seconds));
            } else if let Some(text) = part.strip_prefix(b"v1=") {
                let mut mac = [0; 32];
                if hex::decode_to_slice(text, &mut mac).is_ok() {
                    candidates.push(mac);
                }
            }
        }
        let (signed_at, timestamp) = signed_at.ok_or(Malformed(HeaderFault::NoTimestamp))?;
        if candidates.len() > SIGNATURES_MAX {
            return Err(Malformed(HeaderFault::TooManySignatures));
        }
        Ok(Self { signed_at, timestamp, candidates })
    }

    /// When Stripe says it signed, in seconds since 1970.
    #[must_use]
    pub fn timestamp(&self) -> i64 {
        self.timestamp
    }

    /// Whether it has any `v1` that could fit.
    #[must_use]
    pub fn has_candidates(&self) -> bool {
        !self.candidates.is_empty()
    }

    /// Whether any signature fits `body` under `secret`. Takes as long whichever byte differs.
    #[must_use]
    pub fn fits(&self, body: &[u8], secret: &SigningSecret) -> bool {
        let mac: [u8; 32] = mac(self.signed_at, body, secret);
        self.candidates.iter().any(|candidate| bool::from(candidate.ct_eq(&mac)))
    }

    /// Whether the signature's time is near enough to `now_unix_s`.
    ///
    /// # Errors
    /// [`SignatureError::TooOld`] or [`SignatureError::InFuture`].
    pub fn check_time(&self, now_unix_s: i64, tolerance: Tolerance) -> Result<(), SignatureError> {
        let distance_s = now_unix_s.abs_diff(self.timestamp);
        let past = self.timestamp <= now_unix_s;
        let allowed_s = u64::from(if past { tolerance.past_s } else { tolerance.future_s });
        match distance_s.saturating_sub(allowed_s) {
            0 => Ok(()),
            by_s if past => Err(SignatureError::TooOld { by_s }),
            by_s => Err(SignatureError::InFuture { by_s }),
        }
    }
}

/// A body that Stripe signed. [`verify`] alone makes one.
#[derive(Debug, Clone, Copy)]
pub struct Verified<'a> {
    body: &'a [u8],
    /// Which of the secrets signed it, counted from 0 in the order given.
    pub secret_index: usize,
    /// When Stripe signed it, in seconds since 1970: a retry has a new one, the event's own time is
    /// older.
    pub timestamp: i64,
}

impl<'a> Verified<'a> {
    /// The bytes that were signed.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.body
    }
}

/// Checks, in this order, that there is a header, that it has the right form, that one of its
/// signatures fits one of the secrets, and that it was made within the tolerance of `now_unix_s`.
/// Several header lines are to be joined with [`join_lines`] first.
///
/// # Errors
/// The first check that fails.
pub fn verify<'a, 's>(
    header: Option<&[u8]>,
    body: &'a [u8],
    secrets: impl IntoIterator<Item = &'s SigningSecret>,
    now_unix_s: i64,
    tolerance: Tolerance,
) -> Result<Verified<'a>, SignatureError> {
    let header = SignatureHeader::parse(header.unwrap_or_default())?;
    let secret_index = secrets
        .into_iter()
        .position(|secret| header.fits(body, secret))
        .ok_or(SignatureError::Mismatch)?;
    header.check_time(now_unix_s, tolerance)?;
    Ok(Verified { body, secret_index, timestamp: header.timestamp })
}

/// Makes one header of all lines, as HTTP allows a proxy to: none is passed over.
#[must_use]
pub fn join_lines<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let lines: Vec<_> = lines.into_iter().collect();
    (!lines.is_empty()).then(|| lines.join(&b','))
}

/// Signs as Stripe does and gives the header's value: for the gateway's own test alerts.
#[must_use]
pub fn sign(body: &[u8], secret: &SigningSecret, timestamp: i64) -> String {
    let mac = mac(timestamp.to_string().as_bytes(), body, secret);
    format!("t={timestamp},v1={}", hex::encode(mac))
}

fn mac(signed_at: &[u8], body: &[u8], secret: &SigningSecret) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(signed_at);
    mac.update(b".");
    mac.update(body);
    mac.finalize().into_bytes().into()
}

/// Digits alone, without leading zeros, that fit: so one moment has one text.
fn seconds(text: &[u8]) -> Option<i64> {
    let canonical =
        text == b"0" || (!text.starts_with(b"0") && text.iter().all(u8::is_ascii_digit));
    canonical.then(|| str::from_utf8(text).ok()?.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;
