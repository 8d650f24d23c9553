//! The algorithms the server signs with and accepts, and the kinds of tokens.
use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A signature algorithm (RFC 7518 §3.1, RFC 8037). There are no others: nothing
/// symmetric, no `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Alg {
    /// RSA with PKCS #1 v1.5 padding and SHA-256.
    RS256,
    /// RSA with PSS padding and SHA-256.
    PS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// Ed25519.
    EdDSA,
}

impl Alg {
    /// Every algorithm.
    pub const ALL: [Self; 4] = [Self::RS256, Self::PS256, Self::ES256, Self::EdDSA];

    /// Its name in headers and metadata.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::PS256 => "PS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
        }
    }
}

impl fmt::Display for Alg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is not one of [`Alg::ALL`].
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected RS256, PS256, ES256 or EdDSA")]
pub struct UnknownAlg;

impl FromStr for Alg {
    type Err = UnknownAlg;

    fn from_str(name: &str) -> Result<Self, UnknownAlg> {
        Self::ALL
            .into_iter()
            .find(|alg| alg.name() == name)
            .ok_or(UnknownAlg)
    }
}

impl From<Alg> for jsonwebtoken::Algorithm {
    fn from(alg: Alg) -> Self {
        match alg {
            Alg::RS256 => Self::RS256,
            Alg::PS256 => Self::PS256,
            Alg::ES256 => Self::ES256,
            Alg::EdDSA => Self::EdDSA,
        }
    }
}

/// What a token of ours is, told by its `typ` header, so that one kind never passes
/// for another (RFC 8725 §3.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typ {
    /// An access token (RFC 9068 §2.1).
    AccessToken,
    /// An ID token.
    IdToken,
    /// A back-channel logout token.
    LogoutToken,
    /// The head of the audit log, kept elsewhere.
    AuditHead,
}

impl Typ {
    /// The header's value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "at+jwt",
            Self::IdToken => "JWT",
            Self::LogoutToken => "logout+jwt",
            Self::AuditHead => "audit-head+jwt",
        }
    }

    /// Whether a `typ` header says this kind; `application/at+jwt` is the long form
    /// of `at+jwt` (RFC 9068 §4).
    pub(super) fn is_said_by(self, typ: Option<&str>) -> bool {
        typ == Some(self.name()) || (self == Self::AccessToken && typ == Some("application/at+jwt"))
    }
}
