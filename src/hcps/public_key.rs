//! The public key of an HCP: RSA, 2048 to 8192 bits, for RSA-OAEP with SHA-256 (I-37).
use aws_lc_rs::{
    digest::{SHA256, digest},
    encoding::{AsDer, PublicKeyX509Der},
    rsa::{PublicEncryptingKey, PublicKey as RsaPublicKey},
    signature::RsaPublicKeyComponents,
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde::{Deserialize, Serialize};

/// What an HCP's key is used with.
pub const ALG: &str = "RSA-OAEP-256";
/// Bits of the modulus.
const BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
/// The least exponent: 65537.
const LEAST_EXPONENT: [u8; 3] = [1, 0, 1];

const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

/// A public key in its one form: SPKI DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    der: Vec<u8>,
    n: Vec<u8>,
    e: Vec<u8>,
}

/// Why it is none. The names are stable codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFault {
    /// It is no RSA public key, or not exactly one.
    Invalid,
    /// It has less than 2048 or more than 8192 bits.
    Size,
    /// Its exponent is even or less than 65537.
    Exponent,
}

impl KeyFault {
    /// Its code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Size => "unsupported_size",
            Self::Exponent => "unsupported_exponent",
        }
    }
}

/// A public key as a JWK (RFC 7517).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwk {
    /// `RSA`.
    pub kty: String,
    /// The modulus.
    pub n: String,
    /// The exponent.
    pub e: String,
    /// `RSA-OAEP-256`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// `enc`.
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// What its owner calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// As WebCrypto exports it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_ops: Option<Vec<String>>,
    /// As WebCrypto exports it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ext: Option<bool>,
}

impl PublicKey {
    /// Reads SPKI DER in hexadecimal.
    ///
    /// # Errors
    /// See [`KeyFault`].
    pub fn from_hex(text: &str) -> Result<Self, KeyFault> {
        let der = hex::decode(text.trim()).map_err(|_| KeyFault::Invalid)?;
        Self::from_der(&der)
    }

    /// Reads SPKI in PEM: one block and nothing else.
    ///
    /// # Errors
    /// See [`KeyFault`].
    pub fn from_pem(text: &str) -> Result<Self, KeyFault> {
        let body = text.trim().strip_prefix(BEGIN);
        let body = body.and_then(|rest| rest.strip_suffix(END));
        let body: String = body
            .ok_or(KeyFault::Invalid)?
            .split_ascii_whitespace()
            .collect();
        let der = STANDARD.decode(body).map_err(|_| KeyFault::Invalid)?;
        Self::from_der(&der)
    }

