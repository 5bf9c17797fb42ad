//! Keys: the master key and what is derived from it. Overlay keys are MACs, so that the streamer can
//! be shown the link again; all other keys are random and kept only as hashes.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::{id::OverlayId, store::BuyerKey};

/// A key or a sealed secret that is not right.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// The file does not hold a master key.
    #[error("the master key file does not hold 64 hexadecimal digits: restore it from a backup")]
    Malformed,
    /// A sealed secret was sealed under another master key, or changed.
    #[error(
        "a stored secret was sealed under another master key: restore the file master.key that belongs to this data"
    )]
    Sealed,
    /// The operating system has no random numbers.
    #[error("the operating system gives no random numbers")]
    NoRandomness,
}

/// The gateway's keys.
#[derive(Clone)]
pub struct Keys {
    overlay: [u8; 32],
    buyer: [u8; 32],
    seal: Seal,
    fingerprint: String,
}

/// A key that seals secrets for the store.
#[derive(Clone)]
pub struct Seal([u8; 32]);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// Random text for a new master key: 64 hexadecimal digits.
    ///
    /// # Errors
    /// When the operating system has no random numbers.
    pub fn new_master() -> Result<SecretString, KeyError> {
        Ok(hex::encode(random()?).into())
    }

    /// The keys that come from a master key.
    ///
    /// # Errors
    /// When it is not 64 hexadecimal digits.
    pub fn derive(master: &SecretString) -> Result<Self, KeyError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(master.expose_secret().trim(), &mut bytes)
            .map_err(|_| KeyError::Malformed)?;
        let hkdf = Hkdf::<Sha256>::new(None, &bytes);
        let subkey = |label: &str| {
            let mut key = [0; 32];
            hkdf.expand(label.as_bytes(), &mut key).expect("32 bytes are within HKDF's bound");
            key
        };
        Ok(Self {
            overlay: subkey("tillbell overlay key 1"),
            buyer: subkey("tillbell buyer 1"),
            seal: Seal(subkey("tillbell sealed secret 1")),
            fingerprint: hex::encode(&subkey("tillbell fingerprint 1")[..8]),
        })
    }

    /// Tells this master key from others without telling it.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The key of one generation of an overlay: `ovk.<id>.<generation>.<MAC>`.
    #[must_use]
    pub fn overlay_key(&self, overlay: OverlayId, generation: u32) -> String {
        let mac = self.overlay_mac(overlay, generation).finalize().into_bytes();
        format!("ovk.{overlay}.{generation}.{}", BASE64.encode(mac))
    }

    /// The overlay and generation a key is for, if we made it. Whether the generation is the present
    /// one only the overlay's document knows.
    #[must_use]
    pub fn read_overlay_key(&self, key: &str) -> Option<(OverlayId, u32)> {
        let mut parts = key.splitn(4, '.');
        let (kind, overlay, generation, mac) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let overlay = overlay.parse().ok().filter(|_| kind == "ovk")?;
        let generation = generation.parse().ok()?;
        let mac = BASE64.decode(mac).ok()?;
        self.overlay_mac(overlay, generation).verify_slice(&mac).ok()?;
        Some((overlay, generation))
    }

    fn overlay_mac(&self, overlay: OverlayId, generation: u32) -> Hmac<Sha256> {
        mac(&self.overlay, &[b"overlay", overlay.to_string().as_bytes(), &generation.to_be_bytes()])
    }

    /// Who a buyer is, without telling who it is.
    #[must_use]
    pub fn buyer(&self, streamer: &str, customer_or_email: &str) -> BuyerKey {
        let mac = mac(&self.buyer, &[streamer.as_bytes(), customer_or_email.as_bytes()]);
        BuyerKey(hex::encode(&mac.finalize().into_bytes()[..16]))
    }

    /// Seals a secret for the store; `place` must be told again to open it.
    ///
    /// # Errors
    /// When the operating system has no random numbers.
    pub fn seal(&self, place: &str, secret: &SecretString) -> Result<String, KeyError> {
        self.seal.seal(place, secret)
    }

    /// Opens a sealed secret.
    ///
    /// # Errors
    /// When it was sealed under another key or for another place.
    pub fn open(&self, place: &str, sealed: &str) -> Result<SecretString, KeyError> {
        self.seal.open(place, sealed)
    }
}

impl Seal {
    /// The key that comes from a secret which is long enough not to be guessed.
    #[must_use]
    pub fn of(secret: &SecretString) -> Self {
        let hkdf = Hkdf::<Sha256>::new(None, secret.expose_secret().as_bytes());
        let mut key = [0; 32];
        hkdf.expand(b"tillbell cluster secret 1", &mut key)
            .expect("32 bytes are within HKDF's bound");
        Self(key)
    }

