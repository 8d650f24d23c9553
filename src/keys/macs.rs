//! MACs under keys of this installation: the pepper of passwords and the keys of refresh
//! tokens come from here.
//!
//! Their root is the first key-encryption key's. When that key is changed the root stays,
//! sealed in `key_encryption`, for no stored password can be hashed again.
use aws_lc_rs::{hkdf, hmac};
use zeroize::Zeroizing;

use super::kek::LENGTH;

/// Derives the key of each purpose (HKDF-SHA-256, RFC 5869 §2.3).
pub(super) struct Macs {
    root: Zeroizing<[u8; LENGTH]>,
}

impl Macs {
    pub(super) fn new(root: &[u8; LENGTH]) -> Self {
        Self {
            root: Zeroizing::new(*root),
        }
    }

    /// From what [`Macs::root`] gave. `None`: it is something else.
    pub(super) fn read(root: &[u8]) -> Option<Self> {
        Some(Self::new(root.try_into().ok()?))
    }

    /// To be sealed, and for nothing else.
    pub(super) fn root(&self) -> &[u8] {
        self.root.as_ref()
    }

    /// HMAC-SHA-256 of `parts` under a key that serves `purpose` alone.
    #[expect(
        clippy::expect_used,
        reason = "HKDF-SHA-256 refuses only above 8160 bytes"
    )]
    pub(super) fn mac(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let info = [b"mac:".as_slice(), purpose.as_bytes()];
        let key: hmac::Key = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, self.root())
            .expand(&info, hmac::HMAC_SHA256)
            .expect("32 bytes can be derived")
            .into();
        let mut context = hmac::Context::with_key(&key);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut mac = [0; 32];
        mac.copy_from_slice(context.sign().as_ref());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mac_depends_on_purpose_and_on_where_parts_end() {
        let of = |root: u8| Macs::new(&[root; LENGTH]);
        let macs = [
            of(7).mac("refresh", &[b"a", b"bc"]),
            of(7).mac("refresh", &[b"ab", b"c"]),
            of(7).mac("refresh", &[b"abc"]),
            of(7).mac("cursor", &[b"a", b"bc"]),
            of(8).mac("refresh", &[b"a", b"bc"]),
        ];
        for (i, mac) in macs.iter().enumerate() {
            assert!(!macs[i + 1..].contains(mac), "{i}");
        }
        let kept = Macs::read(of(7).root()).unwrap();
        assert_eq!(macs[0], kept.mac("refresh", &[b"a", b"bc"]));
    }
}