    /// Reads a JWK.
    ///
    /// # Errors
    /// See [`KeyFault`].
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, KeyFault> {
        let is_ours = |text: &Option<String>, ours| text.as_deref().is_none_or(|t| t == ours);
        if jwk.kty != "RSA" || !is_ours(&jwk.alg, ALG) || !is_ours(&jwk.purpose, "enc") {
            return Err(KeyFault::Invalid);
        }
        let read = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| KeyFault::Invalid);
        let key = Self::from_parts(read(&jwk.n)?, read(&jwk.e)?)?;
        // Numbers that make no key, such as an even modulus, show only there.
        Self::from_der(&key.der)
    }

    /// Reads SPKI DER. It must be written as we write it, so that nothing hides in it.
    fn from_der(der: &[u8]) -> Result<Self, KeyFault> {
        let key = RsaPublicKey::from_der(der).map_err(|_| KeyFault::Invalid)?;
        let parts = RsaPublicKeyComponents::<Vec<u8>>::from(&key);
        let key = Self::from_parts(parts.n, parts.e)?;
        match key.der == der {
            true => Ok(key),
            false => Err(KeyFault::Invalid),
        }
    }

    fn from_parts(n: Vec<u8>, e: Vec<u8>) -> Result<Self, KeyFault> {
        let (Some(first), Some(last)) = (n.first(), e.last()) else {
            return Err(KeyFault::Invalid);
        };
        let unused = usize::try_from(first.leading_zeros()).unwrap_or(0);
        if *first == 0 || !BITS.contains(&(n.len() * 8 - unused)) {
            return Err(KeyFault::Size);
        }
        let is_large = e.len() > LEAST_EXPONENT.len() || e.as_slice() >= LEAST_EXPONENT.as_slice();
        if e.first() == Some(&0) || last % 2 == 0 || !is_large || e.len() < LEAST_EXPONENT.len() {
            return Err(KeyFault::Exponent);
        }
        let parts = RsaPublicKeyComponents { n: &n, e: &e };
        let key: PublicEncryptingKey = parts.try_into().map_err(|_| KeyFault::Invalid)?;
        let der: PublicKeyX509Der<'_> = key.as_der().map_err(|_| KeyFault::Invalid)?;
        let der = der.as_ref().to_vec();
        Ok(Self { der, n, e })
    }

    /// SPKI DER in hexadecimal.
    pub fn to_hex(&self) -> String {
        hex::encode(&self.der)
    }

    /// SPKI in PEM.
    pub fn to_pem(&self) -> String {
        let body = STANDARD.encode(&self.der);
        let mut pem = format!("{BEGIN}\n");
        for line in body.as_bytes().chunks(64) {
            pem.push_str(&String::from_utf8_lossy(line));
            pem.push('\n');
        }
        pem + END + "\n"
    }

    /// A JWK, called by its fingerprint.
    pub fn to_jwk(&self) -> Jwk {
        Jwk {
            kty: "RSA".to_owned(),
            n: URL_SAFE_NO_PAD.encode(&self.n),
            e: URL_SAFE_NO_PAD.encode(&self.e),
            alg: Some(ALG.to_owned()),
            purpose: Some("enc".to_owned()),
            kid: Some(self.fingerprint()),
            key_ops: None,
            ext: None,
        }
    }

    /// SHA-256 of SPKI DER, in hexadecimal.
    pub fn fingerprint(&self) -> String {
        hex::encode(digest(&SHA256, &self.der))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn odd(bytes: usize) -> Vec<u8> {
        let mut n = vec![0xc5; bytes];
        n[bytes - 1] = 0xc7;
        n
    }

    #[test]
    fn i_37_sizes_and_exponents_have_bounds() {
        for (bytes, e, fault) in [
            (256, vec![1, 0, 1], None),
            (1024, vec![1, 0, 1], None),
            (256, vec![1, 0, 3], None),
            (255, vec![1, 0, 1], Some(KeyFault::Size)),
            (1025, vec![1, 0, 1], Some(KeyFault::Size)),
            (256, vec![3], Some(KeyFault::Exponent)),
            (256, vec![0xff, 0xff], Some(KeyFault::Exponent)),
            (256, vec![1, 0, 2], Some(KeyFault::Exponent)),
            (256, vec![0, 1, 0, 1], Some(KeyFault::Exponent)),
            (256, vec![], Some(KeyFault::Invalid)),
        ] {
            let read = PublicKey::from_parts(odd(bytes), e.clone());
            assert_eq!(read.err(), fault, "{bytes} {e:?}");
        }
    }

    #[test]
    fn three_forms_are_one_key_and_nothing_hides_in_them() {
        let key = PublicKey::from_parts(odd(256), vec![1, 0, 1]).unwrap();
        let (hex, pem, jwk) = (key.to_hex(), key.to_pem(), key.to_jwk());
        assert_eq!(PublicKey::from_hex(&hex.to_uppercase()), Ok(key.clone()));
        assert_eq!(PublicKey::from_pem(&pem), Ok(key.clone()));
        assert_eq!(PublicKey::from_jwk(&jwk), Ok(key));
        assert_eq!(
            PublicKey::from_hex(&format!("{hex}00")),
            Err(KeyFault::Invalid)
        );
        assert_eq!(
            PublicKey::from_hex(&hex[..hex.len() - 2]),
            Err(KeyFault::Invalid)
        );
        assert_eq!(
            PublicKey::from_pem(&format!("{pem}{pem}")),
            Err(KeyFault::Invalid)
        );
        for changed in [
            Jwk {
                kty: "EC".to_owned(),
                ..jwk.clone()
            },
            Jwk {
                alg: Some("RS256".to_owned()),
                ..jwk.clone()
            },
            Jwk {
                purpose: Some("sig".to_owned()),
                ..jwk.clone()
            },
            Jwk {
                n: format!("{}=", jwk.n),
                ..jwk
            },
        ] {
            assert_eq!(PublicKey::from_jwk(&changed), Err(KeyFault::Invalid));
        }
    }
}
