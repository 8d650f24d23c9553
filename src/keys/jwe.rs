//! Encrypting a signed token for a client (RFC 7516, compact form, nested as RFC 7519
//! §5.2 says). The only place that names `josekit`.
use std::str::FromStr;

use josekit::{
    jwe::{ECDH_ES, JweEncrypter, JweHeader, RSA_OAEP_256},
    jwk::Jwk,
};

use super::foreign::{ForeignKey, JwkSet};

/// The content encryption, the only one offered.
pub const CONTENT_ENCRYPTION: &str = "A256GCM";

/// How the content's key reaches the client (RFC 7518 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum KeyManagement {
    /// Encrypted to an RSA key.
    #[serde(rename = "RSA-OAEP-256")]
    RsaOaep256,
    /// Agreed with an EC key.
    #[serde(rename = "ECDH-ES")]
    EcdhEs,
}

impl KeyManagement {
    /// Every way.
    pub const ALL: [Self; 2] = [Self::RsaOaep256, Self::EcdhEs];

    /// Its name in headers and metadata.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::EcdhEs => "ECDH-ES",
        }
    }
}

impl FromStr for KeyManagement {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|way| way.name() == name)
            .ok_or(())
    }
}

/// Why a token could not be encrypted.
#[derive(Debug, thiserror::Error)]
pub enum JweError {
    /// None of the client's keys serves for this.
    #[error("the client has no key for {}", .0.name())]
    NoKey(KeyManagement),
    /// Encrypting failed.
    #[error("cannot encrypt: {0}")]
    Encrypt(#[from] josekit::JoseError),
}

/// Encrypts to one of a client's keys.
pub struct Cipher(Box<dyn JweEncrypter>);

impl Cipher {
    /// Takes the first of `keys` that serves.
    ///
    /// # Errors
    /// No key serves.
    pub fn new(keys: &JwkSet, way: KeyManagement) -> Result<Self, JweError> {
        let mut serving = keys.keys().iter().filter_map(|key| encrypter(key, way));
        serving.next().map(Self).ok_or(JweError::NoKey(way))
    }

    /// Encrypts the signed `token`.
    ///
    /// # Errors
    /// Encrypting failed.
    pub fn encrypt(&self, token: &str) -> Result<String, JweError> {
        let mut header = JweHeader::new();
        header.set_content_encryption(CONTENT_ENCRYPTION);
        header.set_content_type("JWT");
        let token = token.as_bytes();
        Ok(josekit::jwe::serialize_compact(token, &header, &*self.0)?)
    }
}

/// josekit checks `kty`, `use`, `key_ops`, `alg` and the size of RSA keys.
fn encrypter(key: &ForeignKey, way: KeyManagement) -> Option<Box<dyn JweEncrypter>> {
    let jwk = Jwk::from_map(key.jwk.clone()).ok()?;
    match way {
        KeyManagement::RsaOaep256 => {
            let encrypter = RSA_OAEP_256.encrypter_from_jwk(&jwk).ok()?;
            Some(Box::new(encrypter))
        }
        KeyManagement::EcdhEs => {
            let encrypter = ECDH_ES.encrypter_from_jwk(&jwk).ok()?;
            Some(Box::new(encrypter))
        }
    }
}

#[cfg(test)]
mod tests {
    use josekit::jwk::alg::ec::EcCurve;
    use serde_json::json;

    use super::*;

    fn set(private: &[&Jwk]) -> JwkSet {
        let public: Vec<_> = private
            .iter()
            .map(|key| {
                let mut public = key.to_public_key().unwrap(); // leaves `kid` and `use` out
                public
                    .set_parameter("kid", key.parameter("kid").cloned())
                    .unwrap();
                public
                    .set_parameter("use", key.parameter("use").cloned())
                    .unwrap();
                serde_json::to_value(public).unwrap()
            })
            .collect();
        JwkSet::from_value(&json!({ "keys": public })).unwrap()
    }

    #[test]
    fn an_encrypted_token_opens_with_the_clients_private_key() {
        let mut rsa = Jwk::generate_rsa_key(2048).unwrap();
        rsa.set_key_id("rsa");
        let ec = Jwk::generate_ec_key(EcCurve::P256).unwrap();
        let keys = set(&[&rsa, &ec]);
        for way in KeyManagement::ALL {
            let cipher = Cipher::new(&keys, way).unwrap();
            let token = cipher.encrypt("header.claims.signature").unwrap();
            let opened = match way {
                KeyManagement::RsaOaep256 => josekit::jwe::deserialize_compact(
                    &token,
                    &RSA_OAEP_256.decrypter_from_jwk(&rsa).unwrap(),
                ),
                KeyManagement::EcdhEs => josekit::jwe::deserialize_compact(
                    &token,
                    &ECDH_ES.decrypter_from_jwk(&ec).unwrap(),
                ),
            };
            let (plain, header) = opened.unwrap();
            assert_eq!(plain, b"header.claims.signature");
            assert_eq!(header.algorithm(), Some(way.name()));
            assert_eq!(header.content_encryption(), Some("A256GCM"));
            assert_eq!(header.content_type(), Some("JWT"));
            assert_eq!(header.key_id().is_some(), way == KeyManagement::RsaOaep256);
        }
    }

    #[test]
    fn a_key_for_signatures_or_of_another_kind_is_not_used() {
        let mut ec = Jwk::generate_ec_key(EcCurve::P256).unwrap();
        ec.set_key_use("sig");
        let keys = set(&[&ec]);
        for way in KeyManagement::ALL {
            assert!(matches!(Cipher::new(&keys, way), Err(JweError::NoKey(_))));
        }
    }
}
