//! The key-encryption key: 32 random bytes, from which every key that protects
//! something at rest is derived (HKDF-SHA-256, RFC 5869). `kek_file` has the file.
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf, hmac,
};
use zeroize::Zeroizing;

use super::macs::Macs;
use crate::random::Random;

/// Its length in bytes.
pub(super) const LENGTH: usize = 32;

/// The key-encryption key, never used itself, and what is derived from it.
pub(super) struct Kek {
    /// Tells which key sealed a record; says nothing about the key.
    id: String,
    sealing: LessSafeKey,
    root: Zeroizing<[u8; LENGTH]>,
}

/// Why a sealed record did not open.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// Another key-encryption key sealed it.
    #[error(
        "it is sealed with the key-encryption key {0}, which is not the one of keys_dir or keys_secret"
    )]
    OtherKey(String),
    /// The record, or what it belongs to, was altered.
    #[error("it is damaged, or it was altered or moved")]
    Damaged,
}

impl Kek {
    /// Derives what is needed from the key itself.
    #[expect(
        clippy::expect_used,
        reason = "HKDF-SHA-256 refuses only above 8160 bytes"
    )]
    pub(super) fn new(key: &[u8; LENGTH]) -> Self {
        let root = extract(key);
        let derive = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, root.as_ref());
        let sealing: UnboundKey = derive
            .expand(&[b"seal"], &AES_256_GCM)
            .expect("32 bytes can be derived")
            .into();
        let mut id = [0; 8];
        derive
            .expand(&[b"id"], IdLength)
            .and_then(|okm| okm.fill(&mut id))
            .expect("8 bytes can be derived");
        Self {
            id: hex::encode(id),
            sealing: LessSafeKey::new(sealing),
            root,
        }
    }

    /// Its id.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Seals `plain` so that it opens only under the same `context`: AES-256-GCM,
    /// written as `key id:nonce:ciphertext` in hex.
    #[expect(clippy::expect_used, reason = "AES-GCM refuses only above 64 GiB")]
    pub(super) fn seal(&self, context: &[&str], plain: &[u8], random: &dyn Random) -> String {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let mut text = Zeroizing::new(Vec::with_capacity(plain.len() + AES_256_GCM.tag_len()));
        text.extend_from_slice(plain);
        self.sealing
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(joined(context)),
                &mut *text,
            )
            .expect("a value that fits into memory can be sealed");
        let (id, nonce) = (&self.id, hex::encode(nonce));
        format!("{id}:{nonce}:{}", hex::encode(&*text))
    }

    /// Opens what [`Kek::seal`] sealed under the same `context`.
    pub(super) fn unseal(
        &self,
        context: &[&str],
        sealed: &str,
    ) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
        let mut parts = sealed.splitn(3, ':');
        let (Some(id), Some(nonce), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(UnsealError::Damaged);
        };
        if id != self.id {
            return Err(UnsealError::OtherKey(id.to_owned()));
        }
        let nonce = hex::decode(nonce).map_err(|_| UnsealError::Damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(&nonce).map_err(|_| UnsealError::Damaged)?;
        let mut text = Zeroizing::new(hex::decode(text).map_err(|_| UnsealError::Damaged)?);
        let length = self
            .sealing
            .open_in_place(nonce, Aad::from(joined(context)), &mut text)
            .map_err(|_| UnsealError::Damaged)?
            .len();
        text.truncate(length);
        Ok(text)
    }

    /// What MACs are derived from, until this key is changed for another.
    pub(super) fn macs(&self) -> Macs {
        Macs::new(&self.root)
    }
}

/// The first half of HKDF (RFC 5869 §2.2), whose result the library keeps to itself.
fn extract(key: &[u8; LENGTH]) -> Zeroizing<[u8; LENGTH]> {
    let salt = hmac::Key::new(hmac::HMAC_SHA256, b"tutela");
    let mut root = Zeroizing::new([0; LENGTH]);
    root.copy_from_slice(hmac::sign(&salt, key).as_ref());
    root
}

struct IdLength;

impl hkdf::KeyType for IdLength {
    fn len(&self) -> usize {
        8
    }
}

/// The parts, each behind its length, so that no two lists read alike.
fn joined(parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    fn kek() -> Kek {
        Kek::new(&[7; LENGTH])
    }

    #[test]
    fn what_is_sealed_opens_only_unchanged_and_in_its_place() {
        let sealed = kek().seal(&["kid", "ES256"], b"private", &SystemRandom);
        assert_eq!(
            **kek().unseal(&["kid", "ES256"], &sealed).unwrap(),
            *b"private"
        );
        for context in [&["kid", "EdDSA"][..], &["kidE", "S256"], &["kid"], &[]] {
            assert_eq!(kek().unseal(context, &sealed), Err(UnsealError::Damaged));
        }
        let flip = if sealed.ends_with('0') { "1" } else { "0" };
        let altered = format!("{}{flip}", &sealed[..sealed.len() - 1]);
        for record in [&altered, &sealed[..sealed.len() - 2], "", "a:b", "a:b:c:d"] {
            assert!(kek().unseal(&["kid", "ES256"], record).is_err(), "{record}");
        }
    }

    #[test]
    fn another_key_says_which_one_it_was() {
        let sealed = kek().seal(&[], b"private", &SystemRandom);
        let other = Kek::new(&[8; LENGTH]);
        assert_eq!(
            other.unseal(&[], &sealed),
            Err(UnsealError::OtherKey(kek().id().to_owned()))
        );
    }

    #[test]
    fn what_is_extracted_is_what_hkdf_extracts() {
        let root = hkdf::Salt::new(hkdf::HKDF_SHA256, b"tutela").extract(&[7; LENGTH]);
        let mut id = [0; 8];
        let okm = root.expand(&[b"id"], IdLength);
        okm.and_then(|okm| okm.fill(&mut id)).unwrap();
        assert_eq!(kek().id(), hex::encode(id));
    }
}