    /// Seals a secret; `place` must be told again to open it.
    ///
    /// # Errors
    /// When the operating system has no random numbers.
    pub fn seal(&self, place: &str, secret: &SecretString) -> Result<String, KeyError> {
        let mut nonce = [0; 24];
        getrandom::fill(&mut nonce).map_err(|_| KeyError::NoRandomness)?;
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: place.as_bytes() };
        let sealed = XChaCha20Poly1305::new(&self.0.into())
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a secret is shorter than the cipher's bound");
        Ok(format!("{}.{}", BASE64.encode(nonce), BASE64.encode(sealed)))
    }

    /// Opens a sealed secret.
    ///
    /// # Errors
    /// When it was sealed under another key or for another place.
    pub fn open(&self, place: &str, sealed: &str) -> Result<SecretString, KeyError> {
        let (nonce, sealed) = sealed.split_once('.').ok_or(KeyError::Sealed)?;
        let nonce: [u8; 24] = BASE64
            .decode(nonce)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(KeyError::Sealed)?;
        let sealed = BASE64.decode(sealed).map_err(|_| KeyError::Sealed)?;
        let payload = Payload { msg: &sealed, aad: place.as_bytes() };
        XChaCha20Poly1305::new(&self.0.into())
            .decrypt(&XNonce::from(nonce), payload)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .map(SecretString::from)
            .ok_or(KeyError::Sealed)
    }
}

/// HMAC over length-prefixed parts, so that no two lists of parts give the same bytes.
fn mac(key: &[u8; 32], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac
}

fn random() -> Result<[u8; 32], KeyError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
    Ok(bytes)
}

/// A new random token: `prefix` and 256 random bits.
///
/// # Errors
/// When the operating system has no random numbers.
pub fn new_token(prefix: &str) -> Result<SecretString, KeyError> {
    Ok(format!("{prefix}{}", BASE64.encode(random()?)).into())
}

/// What a code that people type is made of: no 0 beside O, no 1 beside I.
const EASY: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// A new code of eight characters that are easy to type: 40 random bits.
///
/// # Errors
/// When the operating system has no random numbers.
pub fn new_code() -> Result<String, KeyError> {
    Ok(random()?[..8].iter().map(|byte| char::from(EASY[usize::from(byte % 32)])).collect())
}

/// What is stored of a random token: its SHA-256 in hex. A plain hash is enough for 256 random bits,
/// and looking it up by hash takes the same time whatever was sent.
#[must_use]
pub fn token_hash(token: &str) -> String {
    hex::encode(token_digest(token))
}

/// The SHA-256 of a random token.
#[must_use]
pub fn token_digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(byte: &str) -> Keys {
        Keys::derive(&byte.repeat(32).into()).unwrap()
    }

    #[test]
    fn overlay_keys_read_back_and_no_others_do() {
        let (ours, theirs) = (keys("01"), keys("02"));
        let overlay = OverlayId::from_u128(7);
        let key = ours.overlay_key(overlay, 3);
        assert_eq!(ours.read_overlay_key(&key), Some((overlay, 3)));
        assert_eq!(theirs.read_overlay_key(&key), None);
        assert_eq!(ours.read_overlay_key(&key.replace(".3.", ".4.")), None);
        for bad in ["", "ovk", "ovk...", "ovk.x.1.AA", &key[..key.len() - 1], &format!("{key}A")] {
            assert_eq!(ours.read_overlay_key(bad), None, "{bad}");
        }
    }

    #[test]
    fn sealed_secrets_open_in_their_place_only() {
        let keys = keys("01");
        let sealed = keys.seal("secret:1", &"whsec_x".into()).unwrap();
        assert_eq!(keys.open("secret:1", &sealed).unwrap().expose_secret(), "whsec_x");
        assert_eq!(keys.open("secret:2", &sealed).unwrap_err(), KeyError::Sealed);
        assert_eq!(keys.open("secret:1", "x").unwrap_err(), KeyError::Sealed);
        let (ours, theirs) = (Seal::of(&"a long secret".into()), Seal::of(&"another".into()));
        let sealed = ours.seal("master", &"x".into()).unwrap();
        assert_eq!(ours.open("master", &sealed).unwrap().expose_secret(), "x");
        assert_eq!(theirs.open("master", &sealed).unwrap_err(), KeyError::Sealed);
    }

    #[test]
    fn codes_are_eight_easy_characters() {
        let code = new_code().unwrap();
        assert_eq!(code.len(), 8);
        assert!(code.bytes().all(|byte| EASY.contains(&byte)), "{code}");
        assert_ne!(code, new_code().unwrap());
    }

    #[test]
    fn parts_are_kept_apart() {
        let keys = keys("01");
        assert_ne!(keys.buyer("ab", "c"), keys.buyer("a", "bc"));
    }

    #[test]
    fn a_master_key_is_64_hex_digits() {
        assert!(Keys::derive(&Keys::new_master().unwrap()).is_ok());
        assert_eq!(Keys::derive(&"abc".into()).unwrap_err(), KeyError::Malformed);
    }
}
