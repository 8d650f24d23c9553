//! The public keys of clients, and tokens that they sign with them.
use std::fmt;

use aws_lc_rs::signature::{
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Alg, JwtFault, Verified, jws::Jws, pair::verification};

/// Most keys that a set may hold.
const MAX_KEYS: usize = 32;
/// JWK members that only a private or a symmetric key has.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Why a key set was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwkFault {
    /// It is not a JSON object with a list `keys` of objects.
    #[error("expected a JWK set: {{\"keys\": [...]}}")]
    Malformed,
    /// It holds more than 32 keys.
    #[error("a JWK set may hold at most 32 keys")]
    TooMany,
    /// It holds a private or symmetric key, which nobody but its owner may have.
    #[error("the JWK set holds private key material; register public keys only")]
    Private,
}

/// A client's public keys. Keys of kinds that we do not use are ignored.
#[derive(Clone)]
pub struct JwkSet(Vec<ForeignKey>);

#[derive(Clone)]
pub(super) struct ForeignKey {
    kid: Option<String>,
    /// The key, parsed for each algorithm that it may be used with.
    verifiers: Vec<(Alg, ParsedPublicKey)>,
    /// The JWK as it came, to encrypt with.
    pub(super) jwk: Map<String, Value>,
}

impl fmt::Debug for JwkSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|k| &k.kid))
            .finish()
    }
}

impl JwkSet {
    /// Reads a key set as it was fetched.
    ///
    /// # Errors
    /// See [`JwkFault`].
    pub fn parse(json: &[u8]) -> Result<Self, JwkFault> {
        let value = serde_json::from_slice(json).map_err(|_| JwkFault::Malformed)?;
        Self::from_value(&value)
    }

    /// Reads a key set that is part of a document.
    ///
    /// # Errors
    /// See [`JwkFault`].
    pub fn from_value(value: &Value) -> Result<Self, JwkFault> {
        let keys = value.get("keys").and_then(Value::as_array);
        let keys = keys.ok_or(JwkFault::Malformed)?;
        if keys.len() > MAX_KEYS {
            return Err(JwkFault::TooMany);
        }
        let read = |key: &Value| ForeignKey::read(key.as_object().ok_or(JwkFault::Malformed)?);
        keys.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a key of the set verifies signatures of one of `algs`.
    pub fn can_verify(&self, algs: &[Alg]) -> bool {
        self.0.iter().any(|key| key.verifier(algs).is_some())
    }

    /// Reads a token that one of these keys must have signed with one of `algs`. The
    /// header's `kid` picks the key; without it, only one key may fit. Its `typ` is
    /// absent, `JWT` or `client-authentication+jwt`. All claims are the caller's to check.
    ///
    /// # Errors
    /// It is anything else; see [`JwtFault`].
    pub fn verify<C: DeserializeOwned>(
        &self,
        token: &str,
        algs: &[Alg],
    ) -> Result<Verified<C>, JwtFault> {
        let jws = Jws::read(token)?;
        if !jws.header.typ.as_deref().is_none_or(may_be) {
            return Err(JwtFault::Typ);
        }
        let alg = jws.alg()?;
        if !algs.contains(&alg) {
            return Err(JwtFault::Algorithm);
        }
        let kid = jws.header.kid.as_deref();
        let called = self.0.iter().filter(|key| key.is_called(kid));
        let mut fitting = called.filter_map(|key| key.verifier(&[alg]));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => jws.verify(alg, key),
            _ if kid.is_some() && self.0.iter().any(|key| key.kid.as_deref() == kid) => {
                Err(JwtFault::Algorithm)
            }
            _ => Err(JwtFault::UnknownKey),
        }
    }

    pub(super) fn keys(&self) -> &[ForeignKey] {
        &self.0
    }
}

fn may_be(typ: &str) -> bool {
    typ.eq_ignore_ascii_case("JWT") || typ.eq_ignore_ascii_case("client-authentication+jwt")
}

impl ForeignKey {
    fn read(jwk: &Map<String, Value>) -> Result<Self, JwkFault> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        if PRIVATE.iter().any(|name| jwk.contains_key(*name)) || text("kty") == Some("oct") {
            return Err(JwkFault::Private);
        }
        let named = text("alg").map(str::parse::<Alg>);
        let verifiers = if is_for_signatures(jwk) && !matches!(named, Some(Err(_))) {
            let fits = |alg: &Alg| named.is_none() || named == Some(Ok(*alg));
            Alg::ALL
                .into_iter()
                .filter(fits)
                .filter_map(|alg| Some((alg, parse(alg, jwk)?)))
                .collect()
        } else {
            Vec::new()
        };
        Ok(Self {
            kid: text("kid").map(str::to_owned),
            verifiers,
            jwk: jwk.clone(),
        })
    }

    fn is_called(&self, kid: Option<&str>) -> bool {
        kid.is_none() || self.kid.is_none() || self.kid.as_deref() == kid
    }

    fn verifier(&self, algs: &[Alg]) -> Option<&ParsedPublicKey> {
        let fits = |(alg, _): &&(Alg, _)| algs.contains(alg);
        self.verifiers.iter().find(fits).map(|(_, key)| key)
    }
}

fn is_for_signatures(jwk: &Map<String, Value>) -> bool {
    let used = jwk.get("use").is_none_or(|purpose| purpose == "sig");
    let verifies = |ops: &Value| {
        ops.as_array()
            .is_some_and(|ops| ops.iter().any(|op| op == "verify"))
    };
    used && jwk.get("key_ops").is_none_or(verifies)
}

/// The key for `alg`. `None` when it is of another kind, too small or broken.
fn parse(alg: Alg, jwk: &Map<String, Value>) -> Option<ParsedPublicKey> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
    let exact = |name: &str| bytes(name).filter(|bytes| bytes.len() == 32);
    match (alg, text("kty")?) {
        (Alg::RS256 | Alg::PS256, "RSA") => {
            let (n, e) = (bytes("n")?, bytes("e")?);
            if !(2048..=8192).contains(&bits(&n)) {
                return None;
            }
            let padding = match alg {
                Alg::RS256 => &RSA_PKCS1_2048_8192_SHA256,
                _ => &RSA_PSS_2048_8192_SHA256,
            };
            RsaPublicKeyComponents { n, e }
                .to_parsed_public_key(padding)
                .ok()
        }
        (Alg::ES256, "EC") if text("crv") == Some("P-256") => {
            let point = [vec![4], exact("x")?, exact("y")?].concat();
            ParsedPublicKey::new(verification(alg), point).ok()
        }
        (Alg::EdDSA, "OKP") if text("crv") == Some("Ed25519") => {
            ParsedPublicKey::new(verification(alg), exact("x")?).ok()
        }
        _ => None,
    }
}

/// The length of a big-endian number without leading zero bytes.
fn bits(number: &[u8]) -> usize {
    let unused = number
        .first()
        .map_or(0, |byte| byte.leading_zeros() as usize);
    number.len() * 8 - unused
}
