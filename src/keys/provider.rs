//! How `jsonwebtoken` signs with keys that are parsed once.
//!
//! By default it parses the private key for every token, which triples the price of
//! an RS256 signature. Its hook is a process-wide [`CryptoProvider`] whose signer
//! is looked up by the bytes of the [`EncodingKey`]: here these are a handle on a
//! [`Pair`] in a table, which stays there as long as its [`Signer`] lives. Keys that
//! are not such handles get the signer that `jsonwebtoken` brings.
use std::{
    collections::HashMap,
    sync::{
        Arc, LazyLock, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use jsonwebtoken::{
    Algorithm, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, KeyUtils, aws_lc::DEFAULT_PROVIDER},
    errors::{ErrorKind, Result},
};

use super::{Alg, pair::Pair};

/// Begins every handle; no encoded key begins so or is as short.
const MARK: &[u8; 8] = b"tutela #";

static PAIRS: LazyLock<RwLock<HashMap<u64, Arc<Pair>>>> = LazyLock::new(RwLock::default);
static NEXT: AtomicU64 = AtomicU64::new(0);

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: DEFAULT_PROVIDER.verifier_factory,
    key_utils: KeyUtils {
        rsa_pub_components_from_private_key: DEFAULT_PROVIDER
            .key_utils
            .rsa_pub_components_from_private_key,
        rsa_pub_components_from_public_key: DEFAULT_PROVIDER
            .key_utils
            .rsa_pub_components_from_public_key,
        ec_pub_components_from_private_key: DEFAULT_PROVIDER
            .key_utils
            .ec_pub_components_from_private_key,
        ed_pub_components_from_private_key: DEFAULT_PROVIDER
            .key_utils
            .ed_pub_components_from_private_key,
        compute_digest: DEFAULT_PROVIDER.key_utils.compute_digest,
    },
};

/// Makes `jsonwebtoken` sign with keys that are parsed once. [`super::Keys::open`] does
/// it; a process that uses `jsonwebtoken` before must do it first of all. Gives
/// whether it worked: not when another provider is in use already.
pub fn install_jwt_provider() -> bool {
    static IS_OURS: OnceLock<bool> = OnceLock::new();
    *IS_OURS.get_or_init(|| PROVIDER.install_default().is_ok())
}

/// A pair that `jsonwebtoken` can sign with until this is dropped.
pub(super) struct Signer {
    number: u64,
    key: EncodingKey,
}

impl Signer {
    /// Makes `pair` known to `jsonwebtoken`.
    pub(super) fn new(pair: Arc<Pair>) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let handle = [MARK.as_slice(), &number.to_be_bytes()].concat();
        let key = match pair.alg() {
            Alg::RS256 | Alg::PS256 => EncodingKey::from_rsa_der(&handle),
            Alg::ES256 => EncodingKey::from_ec_der(&handle),
            Alg::EdDSA => EncodingKey::from_ed_der(&handle),
        };
        let mut pairs = PAIRS.write().unwrap_or_else(PoisonError::into_inner);
        pairs.insert(number, pair);
        Self { number, key }
    }

    /// The key to call `jsonwebtoken` with.
    pub(super) const fn key(&self) -> &EncodingKey {
        &self.key
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        let mut pairs = PAIRS.write().unwrap_or_else(PoisonError::into_inner);
        pairs.remove(&self.number);
    }
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    let Some(number) = key.as_bytes().strip_prefix(MARK) else {
        return (DEFAULT_PROVIDER.signer_factory)(algorithm, key);
    };
    let number = <[u8; 8]>::try_from(number).map(u64::from_be_bytes);
    let pairs = PAIRS.read().unwrap_or_else(PoisonError::into_inner);
    let pair = number.ok().and_then(|number| pairs.get(&number));
    match pair {
        Some(pair) if Algorithm::from(pair.alg()) == *algorithm => {
            Ok(Box::new(Signing(Arc::clone(pair))))
        }
        _ => Err(ErrorKind::InvalidKeyFormat.into()),
    }
}

struct Signing(Arc<Pair>);

impl signature::Signer<Vec<u8>> for Signing {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, signature::Error> {
        self.0.sign(message).map_err(signature::Error::from_source)
    }
}

impl JwtSigner for Signing {
    fn algorithm(&self) -> Algorithm {
        self.0.alg().into()
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Header, encode};
    use serde_json::json;

    use super::*;

    fn signer_of(alg: Alg) -> (Signer, Arc<Pair>) {
        assert!(install_jwt_provider());
        let pair = Arc::new(Pair::generate(alg).unwrap());
        (Signer::new(Arc::clone(&pair)), pair)
    }

    #[test]
    fn a_dropped_signer_leaves_the_table_and_its_handle_signs_nothing() {
        let (signer, pair) = signer_of(Alg::EdDSA);
        let key = signer.key().clone();
        let header = Header::new(Algorithm::EdDSA);
        assert!(encode(&header, &json!({}), &key).is_ok());
        assert_eq!(Arc::strong_count(&pair), 2);
        drop(signer);
        assert_eq!(Arc::strong_count(&pair), 1);
        assert!(encode(&header, &json!({}), &key).is_err());
    }

    #[test]
    fn a_key_signs_with_its_own_algorithm_only() {
        let (signer, _) = signer_of(Alg::RS256);
        let sign = |alg| encode(&Header::new(alg), &json!({}), signer.key());
        assert!(sign(Algorithm::RS256).is_ok());
        assert!(sign(Algorithm::PS256).is_err());
        assert!(sign(Algorithm::RS512).is_err());
    }

    #[test]
    fn ordinary_keys_still_sign() {
        assert!(install_jwt_provider());
        let pkcs8 = Pair::generate(Alg::ES256).unwrap().to_pkcs8().unwrap();
        let key = EncodingKey::from_ec_der(&pkcs8);
        assert!(encode(&Header::new(Algorithm::ES256), &json!({}), &key).is_ok());
    }
}
