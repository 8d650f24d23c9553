//! Values that open doors: hidden in logs, wiped from memory, stored only as a hash.
use std::fmt;

use aws_lc_rs::digest;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::random::Random;

/// Characters of a checksum.
const CHECKSUM: usize = 6;

fn checksum(body: &str) -> String {
    let fingerprint = Fingerprint::of(body);
    fingerprint.as_str().chars().take(CHECKSUM).collect()
}

/// A secret text. It has no `Display`, no `Serialize` and a `Debug` that says
/// nothing; its memory is wiped when it goes.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes `text` as a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// `prefix` and 256 random bits. The prefix tells people and secret scanners
    /// what they have found.
    pub fn random(prefix: &str, random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(bytes.as_mut());
        Self::new(format!(
            "{prefix}{}",
            URL_SAFE_NO_PAD.encode(bytes.as_ref())
        ))
    }

    /// [`Secret::random`] and a checksum, so that a copy that was cut short is known by its
    /// form.
    pub fn checked(prefix: &str, random: &dyn Random) -> Self {
        let secret = Self::random(prefix, random);
        Self::new(format!("{}{}", secret.expose(), checksum(secret.expose())))
    }

    /// Whether it has the form of [`Secret::checked`] behind `prefix`.
    pub fn is_checked(&self, prefix: &str) -> bool {
        let text = self.expose();
        let body = text.len().checked_sub(CHECKSUM);
        let parts = body.and_then(|at| text.split_at_checked(at));
        text.len() == prefix.len() + 43 + CHECKSUM
            && text.starts_with(prefix)
            && parts.is_some_and(|(body, sum)| checksum(body) == sum)
    }

    /// The text itself: for the one answer that shows it, and for hashing.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The 32 bytes of a key that is written as 64 hex digits or as base64, plain or for
    /// addresses, with or without its padding. `None` when it is anything else.
    pub fn to_key(&self) -> Option<Zeroizing<[u8; 32]>> {
        let text = self.0.trim();
        let bytes = Zeroizing::new(match text.len() {
            64 => hex::decode(text).ok()?,
            _ => {
                let text = Zeroizing::new(text.replace('-', "+").replace('_', "/"));
                STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok()?
            }
        });
        <[u8; 32]>::try_from(bytes.as_slice())
            .ok()
            .map(Zeroizing::new)
    }

    /// What the database keeps of a secret with at least 128 random bits.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::new)
    }
}

/// SHA-256 of a secret, lower-case hex. Compared in constant time.
#[derive(Debug, Clone, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of `text`.
    pub fn of(text: &str) -> Self {
        Self(hex::encode(digest::digest(
            &digest::SHA256,
            text.as_bytes(),
        )))
    }

    /// Takes a stored fingerprint. `None` unless it is 64 lower-case hex digits.
    pub fn parse(hex: &str) -> Option<Self> {
        let is_hex = |b: &u8| b.is_ascii_digit() || (b'a'..=b'f').contains(b);
        (hex.len() == 64 && hex.as_bytes().iter().all(is_hex)).then(|| Self(hex.to_owned()))
    }

    /// Whether it is that of `text`, in constant time.
    fn is_of(&self, text: &str) -> bool {
        let digest = digest::digest(&digest::SHA256, text.as_bytes());
        let mut digits = [0; 2 * digest::SHA256_OUTPUT_LEN];
        // Every digest fits into its digits.
        hex::encode_to_slice(digest, &mut digits).is_ok() && self.0.as_bytes().ct_eq(&digits).into()
    }

    /// The hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

/// What the database keeps of a client secret or an API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredSecret {
    /// SHA-256: for secrets of at least 128 random bits, or 32 characters.
    Fast(Fingerprint),
    /// A PHC string of Argon2id: for shorter ones, which somebody chose.
    Slow(String),
}

impl StoredSecret {
    /// The fast form of a long secret.
    pub fn fast(secret: &Secret) -> Self {
        Self::Fast(secret.fingerprint())
    }

    /// Reads a stored secret: `sha256:` and 64 hex digits, or an Argon2id PHC string.
    /// `None` when it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("sha256:") {
            Some(hex) => Fingerprint::parse(hex).map(Self::Fast),
            None => text
                .starts_with("$argon2id$")
                .then(|| Self::Slow(text.to_owned())),
        }
    }

    /// Whether `secret` is the one, in constant time. `None` when only Argon2 can tell.
    pub fn verify_fast(&self, secret: &Secret) -> Option<bool> {
        match self {
            Self::Fast(fingerprint) => Some(fingerprint.is_of(secret.expose())),
            Self::Slow(_) => None,
        }
    }
}

impl fmt::Display for StoredSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fast(fingerprint) => write!(f, "sha256:{}", fingerprint.as_str()),
            Self::Slow(phc) => f.write_str(phc),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn a_secret_says_nothing_of_itself() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }

    #[test]
    fn random_secrets_carry_their_prefix_and_256_bits() {
        let random = SeededRandom::new(1);
        let (a, b) = (
            Secret::random("tsk_", &random),
            Secret::random("tsk_", &random),
        );
        assert_eq!(a.expose().len(), "tsk_".len() + 43);
        assert_ne!(a.fingerprint(), b.fingerprint());
    }

    #[test]
    fn a_secret_that_was_not_copied_whole_is_known_by_its_form() {
        let secret = Secret::checked("tsk_", &SeededRandom::new(1));
        assert!(secret.is_checked("tsk_"));
        let text = secret.expose();
        for changed in [
            &text[..text.len() - 1],
            &text.to_uppercase(),
            &text[1..],
            "",
            "tsk_é",
        ] {
            assert!(!Secret::new(changed).is_checked("tsk_"), "{changed}");
        }
    }

    #[test]
    fn a_key_is_32_bytes_in_hex_or_base64() {
        let bytes = [0xfb; 32];
        for text in [
            hex::encode(bytes),
            STANDARD_NO_PAD.encode(bytes),
            format!("{}=", STANDARD_NO_PAD.encode(bytes)),
            URL_SAFE_NO_PAD.encode(bytes),
            format!(" {}\n", hex::encode(bytes)),
        ] {
            let key = Secret::new(text.as_str()).to_key();
            assert_eq!(key.as_deref(), Some(&bytes), "{text}");
        }
        for text in [
            "",
            "hunter2",
            &hex::encode([1; 31]),
            &"g".repeat(64),
            &"A".repeat(44),
        ] {
            assert!(Secret::new(text).to_key().is_none(), "{text}");
        }
    }
}
