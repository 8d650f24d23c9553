//! A key pair that is parsed once: making it, reading it, signing with it.
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    error::Unspecified,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        self, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
        ParsedPublicKey, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
        RsaPublicKeyComponents, VerificationAlgorithm,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use zeroize::Zeroizing;

use super::Alg;

/// A private key and its algorithm, ready to sign.
pub(super) enum Pair {
    Rs256(RsaKeyPair),
    Ps256(RsaKeyPair),
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

impl Pair {
    /// A fresh key: RSA with 2048 bits, P-256 or Ed25519. Finding RSA primes takes
    /// up to a second, so call it off the runtime.
    pub(super) fn generate(alg: Alg) -> Result<Self, Unspecified> {
        Ok(match alg {
            Alg::RS256 => Self::Rs256(RsaKeyPair::generate(KeySize::Rsa2048)?),
            Alg::PS256 => Self::Ps256(RsaKeyPair::generate(KeySize::Rsa2048)?),
            Alg::ES256 => Self::Es256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
            Alg::EdDSA => Self::EdDsa(Ed25519KeyPair::generate()?),
        })
    }

    /// Reads PKCS #8. `None` when it is not a key for `alg`.
    pub(super) fn from_pkcs8(alg: Alg, der: &[u8]) -> Option<Self> {
        match alg {
            Alg::RS256 => RsaKeyPair::from_pkcs8(der).map(Self::Rs256),
            Alg::PS256 => RsaKeyPair::from_pkcs8(der).map(Self::Ps256),
            Alg::ES256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Self::Es256)
            }
            Alg::EdDSA => Ed25519KeyPair::from_pkcs8(der).map(Self::EdDsa),
        }
        .ok()
    }

    /// The private key as PKCS #8.
    pub(super) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
        let bytes = match self {
            Self::Rs256(key) | Self::Ps256(key) => {
                AsDer::<Pkcs8V1Der<'_>>::as_der(key)?.as_ref().to_vec()
            }
            Self::Es256(key) => key.to_pkcs8v1()?.as_ref().to_vec(),
            Self::EdDsa(key) => key.to_pkcs8()?.as_ref().to_vec(),
        };
        Ok(Zeroizing::new(bytes))
    }

    /// The public key as SPKI.
    pub(super) fn to_spki(&self) -> Result<Vec<u8>, Unspecified> {
        let der: PublicKeyX509Der<'_> = match self {
            Self::Rs256(key) | Self::Ps256(key) => key.public_key().as_der()?,
            Self::Es256(key) => key.public_key().as_der()?,
            Self::EdDsa(key) => key.public_key().as_der()?,
        };
        Ok(der.as_ref().to_vec())
    }

    /// The algorithm the key is for.
    pub(super) const fn alg(&self) -> Alg {
        match self {
            Self::Rs256(_) => Alg::RS256,
            Self::Ps256(_) => Alg::PS256,
            Self::Es256(_) => Alg::ES256,
            Self::EdDsa(_) => Alg::EdDSA,
        }
    }

    /// The public half, ready to verify.
    pub(super) fn public(&self) -> Result<ParsedPublicKey, Unspecified> {
        ParsedPublicKey::new(verification(self.alg()), self.to_spki()?).map_err(|_| Unspecified)
    }

    /// Signs `message`.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        match self {
            Self::Rs256(key) => sign_rsa(key, &RSA_PKCS1_SHA256, message),
            Self::Ps256(key) => sign_rsa(key, &RSA_PSS_SHA256, message),
            Self::Es256(key) => Ok(key.sign(&SystemRandom::new(), message)?.as_ref().to_vec()),
            Self::EdDsa(key) => Ok(key.try_sign(message)?.as_ref().to_vec()),
        }
    }

    /// The public key as a JWK (RFC 7517 §4).
    pub(super) fn to_jwk(&self, kid: &str) -> PublicJwk {
        let encode = |bytes: &[u8]| Some(URL_SAFE_NO_PAD.encode(bytes));
        let jwk = PublicJwk {
            kty: "",
            kid: kid.to_owned(),
            purpose: "sig",
            alg: self.alg(),
            crv: None,
            n: None,
            e: None,
            x: None,
            y: None,
        };
        match self {
            Self::Rs256(key) | Self::Ps256(key) => {
                let parts = RsaPublicKeyComponents::<Vec<u8>>::from(key.public_key());
                PublicJwk {
                    kty: "RSA",
                    n: encode(&parts.n),
                    e: encode(&parts.e),
                    ..jwk
                }
            }
            Self::Es256(key) => {
                // An uncompressed point: 0x04, x, y.
                let point = key.public_key().as_ref();
                PublicJwk {
                    kty: "EC",
                    crv: Some("P-256"),
                    x: point.get(1..33).and_then(encode),
                    y: point.get(33..65).and_then(encode),
                    ..jwk
                }
            }
            Self::EdDsa(key) => PublicJwk {
                kty: "OKP",
                crv: Some("Ed25519"),
                x: encode(key.public_key().as_ref()),
                ..jwk
            },
        }
    }
}

fn sign_rsa(
    key: &RsaKeyPair,
    padding: &'static dyn RsaEncoding,
    message: &[u8],
) -> Result<Vec<u8>, Unspecified> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(padding, &SystemRandom::new(), message, &mut signature)?;
    Ok(signature)
}

/// How signatures of `alg` are checked. RSA keys have 2048 to 8192 bits.
pub(super) fn verification(alg: Alg) -> &'static dyn VerificationAlgorithm {
    match alg {
        Alg::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Alg::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
        Alg::ES256 => &signature::ECDSA_P256_SHA256_FIXED,
        Alg::EdDSA => &signature::ED25519,
    }
}

/// A public key as the key set publishes it.
#[derive(Debug, Serialize)]
pub(super) struct PublicJwk {
    kty: &'static str,
    kid: String,
    #[serde(rename = "use")]
    purpose: &'static str,
    alg: Alg,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
}
