//! What clients have proved lately, and the keys they prove it with: kept in memory, so
//! that neither Argon2 nor a foreign server is asked at each request.
use std::sync::Arc;

use aws_lc_rs::hmac;
use url::Url;
use zeroize::Zeroizing;

use super::Registration;
use crate::{
    clock::Timestamp, keys::foreign::JwkSet, outgoing::Outgoing, random::Random, secret::Secret,
};

/// Secrets and key sets that are remembered.
const KEPT: usize = 1024;
/// How long a fetched key set is good for, in seconds.
const FRESH: i64 = 3600;

/// A media type under which key sets are served.
const JSON: &[&str] = &["application/json", "application/jwk-set+json"];

/// What clients have proved lately.
pub struct Proofs {
    /// Of this process alone; what it makes is worth nothing elsewhere.
    key: hmac::Key,
    /// HMACs of slow secrets that were right.
    secrets: quick_cache::sync::Cache<[u8; 32], ()>,
    /// Fetched key sets, by address.
    key_sets: quick_cache::sync::Cache<String, Arc<Fetched>>,
}

struct Fetched {
    at: Timestamp,
    keys: Option<Arc<JwkSet>>,
}

impl Proofs {
    /// A key set is fetched again at most so often, in seconds.
    pub const PAUSE: i64 = 60;

    /// Nothing is remembered yet.
    pub fn new(random: &dyn Random) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        random.fill(key.as_mut());
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key.as_ref()),
            secrets: quick_cache::sync::Cache::new(KEPT),
            key_sets: quick_cache::sync::Cache::new(KEPT),
        }
    }

    fn mark(&self, stored: &str, secret: &Secret) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(stored.as_bytes());
        context.update(&[0]);
        context.update(secret.expose().as_bytes());
        let mut mark = [0; 32];
        mark.copy_from_slice(context.sign().as_ref());
        mark
    }

    /// Whether `secret` was found to be the one behind `stored` before.
    pub fn knows(&self, stored: &str, secret: &Secret) -> bool {
        self.secrets.get(&self.mark(stored, secret)).is_some()
    }

    /// Remembers that `secret` is the one behind `stored`.
    pub fn remember(&self, stored: &str, secret: &Secret) {
        self.secrets.insert(self.mark(stored, secret), ());
    }

    /// The public keys of `jwks` or `jwks_uri`. With `again`, keys that were fetched over a
    /// minute ago are fetched anew, because one is missing. `None` when there are none to
    /// be had.
    pub async fn keys(
        &self,
        outgoing: &Outgoing,
        of: KeySource<'_>,
        now: Timestamp,
    ) -> Option<Arc<JwkSet>> {
        let uri = match (of.jwks, of.jwks_uri) {
            (Some(jwks), _) => return JwkSet::from_value(jwks).ok().map(Arc::new),
            (None, Some(uri)) => uri,
            (None, None) => return None,
        };
        let good_for = if of.again { Self::PAUSE } else { FRESH };
        if let Some(fetched) = self.key_sets.get(uri) {
            let good_for = if fetched.keys.is_some() {
                good_for
            } else {
                Self::PAUSE
            };
            if now < fetched.at.plus_seconds(good_for) {
                return fetched.keys.clone();
            }
        }
        let url = Url::parse(uri).ok()?;
        let keys = match outgoing.get(&url, JSON).await {
            Ok(json) => JwkSet::parse(&json).ok().map(Arc::new),
            Err(error) => {
                tracing::info!(%error, "a client's jwks_uri could not be read");
                None
            }
        };
        let fetched = Fetched {
            at: now,
            keys: keys.clone(),
        };
        self.key_sets.insert(uri.to_owned(), Arc::new(fetched));
        keys
    }
}

/// Where the keys of a client or service account are.
#[derive(Debug, Clone, Copy)]
pub struct KeySource<'a> {
    /// A JWK set.
    pub jwks: Option<&'a serde_json::Value>,
    /// The address of one.
    pub jwks_uri: Option<&'a str>,
    /// Whether a key was missing from what is known.
    pub again: bool,
}

impl Registration {
    /// Where the client's keys are.
    pub fn key_source(&self) -> KeySource<'_> {
        KeySource {
            jwks: self.jwks.as_ref(),
            jwks_uri: self.jwks_uri.as_deref(),
            again: false,
        }
    }
}
