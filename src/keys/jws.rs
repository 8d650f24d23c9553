//! Reading a signed token (RFC 7515, compact form), ours or a client's.
//!
//! Everything that can be refused without cryptography is refused first: length,
//! shape, and headers that bring their own key, ask for extensions or compress. The
//! caller picks the key, and the key brings its algorithm; the header's `alg` is only
//! compared with it (SECURITY.md 3.1).
use aws_lc_rs::signature::ParsedPublicKey;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use super::Alg;

/// Tokens above this many bytes are not read.
const MAX_LENGTH: usize = 16 * 1024;

/// Why a token was refused: for logs, never for whoever sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwtFault {
    /// It is longer than 16 KiB.
    #[error("it is longer than 16 KiB")]
    TooLong,
    /// It is not three base64url parts without padding, or a part is not JSON.
    #[error("it is not a signed JWT")]
    Malformed,
    /// Its header is not JSON, lacks `alg`, says something twice, or has one of `jwk`,
    /// `jku`, `x5u`, `x5c`, `crit`, `b64` and `zip`.
    #[error("its header is not acceptable")]
    Header,
    /// Its `kid` names no key, or no single key fits.
    #[error("no key fits it")]
    UnknownKey,
    /// Its `alg` is not the key's, or is not allowed.
    #[error("its algorithm is not the key's")]
    Algorithm,
    /// It is a token of another kind.
    #[error("it is a token of another kind")]
    Typ,
    /// The signature is wrong.
    #[error("its signature is wrong")]
    Signature,
    /// The signature is right, but the claims are not what was expected.
    #[error("its claims are not of the expected shape")]
    Claims,
}

/// A token whose signature is right.
#[derive(Debug, Clone)]
pub struct Verified<C> {
    /// What it claims.
    pub claims: C,
    /// The algorithm of the key that signed it.
    pub alg: Alg,
}

/// A token taken apart, not verified.
pub(super) struct Jws<'t> {
    pub(super) header: Header,
    message: &'t [u8],
    payload: &'t str,
    signature: Vec<u8>,
}

/// The header parameters that are read.
#[derive(Deserialize)]
#[expect(dead_code, reason = "the fields of type Absent are there to refuse")]
pub(super) struct Header {
    alg: String,
    pub(super) typ: Option<String>,
    pub(super) kid: Option<String>,
    #[serde(default)]
    jwk: Absent,
    #[serde(default)]
    jku: Absent,
    #[serde(default)]
    x5u: Absent,
    #[serde(default)]
    x5c: Absent,
    #[serde(default)]
    crit: Absent,
    #[serde(default)]
    b64: Absent,
    #[serde(default)]
    zip: Absent,
}

/// A parameter that must not be there, whatever its value.
#[derive(Default)]
struct Absent;

impl<'de> Deserialize<'de> for Absent {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("this parameter is never honoured"))
    }
}

impl<'t> Jws<'t> {
    /// Takes `token` apart and reads its header.
    pub(super) fn read(token: &'t str) -> Result<Self, JwtFault> {
        if token.len() > MAX_LENGTH {
            return Err(JwtFault::TooLong);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(JwtFault::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(JwtFault::Malformed)?;
        if payload.contains('.') {
            return Err(JwtFault::Malformed);
        }
        let header: Header =
            serde_json::from_slice(&decode(header)?).map_err(|_| JwtFault::Header)?;
        let signature = decode(signature)?;
        if signature.is_empty() {
            return Err(JwtFault::Malformed);
        }
        Ok(Self {
            header,
            message: message.as_bytes(),
            payload,
            signature,
        })
    }

    /// The algorithm the header names, if it is one of ours.
    pub(super) fn alg(&self) -> Result<Alg, JwtFault> {
        self.header.alg.parse().map_err(|_| JwtFault::Algorithm)
    }

    /// Verifies the signature with `key`, whose algorithm is `alg`, and reads the claims.
    pub(super) fn verify<C: DeserializeOwned>(
        self,
        alg: Alg,
        key: &ParsedPublicKey,
    ) -> Result<Verified<C>, JwtFault> {
        if self.alg()? != alg {
            return Err(JwtFault::Algorithm);
        }
        key.verify_sig(self.message, &self.signature)
            .map_err(|_| JwtFault::Signature)?;
        let claims =
            serde_json::from_slice(&decode(self.payload)?).map_err(|_| JwtFault::Claims)?;
        Ok(Verified { claims, alg })
    }
}

/// Decodes base64url without padding; stray bits and foreign characters are refused.
fn decode(part: &str) -> Result<Vec<u8>, JwtFault> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| JwtFault::Malformed)
}
