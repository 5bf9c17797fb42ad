//! Why a signature does or does not verify, in sentences: what `tillbell explain-signature` says.
//! Unlike the verifier, which must not guess, this one tries what proxies and frameworks are known
//! to do to a body.

mod bodies;

use super::signature::{
    HeaderFault, SecretError, SignatureError, SignatureHeader, SigningSecret, Tolerance,
};
pub use bodies::BodyChange;

/// The reason, for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is wrong.
    Verifies,
    /// The secret is no signing secret, or broken.
    BadSecret(SecretError),
    /// There is no header.
    HeaderMissing,
    /// The header is not in the right form.
    HeaderMalformed(HeaderFault),
    /// The header has only signatures of the scheme that Stripe's test events carry beside `v1`.
    OnlyV0,
    /// The header has no `v1` with 64 hex digits.
    NoV1,
    /// The body is not the one that was signed.
    BodyChanged(BodyChange),
    /// The body fits under no reading: most likely another secret.
    OtherSecret,
    /// All fits, but it was signed so many seconds before what is allowed.
    TooOld(u64),
    /// All fits, but it was signed so many seconds after what is allowed.
    InFuture(u64),
}

impl Verdict {
    /// One word for scripts and `--json`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Verifies => "verifies",
            Self::BadSecret(SecretError::InnerWhitespace) => "secret_whitespace",
            Self::BadSecret(_) => "secret_wrong_kind",
            Self::HeaderMissing => "signature_missing",
            Self::HeaderMalformed(_) => "signature_malformed",
            Self::OnlyV0 => "only_v0",
            Self::NoV1 => "no_v1",
            Self::BodyChanged(_) => "body_changed",
            Self::OtherSecret => "other_secret",
            Self::TooOld(_) => "timestamp_too_old",
            Self::InFuture(_) => "timestamp_in_future",
        }
    }
}

/// A verdict and what to tell a person, the reason first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The first thing that is wrong.
    pub verdict: Verdict,
    /// Everything that was found, one sentence each. Neither secret nor body is in them.
    pub sentences: Vec<String>,
}

/// Explains a delivery as if it had arrived at `now_unix_s`, with the default tolerance.
#[must_use]
pub fn explain(header: &str, body: &[u8], secret_text: &str, now_unix_s: i64) -> Explanation {
    let mut sentences = Vec::new();
    let verdict = judge(header, body, secret_text, now_unix_s, &mut sentences);
    Explanation { verdict, sentences }
}

fn judge(
    header: &str,
    body: &[u8],
    secret_text: &str,
    now_unix_s: i64,
    say: &mut Vec<String>,
) -> Verdict {
    let secret = match SigningSecret::parse(secret_text) {
        Ok(secret) => secret,
        Err(error) => return bad_secret(error, header, body, secret_text, say),
    };
    // One line break is what a file or a pipe ends with; anything else was copied along.
    let piped = secret_text.strip_suffix('\n').unwrap_or(secret_text);
    if piped.strip_suffix('\r').unwrap_or(piped) != secret.expose() {
        say.push(
            "the secret has white space around it: Tillbell cuts it off, other programs may not"
                .into(),
        );
    }
    // A line copied from a log often has the header's name in front.
    let value = header.trim().split_once(':').map_or(header, |(_, value)| value);
    let header = match SignatureHeader::parse(value.as_bytes()) {
        Ok(header) => header,
        Err(SignatureError::Malformed(fault)) => {
            say.push(format!("{}: copy its value whole", SignatureError::Malformed(fault)));
            return Verdict::HeaderMalformed(fault);
        }
        Err(_) => {
            say.push("there is no Stripe-Signature header: Stripe did not send this".into());
            return Verdict::HeaderMissing;
        }
    };
    if !header.has_candidates() {
        return no_v1(value, say);
    }
    let changed =
        if header.fits(body, &secret) { None } else { bodies::recover(&header, body, &secret) };
    if changed.is_none() && !header.fits(body, &secret) {
        say.push(
            "no v1 signature fits: it was signed with another secret, or the body was changed \
             past recognition"
                .into(),
        );
        say.push(format!(
            "the secret given ends in {}: each endpoint has its own, test and live mode have their own, \
             and `stripe listen` prints its own",
            secret.ends_in()
        ));
        return Verdict::OtherSecret;
    }
    if let Some(change) = changed {
        say.push(format!("the secret is right, but the body was changed on its way: {change}"));
        say.push(
            "verify the bytes as they arrived, before anything parses or rewrites them".into(),
        );
    }
    let late = time(&header, now_unix_s, say);
    changed.map(Verdict::BodyChanged).or(late).unwrap_or_else(|| {
        say.push("the signature verifies".into());
        Verdict::Verifies
    })
}

fn bad_secret(
    error: SecretError,
    header: &str,
    body: &[u8],
    secret_text: &str,
    say: &mut Vec<String>,
) -> Verdict {
    say.push(error.to_string());
    if error == SecretError::InnerWhitespace {
        let joined: String = secret_text.split_whitespace().collect();
        let fits =
            |secret| SignatureHeader::parse(header.as_bytes()).is_ok_and(|h| h.fits(body, &secret));
        if SigningSecret::parse(&joined).is_ok_and(fits) {
            say.push("without the white space it fits".into());
        }
    }
    Verdict::BadSecret(error)
}

fn no_v1(header: &str, say: &mut Vec<String>) -> Verdict {
    let has = |scheme: &str| header.split(',').any(|part| part.trim().starts_with(scheme));
    if has("v0=") && !has("v1=") {
        say.push(
            "the header has only v0, which is not a real signature: Stripe adds it to test events"
                .into(),
        );
        return Verdict::OnlyV0;
    }
    say.push("the header has no v1 of 64 hex digits: copy its value whole".into());
    Verdict::NoV1
}

fn time(header: &SignatureHeader<'_>, now_unix_s: i64, say: &mut Vec<String>) -> Option<Verdict> {
    let distance = now_unix_s.abs_diff(header.timestamp());
    let Tolerance { past_s, future_s } = Tolerance::default();
    match header.check_time(now_unix_s, Tolerance::default()).err()? {
        SignatureError::InFuture { by_s } => {
            say.push(format!(
                "it was signed {distance} s in the future, {by_s} s more than the {future_s} s \
                 allowed: this machine's clock is slow"
            ));
            Some(Verdict::InFuture(by_s))
        }
        SignatureError::TooOld { by_s } => {
            say.push(format!(
                "it was signed {distance} s ago, {by_s} s more than the {past_s} s allowed: a saved \
                 delivery is always too old, a fresh one means that this machine's clock is fast"
            ));
            Some(Verdict::TooOld(by_s))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
